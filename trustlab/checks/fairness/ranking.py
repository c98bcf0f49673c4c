"""Are people of different groups seen alike where they are ranked?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold, not_applicable
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.stats.intervals import Interval

ID = "fairness.ranking"
MOST_GROUPS = 20
MOST_ROWS = 200_000
SHUFFLES = 5


@dataclass(frozen=True, slots=True)
class _Seen:
    feature: str
    group: str
    n: int
    exposure: Interval
    top: Interval


@operation(
    "check",
    "Exposure in rankings",
    needs=("predictions", "sensitive", "query"),
    tasks=("ranking",),
    better="higher",
    threshold=Threshold(
        warn=0.8,
        fail=None,
        source="Four-fifths rule (29 CFR 1607.4 D), which is about selection; it is applied to exposure by convention, "
        "and groups may differ in relevance, so it warns",
    ),
    references=(
        "Singh and Joachims (2018). Fairness of exposure in rankings. KDD",
        "Geyik, Ambler and Kenthapadi (2019). Fairness-aware ranking in search and recommendation systems. KDD",
        "Yang and Stoyanovich (2017). Measuring fairness in ranked outputs. SSDBM",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "score": "score", "sensitive": "race", "query": "region"},
)
def ranking(
    subject: Subject,
    top: Annotated[int, Range(1), Unit("places")] = 10,
    min_group: Annotated[int, Range(1), Unit("rows")] = 20,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are people of different groups seen alike where they are ranked?

    The headline is the lowest of the groups' mean exposure over that of all others they compete with: a place is worth
    1 / log2(position + 1), as in DCG. It asks nothing about who deserves to be seen: where relevance differs for good
    reason, compare the exposure with it. Who is tied shares the places.

    In plain words
    --------------
    People of one group stand further down the list, where they are seen less.

    What to do
    ----------
    Look who stands at the top and why; compare with a ranking that gives each group its share of exposure.

    Parameters
    ----------
    subject : Subject
        Scores, queries and sensitive attributes; labels are not used.
    top : int
        How many places are the top.
    min_group : int
        Groups with fewer rows are shown, not judged.
    level : float
        Confidence level of every interval.
    context : Context
        Where the chance of the shuffled order comes from.

    Returns
    -------
    Result
        Value: the lowest ratio; the interval is that of the lowest group with all judged groups' intervals holding
        together (Bonferroni), queries being the independent units. Views: exposure and chances of a top place by group,
        and the divergence of prefixes (NDKL) beside that of a shuffled order.

    References
    ----------
    Singh and Joachims (2018). Fairness of exposure in rankings. KDD.
    """
    import numpy as np

    assert subject.sensitive is not None
    assert subject.y_pred is not None
    if not np.isfinite(subject.y_pred).all():
        return not_applicable("needs a finite score in every row; some are missing or infinite")
    rows = _rows(subject, context)
    seen = _seen(subject, rows, top, min_group, level)
    judged = [one for one in seen if one.n >= min_group and one.exposure.lo == one.exposure.lo]
    views = _views(seen, _divergence(subject, rows, level, context), top, subject)
    if not judged:
        reason = f"needs a group of {min_group} rows or more that competes with others in two queries"
        return replace(not_applicable(reason), views=views, n=subject.n)
    worst = min(judged, key=lambda one: one.exposure.value)
    ends = (min(one.exposure.lo for one in judged), min(one.exposure.hi for one in judged))
    reason = (
        f"{worst.feature} {worst.group} is seen {worst.exposure.value:.2f} times as much as those it competes with "
        f"({ends[0]:.2f} to {ends[1]:.2f}){_top_words(worst.top.value, top)} (n {worst.n:,} of {len(rows):,} rows)."
    )
    return Result(
        reason=reason,
        value=worst.exposure.value,
        unit="ratio",
        interval=ends,
        level=level,
        n=len(rows),
        views=views,
    )


def _top_words(ratio: float, top: int) -> str:
    """Say how often the group is among the first; nothing where none of the others ever is."""
    if ratio != ratio:
        return f"; the others never are among the first {top}"
    return f", and is among the first {top} {ratio:.2f} times as often"


