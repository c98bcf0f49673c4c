"""Confusion counts by group, and the rates that follow from them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trustlab.core.errors import InputError, did_you_mean
from trustlab.stats.arrays import Floats, Ints, binary, ratio, same_length
from trustlab.stats.encode import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

TN, FP, FN, TP = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How often each of the four outcomes came up in each group.

    Parameters
    ----------
    groups : ndarray, shape (g,)
        Labels in ascending order.
    cells : ndarray of int, shape (g, 4)
        True negatives, false positives, false negatives, true positives of each group; the last axis is what
        every :class:`Rate` reads, whatever axes stand before it (groups, bootstrap draws).
    """

    groups: NDArray[Any]
    cells: Ints

    @property
    def n(self) -> Ints:
        """Rows of each group."""
        total: Ints = self.cells.sum(axis=-1)
        return total

    @property
    def tn(self) -> Ints:
        """True negatives of each group."""
        return self.cells[:, TN]

    @property
    def fp(self) -> Ints:
        """False positives of each group."""
        return self.cells[:, FP]

    @property
    def fn(self) -> Ints:
        """False negatives of each group."""
        return self.cells[:, FN]

    @property
    def tp(self) -> Ints:
        """True positives of each group."""
        return self.cells[:, TP]

    @property
    def overall(self) -> Ints:
        """The four counts over all groups, shape (4,)."""
        total: Ints = self.cells.sum(axis=0)
        return total


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion of confusion counts: call it on cells, or ask for its two parts.

    Parameters
    ----------
    name, meaning : str
        Its short name, and the question it answers.
    numerator, denominator : tuple of int
        The cells (``TN``, ``FP``, ``FN``, ``TP``) that are added up above and below.
    """

    name: str
    meaning: str
    numerator: tuple[int, ...]
    denominator: tuple[int, ...]

    def __call__(self, cells: ArrayLike) -> Floats:
        """Return the rate of ``cells``, shape (..., 4), as an array of shape (...); NaN where it has no rows."""
        return ratio(*self.parts(cells))

    def parts(self, cells: ArrayLike) -> tuple[Ints, Ints]:
        """Return hits and trials, each of shape (...): what an interval for a proportion needs."""
        array = np.asarray(cells)
        if array.ndim == 0 or array.shape[-1] != 4:
            raise InputError(f"cells must end in an axis of tn, fp, fn, tp; got shape {array.shape}")
        return array[..., list(self.numerator)].sum(axis=-1), array[..., list(self.denominator)].sum(axis=-1)


_ALL = (TN, FP, FN, TP)
fpr = Rate("fpr", "of those who are negative, the share called positive", (FP,), (TN, FP))
fnr = Rate("fnr", "of those who are positive, the share called negative", (FN,), (FN, TP))
tpr = Rate("tpr", "of those who are positive, the share called positive", (TP,), (FN, TP))
tnr = Rate("tnr", "of those who are negative, the share called negative", (TN,), (TN, FP))
ppv = Rate("ppv", "of those called positive, the share who are", (TP,), (FP, TP))
npv = Rate("npv", "of those called negative, the share who are", (TN,), (TN, FN))
selection_rate = Rate("selection_rate", "the share called positive", (FP, TP), _ALL)
accuracy = Rate("accuracy", "the share called rightly", (TN, TP), _ALL)
base_rate = Rate("base_rate", "the share who are positive", (FN, TP), _ALL)
fdr = Rate("fdr", "of those called positive, the share who are not", (FP,), (FP, TP))
fomr = Rate("for", "of those called negative, the share who are positive", (FN,), (TN, FN))
error_rate = Rate("error_rate", "the share called wrongly", (FP, FN), _ALL)

RATES: Mapping[str, Rate] = {
    rate.name: rate
    for rate in (fpr, fnr, tpr, tnr, ppv, npv, fdr, fomr, selection_rate, accuracy, error_rate, base_rate)
}


def group_confusion(
    y_true: ArrayLike, y_pred: ArrayLike, group: ArrayLike, groups: ArrayLike | None = None
) -> GroupCounts:
    """Count true and false negatives and positives in each group, in one pass.

    Parameters
    ----------
    y_true, y_pred : array_like of bool or 0/1, shape (n,)
        Truth and decision; n may be 0.
    group : array_like of label, shape (n,)
        Any type; None and NaN are refused (see :func:`trustlab.stats.encode.encode`).
    groups : array_like of label or None
        The groups to count, in this order, whether or not they have rows; those present where None.

    Returns
    -------
    GroupCounts
        A group without rows has four zeros, and NaN for every rate.

    Raises
    ------
    InputError
        Values other than 0/1, missing labels, lengths that differ, or a label that ``groups`` lacks.

    Examples
    --------
    >>> counts = group_confusion([0, 1, 1, 0], [1, 1, 0, 0], ["a", "a", "b", "b"])
    >>> fpr(counts.cells)
    array([1., 0.])
    """
    truth, decision = binary("y_true", y_true), binary("y_pred", y_pred)
    labels, code = encode(group)
    same_length(y_true=truth, y_pred=decision, group=code)
    cell = code * 4
    cell += truth.view(np.int8) * np.int8(2) + decision.view(np.int8)
    cells = np.bincount(cell, minlength=4 * len(labels)).reshape(-1, 4)
    counted = GroupCounts(labels, cells)
    return counted if groups is None else _reorder(counted, np.asarray(groups))


def _reorder(counted: GroupCounts, wanted: NDArray[Any]) -> GroupCounts:
    place = {label: position for position, label in enumerate(wanted.tolist())}
    cells = np.zeros((len(wanted), 4), np.int64)
    for label, row in zip(counted.groups.tolist(), counted.cells, strict=True):
        if label not in place:
            raise InputError(f"group must hold only the listed groups; got {label!r}.{did_you_mean(label, place)}")
        cells[place[label]] = row
    return GroupCounts(wanted, cells)
