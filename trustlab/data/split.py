"""Which rows are held out: stratified, seeded, and the same rows again for the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_STRATA = 20


def split_rows(labels: Any, test_share: float, seed: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which rows train and which are held out.

    Every row draws a number that depends on the seed and its position alone, and within each class the rows with the
    lowest numbers are held out. So the split needs no storing: the same seed on the same rows gives it again. And rows
    appended later leave the earlier ones where they are, but for the few at the edge, by which the share is kept.

    Parameters
    ----------
    labels : series or array, shape (n,)
        The target. Numbers with more than 20 distinct values are a quantity and make one stratum.
    test_share : float
        The share to hold out, between 0 and 1; rounded in each class, where a class of two or more keeps at least one
        row on either side, and a class of one trains.
    seed : int
        Not negative.

    Returns
    -------
    tuple of ndarray
        Positions of the training rows and of the held-out rows, each ascending.

    Raises
    ------
    UsageError
        Where the share is not between 0 and 1, or the seed negative.
    InputError
        Where either side would be empty.
    """
    import numpy as np

    if not 0 < test_share < 1:
        raise UsageError(f"test_share must be between 0 and 1; got {test_share:g}")
    if seed < 0:
        raise UsageError(f"seed must not be negative; got {seed}")
    strata = _strata(labels)
    # The raw stream of a bit generator is fixed for good and is a prefix of any longer one.
    draws = np.random.PCG64(seed).random_raw(len(strata))
    held = np.zeros(len(strata), dtype=bool)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        if len(rows) > 1:
            count = min(max(round(test_share * len(rows)), 1), len(rows) - 1)
            held[rows[np.argsort(draws[rows], kind="stable")[:count]]] = True
    if not held.any():
        raise InputError(f"a split must leave rows on both sides; got {len(strata)} rows and no class with two")
    return np.flatnonzero(~held), np.flatnonzero(held)


def _strata(labels: Any) -> npt.NDArray[np.intp]:
    """Return a class code per row; missing labels are a class of their own."""
    import numpy as np
    import pandas as pd

    column = pd.Series(labels).reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > MAX_STRATA:
        return np.zeros(len(column), dtype=np.intp)
    return np.asarray(pd.factorize(column)[0], dtype=np.intp)
