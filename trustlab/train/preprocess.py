"""From a user's columns to numbers: filled, scaled, one-hot; scikit-learn's own parts, so skops can store them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MAX_CATEGORIES = 32
"""One column a category up to here; rarer ones share one, so that free text and identifiers stay bounded."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold numbers and which hold categories (text, booleans, categoricals).

    Parameters
    ----------
    numeric, categorical : tuple of str
        Column names, in the frame's order.
    gaps : tuple of str
        The numeric columns with missing values.
    empty : tuple of str
        The numeric columns without any value, which even estimators that take gaps may refuse.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    gaps: tuple[str, ...]
    empty: tuple[str, ...]


def columns_of(X: pd.DataFrame) -> Columns:
    """Sort a frame's columns by what must happen to them.

    Raises
    ------
    InputError
        Where a column holds dates or durations, which mean nothing to a model as they stand, or where there is none.
    """
    import pandas as pd

    if X.shape[1] == 0:
        raise InputError("X must have at least one feature column; got none")
    numeric: list[str] = []
    categorical: list[str] = []
    for name in X.columns:
        kind = X[name].dtype
        if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
            raise InputError(
                f"column {name!r} must hold numbers, text or booleans; got {kind}",
                hint="Turn it into numbers first, such as days since a date, or drop it.",
            )
        plain = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
        (numeric if plain else categorical).append(name)
    gaps = [name for name in numeric if X[name].isna().any()]
    empty = [name for name in gaps if X[name].isna().all()]
    return Columns(tuple(numeric), tuple(categorical), tuple(gaps), tuple(empty))


def preprocessor(X: pd.DataFrame, *, scale: bool = True, fill: bool = True) -> Any:
    """Return an unfitted transformer for the columns of ``X``.

    Parameters
    ----------
    X : frame
        The training rows; only the columns' kinds are looked at.
    scale : bool
        Bring numbers to mean 0 and variance 1; trees do not need it.
    fill : bool
        Put the median in the place of missing numbers; a missing category is a category of its own. A column without
        any value becomes 0 throughout, also where nothing else is filled.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        Numbers first, then one column per category; unknown categories join the rare ones, or none.
    """
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = columns_of(X)
    filler = SimpleImputer(strategy="median", keep_empty_features=True)
    steps: list[tuple[str, Any]] = []
    if fill:
        steps.append(("fill", filler))
    if scale:
        steps.append(("scale", StandardScaler()))
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MAX_CATEGORIES, sparse_output=False, dtype="float64"
    )
    parts: list[tuple[str, Any, list[str]]] = []
    empty = [] if fill else list(columns.empty)
    numeric = [name for name in columns.numeric if name not in empty]
    if numeric:
        # Pandas' own types for whole numbers with gaps must become plain ones; this changes nothing else.
        nullable = any(pd.api.types.is_extension_array_dtype(X[name].dtype) for name in numeric)
        as_they_are = StandardScaler(with_mean=False, with_std=False) if nullable else "passthrough"
        parts.append(("numbers", Pipeline(steps) if steps else as_they_are, numeric))
    if empty:
        parts.append(("empty", filler, empty))
    if columns.categorical:
        parts.append(("categories", one_hot, list(columns.categorical)))
    return ColumnTransformer(parts)


def reason_to_wrap(estimator: Any, X: pd.DataFrame) -> str | None:
    """Return why ``estimator`` cannot take ``X`` as it is, as words for a person; None where it can."""
    columns = columns_of(X)
    if columns.categorical:
        return f"text, categorical or boolean columns ({_some(columns.categorical)})"
    gaps = columns.empty if takes_gaps(estimator) else columns.gaps
    if gaps:
        return f"missing values ({_some(gaps)})"
    return None


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def takes_gaps(estimator: Any) -> bool:
    """Return whether a scikit-learn estimator says that it accepts NaN."""
    if not hasattr(estimator, "__sklearn_tags__"):
        return False
    from sklearn.utils import get_tags

    return bool(get_tags(estimator).input_tags.allow_nan)
