"""How much one column tells of another: Cramér's V, the correlation ratio, mutual information."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.stats.arrays import finite, same_length
from trustlab.stats.encode import encode, joint_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def cramers_v(first: ArrayLike, second: ArrayLike, *, corrected: bool = True) -> float:
    """Return Cramér's V of two label columns, from 0 (independent) to 1 (each fixes the other).

    Parameters
    ----------
    first, second : array_like of label, shape (n,)
        None and NaN are refused.
    corrected : bool
        Take off what chance adds, which is much where labels are many and rows few.

    Returns
    -------
    float
        NaN where a column has one label or there are no rows.

    References
    ----------
    Bergsma (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean Statistical Society 42.
    """
    cells = joint_counts(first, second)
    n = int(cells.counts.sum())
    rows, columns = cells.row_totals.size, cells.column_totals.size
    if min(rows, columns) < 2:
        return float("nan")
    shares = cells.counts**2 / (cells.row_totals[cells.rows] * cells.column_totals[cells.columns].astype(np.float64))
    phi2 = max(float(shares.sum()) - 1, 0.0)
    if not corrected:
        return min(float(np.sqrt(phi2 / (min(rows, columns) - 1))), 1.0)
    phi2 = max(phi2 - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    least = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)) - 1
    return min(float(np.sqrt(phi2 / least)), 1.0) if least > 0 else float("nan")


def correlation_ratio(categories: ArrayLike, values: ArrayLike) -> float:
    """Return eta, the root of the share of a number's variance that lies between categories, from 0 to 1.

    Parameters
    ----------
    categories : array_like of label, shape (n,)
    values : array_like of float, shape (n,)
        Both without missing values.

    Returns
    -------
    float
        NaN where the values do not vary (also without rows): there is nothing to explain.
    """
    encoded, numbers = encode(categories, "categories"), finite("values", values)
    same_length(categories=encoded.codes, values=numbers)
    if numbers.size == 0 or (numbers == numbers[0]).all():
        return float("nan")
    centred = numbers - numbers.mean()
    n = np.bincount(encoded.codes)
    between = float(np.sum(np.bincount(encoded.codes, centred) ** 2 / n))
    return min(float(np.sqrt(between / np.sum(centred**2))), 1.0)


def mutual_information(first: ArrayLike, second: ArrayLike) -> float:
    """Return the mutual information of two label columns in nats, as counted (chance adds to it); NaN without rows."""
    cells = joint_counts(first, second)
    n = int(cells.counts.sum())
    if not n:
        return float("nan")
    expected = cells.row_totals[cells.rows] * (cells.column_totals[cells.columns] / n)
    return max(float(np.sum(cells.counts * np.log(cells.counts / expected)) / n), 0.0)
