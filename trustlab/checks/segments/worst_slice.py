"""Where is the model at its worst?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.data.coding import Coding
    from trustlab.stats.intervals import Interval
    from trustlab.stats.slices import SliceScores

ID = "segments.worst_slice"


@operation(
    "check",
    "Worst slice",
    needs=("labels", "predictions", "features"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="A test: slices found on one half of the rows and confirmed on the other, at a false discovery rate of "
        "5 % (Benjamini and Hochberg 1995). How much worse a slice may be has no accepted limit",
    ),
    references=(
        "Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE",
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
    order: Literal[1, 2] = 2,
    candidates: Annotated[int, Range(1, 100)] = 20,
    max_features: Annotated[int, Range(1, 200)] = 40,
    max_rows: Annotated[int, Range(100), Unit("rows")] = 100_000,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Where is the model at its worst?

    One half of the rows proposes slices, single values or pairs of values whose error is higher than elsewhere; the
    other half, which had no part in the choice, confirms them or does not. Numbers are cut at their quartiles. A slice
    tells where errors are, not why: a harder kind of row is worse for any model.

    Parameters
    ----------
    subject : Subject
        Labels, predictions and features; sensitive attributes are looked at too.
    min_rows : int
        Rows that a slice needs in each half.
    order : int
        1 for single features, 2 for pairs too.
    candidates : int
        How many proposed slices are put to the test.
    max_features : int
        With more features, those whose own slices err most are looked at.
    max_rows : int
        With more rows, a seeded sample of them.
    level : float
        Confidence level; 1 - level is the share of false alarms allowed among confirmed slices.
    context : Context
        Where the halves' chance comes from; row order matters through it.

    Returns
    -------
    Result
        Value: the held-out error inside the worst confirmed slice minus the error outside; the error is the share of
        wrong predictions, or the mean absolute error for regression. Where none is confirmed the value is the first
        candidate's, and the check passes.

    References
    ----------
    Chung et al. (2019). Slice Finder: automated data slicing for model validation. ICDE.
    Newcombe (1998). Interval estimation for the difference between independent proportions. Stat. Med. 17.
    Benjamini and Yekutieli (2005). False discovery rate-adjusted multiple confidence intervals. JASA 100.
    """
    from trustlab.stats.sampling import stratified_halves, subsample

    rng = context.rng(ID)
    errors, frame = _errors_and_frame(subject)
    rows = subsample(subject.n, max_rows, rng)
    one, two = stratified_halves(_strata(subject)[rows], rng)
    search, confirm = rows[one], rows[two]
    if min(search.size, confirm.size) < 2 * min_rows:
        return not_applicable(f"needs {4 * min_rows} rows to find slices and confirm them; got {rows.size}")
    codings, codes = _coded(frame, search, errors, max_features, min_rows)
    found = _candidates(errors[search], codes[search], min_rows, order, candidates)
    tested = _confirmed(found, codes[confirm], errors[confirm], min_rows, level, codings, task=subject.task)
    if not tested:
        return Result(
            status=Status.PASS,
            reason=f"No slice of {min_rows} rows or more errs more than the rest (n {subject.n:,}).",
            n=subject.n,
        )
    return _result(subject, tested, float(errors[confirm].mean()), level)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """A slice proposed by one half, as the other half sees it."""

    words: str
    expression: str | None
    n: int
    error: float
    rest: float
    difference: Interval
    search_error: float
    adjusted: float
    confirmed: bool


def _errors_and_frame(subject: Subject) -> tuple[NDArray[np.float64], Any]:
    """Return each row's error, and the columns to slice by: features, and sensitive attributes that are none."""
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    gap = subject.y_pred - subject.y
    errors = np.abs(gap).astype(float) if subject.task == "regression" else (gap != 0).astype(float)
    frame = subject.X
    if subject.sensitive is not None:
        other = [name for name in subject.sensitive.columns if name not in frame.columns]
        frame = frame.join(subject.sensitive[other])
    return errors, frame