def _rows(subject: Subject, context: Context) -> Any:
    """Return the rows to look at: whole queries, drawn by chance where there are many rows."""
    import numpy as np

    query = np.asarray(subject.query)
    if subject.n <= MOST_ROWS:
        return np.arange(subject.n)
    order = context.rng(ID).permutation(int(query.max()) + 1)
    sizes = np.bincount(query)
    kept = order[: max(int(np.searchsorted(np.cumsum(sizes[order]), MOST_ROWS)), 1)]
    return np.flatnonzero(np.isin(query, kept))


def _seen(subject: Subject, rows: Any, top: int, min_group: int, level: float) -> list[_Seen]:
    import numpy as np

    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.disparity import shared_level
    from trustlab.stats.exposure import exposure_ratio, top_ratio

    assert subject.sensitive is not None
    score, query = np.asarray(subject.y_pred)[rows], np.asarray(subject.query)[rows]
    groups = []
    for name in map(str, subject.sensitive.columns):
        labels, code = coded(subject, name)
        sizes = np.bincount(code[rows], minlength=len(labels))
        largest = np.sort(np.argsort(-sizes, kind="stable")[:MOST_GROUPS]).tolist()
        groups += [(name, str(labels[place]), int(sizes[place]), code[rows] == place) for place in largest]
    each = shared_level(level, max(sum(size >= min_group for _, _, size, _ in groups), 1))
    return [
        _Seen(name, label, size, exposure_ratio(own, score, query, each), top_ratio(own, score, query, top, each))
        for name, label, size, own in groups
        if size
    ]


def _divergence(subject: Subject, rows: Any, level: float, context: Context) -> list[tuple[Any, ...]]:
    import numpy as np

    from trustlab.checks.fairness._groups import coded
    from trustlab.stats.exposure import ndkl
    from trustlab.stats.intervals import mean_interval

    assert subject.sensitive is not None
    score, query = np.asarray(subject.y_pred)[rows], np.asarray(subject.query)[rows]
    rng, found = context.rng(ID, "shuffle"), []
    for name in map(str, subject.sensitive.columns):
        labels, code = coded(subject, name)
        if not 1 < len(labels) <= MOST_GROUPS:
            continue
        present = np.bincount(query) > 0
        own = ndkl(code[rows], score, query)[present]
        chance = np.mean([ndkl(code[rows], rng.random(len(rows)), query)[present].mean() for _ in range(SHUFFLES)])
        found.append((name, int(present.sum()), *mean_interval(own, level), float(chance)))
    return found


def _views(seen: Sequence[_Seen], divergence: list[tuple[Any, ...]], top: int, subject: Subject) -> list[Any]:
    several = "feature" if subject.sensitive is not None and subject.sensitive.shape[1] > 1 else None
    columns = ("feature", "group", "n", "exposure", "exposure_lo", "exposure_hi", "top", "top_lo", "top_hi")
    rows = [(one.feature, one.group, one.n, *one.exposure, *one.top) for one in seen]
    table = Table(
        name="by_group",
        title="Each group against those it competes with",
        columns=columns,
        rows=rows,
        units={"n": "rows"},
        caption=f"exposure: mean of 1 / log2(position + 1) over the others'; top: chance of one of the first {top} "
        "places over the others'. Intervals of the judged groups hold together.",
    )
    picture = Series(
        name="exposure",
        title="Exposure against those it competes with",
        columns=("feature", "group", *columns[3:]),
        rows=[(*row[:2], *row[3:]) for row in rows],
        x="group",
        y=("exposure", "top"),
        group=several,
        mark="point",
        reference={"equal": 1.0, "four-fifths rule": 0.8},
        caption="Bars are intervals.",
    )
    prefixes = Table(
        name="ndkl",
        title="How far the groups of prefixes are from those of all",
        columns=("feature", "queries", "ndkl", "ndkl_lo", "ndkl_hi", "by_chance"),
        rows=divergence,
        caption="0 where every prefix is mixed as the whole; by_chance is that of a shuffled order.",
    )
    return [picture, table, prefixes]
