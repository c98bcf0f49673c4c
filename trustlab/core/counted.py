"""Counts, names and long texts in sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: ``1 row``, ``2,454 rows``, ``3 branches``.

    Parameters
    ----------
    one : str
        The noun for one.
    many : str or None
        The noun for any other count; ``one`` with an s where None.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return the first names, and how many are left out: ``age, income, race and 4 more``."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")


def shortened(text: str, most: int = 30) -> str:
    """Return a text of at most so many characters; one that was longer ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
