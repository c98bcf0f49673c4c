"""A quick learner that stands in for an attacker, or for a model that never saw a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.stats.arrays import Floats, Ints

MOST_COLUMNS = 100


def learned(X: pd.DataFrame, codes: Ints, seed: int) -> Any:
    """Return boosted trees fitted to codes, behind what turns columns into numbers.

    Parameters
    ----------
    X : frame
        Rows; dates are left out, and of very many columns those beyond the first hundred.
    codes : ndarray of int
        Two different ones at least.

    Raises
    ------
    InputError
        Where no column is left, or the trees cannot be fitted.
    """
    from trustlab.train.fit import fit
    from trustlab.train.quick import trees

    return fit(trees(int(codes.max()) + 1, seed), usable(X), codes, task="multiclass", seed=seed)


def usable(X: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the trees can take, a hundred at most, under plain names."""
    kept = [place for place, dtype in enumerate(X.dtypes) if dtype.kind not in "mM"]
    table = X.iloc[:, kept[:MOST_COLUMNS]]
    return table.set_axis([f"c{place}" for place in range(table.shape[1])], axis=1)


def probabilities(model: Any, X: pd.DataFrame, classes: int) -> Floats:
    """Return probabilities of shape (n, classes); 0 for codes that the model never saw."""
    from trustlab.train.refit import coded_proba

    return coded_proba(model, usable(X), list(range(classes)))
