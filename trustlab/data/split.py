"""Which rows are held out: a row's side follows from its content and the seed alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd


def split_rows(frame: pd.DataFrame, share: float, seed: int, columns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the training rows and of the rows held out.

    A row is held out where a hash of its content and the seed falls below ``share``. So the side of a row stays the
    same when other rows are filtered away, come or move, and equal rows are never on both sides. The share is met on
    average: its standard deviation is ``sqrt(share * (1 - share) / n)``.

    Parameters
    ----------
    frame : pandas.DataFrame of shape (n, d)
        The rows.
    share : float
        Of the rows, from 0 to 1, to hold out.
    seed : int
        Another seed is another split.
    columns : sequence of str
        What counts as a row's content: the columns as they were stored, without derived ones.

    Returns
    -------
    train, held_out : ndarray of int
        Positions, ascending.

    Raises
    ------
    InputError
        Where one side would be empty.
    """
    import numpy as np

    hashes = np.zeros(len(frame), dtype=np.uint64)
    for name in columns:
        hashes = _mix(hashes ^ _hashes(frame[name]), 0)
    uniform = _mix(hashes, seed) / np.float64(2**64)
    held_out = uniform < share
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    if not len(train) or not len(test):
        raise InputError(
            f"a split of {len(frame)} rows must leave rows on both sides; {len(train)} would train and {len(test)} be "
            f"held out (share {share:g})",
            hint="Give more rows, another --seed, or --test-share 0 to hold out none",
        )
    return train, test


def _hashes(column: pd.Series) -> np.ndarray:
    """Return a hash a value that other rows do not change.

    One missing value turns a column of whole numbers into fractions, and one of truth values into objects: so numbers
    and truth values are hashed as floating point, and missing is the same whatever is missing.
    """
    import numpy as np
    import pandas as pd

    missing = column.isna().to_numpy(dtype=bool)
    known = column[~missing]
    kind = pd.api.types.infer_dtype(known, skipna=True)
    if kind == "boolean" or pd.api.types.is_numeric_dtype(column.dtype):
        values = known.astype(complex if kind == "complex" else float).to_numpy() + 0.0
    elif pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        values = known.to_numpy()
    else:
        values = np.array([str(value) for value in known], dtype=object)
    hashes = np.zeros(len(column), dtype=np.uint64)
    hashes[~missing] = pd.util.hash_array(values, categorize=len(values) > 0)
    return hashes


def _mix(hashes: np.ndarray, seed: int) -> np.ndarray:
    """Return the hashes scrambled with the seed: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    import numpy as np

    with np.errstate(over="ignore"):
        mixed = hashes + np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
