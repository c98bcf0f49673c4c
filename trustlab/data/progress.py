"""A bar that counts bytes, for verbs that move many."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
    from tqdm.auto import tqdm

    hidden = not context.progress or (None if sys.stderr is sys.__stderr__ else False)
    with tqdm(desc=label, unit="B", unit_scale=True, disable=hidden, leave=False) as bar:

        def show(done: int, total: int, _what: str) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
