"""A small tree over coded features that parts rows with many errors from rows with few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Bools, Floats, Ints, at_least, finite, fraction, same_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Condition:
    """One feature's codes that a row may have.

    Parameters
    ----------
    feature : int
        The column.
    allowed : tuple of int
        Codes, ascending.
    """

    feature: int
    allowed: tuple[int, ...]

    def rows(self, features: ArrayLike) -> Bools:
        """Return which rows have an allowed code; a code never seen while growing is not allowed."""
        return np.isin(np.asarray(features)[:, self.feature], self.allowed)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree.

    Parameters
    ----------
    parent : int or None
        The place of the node above in the list of nodes; None for the root.
    path : tuple of Condition
        What a row must fulfil, one condition a feature, the last split's last.
    n : int
        Rows it was grown on.
    mean : float
        Their mean error.
    leaf : bool
        Whether nothing is below it.
    """

    parent: int | None
    path: tuple[Condition, ...]
    n: int
    mean: float
    leaf: bool = True

    def rows(self, features: ArrayLike) -> Bools:
        """Return which rows of the same coding, also new ones, reach the node."""
        inside = np.ones(len(np.asarray(features)), np.bool_)
        for condition in self.path:
            inside &= condition.rows(features)
        return inside


def grow_error_tree(
    errors: ArrayLike,
    features: ArrayLike,
    sizes: Sequence[int],
    ordered: Sequence[bool],
    min_rows: int = 30,
    depth: int = 3,
    level: float = 0.95,
) -> list[Node]:
    """Grow a tree whose splits each explain more of the errors than chance would.

    A node is split where the two sides' mean errors differ most for their size: by codes up to some code for an ordered
    feature, by one code against the others else. A split is made where its p-value, times the number of splits tried in
    the node (Bonferroni), is at most 1 - level, as conditional inference trees do.

    Parameters
    ----------
    errors : array_like of float, shape (n,)
        Larger is worse.
    features : array_like of int, shape (n, d)
        Codes from 0 upward.
    sizes : sequence of int, length d
        How many codes each feature can have, seen here or not.
    ordered : sequence of bool, length d
        Whether a feature's codes stand in an order.
    min_rows : int
        Rows that each side of a split needs.
    depth : int
        Splits above a leaf, at most.
    level : float
        1 - level bounds each node's chance of a split where there is nothing to find.

    Returns
    -------
    list of Node
        The root first, parents before children.

    References
    ----------
    Hothorn, Hornik and Zeileis (2006). Unbiased recursive partitioning. Journal of Computational and Graphical
    Statistics 15.
    """
    losses, table = finite("errors", errors), np.asarray(features)
    at_least("min_rows", min_rows, 1)
    fraction("level", level)
    if table.ndim != 2 or not table.shape[1] == len(ordered) == len(sizes):
        raise InputError(f"features must have a column for each of {len(ordered)} features; got shape {table.shape}")
    kinds = list(zip(sizes, ordered, strict=True))
    same_length(errors=losses, features=table)
    nodes: list[Node] = []
    waiting: list[tuple[int | None, tuple[Condition, ...], Ints]] = [(None, (), np.arange(losses.size))]
    while waiting:
        parent, path, rows = waiting.pop(0)
        place = len(nodes)
        mean = float(losses[rows].mean()) if rows.size else float("nan")
        split = None
        if _above(nodes, parent) < depth and rows.size >= 2 * min_rows:
            split = _best(losses[rows], table[rows], kinds, min_rows, level)
        nodes.append(Node(parent, path, int(rows.size), mean, split is None))
        waiting += [(place, _narrowed(path, side), rows[side.rows(table[rows])]) for side in split or ()]
    return nodes


def _above(nodes: Sequence[Node], parent: int | None) -> int:
    """Return how many nodes are above."""
    count = 0
    while parent is not None:
        count, parent = count + 1, nodes[parent].parent
    return count


def _narrowed(path: tuple[Condition, ...], side: Condition) -> tuple[Condition, ...]:
    """Return the path with one more condition; a second one on the same feature narrows the first."""
    before = next((one.allowed for one in path if one.feature == side.feature), side.allowed)
    both = Condition(side.feature, tuple(code for code in side.allowed if code in before))
    return (*(one for one in path if one.feature != side.feature), both)


def _best(
    errors: Floats, table: Ints, kinds: Sequence[tuple[int, bool]], min_rows: int, level: float
) -> tuple[Condition, Condition] | None:
    """Return the two sides of the best split, or None where none is beyond chance."""
    deviations = errors - errors.mean()
    variance = float(deviations.var())
    best, split, tried = 0.0, None, 0
    for feature, (size, in_order) in enumerate(kinds):
        codes = np.arange(size)
        n = np.bincount(table[:, feature], minlength=size)
        total = np.bincount(table[:, feature], deviations, size)
        inside, sums = (np.cumsum(n)[:-1], np.cumsum(total)[:-1]) if in_order else (n, total)
        outside = errors.size - inside
        allowed = (inside >= min_rows) & (outside >= min_rows)
        tried += int(allowed.sum())
        gain = sums**2 * np.where(allowed, 1 / np.maximum(inside, 1) + 1 / np.maximum(outside, 1), 0.0)
        if gain.size and gain.max() > best:
            at = int(gain.argmax())
            here = codes <= at if in_order else codes == at
            best, split = float(gain[at]), (feature, codes[here].tolist(), codes[~here].tolist())
    if split is None or variance == 0 or float(special.chdtrc(1, best / variance)) * tried > 1 - level:
        return None
    return Condition(split[0], tuple(split[1])), Condition(split[0], tuple(split[2]))
