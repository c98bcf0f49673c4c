"""Sensitive attributes as groups with names."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError
from trustlab.models.labels import column_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from trustlab.data.dataset import Dataset

BAND_FROM = 12  # a numeric sensitive attribute with more distinct values is cut into bands


def groups_of(dataset: Dataset, sensitive: Any) -> pd.DataFrame | None:
    """Return the sensitive attributes as text, a column each."""
    import numpy as np
    import pandas as pd

    if sensitive is None:
        return None
    frame = dataset.frame
    if isinstance(sensitive, str):
        sensitive = [part.strip() for part in sensitive.split(",") if part.strip()]
    if isinstance(sensitive, list | tuple) and all(isinstance(name, str) for name in sensitive):
        if not sensitive:
            raise UsageError("sensitive must name at least one column; got an empty list")
        chosen = {name: column_of(frame, name, "sensitive", dataset.name) for name in sensitive}
    else:
        given = sensitive if isinstance(sensitive, pd.DataFrame) else pd.DataFrame(_named(sensitive))
        if len(given) != len(frame):
            raise UsageError(f"sensitive must have {len(frame)} rows, as the data; got {len(given)}")
        chosen = {str(name): given[name].set_axis(frame.index) for name in given.columns}
    return (
        pd.DataFrame({name: band(column) for name, column in chosen.items()}, index=frame.index)
        .astype(object)
        .where(lambda table: table.notna(), np.nan)
        .fillna("(missing)")
    )


def _named(values: Any) -> Mapping[str, Any]:
    import numpy as np

    return {str(getattr(values, "name", None) or "group"): np.asarray(values).reshape(-1)}


def band(column: pd.Series) -> pd.Series:
    """Return a column as group names; numbers with many values are cut at their quartiles."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > BAND_FROM:
        edges = sorted(set(column.quantile([0, 0.25, 0.5, 0.75, 1]).tolist()))
        names = [f"{_number(lo)} to {_number(hi)}" for lo, hi in itertools.pairwise(edges)]
        return pd.cut(column, edges, labels=names, include_lowest=True).astype(object)
    if numeric:
        return column.map(_number, na_action="ignore").astype(object)
    return column.map(str, na_action="ignore").astype(object)


def _number(value: float) -> str:
    """Return a number as briefly as names it alone: six digits would make one group of two long codes."""
    short = f"{value:g}"
    return short if float(short) == value else str(int(value)) if value == int(value) else repr(float(value))
