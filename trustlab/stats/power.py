"""What so many rows can show: the smallest difference that a test would see."""

from __future__ import annotations

import numpy as np
from scipy import special

from trustlab.stats.arrays import at_least, fraction
from trustlab.stats.intervals import normal_quantile


def detectable_drop(rate: float, n: int, others: int, *, power: float = 0.8, level: float = 0.95) -> float:
    """Return by how much a group's proportion must lie below the others' to be seen by a two-sided test.

    Parameters
    ----------
    rate : float
        The others' proportion, strictly between 0 and 1.
    n, others : int
        Rows of the group and of the others.
    power : float
        The chance with which it is to be seen.
    level : float
        One less the size of the test.

    Returns
    -------
    float
        The drop; ``rate`` itself where not even a proportion of 0 would be seen (also without rows).

    References
    ----------
    Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, 6.2: with h = 2 asin(sqrt(p1)) -
    2 asin(sqrt(p2)), h times the root of n1 n2 / (n1 + n2) must reach the sum of both normal quantiles.

    Examples
    --------
    >>> round(detectable_drop(0.5, 392, 392), 2)
    0.1
    """
    fraction("rate", rate)
    at_least("n", n, 0)
    at_least("others", others, 0)
    if not n or not others:
        return rate
    needed = (normal_quantile(level) + float(special.ndtri(fraction("power", power)))) / np.sqrt(
        n * others / (n + others)
    )
    angle = 2 * np.arcsin(np.sqrt(rate)) - needed
    return float(rate - np.sin(angle / 2) ** 2) if angle > 0 else rate