def _strata(subject: Subject) -> NDArray[Any]:
    import numpy as np

    assert subject.y is not None
    if subject.task != "regression":
        return subject.y
    return np.searchsorted(np.quantile(subject.y, [0.25, 0.5, 0.75]), subject.y)


def _coded(
    frame: Any, search: NDArray[np.int64], errors: NDArray[np.float64], max_features: int, min_rows: int
) -> tuple[list[Coding], NDArray[np.int64]]:
    """Return the codings learned on the searching half, and all rows in codes, for the features worth a look."""
    import numpy as np

    from trustlab.data.coding import learn_coding
    from trustlab.stats.slices import score_slices

    codings = [learn_coding(frame.iloc[search, place]) for place in range(frame.shape[1])]
    codes = np.column_stack([coding.codes(frame.iloc[:, place]) for place, coding in enumerate(codings)])
    if len(codings) > max_features:
        single = score_slices(errors[search], codes[search], min_rows, 1)
        first = list(dict.fromkeys(single.feature[:, 0].tolist()))[:max_features]
        kept = sorted(first)
        codings, codes = [codings[place] for place in kept], codes[:, kept]
    return codings, codes


def _candidates(
    errors: NDArray[np.float64], codes: NDArray[np.int64], min_rows: int, order: int, most: int
) -> list[tuple[SliceScores, int]]:
    """Return the slices that err most, leaving out those that hold mostly the rows of one before them."""
    from trustlab.stats.slices import score_slices, slice_rows

    scores = score_slices(errors, codes, min_rows, order)
    chosen: list[tuple[SliceScores, int]] = []
    masks: list[Any] = []
    # overlapping ones are tried in vain: look at a bounded number
    for place in range(min(len(scores), 20 * most)):
        if scores.effect[place] <= 0 or len(chosen) == most:
            break
        mask = slice_rows(codes, scores, place)
        if all((mask & other).sum() <= 0.5 * (mask | other).sum() for other in masks):
            chosen.append((scores, place))
            masks.append(mask)
    return chosen


def _confirmed(
    found: Sequence[tuple[SliceScores, int]],
    codes: NDArray[np.int64],
    errors: NDArray[np.float64],
    min_rows: int,
    level: float,
    codings: Sequence[Coding],
    *,
    task: str,
) -> list[_Slice]:
    """Return the candidates with enough held-out rows, tested on them, in the order in which they were proposed."""
    from trustlab.stats.multiplicity import benjamini_hochberg
    from trustlab.stats.slices import slice_rows

    masks = [slice_rows(codes, scores, place) for scores, place in found]
    kept = [at for at, mask in enumerate(masks) if min_rows <= mask.sum() <= mask.size - min_rows]
    sides = [(errors[masks[at]], errors[~masks[at]]) for at in kept]
    adjusted = benjamini_hochberg([_p_value(*pair, task) for pair in sides])
    confirmed = adjusted <= 1 - level
    # intervals for what a false discovery rate has picked: as wide as the share picked asks for, so that those of
    # confirmed slices leave 0 out
    each = 1 - (1 - level) * max(int(confirmed.sum()), 1) / max(len(kept), 1)
    slices = []
    for rank, (at, (inside, outside)) in enumerate(zip(kept, sides, strict=True)):
        scores, place = found[at]
        words, expression = _named(scores, place, codings)
        slices.append(
            _Slice(
                words=words,
                expression=expression,
                n=inside.size,
                error=float(inside.mean()),
                rest=float(outside.mean()),
                difference=_difference(inside, outside, each, task),
                search_error=float(scores.mean[place]),
                adjusted=float(adjusted[rank]),
                confirmed=bool(confirmed[rank]),
            )
        )
    return slices


