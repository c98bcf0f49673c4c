"""The performance of a ranking: a figure a query, its mean over queries, and what an order by chance would get."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.result import Result, not_applicable
from trustlab.core.views import Distribution, Series, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trustlab.models.subject import Subject
    from trustlab.stats.intervals import Interval
    from trustlab.stats.ranking import Ranked

    Floats = NDArray[np.float64]

HEADLINE = 10  # how far down the headline looks: a page of results
CUTS = (1, 3, 5, 10, 20)
BINS = 10
MOST_QUERIES = 10  # of the view of the worst
LEAST_RELEVANT = "needs relevances of 0 or more (0: not relevant); the least of this target is {least:g}"
NO_ORDER = (
    "needs a query with two rows or more that differ in {target}: in all {queries:,} queries any order would be as good"
)


class Figure(NamedTuple):
    """One figure's mean over queries, with its interval, and that of an order by chance."""

    name: str
    interval: Interval
    chance: float


def ranking(subject: Subject, level: float) -> Result:
    """Return how well scores order the rows of their queries; queries in which any order is as good are left out."""
    import numpy as np

    from trustlab.models.subject import REASONS
    from trustlab.stats import ranking as stats

    y, score, query = subject.y, subject.y_pred, subject.query
    if query is None:
        return not_applicable(REASONS["query"])
    assert y is not None
    assert score is not None
    if y.min() < 0:
        return not_applicable(LEAST_RELEVANT.format(least=y.min()))
    rows, blind = stats.ranked(y, score, query), stats.ranked(y, np.zeros(len(y)), query)
    telling = np.flatnonzero(stats.informative(rows))
    if not len(telling):
        return not_applicable(NO_ORDER.format(target=subject.target, queries=len(np.unique(query))))
    return _measured(subject, rows, blind, telling, level)


def _measured(subject: Subject, rows: Ranked, blind: Ranked, telling: NDArray[np.intp], level: float) -> Result:
    import numpy as np

    from trustlab.checks.performance._headline import guess_limit, tested
    from trustlab.core.counted import counted
    from trustlab.stats import ranking as stats
    from trustlab.stats.intervals import mean_interval

    figures = [_figure(name, own[telling], chance[telling], level) for name, own, chance in _pairs(rows, blind)]
    ours, guess = (stats.ndcg(one, HEADLINE)[telling] for one in (rows, blind))
    gain = mean_interval(ours - guess, level)
    name, (value, lo, hi), chance = figures[0]
    beaten, worse = gain.lo > 0, gain.hi <= 0
    verdict = "better than" if beaten else "no better than" if worse else "not surely better than"
    left = len(np.unique(rows.query)) - len(telling)
    reason = (
        f"{name} {value:.3g} ({lo:.3g} to {hi:.3g}, {counted(len(telling), 'query', 'queries')}), {verdict} an order "
        f"by chance ({chance:.3g})."
    )
    if left:
        reason += f" {counted(left, 'query', 'queries')} left out: any order of theirs is as good."
    return Result(
        status=tested(beaten=beaten, worse=worse),
        threshold=guess_limit(chance, "an order by chance"),
        reason=reason,
        value=value,
        unit=name,
        interval=(lo, hi),
        level=level,
        n=int(np.isin(rows.query, telling).sum()),
        views=[_curve(rows, blind, telling, level), _spread(ours, guess), _table(figures), _worst(subject, rows, ours)],
    )


def _pairs(rows: Ranked, blind: Ranked) -> list[tuple[str, Floats, Floats]]:
    """Return each figure's name, its values by query, and those of an order by chance: of scores that are all equal."""
    from trustlab.stats import ranking as stats

    return [
        (f"NDCG@{HEADLINE}", stats.ndcg(rows, HEADLINE), stats.ndcg(blind, HEADLINE)),
        ("NDCG", stats.ndcg(rows), stats.ndcg(blind)),
        ("MAP", stats.average_precision(rows), stats.average_precision(blind)),
        ("MRR", stats.reciprocal_rank(rows), stats.reciprocal_rank(blind)),
        *(
            (f"precision@{k}", stats.precision(rows, k), stats.precision(blind, k))
            for k in CUTS
            if k in {1, 5, HEADLINE}
        ),
    ]


def _figure(name: str, own: Floats, chance: Floats, level: float) -> Figure:
    return Figure(name, _mean(own, level), float(chance.mean()))


def _mean(values: Floats, level: float) -> Interval:
    """Return the mean over queries with Student's t interval within 0 to 1; queries, not rows, are the sample."""
    from trustlab.stats.intervals import Interval, mean_interval

    value, lo, hi = mean_interval(values, level)
    return Interval(value, max(lo, 0.0) if lo == lo else lo, min(hi, 1.0) if hi == hi else hi)


def _table(figures: list[Figure]) -> Table:
    return Table(
        name="metrics",
        title="Performance",
        columns=("metric", "value", "value_lo", "value_hi", "chance"),
        rows=[(name, *interval, chance) for name, interval, chance in figures],
        caption="Means over queries. Relevant for MAP, MRR and precision is what the target puts above 0. chance: the "
        "mean over all orders.",
    )


def _curve(rows: Ranked, blind: Ranked, telling: NDArray[np.intp], level: float) -> Series:
    from trustlab.stats import ranking as stats

    points = []
    for k in CUTS:
        own, chance = stats.ndcg(rows, k)[telling], stats.ndcg(blind, k)[telling]
        points.append((k, *_mean(own, level), float(chance.mean())))
    return Series(
        name="ndcg",
        title="NDCG by how far down one looks",
        columns=("k", "ndcg", "ndcg_lo", "ndcg_hi", "chance"),
        rows=points,
        x="k",
        y=("ndcg", "chance"),
        mark="line",
        units={"k": "first items"},
        caption="1 is the best order of each query; chance is the mean over all its orders.",
    )


def _spread(ours: Floats, guess: Floats) -> Distribution:
    import numpy as np

    edges = np.linspace(0, 1, BINS + 1)
    shares = [np.histogram(values.clip(0, 1), edges)[0] / len(values) for values in (ours, guess)]
    labels = [f"{low:.1f} to {low + 1 / BINS:.1f}" for low in edges[:-1]]
    return Distribution(
        name="queries",
        title=f"NDCG@{HEADLINE} of each query",
        columns=("NDCG", "this order", "by chance"),
        rows=list(zip(labels, shares[0].tolist(), shares[1].tolist(), strict=True)),
        caption="Shares of the queries in which the order matters.",
    )


def _worst(subject: Subject, rows: Ranked, ours: Floats) -> Table:
    """Return the queries that are ordered worst."""
    import numpy as np

    from trustlab.stats import ranking as stats

    assert subject.query is not None
    telling = np.flatnonzero(stats.informative(rows))
    at = np.argsort(ours, kind="stable")[:MOST_QUERIES]
    items = np.bincount(subject.query)
    relevant = rows.sums((rows.gain > 0).astype(float))
    names = subject.query_names
    shown = sorted(
        (float(ours[place]), str(names[telling[place]]), int(items[telling[place]]), int(relevant[telling[place]]))
        for place in at
    )
    return Table(
        name="worst",
        title="The queries that are ordered worst",
        columns=("query", f"NDCG@{HEADLINE}", "items", "relevant"),
        rows=[(name, value, count, hits) for value, name, count, hits in shown],
        units={"items": "rows", "relevant": "rows"},
        caption=f"The last {len(shown)} of {len(ours):,}.",
    )
