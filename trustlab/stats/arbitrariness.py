"""How far equally good models disagree: churn, self-consistency, ambiguity and discrepancy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, fraction, ratio
from trustlab.stats.intervals import Interval, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def row_disagreement(predictions: ArrayLike) -> Floats:
    """Return, for each row, the chance that two of the models answer differently; shape (n,).

    Parameters
    ----------
    predictions : array_like of int, shape (models, n)
        Class codes. NaN with fewer than two models.

    Returns
    -------
    ndarray
        1 minus self-consistency.

    References
    ----------
    Cooper et al. (2024). Arbitrariness and social prediction. AAAI.
    """
    table = _table(predictions)
    models = len(table)
    together = np.zeros(table.shape[1])
    for label in np.unique(table):
        count = (table == label).sum(axis=0)
        together += count * (count - 1)
    return np.asarray(1 - together / (models * (models - 1)) if models > 1 else np.full(table.shape[1], np.nan))


def churn(predictions: ArrayLike, level: float = 0.95) -> Interval:
    """Return the chance that two trainings answer a row differently, with an interval.

    Parameters
    ----------
    predictions : array_like of int, shape (models, n)
        Three models or more give an interval; fewer leave its ends NaN.

    Returns
    -------
    Interval
        The models' share of the variance is the jackknife's over them (pairs share models), the rows' that of a mean.
        Wide by construction: the two overlap, and it covers 98 to 99 times in 100.

    References
    ----------
    Milani Fard, Cormier, Canini and Gupta (2016). Launch and iterate: reducing prediction churn. NeurIPS.
    Arvesen (1969). Jackknifing U-statistics. Annals of Mathematical Statistics 40.
    """
    fraction("level", level)
    table = _table(predictions)
    models, rows = table.shape
    by_row = row_disagreement(table)
    value = float(by_row.mean()) if rows else float("nan")
    if models < 3 or rows < 2:
        return Interval(value, float("nan"), float("nan"))
    apart = np.asarray([[float(np.mean(one != other)) for other in table] for one in table])
    pairs = models * (models - 1) / 2
    left_out = (apart.sum() / 2 - apart.sum(axis=1)) / (pairs - (models - 1))
    variance = (models - 1) / models * float(np.sum((left_out - left_out.mean()) ** 2))
    half = normal_quantile(level) * np.sqrt(variance + float(by_row.var(ddof=1)) / rows)
    return Interval(value, max(value - half, 0.0), min(value + half, 1.0))


def ambiguity(predictions: ArrayLike, baseline: ArrayLike) -> float:
    """Return the share of rows to which at least one model gives another answer than the baseline; NaN without rows.

    References
    ----------
    Marx, Calmon and Ustun (2020). Predictive multiplicity in classification. ICML.
    """
    table, base = _against(predictions, baseline)
    return float((table != base).any(axis=0).mean()) if base.size and len(table) else float("nan")


def discrepancy(predictions: ArrayLike, baseline: ArrayLike) -> float:
    """Return the largest share of rows whose answer a single one of the models changes; NaN without rows.

    References
    ----------
    Marx, Calmon and Ustun (2020). Predictive multiplicity in classification. ICML.
    """
    table, base = _against(predictions, baseline)
    return float((table != base).mean(axis=1).max()) if base.size and len(table) else float("nan")


def spread(values: ArrayLike) -> Floats:
    """Return, for each row, the standard deviation of the models' numbers; shape (n,), NaN with one model."""
    table = _table(values)
    mean = table.mean(axis=0) if len(table) else np.full(table.shape[1], np.nan)
    return np.sqrt(ratio(((table - mean) ** 2).sum(axis=0), max(len(table) - 1, 0)))


def _table(predictions: ArrayLike) -> Floats:
    table = np.asarray(predictions, np.float64)
    if table.ndim != 2:
        raise InputError(f"predictions must have a row per model and a column per row; got shape {table.shape}")
    return table


def _against(predictions: ArrayLike, baseline: ArrayLike) -> tuple[Floats, Floats]:
    table, base = _table(predictions), np.asarray(baseline, np.float64)
    if base.shape != table.shape[1:]:
        raise InputError(f"baseline must have {table.shape[1]} answers, as each model; got shape {base.shape}")
    return table, base
