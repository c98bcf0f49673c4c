"""A suite of corruptions, each at five severities: what the model loses, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Matrix, Series, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Floats, Ints
    from trustlab.stats.intervals import Interval

SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Corruption:
    """One way in which rows go bad.

    Parameters
    ----------
    title : str
        What it is, with what the severities stand for.
    make : callable
        Returns the rows at each of the severities, mildest first; None where it cannot happen to such rows.
    """

    title: str
    make: Callable[[Any], Sequence[Any] | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one corruption did: how much more each row loses, shape (severities, rows); None where it was refused."""

    title: str
    more: Floats | None


def run_suite(
    subject: Subject,
    chosen: Ints,
    content: Any,
    suite: Mapping[str, Corruption],
    join: Callable[[Sequence[Any]], Any],
) -> dict[str, Outcome]:
    """Return what each corruption does to the chosen rows; all severities of one are asked in one call.

    Parameters
    ----------
    chosen : ndarray of int
        The rows of the subject that ``content`` holds.
    join : callable
        Puts the rows of several severities together.
    """
    import numpy as np

    assert subject.y is not None
    assert subject.y_pred is not None
    truth = subject.y[chosen]
    before = losses(subject, truth, subject.y_pred[chosen])
    found = {}
    for name, corruption in suite.items():
        made = corruption.make(content)
        if made is None:
            continue
        try:
            predicted = np.split(subject.predict(join(made)), len(made))
        except InputError:
            found[name] = Outcome(corruption.title, None)
            continue
        found[name] = Outcome(corruption.title, np.stack([losses(subject, truth, one) for one in predicted]) - before)
    return found


def losses(subject: Subject, truth: Any, predicted: Any) -> Floats:
    """Return each row's loss, on the scale of the metric: 1 for a wrong class, squared error over the variance."""
    import numpy as np

    if subject.classes:
        return np.asarray(truth != predicted, dtype=np.float64)
    spread = float(np.var(subject.y)) if subject.y is not None else 1.0
    return np.asarray((truth - predicted) ** 2 / (spread or 1.0))


def drop_of(more: Floats, level: float) -> Interval:
    """Return the mean of how much more rows lose, with its interval."""
    from trustlab.stats.intervals import Interval, mean_interval, wilson

    if more.any():
        return mean_interval(more, level)
    # No row changed: as for any event that was not seen, that bounds how often it happens.
    reach = wilson(0, more.size, level).at(()).hi
    return Interval(0.0, -reach, reach)


def dropped(drop: Interval) -> str:
    """Return what a score does, in words: a drop whose interval holds 0 is none that was measured."""
    if drop.lo > 0:
        return f"drops by {drop.value:.2g}"
    if drop.hi < 0:
        return f"rises by {-drop.value:.2g}"
    return f"does not measurably drop, {drop.value:.2g}"


def told(subject: Subject, chosen: Ints, found: Mapping[str, Outcome], level: float, what: str) -> Result:
    """Return the finding of a suite.

    Parameters
    ----------
    what : str
        What was corrupted, in words.
    """
    import numpy as np

    answered = {name: one for name, one in found.items() if one.more is not None}
    refused = [one.title.split(":")[0] for one in found.values() if one.more is None]
    if not answered:
        why = f"; the model refuses {', '.join(refused)}" if refused else ""
        return not_applicable(f"nothing about these rows can be corrupted{why}")
    assert subject.y is not None
    assert subject.y_pred is not None
    clean = float(losses(subject, subject.y[chosen], subject.y_pred[chosen]).mean())
    stacked = np.stack([one.more for one in answered.values() if one.more is not None])
    drop = drop_of(stacked.mean(axis=(0, 1)), level)
    means = {name: drop_of(one.more.mean(axis=0), level) for name, one in answered.items() if one.more is not None}
    worst = max(means, key=lambda name: means[name].value)
    metric = "accuracy" if subject.classes else "R2"
    said = f" The model refuses {', '.join(refused)}." if refused else ""
    return Result(
        reason=f"Over {len(answered)} corruptions of {what} at five severities {metric} {dropped(drop)} "
        f"({drop.lo:.2g} to {drop.hi:.2g}, n {chosen.size:,}) from {1 - clean:.2g}; most by "
        f"{answered[worst].title.split(':')[0]}, {means[worst].value:.2g} ({means[worst].lo:.2g} to "
        f"{means[worst].hi:.2g}).{said}",
        value=drop.value,
        unit=metric,
        interval=(drop.lo, drop.hi),
        level=level,
        n=int(chosen.size),
        views=_views(found, answered, clean, metric, level),
        provenance={"mean corruption error": clean + drop.value},
    )


def _views(
    found: Mapping[str, Outcome], answered: Mapping[str, Outcome], clean: float, metric: str, level: float
) -> list[Matrix | Series | Table]:
    drops = {name: [drop_of(row, level) for row in one.more] for name, one in answered.items() if one.more is not None}
    curves = [
        (name, severity, 1 - clean - one.value, 1 - clean - one.hi, 1 - clean - one.lo)
        for name, row in drops.items()
        for severity, one in zip(SEVERITIES, row, strict=True)
    ]
    return [
        Matrix(
            name="drop",
            title=f"Drop in {metric} by corruption and severity",
            columns=("corruption", *map(str, SEVERITIES)),
            rows=[(name, *(one.value for one in row)) for name, row in drops.items()],
            units=dict.fromkeys(map(str, SEVERITIES), metric),
            row_axis="corruption",
            column_axis="severity",
        ),
        Series(
            name="curves",
            title=f"{metric} by severity",
            columns=("corruption", "severity", metric, f"{metric}_lo", f"{metric}_hi"),
            rows=curves,
            x="severity",
            y=(metric,),
            group="corruption",
            reference={"without corruption": 1 - clean},
            caption="Intervals are those of the difference to the rows as they are.",
        ),
        _table(found, clean, metric, level),
    ]


def _table(found: Mapping[str, Outcome], clean: float, metric: str, level: float) -> Table:
    rows: list[tuple[Any, ...]] = []
    for name, one in found.items():
        if one.more is None:
            rows.append((name, one.title, None, None, None, None, None, "refused by the model"))
            continue
        mean, last = drop_of(one.more.mean(axis=0), level), drop_of(one.more[-1], level)
        rows.append((name, one.title, *mean, last.value, clean + mean.value, "answered"))
    error = "corruption_error" if metric == "accuracy" else "corruption_loss"
    return Table(
        name="by_corruption",
        title=f"Drop in {metric} by corruption",
        columns=("corruption", "what", "drop", "drop_lo", "drop_hi", "drop_at_5", error, "model"),
        rows=sorted(rows, key=lambda row: -(row[2] if row[2] is not None else -1e9)),
        units={"drop": metric, "drop_at_5": metric},
        caption="The mean over the five severities; a corruption that the model refuses is no loss and no merit.",
    )
