"""What a law or a principle asks, point by point, and which checks and records speak to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that is asked.

    Parameters
    ----------
    ref : str
        Where it is asked: ``10(2)(f)``, or a principle's name.
    asks : str
        What is asked, in our own words.
    checks : tuple of str
        Ids or families of the checks that speak to it.
    records : tuple of str
        What of an audit's own record speaks to it: keys of ``evidence.RECORDS``.
    gap : str
        What nothing here speaks to; empty where the checks are all that tabular evidence can be.
    """

    ref: str
    asks: str
    checks: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """An article or an annex with its points."""

    number: str
    title: str
    points: Sequence[Point]
