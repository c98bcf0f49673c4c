"""How long does an answer take, and how much memory?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.stats.intervals import Interval

ID = "reliability.latency"
BATCHES = (1, 10, 100, 1000, 10_000)
FEWEST_CALLS = 5


@operation(
    "check",
    "Latency and memory of predict",
    needs=("model",),
    threshold=Threshold(
        None,
        None,
        source="How fast is fast enough is for the use to say, and a number holds for the machine that measured it "
        "alone. Shown, not judged; set limits in a policy",
    ),
    references=("Conover (1999). Practical Nonparametric Statistics, 3rd edition: intervals of quantiles",),
    cost="seconds",
    example={"model": "lender", "data": "loans@main", "budget": 0.2},
)
def latency(
    subject: Subject,
    calls: Annotated[int, Range(FEWEST_CALLS, 100_000)] = 200,
    budget: Annotated[float, Range(0.05, 600), Unit("s")] = 2.0,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How long does an answer take, and how much memory?

    Rows drawn from the audited ones are asked alone and in batches, through the same view of the model that the
    audit uses (its checks of inputs and answers included), after one call to warm up. What else the machine does at
    that moment is measured too: compare on a quiet one, and never two numbers of two machines.

    In plain words
    --------------
    An answer takes longer, or more of the computer, than it should.

    What to do
    ----------
    Ask in batches, or take a smaller model, where the answer must come sooner.

    Parameters
    ----------
    subject : Subject
        The model and rows.
    calls : int
        Calls for each size of batch, fewer where the budget ends first but never under 5.
    budget : float
        Seconds for all of it, about.
    level : float
        Confidence level of every interval.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the 95th percentile of the time for one row, with the interval that order statistics give. Views
        ``by_batch`` (median, 95th percentile, rows per second) and ``memory``.
    """
    import numpy as np

    from trustlab.checks.reliability._asking import at

    sizes = [size for size in BATCHES if size <= max(subject.n, 1)]
    rng = context.rng(ID)
    lines = []
    for size in sizes:
        X = at(subject.content, rng.choice(subject.n, size, replace=False))
        seconds = _timed(subject, X, calls, budget / len(sizes))
        lines.append((size, len(seconds), *_ends(seconds, 0.5, level), *_ends(seconds, 0.95, level)))
    one = lines[0]
    median, slow = one[2], one[5]
    ends = (one[6], one[7])
    known = not np.isnan(ends).any()
    return Result(
        reason=f"One row takes {_words(median)} (95 of 100 calls at most {_words(slow)}); "
        f"{_rate(max(lines, key=lambda line: line[0] / line[2]))} at best.",
        value=slow,
        unit="seconds",
        interval=ends if known else None,
        level=level if known else None,
        views=[_curve(lines), _table(lines), _memory(subject, sizes[-1], rng)],
    )


def _timed(subject: Subject, X: Any, calls: int, budget: float) -> list[float]:
    """Return the seconds of each call, after one that warms up."""
    _ask(subject, X)
    seconds: list[float] = []
    while len(seconds) < calls and (len(seconds) < FEWEST_CALLS or sum(seconds) < budget):
        start = time.perf_counter()
        _ask(subject, X)
        seconds.append(time.perf_counter() - start)
    return seconds


def _ask(subject: Subject, X: Any) -> None:
    if subject.proba is not None:
        subject.predict_proba(X)
    else:
        subject.predict(X)


def _ends(seconds: list[float], share: float, level: float) -> Interval:
    from trustlab.stats.quantile import quantile_interval

    return quantile_interval(seconds, share, level)


def _words(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _rate(line: tuple[Any, ...]) -> str:
    return f"{line[0] / line[2]:,.0f} rows/s"


def _curve(lines: list[tuple[Any, ...]]) -> Series:
    return Series(
        name="curve",
        title="Time of a call, by the rows in it",
        columns=("batch", "median", "median_lo", "median_hi", "p95", "p95_lo", "p95_hi"),
        rows=[(f"{line[0]:,}", *line[2:]) for line in lines],
        units=dict.fromkeys(("median", "median_lo", "median_hi", "p95", "p95_lo", "p95_hi"), "seconds"),
        x="batch",
        y=("median", "p95"),
        mark="point",
    )


def _table(lines: list[tuple[Any, ...]]) -> Table:
    times = ("median", "median_lo", "median_hi", "p95", "p95_lo", "p95_hi")
    return Table(
        name="by_batch",
        title="Time by batch",
        columns=("batch", "calls", *times, "throughput"),
        rows=[(*line, line[0] / line[2]) for line in lines],
        units={"batch": "rows", "calls": "calls", **dict.fromkeys(times, "seconds"), "throughput": "rows/s"},
        caption="The throughput is that of the median call.",
    )


def _memory(subject: Subject, size: int, rng: Any) -> Table:
    """Return the memory that one call takes at its peak, as Python and NumPy count it; libraries below may not."""
    import tracemalloc

    from trustlab.checks.reliability._asking import at

    X = at(subject.content, rng.choice(subject.n, size, replace=False))
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        _ask(subject, X)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()
    return Table(
        name="memory",
        title="Memory of one call",
        columns=("batch", "peak"),
        rows=[(size, peak / 1e6)],
        units={"batch": "rows", "peak": "MB"},
        caption="What Python and NumPy asked for beyond what was held before; libraries that ask the system "
        "themselves are not counted.",
    )