def _named(scores: SliceScores, place: int, codings: Sequence[Coding]) -> tuple[str, str | None]:
    """Return a slice in words, and as an expression where it has one."""
    pairs = zip(scores.feature[place].tolist(), scores.code[place].tolist(), strict=True)
    used = [(codings[feature], code) for feature, code in pairs if feature >= 0]
    sayings = [coding.expression(code) for coding, code in used]
    expression = None if None in sayings else " and ".join(str(saying) for saying in sayings)
    return " and ".join(coding.words(code) for coding, code in used), expression


def _difference(inside: NDArray[np.float64], outside: NDArray[np.float64], level: float, task: str) -> Interval:
    """Return the error inside minus outside: Newcombe's interval for shares, Welch's for means."""
    from trustlab.stats.intervals import Interval, newcombe, t_quantile

    if task != "regression":
        return newcombe(inside.sum(), inside.size, outside.sum(), outside.size, level).at(())
    gap, error, dof = _welch(inside, outside)
    half = t_quantile(level, dof) * error
    return Interval(gap, gap - half, gap + half)


def _p_value(inside: NDArray[np.float64], outside: NDArray[np.float64], task: str) -> float:
    """Return the two-sided p-value that belongs to the interval of `_difference`; 1 where inside errs no more."""
    import numpy as np
    from scipy import optimize, special

    gap, error, dof = _welch(inside, outside)
    if gap <= 0:
        return 1.0
    if task == "regression":
        return float(2 * special.stdtr(dof, -gap / error)) if error > 0 else 0.0

    def end(log_p: float) -> float:
        return _difference(inside, outside, 1 - float(np.exp(log_p)), task).lo

    # the level at which the interval begins to touch 0; beyond 1e-12 nothing is gained
    least, most = float(np.log(1e-12)), float(np.log(0.999))
    if end(least) >= 0:
        return 1e-12
    return float(np.exp(optimize.brentq(end, least, most))) if end(most) > 0 else 1.0


def _welch(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the difference of two means, its standard error and Welch's degrees of freedom."""
    one, two = float(inside.var(ddof=1)) / inside.size, float(outside.var(ddof=1)) / outside.size
    gap = float(inside.mean() - outside.mean())
    if one + two == 0:
        return gap, 0.0, float(inside.size + outside.size - 2)
    return gap, (one + two) ** 0.5, (one + two) ** 2 / (one**2 / (inside.size - 1) + two**2 / (outside.size - 1))


def _result(subject: Subject, tested: Sequence[_Slice], overall: float, level: float) -> Result:
    worst = next((one for one in tested if one.confirmed), None)
    shown = worst or tested[0]
    what = "mean absolute error" if subject.task == "regression" else "error"
    numbers = f"{what} {shown.error:.3g} vs {overall:.3g} overall (n {shown.n:,}"
    reason = f"{shown.words}: {numbers}, confirmed on the held-out half)."
    if worst is None:
        reason = f"No slice is confirmed as worse than the rest; the first candidate was {shown.words}: {numbers})."
    advice = []
    if worst is not None and worst.expression and subject.predictor is not None and subject.predictor.training:
        advice = [f'%trust explain {subject.predictor.name} --data {subject.dataset.name} --where "{worst.expression}"']
    return Result(
        status=None if worst else Status.PASS,
        reason=reason,
        value=shown.difference.value,
        unit="error" if subject.task == "regression" else "share of rows",
        interval=(shown.difference.lo, shown.difference.hi),
        level=level,
        n=subject.n,
        p_value=shown.adjusted,
        views=[_table(tested)],
        advice=advice,
    )


def _table(tested: Sequence[_Slice]) -> Table:
    rows = [
        (one.words, one.n, one.error, one.rest, *one.difference, one.search_error, one.adjusted, one.confirmed)
        for one in sorted(tested, key=lambda one: not one.confirmed)
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
        ),
        rows=rows,
        units={"n": "rows"},
        caption="All numbers are of the half that had no part in finding the slice, but for error_when_found. "
        "Confirmed: p, adjusted for the number of slices tested, below 1 - level.",
    )
