"""Prototypes and criticisms by the maximum mean discrepancy: few rows that stand for many, and those they miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.stats.arrays import Floats, Ints, at_least

if TYPE_CHECKING:
    from collections.abc import Sequence


def rbf_kernel(points: Floats) -> Floats:
    """Return the Gaussian kernel of points, shape (n, n), its width the median distance of two different points.

    Parameters
    ----------
    points : ndarray, shape (n, e)
        Without missing values.
    """
    squares = (points**2).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0)
    positive = distance[distance > 1e-12]
    width = float(np.median(positive)) if positive.size else 1.0
    kernel: Floats = np.exp(-distance / width)
    return kernel


def squared_mmd(kernel: Floats, chosen: Sequence[int] | Ints) -> float:
    """Return the squared maximum mean discrepancy between all rows and the chosen ones: 0 where they are alike."""
    own = np.asarray(chosen, np.int64)
    at_least("chosen", own.size, 1)
    return float(kernel.mean() - 2 * kernel[:, own].mean() + kernel[np.ix_(own, own)].mean())


def prototypes(kernel: Floats, count: int) -> list[int]:
    """Return rows chosen one after the other so that each lowers the discrepancy to all rows the most.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
        As `rbf_kernel` gives it.
    count : int
        How many; n at most.

    References
    ----------
    Kim, Khanna and Koyejo (2016). Examples are not enough, learn to criticize! NeurIPS 29, algorithm 1.
    """
    n = len(kernel)
    means = kernel.mean(axis=0)
    own = np.diagonal(kernel)
    chosen: list[int] = []
    within, to_chosen, mean_sum = 0.0, np.zeros(n), 0.0
    for size in range(1, min(at_least("count", count, 1), n) + 1):
        # the squared discrepancy but for a constant, were each row the next
        found = (within + 2 * to_chosen + own) / size**2 - 2 * (mean_sum + means) / size
        found[chosen] = np.inf
        best = int(found.argmin())
        within += float(2 * to_chosen[best] + own[best])
        mean_sum += float(means[best])
        to_chosen = to_chosen + kernel[best]
        chosen.append(best)
    return chosen


def criticisms(kernel: Floats, chosen: Sequence[int], count: int) -> list[int]:
    """Return rows that the chosen ones speak least for, one after the other, each unlike those before it.

    The witness function's size at the rows, plus the log-determinant of their kernel, which keeps them apart.

    References
    ----------
    Kim, Khanna and Koyejo (2016). Examples are not enough, learn to criticize! NeurIPS 29, algorithm 2.
    """
    n = len(kernel)
    witness = np.abs(kernel.mean(axis=0) - kernel[np.asarray(chosen)].mean(axis=0))
    found: list[int] = []
    left = np.diagonal(kernel).astype(np.float64).copy()  # what is left of each row once the found ones are known
    factors = np.zeros((0, n))
    for _ in range(min(count, n - len(chosen))):
        gain = witness + np.log(np.maximum(left, 1e-12))
        gain[[*chosen, *found]] = -np.inf
        best = int(gain.argmax())
        row = (kernel[best] - factors[:, best] @ factors) / np.sqrt(max(left[best], 1e-12))
        factors, left = np.vstack([factors, row]), np.maximum(left - row**2, 0)
        found.append(best)
    return found
