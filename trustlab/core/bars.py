"""Bars that show how far long work is: in a terminal, and in a notebook, whose outputs have none of them afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def shown(label: str, items: Any = None, **options: Any) -> Iterator[Any]:
    """Show a bar of tqdm's while the block runs.

    Parameters
    ----------
    label : str
        What is being done.
    items : iterable or None
        What the bar counts as it is iterated; where None, it is told.
    **options
        As tqdm takes them.

    Yields
    ------
    tqdm.tqdm
    """
    from tqdm.auto import tqdm

    is_widget = any(base.__module__ == "tqdm.notebook" for base in tqdm.__mro__)
    if is_widget:
        options["display"] = False
    bar: Any = tqdm(items, desc=label, disable=False, leave=False, **options)
    place = None
    try:
        if is_widget:
            from IPython.display import display

            place = display(bar.container, display_id=True)
        yield bar
    finally:
        try:
            bar.close()
        finally:
            if place is not None:
                # A saved notebook would keep it as a line of text at rest.
                place.update({"text/plain": ""}, raw=True)
