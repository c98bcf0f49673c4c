"""Which refs a run asked for, and which commits they were at that moment: noted where a ref becomes a commit."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEEN: ContextVar[dict[str, dict[str, str]] | None] = ContextVar("resolved", default=None)


@contextmanager
def collecting() -> Iterator[dict[str, dict[str, str]]]:
    """Give a mapping that fills, while the block runs, with the refs asked for; a block around it gets them too.

    Yields
    ------
    dict
        By the ref as it was asked for: ``asked``, ``repo`` and ``commit``. A ref that moved meanwhile is as it was
        first.
    """
    seen: dict[str, dict[str, str]] = {}
    before = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(before)
        around = _SEEN.get()
        if around is not None:
            for asked, told in seen.items():
                around.setdefault(asked, told)


def note(asked: str, repo: str, commit: str) -> None:
    """Note what a ref (without a path) stands for; a commit's own whole id says it already."""
    seen = _SEEN.get()
    if seen is not None and commit not in asked:
        seen.setdefault(asked, {"asked": asked, "repo": repo, "commit": commit})
