"""Errors as a power law of the number of rows, fitted to many curves at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, finite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EXPONENTS = np.linspace(0.1, 1.5, 141)


class PowerLaw(NamedTuple):
    """``floor + scale * rows ** -exponent``; one entry a curve."""

    floor: Floats
    scale: Floats
    exponent: Floats

    def at(self, rows: float) -> Floats:
        """Return the error at a number of rows."""
        error: Floats = self.floor + self.scale * rows**-self.exponent
        return error


def power_law(sizes: ArrayLike, errors: ArrayLike) -> PowerLaw:
    """Return the power law that is nearest to each curve, with neither floor nor scale below 0.

    Parameters
    ----------
    sizes : array_like of float, shape (s,)
        Numbers of rows, three or more.
    errors : array_like of float, shape (..., s)
        Errors, one curve a row.

    Returns
    -------
    PowerLaw
        Least squares in floor and scale for each of a grid of exponents from 0.1 to 1.5, and of those the best. With
        few sizes the exponent is poorly known: read predictions a doubling ahead, not the floor.

    References
    ----------
    Hestness et al. (2017). Deep learning scaling is predictable, empirically. arXiv 1712.00409.
    Viering and Loog (2023). The shape of learning curves: a review. IEEE TPAMI 45.
    """
    rows, table = finite("sizes", sizes), np.asarray(errors, np.float64)
    if rows.size < 3 or table.shape[-1] != rows.size:
        raise InputError(f"sizes must be three or more, one an error; got {rows.size} and {table.shape[-1]}")
    best = np.full(table.shape[:-1], np.inf)
    found = [np.zeros(table.shape[:-1]) for _ in range(3)]
    for exponent in EXPONENTS.tolist():
        falling = (rows / rows[-1]) ** -exponent
        floor, scale = _line(falling, table)
        missed = ((table - floor[..., None] - scale[..., None] * falling) ** 2).sum(axis=-1)
        nearer = missed < best
        best = np.where(nearer, missed, best)
        parts = (floor, scale * rows[-1] ** exponent, exponent)
        found = [np.where(nearer, new, old) for new, old in zip(parts, found, strict=True)]
    return PowerLaw(*found)


def _line(x: Floats, table: Floats) -> tuple[Floats, Floats]:
    """Return the intercept and slope of least squares that are not below 0."""
    centred = x - x.mean()
    slope = (table * centred).sum(axis=-1) / (centred**2).sum()
    level = table.mean(axis=-1)
    intercept = level - slope * x.mean()
    through = (table * x).sum(axis=-1) / (x**2).sum()
    flat, none = slope < 0, (intercept < 0) & (slope >= 0)
    return np.where(flat, level, np.where(none, 0.0, intercept)), np.where(flat, 0.0, np.where(none, through, slope))
