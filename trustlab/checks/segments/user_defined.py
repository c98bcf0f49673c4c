"""Is the model as good in the segments that the user named?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Status, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from trustlab.stats.intervals import Interval

NAMED = 3  # segments named in a sentence
YOURS = "Your own limit for this segment, by a test: fails where it surely errs more than the rest, beyond the limit"


@operation(
    "check",
    "Your segments",
    needs=("labels", "predictions"),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="A test: warns where a segment surely errs more than the rest, all segments at once (Bonferroni). How "
        "much more is too much is the user's to say, by a limit for each segment, beyond which it fails",
    ),
    references=("Newcombe (1998). Interval estimation for the difference between independent proportions. SiM 17",),
    cost="instant",
    example={
        "data": "loans.csv",
        "target": "approved",
        "prediction": "decision",
        "segments": {"young in the north": "age < 30 and region == 'north'", "in debt": "debt_ratio > 0.4"},
        "limits": {"in debt": "0.2"},
    },
)
def user_defined(
    subject: Subject,
    segments: dict[str, str] | None = None,
    limits: dict[str, Any] | None = None,
    min_rows: Annotated[int, Range(2), Unit("rows")] = 20,
    loss: Literal["error", "log"] = "error",
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
) -> Result:
    """Is the model as good in the segments that the user named?

    Each segment's error is compared with that of all other rows. Nothing was chosen by looking at the errors, so
    the intervals hold as they stand, all of them together. Segments may overlap.

    In plain words
    --------------
    In a part of the data that was named beforehand, the model is worse than elsewhere.

    What to do
    ----------
    Gather more rows of the segment that falls short, or leave it to a person until it does not.

    Parameters
    ----------
    subject : Subject
        Labels and predictions; any column of the data may be asked about.
    segments : dict
        Name and expression, such as young_north=age < 25 and region == 'north'. In a policy: a mapping.
    limits : dict
        By segment, how much more it may err than the rest: the check fails where it surely errs more than the rest and
        by more than that.
    min_rows : int
        Smaller segments are named and shown, not judged.
    loss : str
        A row's error: wrong or right (the absolute error for regression), or the log of its label's probability.
    level : float
        Confidence level of all intervals together.

    Returns
    -------
    Result
        Value: the error inside the segment that exceeds the others by most, minus the error outside it.
    """
    from trustlab.checks.segments._search import row_errors
    from trustlab.stats.disparity import shared_level

    if not segments:
        return not_applicable('no segments are named: --segments "young=age < 25", or an entry in the policy')
    if loss == "log" and subject.proba is None:
        return not_applicable("needs probabilities for the log loss")
    allowed = _limits(limits or {}, segments)
    errors, called = row_errors(subject, loss)
    masks = {name: _rows(subject, name, text) for name, text in segments.items()}
    judged = [one for one, mask in masks.items() if min_rows <= mask.sum() <= subject.n - min_rows]
    binary = called == "error"
    each = shared_level(level, max(len(judged), 1))
    found = [_seen(name, segments[name], masks[name], errors, each, binary=binary) for name in segments]
    table = _table(found, allowed, judged)
    unjudged = [f"{one.name} (n {one.n:,})" for one in found if one.name not in judged]
    left_out = f" Not judged, fewer than {min_rows} rows inside or outside: {', '.join(unjudged[:NAMED])}"
    left_out = f"{left_out}{f' and {len(unjudged) - NAMED} more' if len(unjudged) > NAMED else ''}." if unjudged else ""
    asked = [one for one in found if one.name in judged]
    if not asked:
        return Result(status=Status.NOT_APPLICABLE, reason=left_out.strip(), n=subject.n, views=[table])
    worst = max(asked, key=lambda one: (one.exceeds(allowed), one.difference.value))
    return Result(
        status=_verdict(asked, allowed),
        threshold=Threshold(0.0, allowed[worst.name], YOURS) if worst.name in allowed else None,
        reason=_sentence(asked, worst, allowed, called) + left_out,
        value=worst.difference.value,
        unit="share of rows" if binary else called,
        interval=(worst.difference.lo, worst.difference.hi),
        level=level,
        n=subject.n,
        views=[_picture(asked, called), table],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    name: str
    expression: str
    n: int
    error: float
    rest: float
    difference: Interval

    def exceeds(self, limits: Mapping[str, float]) -> int:
        """Return 2 where the segment surely errs more, beyond its limit; 1 where it errs more; else 0."""
        limit = limits.get(self.name)
        if self.difference.lo > 0 and limit is not None and self.difference.value > limit:
            return 2
        beyond = limit is not None and self.difference.value > limit
        return int((self.difference.lo > 0 and limit is None) or beyond)


def _limits(given: Mapping[str, Any], segments: Mapping[str, str]) -> dict[str, float]:
    limits = {}
    for name, value in given.items():
        if name not in segments:
            raise UsageError(f"limits must name segments; got {name!r}.{did_you_mean(name, list(segments))}")
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number) or number < 0:
            raise UsageError(f"limits: {name} must be a number of at least 0; got {value!r}")
        limits[name] = number
    return limits


def _rows(subject: Subject, name: str, text: Any) -> NDArray[np.bool_]:
    """Return which rows a segment holds; rows for which its question has no answer are outside."""
    import pandas as pd

    from trustlab.data.expressions import evaluate

    if not isinstance(text, str):
        raise UsageError(f"segments: {name} must be an expression; got {text!r}")
    answer = evaluate(subject.dataset.frame, text)
    if not pd.api.types.is_bool_dtype(answer.dtype):
        raise UsageError(f"segments: {name} must be true or false for each row; got {answer.dtype} values: {text}")
    inside: NDArray[np.bool_] = answer.fillna(False).to_numpy(dtype=bool)  # noqa: FBT003 - the value to fill with
    return inside


def _seen(
    name: str, text: str, inside: NDArray[np.bool_], errors: NDArray[np.float64], level: float, *, binary: bool
) -> _Segment:
    from trustlab.checks.segments._search import difference
    from trustlab.stats.intervals import Interval

    n, nan = int(inside.sum()), math.nan
    enough = 2 <= n <= inside.size - 2
    return _Segment(
        name=name,
        expression=text,
        n=n,
        error=float(errors[inside].mean()) if n else nan,
        rest=float(errors[~inside].mean()) if n < inside.size else nan,
        difference=difference(errors[inside], errors[~inside], level, binary=binary)
        if enough
        else Interval(nan, nan, nan),
    )


def _verdict(asked: Sequence[_Segment], limits: Mapping[str, float]) -> Status:
    worst = max(one.exceeds(limits) for one in asked)
    return (Status.PASS, Status.WARN, Status.FAIL)[worst]


def _sentence(asked: Sequence[_Segment], worst: _Segment, limits: Mapping[str, float], called: str) -> str:
    limit = limits.get(worst.name)
    ends = f"{worst.difference.value:+.3g}, {worst.difference.lo:.3g} to {worst.difference.hi:.3g}"
    allowed = f", limit {limit:g}" if limit is not None else ""
    numbers = f"{called} {worst.error:.3g} vs {worst.rest:.3g} elsewhere ({ends}{allowed}, n {worst.n:,})"
    more = sum(one.exceeds(limits) > 0 for one in asked)
    noise = " This could be noise." if worst.exceeds(limits) == 1 and worst.difference.lo <= 0 else ""
    if not more:
        kept = "errs more than the rest beyond noise or its limit" if limits else "surely errs more than the rest"
        return f"None of {len(asked)} segments {kept}; the largest difference is {worst.name}: {numbers}."
    return f"{worst.name}: {numbers}.{noise} {more} of {len(asked)} segments err more than they should."


def _picture(asked: Sequence[_Segment], called: str) -> Series:
    return Series(
        name="picture",
        title=f"How much more each segment errs ({called} inside less outside)",
        columns=("segment", "difference", "difference_lo", "difference_hi"),
        rows=[(one.name, *one.difference) for one in asked],
        x="segment",
        y=("difference",),
        mark="point",
        reference={"as the rest": 0.0},
    )


def _table(found: Sequence[_Segment], limits: Mapping[str, float], judged: Sequence[str]) -> Table:
    words = ("fine", "errs more", "errs more than its limit")
    rows = [
        (
            one.name,
            one.expression,
            one.n,
            one.error,
            one.rest,
            *one.difference,
            limits.get(one.name),
            words[one.exceeds(limits)] if one.name in judged else "not judged",
        )
        for one in found
    ]
    return Table(
        name="segments",
        title="Segments, each against all other rows",
        columns=(
            "segment",
            "expression",
            "n",
            "error",
            "error_outside",
            "difference",
            "difference_lo",
            "difference_hi",
            "limit",
            "verdict",
        ),
        rows=rows,
        units={"n": "rows"},
        caption="The intervals of all judged segments hold together at the level.",
    )
