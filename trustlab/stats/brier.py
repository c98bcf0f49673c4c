"""Brier's parts without the bias of few rows, and calibration class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from trustlab.stats.arrays import Floats, codes, same_length
from trustlab.stats.calibration import Bins, debiased_ece, reliability_bins

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class FairParts(NamedTuple):
    """``reliability - resolution + uncertainty`` is the binned Brier score, as it is before the correction."""

    reliability: float
    resolution: float
    uncertainty: float


def corrected_parts(bins: Bins) -> FairParts:
    """Return Murphy's parts of the Brier score, corrected for the bins' finite numbers of rows.

    Noise in a bin's observed share adds to reliability and to resolution alike, and takes from uncertainty. The
    corrected parts are unbiased but for what sharing the rows out by their own probabilities adds.

    Parameters
    ----------
    bins : Bins
        Bins of one row carry no variance and are taken as they are. NaN without rows.

    Returns
    -------
    FairParts
        Reliability may fall below 0, as any unbiased estimate of a number that may be 0 must.

    References
    ----------
    Murphy (1973). A new vector partition of the probability score. Journal of Applied Meteorology 12.
    Ferro and Fricker (2012). A bias-corrected decomposition of the Brier score. QJRMS 138.
    """
    total = int(bins.n.sum())
    if not total:
        return FairParts(float("nan"), float("nan"), float("nan"))
    observed, base = bins.observed, float(bins.hits.sum() / total)
    spread = observed * (1 - observed)
    noise = float(np.sum(bins.n * np.where(bins.n > 1, spread / np.maximum(bins.n - 1, 1), 0.0)) / total)
    common = base * (1 - base) / (total - 1) if total > 1 else 0.0
    reliability = float(np.average(bins.gap**2, weights=bins.n))
    resolution = float(np.average((observed - base) ** 2, weights=bins.n))
    return FairParts(reliability - noise, resolution - noise + common, base * (1 - base) + common)


def classwise_ece(proba: ArrayLike, y: ArrayLike, n_bins: int = 15) -> Floats:
    """Return each class's debiased calibration error, one class against the rest; shape (k,).

    Parameters
    ----------
    proba : array_like of float in [0, 1], shape (n, k)
    y : array_like of int, shape (n,)
        The column of each row's true class.
    n_bins : int
        As for :func:`trustlab.stats.calibration.reliability_bins`.

    References
    ----------
    Kull et al. (2019). Beyond temperature scaling: obtaining well-calibrated multiclass probabilities. NeurIPS.
    """
    table = np.asarray(proba, np.float64)
    truth = codes("y", y, table.shape[1])
    same_length(proba=table, y=truth)
    return np.asarray(
        [debiased_ece(reliability_bins(truth == one, table[:, one], n_bins)) for one in range(table.shape[1])]
    )
