"""Long lists: which of them have all of some words, and the part that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement

T = TypeVar("T")


def matches(told: Iterable[object], words: str | None) -> bool:
    """Return whether every one of ``words`` occurs somewhere in what is told of a thing, in any case of letters."""
    if not words:
        return True
    text = " ".join(str(one) for one in told if one is not None).casefold()
    return all(word in text for word in words.casefold().split())


def page(
    found: Sequence[T], told: Callable[[T], Iterable[object]], *, limit: int, offset: int, matching: str | None
) -> tuple[list[T], int]:
    """Return a part of those that match, and how many match in all.

    Parameters
    ----------
    told : callable
        What is known of one of them, in which the words are looked for.
    """
    kept = [one for one in found if matches(told(one), matching)]
    return kept[offset : offset + limit], len(kept)


def condition(told: Sequence[ColumnElement[str]], words: str | None) -> ColumnElement[bool]:
    """Return what a database asks of a row in place of `matches`: each word must occur in one of the columns."""
    from sqlalchemy import and_, or_, true

    asked = (words or "").split()
    return and_(true(), *(or_(*(column.icontains(word, autoescape=True) for column in told)) for word in asked))
