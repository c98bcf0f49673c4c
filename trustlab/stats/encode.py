"""Labels to whole numbers, and what two codings share: the ground under every count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from trustlab.core.errors import InputError
from trustlab.stats.arrays import Floats, Ints, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# A counting sort over a span of this many values per row is still cheaper than sorting the rows.
_SPAN_PER_ROW = 4


class Encoded(NamedTuple):
    """Labels in ascending order, and for each row the place of its label."""

    labels: NDArray[Any]
    codes: Ints


class JointCounts(NamedTuple):
    """The cells of a contingency table that are not empty, and its margins."""

    rows: Ints
    columns: Ints
    counts: Ints
    row_totals: Ints
    column_totals: Ints


def encode(values: ArrayLike, name: str = "group") -> Encoded:
    """Return the distinct labels, sorted, and a code for each row; without sorting the rows where avoidable.

    Parameters
    ----------
    values : array_like of any type, shape (n,)
        n may be 0. Labels of mixed types sort by type, then by text.
    name : str
        How the message calls the array.

    Raises
    ------
    InputError
        Not one-dimensional, or holding None or NaN: a missing label is a group only where the caller says so.

    Examples
    --------
    >>> encode(["b", "a", "b"]).codes
    array([1, 0, 1])
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"{name} must have one dimension; got shape {array.shape}")
    if array.dtype.kind in "biu":
        return _encode_integers(array)
    if array.dtype.kind in "OUST":
        return _encode_hashed(array, name)
    if array.dtype.kind in "fcmM" and bool(
        np.isnan(array).any() if array.dtype.kind in "fc" else np.isnat(array).any()
    ):
        raise _missing(name)
    labels, positions = np.unique(array, return_inverse=True)
    return Encoded(labels, positions.astype(np.int64, copy=False))


def joint_counts(first: ArrayLike, second: ArrayLike) -> JointCounts:
    """Return the contingency table of two label arrays, by its non-empty cells only.

    Memory grows with the rows, not with the product of the numbers of labels.
    """
    one, two = encode(first, "first"), encode(second, "second")
    same_length(first=one.codes, second=two.codes)
    width = max(len(two.labels), 1)
    cells = _encode_integers(one.codes * width + two.codes)
    return JointCounts(
        rows=cells.labels // width,
        columns=cells.labels % width,
        counts=np.bincount(cells.codes, minlength=len(cells.labels)),
        row_totals=np.bincount(one.codes, minlength=len(one.labels)),
        column_totals=np.bincount(two.codes, minlength=len(two.labels)),
    )


def midranks(values: Floats) -> Floats:
    """Return ranks from 1; equal values share the mean of their ranks.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Without NaN.
    """
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if values.size else np.zeros(0, np.int64)
    lengths = np.diff(np.r_[starts, values.size])
    ranks = np.empty(values.size)
    ranks[order] = np.repeat(starts + (lengths + 1) / 2, lengths)
    return ranks


def _encode_integers(array: NDArray[Any]) -> Encoded:
    if array.size == 0:
        return Encoded(array, np.zeros(0, np.int64))
    least, most = int(array.min()), int(array.max())
    if most - least >= _SPAN_PER_ROW * array.size + 1024:
        labels, positions = np.unique(array, return_inverse=True)
        return Encoded(labels, positions.astype(np.int64, copy=False))
    # Unsigned 64-bit numbers may not fit the signed type before the least is taken off.
    offsets = (
        (array - np.uint64(least)).astype(np.int64) if array.dtype == np.uint64 else array.astype(np.int64) - least
    )
    present = np.bincount(offsets, minlength=most - least + 1) > 0
    places = np.cumsum(present) - 1
    labels = np.array([least + place for place in np.flatnonzero(present).tolist()], array.dtype)
    return Encoded(labels, places[offsets])


def _encode_hashed(array: NDArray[Any], name: str) -> Encoded:
    place: dict[Any, int] = {}
    rows = array.tolist()
    try:
        found = np.fromiter((place.setdefault(label, len(place)) for label in rows), np.int64, len(rows))
    except TypeError as error:
        raise InputError(f"{name} must hold plain labels; got {error}") from error
    if any(label is None or label != label for label in place):  # NaN differs from itself
        raise _missing(name)
    try:
        ordered = sorted(place)
    except TypeError:
        ordered = sorted(place, key=lambda label: (type(label).__name__, str(label)))
    labels = np.empty(len(ordered), array.dtype if array.dtype.kind != "O" else object)
    labels[:] = ordered
    new_place = np.empty(len(ordered), np.int64)
    new_place[[place[label] for label in ordered]] = np.arange(len(ordered))
    return Encoded(labels, new_place[found] if len(rows) else found)


def _missing(name: str) -> InputError:
    return InputError(
        f"{name} must hold a label in every row; got missing ones",
        hint="Give missing labels a name of their own, such as 'missing', or drop these rows.",
    )
