"""Exact SHAP values of trees and their ensembles, by the shap library."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, not_applicable
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.explain._encoded import Encoded
    from trustlab.explain._finding import Explained
    from trustlab.stats.arrays import Floats, Ints

ID = "explain.shap_tree"
KINDS = ("Forest", "Tree", "Boost", "XGB", "LGBM")


@operation(
    "explainer",
    "Tree SHAP",
    needs=("model", "features"),
    references=(
        (
            "Lundberg et al. (2020). From local explanations to global understanding with explainable AI for trees. "
            "Nature Machine Intelligence 2"
        ),
    ),
    cost="minutes",
    example={"model": "lender", "data": "loans@main", "row": 17},
)
def shap_tree(
    subject: Subject,
    row: Annotated[int | None, Range(0)] = None,
    background: Annotated[int, Range(1, 1000)] = 100,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Say what each input adds to the answer of a tree or an ensemble of trees, exactly.

    All orders are counted along the trees' branches, against background rows of the data, so nothing is left to the
    draw of orders. Forests are explained in probabilities, boosted classifiers in log-odds, where their trees add up;
    explain.shap speaks of the probability for both. The first call imports the shap library, which takes seconds.
    Not for cause and effect, as explain.shap.

    Parameters
    ----------
    subject : Subject
        A tree, a forest or boosted trees, perhaps behind preprocessing that keeps columns apart.
    row : int
        Explain this row of the data as read, counted from 0; where not given, the mean size over up to 100 rows.
    background : int
        Rows of the data to compare with.
    level : float
        Confidence level of the intervals over rows.
    context : Context
        Where rows and background are drawn.

    Returns
    -------
    Result
        As explain.shap, without intervals for one row.
    """
    from trustlab.explain import _table
    from trustlab.explain._encoded import Encoded, encoded, last_estimator
    from trustlab.stats.sampling import subsample

    kind = type(last_estimator(subject)).__name__
    if not any(word in kind for word in KINDS):
        return not_applicable(f"needs a tree or an ensemble of trees; the model is a {kind}")
    whole = subject.inputs()
    first = encoded(subject, subject.X.iloc[:1], whole.iloc[:50])
    if not isinstance(first, Encoded):
        return not_applicable(first)

    def attribute(rows: pd.DataFrame, rng: np.random.Generator) -> Explained:
        made = encoded(subject, rows, whole.iloc[subsample(len(whole), background, rng)])
        assert isinstance(made, Encoded)
        return _explained(subject, rows, made)

    try:
        return _table.explain(subject, row, level, context, ID, attribute, {"background": background})
    except (AssertionError, AttributeError, NotImplementedError, TypeError, ValueError) as error:
        return not_applicable(f"the shap library cannot read this {kind}: {error}")


def _explained(subject: Subject, rows: pd.DataFrame, made: Encoded) -> Explained:
    import numpy as np

    from trustlab.explain import _table, _words
    from trustlab.explain._finding import Explained

    codes = _table.predicted(subject, rows)[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        explainer = shap.TreeExplainer(made.estimator, made.pool, feature_perturbation="interventional")
        values = np.asarray(explainer.shap_values(made.rows, check_additivity=False), np.float64)
        base = np.atleast_1d(np.asarray(explainer.expected_value, np.float64))
        outputs = _outputs(made.estimator, made.rows)
    one_output = values.ndim == 2
    log_odds = bool(subject.classes) and hasattr(made.estimator, "decision_function")
    chosen, outputs, base = _of_class(subject, codes, (values, outputs, base), one_output=one_output)
    return Explained(
        names=[str(name) for name in rows.columns],
        cells=rows.iloc[0].tolist(),
        values=made.gathered(chosen, rows.shape[1]),
        outputs=outputs,
        base=base,
        codes=codes,
        unit="log-odds" if log_odds else _words.unit_of(subject),
    )


def _outputs(estimator: Any, rows: Floats) -> Floats:
    """Return what the trees add up to, shape (n,) or (n, k)."""
    import numpy as np

    for name in ("decision_function", "predict_proba", "predict"):
        if hasattr(estimator, name):
            return np.asarray(getattr(estimator, name)(rows), np.float64)
    raise TypeError("it has no predict")


def _of_class(
    subject: Subject, codes: Ints, found: tuple[Floats, Floats, Floats], *, one_output: bool
) -> tuple[Floats, Floats, Floats]:
    """Return contributions (n, e), outputs (n,) and base (n,) of each row's class."""
    import numpy as np

    from trustlab.models.labels import class_order

    values, outputs, base = found
    n = np.arange(len(codes))
    if not subject.classes:
        return values.reshape(len(codes), -1), outputs, np.broadcast_to(base[:1], (len(codes),))
    assert subject.predictor is not None
    own = np.asarray(class_order(subject.predictor.classes, subject.classes))[codes]
    if one_output:
        sign = np.where(own == 1, 1.0, -1.0)
        return sign[:, None] * values, sign * outputs.reshape(len(codes), -1)[:, -1], sign * base[0]
    return values[n, :, own], outputs[n, own], base[own]
