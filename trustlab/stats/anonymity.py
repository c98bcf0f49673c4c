"""How well a crowd hides a person: k-anonymity, l-diversity, t-closeness, and the combination that singles out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from trustlab.stats.arrays import Floats, Ints, codes, ratio, same_length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike


class Step(NamedTuple):
    """One more column, and how many rows are then alone with their values."""

    column: Any
    unique: int


def combine(columns: ArrayLike) -> Ints:
    """Return a code for each row, the same where all columns are; shape (n,).

    Parameters
    ----------
    columns : array_like of int, shape (d, n)
        Codes from 0 upward, a column each; d = 0 makes every row the same.
    """
    table = np.asarray(columns, np.int64)
    found = np.zeros(table.shape[1], np.int64)
    for column in table:
        found = np.unique(found * (int(column.max(initial=0)) + 1) + column, return_inverse=True)[1]
    return found


def crowd(group: ArrayLike) -> Ints:
    """Return, for each row, how many rows share its group: its k.

    References
    ----------
    Sweeney (2002). k-anonymity: a model for protecting privacy. IJUFKS 10.
    """
    places = codes("group", group)
    return np.asarray(np.bincount(places)[places] if places.size else places, np.int64)


def diversity(group: ArrayLike, sensitive: ArrayLike) -> Ints:
    """Return how many different sensitive values each group holds: its distinct l.

    References
    ----------
    Machanavajjhala et al. (2007). l-diversity: privacy beyond k-anonymity. ACM TKDD 1.
    """
    cells = _cells(group, sensitive)
    return np.bincount(cells.group, minlength=cells.sizes.size).astype(np.int64)


def closeness(group: ArrayLike, sensitive: ArrayLike) -> Floats:
    """Return how far each group's distribution of the sensitive value is from that of all rows: its t.

    Parameters
    ----------
    group, sensitive : array_like of int, shape (n,)
        Codes from 0 upward; every group up to the largest code has a row.

    Returns
    -------
    ndarray of float
        The earth mover's distance where every two values are equally far apart (total variation), 0 to 1.

    References
    ----------
    Li, Li and Venkatasubramanian (2007). t-closeness: privacy beyond k-anonymity and l-diversity. ICDE.
    """
    cells = _cells(group, sensitive)
    above = ratio(cells.rows, cells.sizes[cells.group]) - cells.totals[cells.value] / max(int(cells.sizes.sum()), 1)
    return np.bincount(cells.group, np.maximum(above, 0), minlength=cells.sizes.size).astype(np.float64)


def singling_out(columns: Mapping[Any, ArrayLike], most: int = 5) -> list[Step]:
    """Return a short combination of columns that leaves most rows alone, found one column at a time.

    Each step takes the column that makes most rows unique (then most groups); it ends where no column adds any. The
    best combination of that size may be another: finding it is NP-hard.

    References
    ----------
    Motwani and Xu (2007). Efficient algorithms for masking and finding quasi-identifiers.
    """
    steps: list[Step] = []
    left = {name: np.asarray(values, np.int64) for name, values in columns.items()}
    held = np.zeros(len(next(iter(left.values()), np.zeros(0))), np.int64)
    groups = 1
    while left and len(steps) < most and held.size:
        tried = {name: combine([held, values]) for name, values in left.items()}
        gain = {name: (int((crowd(group) == 1).sum()), int(group.max()) + 1) for name, group in tried.items()}
        name = max(gain, key=lambda one: gain[one])
        if gain[name][1] == groups:
            break
        held, groups = tried[name], gain[name][1]
        steps.append(Step(name, gain[name][0]))
        del left[name]
    return steps


def match_chance(k: ArrayLike, fraction: float) -> float:
    """Return the chance that a row which is unique here is the only such person of the population too.

    Parameters
    ----------
    k : array_like of int, shape (n,)
        The crowd of each row.
    fraction : float
        The share of the population that the rows are, drawn at random; 1 for all of it. NaN without unique rows.

    References
    ----------
    Skinner and Elliot (2002). A measure of disclosure risk for microdata. JRSS B 64; the estimator of theta.
    """
    sizes = np.asarray(k)
    alone, pairs = int((sizes == 1).sum()), int((sizes == 2).sum()) // 2
    if not alone:
        return float("nan")
    return fraction * alone / (fraction * alone + 2 * (1 - fraction) * pairs)


class _Cells(NamedTuple):
    """The cells that hold rows, and the rows of each group and each value."""

    group: Ints
    value: Ints
    rows: Ints
    sizes: Ints
    totals: Ints


def _cells(group: ArrayLike, sensitive: ArrayLike) -> _Cells:
    rows, values = codes("group", group), codes("sensitive", sensitive)
    same_length(group=rows, sensitive=values)
    width = int(values.max(initial=-1)) + 1
    held, count = np.unique(rows * max(width, 1) + values, return_counts=True)
    sizes = np.bincount(rows, minlength=0).astype(np.int64)
    return _Cells(held // max(width, 1), held % max(width, 1), count.astype(np.int64), sizes, np.bincount(values))
