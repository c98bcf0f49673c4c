"""Which inputs make the difference between the groups' predictions?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.stats.arrays import Bools, Floats

ID = "explanation.group_difference"
FEWEST, SHOWN, BARS, SAID = 5, 100, 12, 3


@operation(
    "check",
    "What makes the groups differ",
    needs=("model", "features", "sensitive"),
    threshold=Threshold(
        None,
        None,
        source="A decomposition, no verdict: shown, not judged; the fairness checks judge the difference itself",
    ),
    references=(
        "Begley, Schwedes, Frye and Feige (2020). Explainability for fair machine learning. arXiv:2010.07389",
        "Lundberg (2020). Explaining quantitative measures of fairness. SHAP documentation",
        "Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "sensitive": "race"},
)
def group_difference(
    subject: Subject, level: Annotated[float, Range(0.5, 0.999)] = 0.95, *, context: Context
) -> Result:
    """Which inputs make the difference between the groups' predictions?

    The mean SHAP value of each input in a group, less that in all other rows. As the values of a row add up to its
    prediction, these differences add up to the difference of the groups' mean predictions: each is what its input
    contributes to it. Welch's intervals over rows, and adjusted p-values that keep the false discoveries among all
    inputs and groups at 5%. Not a cause: an input may stand for another, and a difference may be merit or bias.

    In plain words
    --------------
    The model answers groups of people differently, and this shows which pieces of information make the difference.

    What to do
    ----------
    Ask of the inputs named first whether their difference between the groups is merit or history, and train once
    without those that are history.

    Parameters
    ----------
    subject : Subject
        The model, the rows and their sensitive attributes.
    level : float
        Confidence level of the intervals; those of the groups hold together, as the surest is picked.
    context : Context
        Where the sample comes from.

    Returns
    -------
    Result
        Value: the difference of mean predictions of the group that differs most surely. Views ``by_input`` (its
        inputs) and ``by_group``.
    """
    from trustlab.checks.explanation._shared import attribution, toward
    from trustlab.stats.disparity import shared_level

    found = attribution(subject, context, fewest=2 * FEWEST)
    if isinstance(found, Result):
        return found
    assert found.places is not None
    assert subject.sensitive is not None
    values, outputs, outcome = toward(subject, found)
    groups = _groups(subject.sensitive.iloc[found.places])
    if not groups:
        return not_applicable(f"no group has {FEWEST} of the {len(outputs)} explained rows and leaves {FEWEST} others")
    each = shared_level(level, len(groups))
    lines = [(name, *_welch(outputs, inside, each), inside) for name, inside in groups]
    name, value, lo, hi, _, inside = max(lines, key=lambda line: abs(line[1]) / max(line[3] - line[1], 1e-12))
    tested = [[_welch(column, chosen, level) for column in values.T] for _, chosen in groups]
    rows = _by_input(found.features, tested, [group for group, _ in groups].index(name))
    unsure = "" if lo > 0 or hi < 0 else ", which could be noise"
    said = ", ".join(f"{row[0]} {row[1]:+.2g}" for row in rows[:SAID])
    way = "lower" if value < 0 else "higher"
    return Result(
        reason=f"The mean prediction ({outcome}) of {name} is {abs(value):.2g} {way} than of all others ({lo:+.2g} to "
        f"{hi:+.2g}, n {int(inside.sum())} and {int((~inside).sum())} rows{unsure}); it comes most from {said}.",
        value=value,
        unit="difference of mean predictions",
        interval=(lo, hi),
        level=level,
        n=len(outputs),
        views=_views(name, rows, lines, value),
    )


def _groups(sensitive: Any) -> list[tuple[str, Bools]]:
    """Return each group that is large enough, and its rows; of two groups of an attribute the first alone."""
    groups = []
    for attribute in sensitive.columns:
        column = sensitive[attribute]
        counts = column.value_counts().sort_index()
        kept = [name for name, count in counts.items() if FEWEST <= count <= len(column) - FEWEST]
        twins = len(counts) == 2 and not column.isna().any()
        shown = kept[:1] if twins else kept[:SHOWN]
        groups += [(f"{attribute} = {name}", (column == name).to_numpy(bool)) for name in shown]
    return groups


def _welch(values: Floats, inside: Bools, level: float) -> tuple[float, float, float, float]:
    """Return the difference of means, its interval's ends, and Welch's p-value; what only rounding moves is still."""
    import numpy as np

    from trustlab.stats.means import welch

    found = welch(values[inside], values[~inside])
    if found.error <= 1e-12 * max(float(np.abs(values).max()), 1e-300):
        return found.value, found.value, found.value, 1.0 if abs(found.value) < 1e-12 else 0.0
    return (*found.interval(level), found.p_value)


def _by_input(
    features: Sequence[str], tested: list[list[tuple[float, float, float, float]]], chosen: int
) -> list[tuple[Any, ...]]:
    """Return (feature, difference, lo, hi, adjusted p) of the chosen group, the largest difference first."""
    from trustlab.stats.multiplicity import benjamini_hochberg

    adjusted = benjamini_hochberg([one[3] for group in tested for one in group]).reshape(len(tested), -1)[chosen]
    rows = [(name, *tested[chosen][at][:3], float(adjusted[at])) for at, name in enumerate(features)]
    return sorted(rows, key=lambda row: -abs(row[1]))


def _views(name: str, rows: list[tuple[Any, ...]], lines: list[Any], value: float) -> list[Series | Table]:
    columns = ("feature", "difference", "difference_lo", "difference_hi")
    rest = value - sum(row[1] for row in rows[:SHOWN])
    ordered = sorted(lines, key=lambda line: -abs(line[1]))[:SHOWN]
    return [
        Series(
            name="picture",
            title=f"What each input adds to the difference of {name}",
            columns=columns,
            rows=[row[:4] for row in rows[:BARS]],
            x="feature",
            y=("difference",),
            mark="bar",
            reference={"no difference": 0.0},
        ),
        Table(
            name="by_input",
            title=f"What each input adds to the difference of {name}",
            columns=(*columns, "p_adjusted"),
            rows=rows[:SHOWN],
            caption=f"They add up to the difference but for {rest:.1g}.",
        ),
        Table(
            name="by_group",
            title="Mean prediction of each group less that of all others",
            columns=("group", *columns[1:], "rows"),
            rows=[(line[0], *line[1:4], int(line[5].sum())) for line in ordered],
        ),
    ]
