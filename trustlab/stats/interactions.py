"""Friedman's H: how much of a joint effect is more than the sum of the single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trustlab.stats.arrays import Floats


def friedman_h(joint: Floats, first: Floats, second: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Return Friedman's H of two inputs, from 0 (they add up) to 1 and beyond, and the interaction's size.

    Parameters
    ----------
    joint, first, second : ndarray, shape (n,)
        Partial dependence on both inputs, and on either, at the values of the same n rows.
    weights : ndarray, shape (draws, n), or None
        How often each row counts, for a bootstrap; once where None.

    Returns
    -------
    tuple of ndarray, shape (draws,), or () without weights
        H, the root of the share of the joint effect's variance that the single effects leave (NaN where there is no
        joint effect), and the root of that variance, in the unit of the effects.

    References
    ----------
    Friedman and Popescu (2008). Predictive learning via rule ensembles. Annals of Applied Statistics 2.
    """
    own = np.ones((1, len(joint))) if weights is None else np.asarray(weights, np.float64)
    total = own.sum(axis=1)

    def spread(values: Floats) -> Floats:
        mean = own @ values / total
        found: Floats = np.maximum(own @ values**2 / total - mean**2, 0)
        return found

    left, whole = spread(joint - first - second), spread(joint)
    scale = float(np.max(np.abs(joint), initial=0)) ** 2 * 1e-24
    h = np.sqrt(np.divide(left, whole, out=np.full(left.shape, np.nan), where=whole > scale))
    size = np.sqrt(left)
    return (h, size) if weights is not None else (h[0], size[0])
