"""Where a sentence goes that is for the person who waits, said by code that knows no context."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def notice_on_stderr(sentence: str) -> None:
    """Print one sentence where logs go, so that stdout stays the answer's."""
    sys.stderr.write(f"trust: {sentence}\n")


_NOTICE: ContextVar[Callable[[str], None]] = ContextVar("notice", default=notice_on_stderr)


@contextmanager
def noticing(notice: Callable[[str], None]) -> Iterator[None]:
    """Let :func:`tell` speak to ``notice`` while the block runs."""
    before = _NOTICE.set(notice)
    try:
        yield
    finally:
        _NOTICE.reset(before)


def tell(sentence: str) -> None:
    """Say one sentence to whoever waits for what runs now; on stderr where nobody said where."""
    _NOTICE.get()(sentence)


def teller() -> Callable[[str], None]:
    """Return what :func:`tell` calls here: other threads do not know it."""
    return _NOTICE.get()
