"""What an array must be before anything is counted: its form, its values, its length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trustlab.core.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sized

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def vector(name: str, values: ArrayLike) -> Floats:
    """Return ``values`` as a one-dimensional float array without NaN.

    Parameters
    ----------
    name : str
        How the message calls the array.
    values : array_like of number, shape (n,)
        n may be 0; infinities are allowed.

    Raises
    ------
    InputError
        Not one-dimensional, not numbers, or holding NaN: who calls decides what a missing value means.
    """
    array = _one_dimensional(name, values)
    if array.dtype.kind == "c":
        raise InputError(f"{name} must hold real numbers; got complex ones")
    try:
        floats = array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must hold numbers; got {array.dtype}") from error
    missing = int(np.isnan(floats).sum())
    if missing:
        raise InputError(
            f"{name} must hold no missing values; got {missing} NaN in {floats.size} rows",
            hint="Drop or fill these rows first, and report how many there were.",
        )
    return floats


def finite(name: str, values: ArrayLike) -> Floats:
    """Return ``values`` as :func:`vector` does, refusing infinities too."""
    floats = vector(name, values)
    infinite = int(np.isinf(floats).sum())
    if infinite:
        raise InputError(f"{name} must hold finite numbers; got {infinite} infinite in {floats.size} rows")
    return floats


def binary(name: str, values: ArrayLike) -> Bools:
    """Return ``values`` as a one-dimensional bool array; only False/True or 0/1 (of any number type) may come.

    Raises
    ------
    InputError
        Any other value, NaN included.
    """
    array = _one_dimensional(name, values)
    if array.dtype.kind == "b":
        return array
    floats = vector(name, array)
    bits: Bools = floats == 1
    other = ~(bits | (floats == 0))
    if other.any():
        raise InputError(f"{name} must hold only 0 and 1; got {floats[other][0]:g}")
    return bits


def codes(name: str, values: ArrayLike, size: int | None = None) -> Ints:
    """Return ``values`` as whole numbers from 0 upward, below ``size`` where it is given.

    Raises
    ------
    InputError
        A negative, broken or too large number.
    """
    array = _one_dimensional(name, values)
    if array.dtype.kind not in "biu":
        floats = finite(name, array)
        if (floats != np.floor(floats)).any():
            raise InputError(f"{name} must hold whole numbers; got a fraction")
        array = floats
    integers = array.astype(np.int64, copy=False)
    if integers.size and integers.min() < 0:
        raise InputError(f"{name} must hold codes from 0 upward; got {integers.min()}")
    if size is not None and integers.size and integers.max() >= size:
        raise InputError(f"{name} must hold codes below {size}; got {integers.max()}")
    return integers


def probabilities(name: str, values: ArrayLike) -> Floats:
    """Return ``values`` as a one-dimensional float array within [0, 1].

    Raises
    ------
    InputError
        A value outside, or NaN.
    """
    floats = vector(name, values)
    outside = (floats < 0) | (floats > 1)
    if outside.any():
        raise InputError(
            f"{name} must lie between 0 and 1; got {floats[outside][0]:g}",
            hint="Pass probabilities, not scores or percentages.",
        )
    return floats


def same_length(**arrays: Sized) -> int:
    """Return the common length of ``arrays``; InputError, naming each, where they differ."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"arrays must have one length; got {said}")
    return next(iter(lengths.values()))


def fraction(name: str, value: float) -> float:
    """Return ``value`` where it lies strictly between 0 and 1; UsageError otherwise."""
    if not 0 < value < 1:
        raise UsageError(f"{name} must lie strictly between 0 and 1; got {value!r}")
    return float(value)


def at_least(name: str, value: int, least: int) -> int:
    """Return ``value`` where it is ``least`` or more; UsageError otherwise."""
    if value < least:
        raise UsageError(f"{name} must be at least {least}; got {value!r}")
    return int(value)


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Return ``numerator / denominator``, NaN where the denominator is 0, without a warning."""
    top, bottom = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return quotient


def _one_dimensional(name: str, values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"{name} must have one dimension; got shape {array.shape}")
    return array
