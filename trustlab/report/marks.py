"""How one finding is marked, on every page and screen: its icon, its word and whose colour it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.result import Status
from trustlab.report import words

if TYPE_CHECKING:
    from trustlab.core.result import Result


class Mark(NamedTuple):
    """A finding's icon and word, and the status whose colour they have."""

    icon: str
    word: str
    colour: Status


def mark(result: Result) -> Mark:
    """Return the mark of a finding; a pass that no limit stands behind is none: nothing could have failed."""
    status = words.of(result)
    if status == Status.PASS and not result.is_judged:
        return Mark("·", "no limit", Status.NOT_APPLICABLE)
    return Mark(words.ICON[status], words.WORD[status], status)
