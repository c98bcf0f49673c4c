"""How much of a document a page shows, in steps, so that its size never follows the rows audited."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Limits:
    """What is shown at most; the rest is counted and stays in the JSON.

    Parameters
    ----------
    findings, views : int
        Results of a document, and views of a result.
    rows, columns : int
        Of a table.
    cell, text : int
        Characters of a cell or sentence, and of a text view.
    image : int
        Bytes of an image.
    pictures : bool
        Whether pictures are drawn at all.
    size : int
        Bytes of the whole, beyond which going on is in vain.
    """

    findings: int = 400
    views: int = 12
    rows: int = 50
    columns: int = 24
    cell: int = 300
    text: int = 6000
    image: int = 400_000
    pictures: bool = True
    size: int = 2_000_000


class TooLargeError(Exception):
    """A rendering has outgrown its limits' size; the next step of the ladder takes over. No user meets it."""


LADDER: tuple[Limits, ...] = (
    Limits(),
    Limits(views=8, rows=20, columns=16, cell=200, text=3000, image=120_000),
    Limits(views=4, rows=10, columns=12, cell=160, text=1000, image=40_000),
    Limits(findings=300, views=2, rows=5, columns=8, cell=120, text=400, image=0),
    Limits(findings=200, views=1, rows=3, columns=6, cell=100, text=200, image=0, pictures=False),
    Limits(findings=100, views=0, rows=0, columns=0, cell=80, text=0, image=0, pictures=False),
)


def fitted(render: Callable[[Limits], str], size: int) -> str:
    """Return the fullest rendering of at most ``size`` bytes, or the barest where none fits."""
    for limits in LADDER[:-1]:
        try:
            text = render(replace(limits, size=size))
        except TooLargeError:
            continue
        if len(text.encode("utf-8")) <= size:
            return text
    return render(replace(LADDER[-1], size=sys.maxsize))
