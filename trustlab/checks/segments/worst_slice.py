"""Where is the model at its worst?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.checks.advice import explain_rows
from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.checks.segments._search import Halves, Tested
    from trustlab.stats.lattice import Lattice

DRAWN = 12  # slices of the picture


@operation(
    "check",
    "Worst slice",
    needs=("labels", "predictions", "features"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="A test: slices found on one half of the rows and confirmed on the other, at a false discovery rate of "
        "5 % in each (Benjamini and Hochberg 1995). How much worse a slice may be has no accepted limit",
    ),
    references=(
        "Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE",
        "Sagadeeva and Boehm (2021). SliceLine: fast, linear-algebra-based slice finding. SIGMOD",
        "Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57",
    ),
    cost="seconds",
    example={
        "data": "loans.csv",
        "target": "approved",
        "prediction": "decision",
        "drop": ["score"],
        "sensitive": "race",
    },
)
def worst_slice(
    subject: Subject,
    min_rows: Annotated[int, Range(2), Unit("rows")] = 20,
    order: Literal[1, 2, 3] = 3,
    candidates: Annotated[int, Range(1, 100)] = 20,
    max_features: Annotated[int, Range(1, 200)] = 40,
    max_rows: Annotated[int, Range(100), Unit("rows")] = 200_000,
    loss: Literal["error", "log"] = "error",
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Where is the model at its worst?

    One half of the rows proposes slices of up to three features whose error is higher than elsewhere: a lattice search
    over values and quartiles, and a tree over finer cuts. What no more than chance would make of so many slices is
    dropped, slices that repeat others are merged, and the other half, which had no part in the choice, confirms the
    rest or does not. A slice tells where errors are, not why: a harder kind of row is worse for any model. So where
    probabilities are known, a confirmed slice that errs no more than they say themselves passes: the model knows that
    it is unsure there, and whoever uses it can know too.

    In plain words
    --------------
    There is a part of the data in which the model is wrong far more often than elsewhere.

    What to do
    ----------
    Look at the rows of the slice, gather more of them or add what tells them apart, and leave them to a person until
    then.

    Parameters
    ----------
    subject : Subject
        Labels, predictions and features; sensitive attributes are looked at too. Columns that name rows, and those of
        which no value has enough rows, are left out.
    min_rows : int
        Rows that a slice needs in each half.
    order : int
        The most features that make a slice.
    candidates : int
        How many proposed slices are put to the test.
    max_features : int
        With more features, those whose own slices err most are looked at.
    max_rows : int
        With more rows, a seeded sample of them.
    loss : str
        A row's error: wrong or right (the absolute error for regression), or the log of its label's probability.
    level : float
        Confidence level; 1 - level is the share of false alarms allowed among proposed and among confirmed slices.
    context : Context
        Where the halves' chance comes from; row order matters through it.

    Returns
    -------
    Result
        Value: the held-out error inside the worst confirmed slice minus the error outside. Where none is confirmed the
        value is the first candidate's, and the check passes; so it does where every confirmed one is as bad as the
        model's own probabilities say. Views ``slices``, ``search``.

    References
    ----------
    Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE.
    Newcombe (1998). Interval estimation for the difference between independent proportions. Stat. Med. 17.
    Benjamini and Yekutieli (2005). False discovery rate-adjusted multiple confidence intervals. JASA 100.
    """
    from trustlab.checks.segments._search import confirm, halve, propose, row_errors

    if loss == "log" and subject.proba is None:
        return not_applicable("needs probabilities for the log loss")
    _, called = row_errors(subject, loss)
    halves = halve(subject, max_rows, (max_features, min_rows), loss, context)
    if min(halves.search.size, halves.confirm.size) < 2 * min_rows:
        return not_applicable(f"needs {4 * min_rows} rows to find slices and confirm them; got {halves.rows.size}")
    if not halves.columns.chosen:
        return not_applicable("needs a column to part the rows by." + halves.columns.said_left_out())
    proposals, lattice = propose(halves, min_rows, order, candidates, level)
    tested = confirm(halves, proposals, min_rows, level)
    views = [
        *_views(tested, halves, called),
        _search_table(halves, lattice, len(proposals)),
    ]
    if not tested:
        return Result(
            status=Status.PASS,
            value=0.0,
            unit="share of rows" if halves.binary else called,
            reason=f"No slice of {min_rows} rows or more stands out in both halves (n {halves.rows.size:,})."
            + halves.columns.said_left_out(),
            n=halves.rows.size,
            views=views,
        )
    return _result(subject, tested, halves, called, level, views)


