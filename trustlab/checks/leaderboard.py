"""The leaderboard of candidates: what is known of them, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Status
from trustlab.core.views import Series, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.checks.comparison import Contest
    from trustlab.checks.measures import Measure
    from trustlab.core.result import Result
    from trustlab.core.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What is known of the candidates.

    Parameters
    ----------
    measure : Measure
        The one that ranks.
    rank : mapping of str to int
    value : mapping of str to float
        The ranking measure's.
    contests : sequence of Contest
        Against the reference.
    results : mapping of str to sequence of Result
        The policy's checks, by candidate.
    blocked : mapping of str to sequence of str
        The checks that block each candidate.
    second : str or None
        The check that the picture sets against the measure.
    front : set of str
        Who is on the front of the two.
    """

    measure: Measure
    reference: str
    rank: Mapping[str, int]
    value: Mapping[str, float]
    contests: Sequence[Contest]
    results: Mapping[str, Sequence[Result]]
    blocked: Mapping[str, Sequence[str]]
    second: str | None
    front: set[str]

    @property
    def order(self) -> list[str]:
        """The candidates, the best first, those that are blocked last."""
        sign = -1 if self.measure.better == "higher" else 1

        def place(name: str) -> tuple[bool, int, float]:
            return (bool(self.blocked[name]), self.rank[name], sign * self.value[name])

        return sorted(self.rank, key=place)

    def number(self, name: str) -> float | None:
        """Return a candidate's number of the second check."""
        found = (result.value for result in self.results[name] if result.id == self.second)
        return next((value for value in found if value is not None and value == value), None)


def views_of(board: Board, failed: Mapping[str, str]) -> list[View]:
    """Return the advantage over the reference, the front, the leaderboard, the tests, and every check's number."""
    views: list[View] = [_advantages(board)]
    if board.second is not None and board.front:
        views.append(_pareto(board))
    return [*views, _leaderboard(board, failed), _tests(board), _checks(board)]


def _advantages(board: Board) -> Series:
    own = [contest for contest in board.contests if contest.measure is board.measure]
    lower = " Less is better." if board.measure.better == "lower" else ""
    return Series(
        name="picture",
        title=f"Difference in {board.measure.words} from {board.reference}",
        columns=("candidate", "difference", "difference_lo", "difference_hi"),
        rows=[(contest.candidate, *contest.found.difference) for contest in own],
        x="candidate",
        y=("difference",),
        mark="point",
        reference={"no difference": 0.0},
        caption=f"On the same rows; the intervals hold together. One that reaches 0 could be noise.{lower}",
    )


def _pareto(board: Board) -> Series:
    from trustlab.core import registry

    assert board.second is not None
    record = registry.get(board.second)
    points = [(board.number(name), board.value[name], name) for name in board.order]
    on = ", ".join(name for name in board.order if name in board.front)
    return Series(
        name="front",
        title=f"{board.measure.words} against {record.title.lower()}",
        columns=(record.title, board.measure.words, "candidate"),
        rows=[point for point in points if point[0] is not None],
        x=record.title,
        y=(board.measure.words,),
        group="candidate",
        mark="point",
        caption=f"{record.title}: {record.better} is better; {board.measure.words}: {board.measure.better} is better. "
        f"No other candidate is as good in both as {on}; differences may be noise.",
    )


def _leaderboard(board: Board, failed: Mapping[str, str]) -> Table:
    columns = ["rank", "candidate", "verdict", "failed", "warned", board.measure.words]
    if board.second is not None:
        columns += [board.second, "on_front"]
    rows: list[tuple[Any, ...]] = []
    for name in board.order:
        statuses = [result.status for result in board.results[name]]
        by = ", ".join(board.blocked[name])
        row = [board.rank[name], name, f"blocked by {by}" if by else "eligible"]
        row += [statuses.count(Status.FAIL), statuses.count(Status.WARN), board.value[name]]
        rows.append((*row, *([board.number(name), name in board.front] if board.second is not None else ())))
    empty = (None,) * (len(columns) - 3)
    rows += [(None, name, f"could not answer: {why}", *empty) for name, why in failed.items()]
    return Table(
        name="leaderboard",
        title="Leaderboard",
        columns=columns,
        rows=rows,
        units={"failed": "checks", "warned": "checks"},
        caption="rank: one more than the number of candidates that are surely better; equal ranks could be noise.",
    )


def _tests(board: Board) -> Table:
    rows = [
        (c.candidate, c.measure.words, c.own, c.other, *c.found.difference, c.adjusted, c.verdict, c.measure.method)
        for c in board.contests
    ]
    ends = ("difference", "difference_lo", "difference_hi")
    return Table(
        name="tests",
        title=f"Paired tests against {board.reference}",
        columns=("candidate", "measure", "value", "reference", *ends, "p_adjusted", "verdict", "test"),
        rows=rows,
        caption="p_adjusted: by Holm over all rows of this table. Intervals hold together for each measure.",
    )


def _checks(board: Board) -> Table:
    def cell(name: str, check: str) -> str:
        found = next((result for result in board.results[name] if result.id == check), None)
        if found is None or found.status is None:
            return ""
        known = found.value is not None and found.value == found.value
        return f"{found.status.replace('_', ' ')} {format(found.value, '.3g') if known else ''}".strip()

    every = dict.fromkeys(result.id for results in board.results.values() for result in results)
    rows = [(check, *(cell(name, check) for name in board.order)) for check in every]
    return Table(name="checks", title="Checks", columns=("check", *board.order), rows=rows)
