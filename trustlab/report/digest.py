"""What of many findings is said one by one, and what is counted: worst first, passes by family."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.result import Status
from trustlab.report import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.result import Document, Result

# As many findings as a screen holds are all said, whatever they are.
MAX_SAID = 24
_QUIET = (Status.PASS, Status.SKIPPED, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Digest:
    """A document's findings.

    Parameters
    ----------
    said : sequence of Result
        Those with a line of their own, worst first.
    counted : mapping of Status to mapping of str to int
        The others: how many of each family ended how, worst first.
    """

    said: Sequence[Result]
    counted: Mapping[Status, Mapping[str, int]]

    @property
    def left(self) -> int:
        """How many findings are counted only."""
        return sum(sum(families.values()) for families in self.counted.values())


def digest(document: Document, *, everything: bool = False) -> Digest:
    """Return the findings of a document: all of them where they are few or ``everything`` is asked for."""
    results = document.sorted_results()
    if everything or len(results) <= MAX_SAID:
        return Digest(results, {})
    counted = {status: _families(results, status) for status in _QUIET}
    said = [result for result in results if words.of(result) not in _QUIET]
    return Digest(said, {status: families for status, families in counted.items() if families})


def _families(results: Sequence[Result], status: Status) -> dict[str, int]:
    found = Counter(result.family for result in results if words.of(result) == status)
    return dict(found)


def listed(families: Mapping[str, int]) -> str:
    """Return counts by family in words: ``quality 6, robustness 3``; the largest first."""
    ordered = sorted(families.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{words.short(family, 40)} {words.number(count)}" for family, count in ordered)
