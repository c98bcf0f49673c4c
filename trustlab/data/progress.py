"""Bars that count bytes, or things, for verbs that move or look at many."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trustlab.core.bars import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustlab.core.context import Context


@contextmanager
def byte_bar(context: Context, label: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on stderr or in the notebook while the block runs.

    Parameters
    ----------
    context : Context
        Whose ``progress`` says whether a bar is wanted.
    label : str
        What is being done.

    Yields
    ------
    callable
        To be called with (bytes done, bytes in all, what is at hand), as the store's verbs do.
    """
    with _bar(context, label, unit="B", unit_scale=True) as show:
        yield show


@contextmanager
def count_bar(context: Context, label: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar that counts things, as :func:`byte_bar` counts bytes; it begins anew where the count does."""
    with _bar(context, label, unit="") as show:
        yield show


@contextmanager
def _bar(context: Context, label: str, **options: Any) -> Iterator[Callable[[int, int, str], None]]:
    if not context.shows_progress:
        yield lambda _done, _total, _what: None
        return
    with shown(label, **options) as bar:

        def show(done: int, total: int, _what: str) -> None:
            if bar.total is None or done < bar.n:
                # Only now is it known how much there is, or the count begins anew.
                bar.reset(total)
            # Of a stream it grows as it is read.
            bar.total = total
            bar.update(done - bar.n)

        yield show
