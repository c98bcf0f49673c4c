"""P-values adjusted for many tests; NaN (a test that could not be made) stays NaN and does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from trustlab.stats.arrays import Floats


def bonferroni(p_values: ArrayLike) -> Floats:
    """Return p-values times their number, at most 1: controls the chance of any false alarm, under any dependence.

    Parameters
    ----------
    p_values : array_like of float in [0, 1] or NaN, shape (n,)
        n may be 0.

    References
    ----------
    Dunn (1961). Multiple comparisons among means. JASA 56.
    """
    return _adjusted(p_values, lambda ordered: ordered * ordered.size)


def holm(p_values: ArrayLike) -> Floats:
    """Return step-down adjusted p-values: the same promise as :func:`bonferroni` and never less power.

    Parameters
    ----------
    p_values : array_like of float in [0, 1] or NaN, shape (n,)

    References
    ----------
    Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
    """
    return _adjusted(
        p_values, lambda ordered: np.maximum.accumulate(ordered * np.arange(ordered.size, 0, -1, dtype=np.float64))
    )


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Return adjusted p-values that control the expected share of false alarms among alarms.

    Parameters
    ----------
    p_values : array_like of float in [0, 1] or NaN, shape (n,)
        Of independent or positively dependent tests.

    References
    ----------
    Benjamini and Hochberg (1995). Controlling the false discovery rate. JRSS B 57.
    """

    def step_up(ordered: Floats) -> Floats:
        scaled = ordered * ordered.size / np.arange(1, ordered.size + 1)
        smallest: Floats = np.minimum.accumulate(scaled[::-1])[::-1]
        return smallest

    return _adjusted(p_values, step_up)


def _adjusted(p_values: ArrayLike, adjust: Callable[[Floats], Floats]) -> Floats:
    raw = np.asarray(p_values, np.float64)
    if raw.ndim != 1:
        raise InputError(f"p_values must have one dimension; got shape {raw.shape}")
    known = np.flatnonzero(~np.isnan(raw))
    if ((raw[known] < 0) | (raw[known] > 1)).any():
        raise InputError("p_values must lie between 0 and 1; got others")
    order = known[np.argsort(raw[known], kind="stable")]
    result = np.full(raw.shape, np.nan)
    result[order] = np.minimum(adjust(raw[order]), 1.0)
    return result
