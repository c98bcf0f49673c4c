"""What the checks of this family share: SHAP values that are computed once, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.result import Result, not_applicable

if TYPE_CHECKING:
    from trustlab.core.context import Context
    from trustlab.explain.shap_values import Attribution
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints

NOTHING = "the model answers the same for every row, so it relies on no input"
FEWEST_ROWS = 10


def attribution(subject: Subject, context: Context, fewest: int = 1) -> Attribution | Result:
    """Return the shared SHAP values, or the finding that the question does not arise."""
    from trustlab.explain.shap_values import shared_attribution, too_wide

    if reason := too_wide(subject):
        return not_applicable(f"{reason}; a torch module can be asked by trust explain --method integrated_gradients")
    if subject.n < fewest:
        return not_applicable(f"needs {fewest} rows; there are {subject.n}")
    found = shared_attribution(subject, context)
    return found if found.strength().any() else not_applicable(NOTHING)


def toward(subject: Subject, found: Attribution) -> tuple[Floats, Floats, str]:
    """Return contributions (rows, d), outputs (rows,) and their name, towards the one outcome that groups share.

    The positive class's probability, or the value; for more classes the last one's.
    """
    from trustlab.explain import _words

    code = len(subject.classes) - 1 if subject.classes else 0
    return found.mean[:, :, code], found.outputs[:, code], _words.outcome_of(subject, code)


def predicted_codes(subject: Subject, found: Attribution) -> Ints:
    """Return the column that is predicted for each explained row; 0 for regression."""
    import numpy as np

    codes: Ints = found.outputs.argmax(axis=1) if subject.classes else np.zeros(len(found.outputs), np.int64)
    return codes


def toward_predicted(subject: Subject, found: Attribution) -> Floats:
    """Return each row's contributions to what is predicted for it, shape (rows, d)."""
    import numpy as np

    values: Floats = found.mean[np.arange(len(found.mean)), :, predicted_codes(subject, found)]
    return values