def _result(
    subject: Subject, tested: Sequence[Tested], halves: Halves, called: str, level: float, views: list[Series | Table]
) -> Result:
    overall = float(halves.errors[halves.confirm].mean())
    confirmed = sorted(
        (one for one in tested if one.confirmed), key=lambda one: (not one.hidden, -one.difference.value)
    )
    worst = confirmed[0] if confirmed else None
    shown = worst or tested[0]
    numbers = f"{called} {shown.error:.3g} vs {overall:.3g} overall (n {shown.n:,}"
    reason = f"No slice is confirmed as worse than the rest; the first candidate was {shown.words}: {numbers})."
    if worst is not None:
        reason = f"{shown.words}: {numbers}, confirmed on the held-out half).{_coverage(tested, halves)}"
    if worst is not None and worst.expected is not None:
        own = f" The model's own probabilities expect {worst.expected.value:.3g} there"
        reason += f"{own}: hard rows, no hidden weakness." if not worst.hidden else f"{own}."
    advice: list[str] = []
    if worst and worst.hidden and worst.expression and subject.predictor is not None and subject.predictor.training:
        advice = explain_rows(subject.predictor.name, subject.dataset.name, worst.expression)
    return Result(
        status=None if worst and worst.hidden else Status.PASS,
        reason=reason + halves.columns.said_left_out(),
        value=shown.difference.value,
        unit="share of rows" if halves.binary else called,
        interval=(shown.difference.lo, shown.difference.hi),
        level=level,
        n=halves.rows.size,
        p_value=shown.adjusted,
        views=views,
        advice=advice,
    )


def _coverage(tested: Sequence[Tested], halves: Halves) -> str:
    """Return a sentence on how much of rows and of errors the confirmed slices hold."""
    import numpy as np

    confirmed = [one.inside for one in tested if one.confirmed]
    errors = halves.errors[halves.confirm]
    inside = np.logical_or.reduce(confirmed)
    slices = "It holds" if len(confirmed) == 1 else f"The {len(confirmed)} confirmed slices hold"
    return f" {slices} {inside.mean():.0%} of the rows and {errors[inside].sum() / errors.sum():.0%} of the errors."


def _views(tested: Sequence[Tested], halves: Halves, called: str) -> list[Series | Table]:
    from trustlab.stats.intervals import mean_interval, wilson

    errors = halves.errors[halves.confirm]
    ordered = sorted(tested, key=lambda one: (not one.hidden, not one.confirmed, -one.difference.value))
    table = _table(ordered)
    if not tested:
        return [table]
    drawn = []
    for one in ordered[:DRAWN]:
        inside = errors[one.inside]
        ends = wilson(inside.sum(), inside.size).at(()) if halves.binary else mean_interval(inside)
        drawn.append((one.words, *ends))
    picture = Series(
        name="picture",
        title=f"{called.capitalize()} in each slice",
        columns=("slice", "error", "error_lo", "error_hi"),
        rows=drawn,
        x="slice",
        y=("error",),
        mark="point",
        reference={"all rows": float(errors.mean())},
    )
    return [picture, table]


def _table(tested: Sequence[Tested]) -> Table:
    rows = [
        (
            one.words,
            one.n,
            one.error,
            one.rest,
            *one.difference,
            one.proposal.mean,
            one.adjusted,
            one.confirmed,
            one.proposal.found_by,
            one.proposal.merged,
            None if one.expected is None else one.expected.value,
        )
        for one in tested
    ]
    return Table(
        name="slices",
        title="Slices that err most",
        columns=(
            "slice",
            "n",
            "error",
            "error_outside",
            "difference",
            "difference_lo",
            "difference_hi",
            "error_when_found",
            "p_adjusted",
            "confirmed",
            "found_by",
            "merged",
            "expected",
        ),
        rows=rows,
        units={"n": "rows"},
        caption="All numbers are of the half that had no part in finding the slice, but for error_when_found. "
        "Confirmed: p, adjusted for the number of slices tested, below 1 - level. Merged: slices that hold mostly its "
        "rows, or err only by them. Expected: the error by the model's own probabilities.",
    )


def _search_table(halves: Halves, lattice: Lattice, tested: int) -> Table:
    facts = [
        ("rows that proposed", halves.search.size),
        ("rows that confirmed", halves.confirm.size),
        ("columns", len(halves.columns.chosen)),
        ("columns left out", len(halves.columns.left_out) + halves.columns.beyond),
        ("slices that the values allow", lattice.possible),
        ("slices counted", lattice.tried),
        ("pairs with no hope below", lattice.pruned),
        ("pairs too many to look below", lattice.unexpanded),
        ("slices put to the test", tested),
    ]
    return Table(name="search", title="The search", columns=("fact", "number"), rows=facts)
