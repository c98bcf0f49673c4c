"""What the fairness checks share: counts by group, comparisons of every two groups, and their tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.checks.advice import explain_rows
from trustlab.core.counted import listed
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.models.subject import Subject
    from trustlab.stats.counts import GroupCounts, Rate
    from trustlab.stats.disparity import PairRatios

ALL = "(all)"
MOST_GROUPS = 50  # of one attribute; more are an identifier rather than groups, and every two of them are compared


@dataclass(frozen=True, slots=True)
class Compared:
    """One rate of one sensitive attribute, every two judged groups against each other."""

    feature: str
    rate: Rate
    groups: Sequence[str]
    values: Sequence[float]
    pairs: PairRatios

    def sides(self, place: int) -> tuple[str, float, str, float]:
        """Return larger group, its rate, smaller group, its rate."""
        one, two = int(self.pairs.larger[place]), int(self.pairs.smaller[place])
        return self.groups[one], self.values[one], self.groups[two], self.values[two]


def count_groups(subject: Subject) -> dict[str, GroupCounts]:
    """Return confusion counts by group of each sensitive attribute; without labels every prediction counts as right."""
    return subject.memo("fairness.counts", lambda: _count(subject))  # type: ignore[no-any-return] # memo keeps anything


def count_labels(subject: Subject) -> dict[str, GroupCounts]:
    """Return counts by group of the labels alone, as if every one were predicted rightly."""
    return subject.memo("fairness.labels", lambda: _confusion(subject, subject.y, subject.y))  # type: ignore[no-any-return] # memo keeps anything


def coded(subject: Subject, name: str) -> tuple[Any, Any]:
    """Return the groups of a sensitive attribute, sorted, and each row's place among them."""
    from trustlab.stats.encode import encode

    assert subject.sensitive is not None
    groups = subject.sensitive[name]
    return subject.memo(f"fairness.codes.{name}", lambda: encode(groups.to_numpy(dtype=object)))  # type: ignore[no-any-return] # memo keeps anything


def _count(subject: Subject) -> dict[str, GroupCounts]:
    return _confusion(subject, subject.y_pred if subject.y is None else subject.y, subject.y_pred)


def _confusion(subject: Subject, truth: Any, decision: Any) -> dict[str, GroupCounts]:
    from trustlab.stats.counts import GroupCounts, group_confusion

    assert subject.sensitive is not None
    found = {}
    for name in map(str, subject.sensitive.columns):
        labels, code = coded(subject, name)
        found[name] = GroupCounts(labels, group_confusion(truth, decision, code).cells)
    return found


def largest(n: Any) -> Any:
    """Return the places of the largest groups, by their rows, in the order of the groups."""
    import numpy as np

    return np.sort(np.argsort(-n, kind="stable")[:MOST_GROUPS])


def judged(counts: GroupCounts, min_group: int) -> Any:
    """Return the places of the groups that are compared: the largest, of ``min_group`` rows or more."""
    kept = largest(counts.n)
    return kept[counts.n[kept] >= min_group]


def compare(counted: Mapping[str, GroupCounts], rates: Sequence[Rate], min_group: int, level: float) -> list[Compared]:
    """Compare every two groups of ``min_group`` rows or more by each rate; all intervals hold together at ``level``."""
    from trustlab.stats.disparity import pair_ratios

    chosen = []
    for name, counts in counted.items():
        kept = judged(counts, min_group)
        chosen += [(name, rate, counts.groups[kept].tolist(), counts.cells[kept]) for rate in rates]
    known = [int((rate.parts(cells)[1] > 0).sum()) for _, rate, _, cells in chosen]
    comparisons = max(sum(size * (size - 1) // 2 for size in known), 1)
    return [
        Compared(name, rate, groups, rate(cells).tolist(), pair_ratios(*rate.parts(cells), level, comparisons))
        for name, rate, groups, cells in chosen
    ]


def group_rows(counted: Mapping[str, GroupCounts]) -> tuple[list[tuple[str, str]], Any]:
    """Return names and counts of the rows of a table by group: all rows first, then each attribute's groups."""
    import numpy as np

    names, cells = [(ALL, ALL)], [next(iter(counted.values())).overall]
    for name, counts in counted.items():
        shown = largest(counts.n)
        names += [(name, str(counts.groups[place])) for place in shown]
        cells += [counts.cells[place] for place in shown]
    return names, np.stack(cells)


def rate_columns(rates: Sequence[Rate], cells: Any, level: float) -> tuple[list[str], list[list[float]]]:
    """Return the columns ``fpr, fpr_lo, fpr_hi …`` of some rates over rows of counts, with Wilson's intervals."""
    from trustlab.stats.intervals import wilson

    columns, values = [], []
    for rate in rates:
        found = wilson(*rate.parts(cells), level)
        columns += [rate.name, f"{rate.name}_lo", f"{rate.name}_hi"]
        values += [found.value.tolist(), found.lo.tolist(), found.hi.tolist()]
    return columns, values


def comparison_table(compared: Sequence[Compared]) -> Table:
    """Return, for each attribute and rate, the pair that is furthest apart and the one that is surest to be apart."""
    rows = []
    for one in compared:
        if not one.pairs.value.size:
            continue
        for what, place in (("largest ratio", one.pairs.worst), ("surest ratio", one.pairs.surest)):
            if what == "surest ratio" and place == one.pairs.worst:
                continue
            group, rate, other, other_rate = one.sides(place)
            ratio, lo, hi = one.pairs.at(place)
            rows.append((one.feature, one.rate.name, what, group, rate, other, other_rate, ratio, lo, hi))
    return Table(
        name="comparisons",
        title="Groups furthest apart",
        columns=(
            "feature",
            "rate",
            "which",
            "group",
            "group_rate",
            "other",
            "other_rate",
            "ratio",
            "ratio_lo",
            "ratio_hi",
        ),
        rows=rows,
        caption="Larger rate over smaller; the intervals of all pairs hold together at the level.",
    )


def left_out(counted: Mapping[str, GroupCounts], min_group: int) -> str:
    """Return a sentence that names the groups which are too small to judge, or an empty text."""
    return said_left_out({name: (counts.groups, counts.n) for name, counts in counted.items()}, min_group)


def said_left_out(sizes: Mapping[str, tuple[Any, Any]], min_group: int) -> str:
    """Return the same from each attribute's groups and their rows."""
    small = [
        f"{name} {group} (n {n})"
        for name, (groups, rows) in sizes.items()
        for group, n in zip(groups.tolist(), rows.tolist(), strict=True)
        if n < min_group
    ]
    more = sum(max(len(groups) - MOST_GROUPS, 0) for groups, _ in sizes.values())
    beyond = f" Only the {MOST_GROUPS} largest groups of an attribute are compared and shown." if more else ""
    if not small:
        return beyond
    return f" Not judged, fewer than {min_group} rows: {listed(small, 5)}.{beyond}"


def look_closer(subject: Subject, feature: str, group: str) -> list[str]:
    """Return the command that explains the model's answers for one group, where model and group can be named."""
    frame, model = subject.dataset.frame, subject.predictor
    if model is None or not model.training or not feature.isidentifier() or feature not in frame.columns:
        return []
    if not (frame[feature].astype(object) == group).any():
        return []
    return explain_rows(model.name, subject.dataset.name, f"{feature} == {group!r}")
