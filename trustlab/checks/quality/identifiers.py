"""Do features name or count the rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.context import Context
from trustlab.core.counted import counted, listed
from trustlab.core.operation import operation
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

ID = "quality.identifiers"
ASKED = 1000  # rows on which the model is asked whether it uses a column
MOST_ASKED = 10  # columns
WORDS = {
    "identifier": "is different in every row",
    "counter": "follows the order of the rows",
    "entity": "is called like an identifier",
}


@operation(
    "check",
    "Identifiers",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: what names a row is the same for no other row, so nothing learned of it carries over",
    ),
    references=(
        "Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining. ACM TKDD 6",
        "Hynes, Sculley and Terry (2017). The data linter. NeurIPS Workshop on ML Systems",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved"},
)
def identifiers(subject: Subject, *, context: Context) -> Result:
    """Do features name or count the rows?

    Looked for are features that differ in every row (short texts, or whole numbers out of a range so narrow that
    chance would have repeated some), that follow the order of the rows (a counter, or the key by which somebody
    sorted), and that are called like an identifier and come back in several rows. A model can learn rows by heart
    through them, and where numbers were dealt in order they give away time or batch. Where there is a model, it is
    asked again with the column shuffled: how many answers change says whether it uses it.

    In plain words
    --------------
    The model is given numbers or names that merely count the cases, and may learn those instead of reasons.

    What to do
    ----------
    Drop the column from the features (--drop), or put in its place what it stands for.

    Parameters
    ----------
    subject : Subject
        Features, and a model where there is one.
    context : Context
        Where the shuffling comes from.

    Returns
    -------
    Result
        Value: the number of such features. View ``features``: why, and whether the model uses them.

    References
    ----------
    Kaufman, Rosset, Perlich and Stitelman (2012). Leakage in data mining: formulation, detection and avoidance.
    """
    from trustlab.data.roles import FEWEST, role_of

    if subject.n < FEWEST:
        return not_applicable(f"needs {FEWEST} rows to tell names from values that happen to differ; got {subject.n}")
    roles = {str(name): role_of(subject.X[name]) for name in subject.X.columns}
    found = [name for name, role in roles.items() if role in WORDS]
    changed = _changed(subject, found, context)
    rows = [(name, WORDS[roles[name]], int(subject.X[name].nunique()), changed.get(name)) for name in found]
    used = [name for name in found if (changed.get(name) or 0) > 0]
    reason = f"None of {counted(len(roles), 'feature')} names or counts the rows (n {subject.n:,})."
    if found:
        lead = f"{listed(found)} of {counted(len(roles), 'feature')}"
        reason = f"{lead}: {', '.join(dict.fromkeys(WORDS[roles[name]] for name in found))} (n {subject.n:,})."
        if used:
            top = max(used, key=lambda name: changed[name])
            reason += f" The model uses it: shuffling {top} changes {changed[top]:.1%} of its answers."
    return Result(
        reason=reason,
        value=len(found),
        unit="features",
        n=subject.n,
        views=[
            Table(
                name="features",
                title="Features that name or count rows",
                columns=("feature", "finding", "distinct", "answers changed"),
                rows=rows[:100],
                units={"distinct": "values", "answers changed": "share of answers"},
                caption=f"Answers changed: of {ASKED:,} rows at most, by shuffling the column; for numbers, answers "
                "that move by a hundredth of their spread or more.",
            )
        ],
        advice=[f"Leave them out: --drop {','.join(found[:10])}"] if found else [],
    )


def _changed(subject: Subject, names: Sequence[str], context: Context) -> dict[str, float]:
    """Return how many of the model's answers change where a column is shuffled."""
    import numpy as np

    from trustlab.stats.sampling import subsample

    if subject.predictor is None or subject.y_pred is None:
        return {}
    rng = context.rng(ID)
    rows = subsample(subject.n, ASKED, rng)
    frame, before = subject.X.iloc[rows], np.asarray(subject.y_pred[rows], dtype=float)
    least = 0.01 * float(before.std()) if not subject.classes else 0.0
    found = {}
    for name in names[:MOST_ASKED]:
        shuffled = frame.assign(**{name: frame[name].to_numpy()[rng.permutation(len(rows))]})
        found[name] = float(np.mean(np.abs(subject.predict(shuffled) - before) > least))
    return found
