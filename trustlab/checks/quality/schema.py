"""Are the columns what they seem to be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.core.counted import shortened
from trustlab.core.operation import operation
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

MOST_ROWS = 200  # of the view
NAMED = 3  # odd values named in a sentence
MARKS = frozenset({"", "?", "-", ".", "na", "n/a", "#n/a", "nan", "null"})  # by which people write "missing"
LONGEST_MARK = 30  # characters, with blanks about it
COUNTED = 100_000  # rows, evenly spaced, on which different numbers are counted
TOGETHER = 64  # columns looked at in one go, so that no large copy is made
FREE_TEXT = 0.5  # a text column with more different values than this share of its rows has no categories to know


@operation(
    "check",
    "Columns and types",
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: a column of which nothing can be learned, or which is not of one type, is worth a look",
    ),
    references=("Hynes, Sculley and Terry (2017). The data linter. NeurIPS Workshop on ML Systems",),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved"},
)
def schema(subject: Subject) -> Result:
    """Are the columns what they seem to be?

    Looks for columns that are all missing or constant, that mix types, that hold numbers as text, infinite numbers, and
    where training data are known for columns and categories that training never had. It cannot tell whether a value is
    true, only whether it is odd.

    In plain words
    --------------
    Columns of the data are not what they seem to be, such as numbers mixed with words.

    What to do
    ----------
    Drop empty and constant columns, and mend mixed types where the data are read.

    Parameters
    ----------
    subject : Subject
        All columns of the data, the target included.

    Returns
    -------
    Result
        Value: the number of columns with a finding. View ``by_column``: type, missing share, distinct values, findings;
        columns with findings first.

    References
    ----------
    Hynes, Sculley and Terry (2017). The data linter: lightweight, automated sanity checking for ML data sets.
    """
    frame = subject.dataset.frame
    known = subject.train.dataset.frame if subject.train is not None else None
    rows: list[tuple[str, str, float | None, int | None, str]] = []
    sums = _number_sums(frame)
    for name in frame.columns:
        findings, missing, distinct = _of_column(frame[name], sums.get(name))
        findings += _against(frame[name], known) if known is not None else ()
        rows.append((str(name), _type(frame[name]), missing, distinct, "; ".join(findings)))
    if known is not None:
        rows += [
            (str(name), _type(known[name]), None, None, "training has it, these data do not")
            for name in known.columns
            if name not in frame.columns
        ]
    odd = [row for row in rows if row[4]]
    first = [f"{row[0]}: {row[4]}" for row in odd[:NAMED]]
    more = f"; and {len(odd) - NAMED} more" if len(odd) > NAMED else ""
    need = "needs" if len(odd) == 1 else "need"
    reason = f"{len(odd)} of {len(rows)} columns {need} a look: {'; '.join(first)}{more} (n {len(frame):,})."
    table = Table(
        name="by_column",
        title="Columns",
        columns=("column", "type", "missing", "distinct", "finding"),
        rows=[*odd, *(row for row in rows if not row[4])][:MOST_ROWS],
        units={"missing": "share of rows", "distinct": "values"},
        caption="Columns with findings first."
        + (f" The first {MOST_ROWS} are shown." if len(rows) > MOST_ROWS else "")
        + (f" Different numbers are counted on {COUNTED:,} rows." if len(frame) > COUNTED else ""),
    )
    return Result(
        reason=reason if odd else f"All {len(rows)} columns are of one type and vary (n {len(frame):,}).",
        value=len(odd),
        unit="columns",
        n=len(frame),
        views=[table],
    )


def _of_column(column: pd.Series[Any], sums: _Numbers | None) -> tuple[list[str], float, int]:
    """Return what is odd about a column, its share of missing values, and how many different ones it has."""
    if sums is not None:
        return list(_of_numbers(column, sums)), sums.missing, sums.distinct
    values = _values_of(column)
    return list(_alone(column, values)), _missing(column), len(values.distinct)


class _Numbers(NamedTuple):
    """What a column of numbers holds."""

    missing: float
    distinct: int
    known: int
    infinite: int
    constant: bool


def _number_sums(frame: pd.DataFrame) -> dict[Any, _Numbers]:
    """Return, by name, what plain columns of numbers hold: all columns of a type in one go."""
    import numpy as np

    from trustlab.stats.columns import column_sums

    n = len(frame)
    counted = None if n <= COUNTED else np.linspace(0, n - 1, COUNTED).astype(np.int64)
    kinds: dict[Any, list[Any]] = {}
    for name, kind in frame.dtypes.items():
        if isinstance(kind, np.dtype) and kind.kind in "iuf" and n:
            kinds.setdefault(kind, []).append(name)
    found: dict[Any, _Numbers] = {}
    for names in kinds.values():
        for at in range(0, len(names), TOGETHER):
            part = names[at : at + TOGETHER]
            sums = column_sums(frame[part].to_numpy(), counted)
            for name, known, infinite, least, most, distinct in zip(part, *sums, strict=True):
                constant = bool(known) and distinct <= 1 and least == most
                found[name] = _Numbers(float(1 - known / n), int(distinct), int(known), int(infinite), constant)
    return found


def _of_numbers(column: pd.Series[Any], sums: _Numbers) -> Iterator[str]:
    """Yield what is odd about a column of numbers."""
    if not sums.known:
        yield "all missing"
        return
    if sums.constant:
        missing = f", or missing ({len(column) - sums.known:,} rows)" if sums.known < len(column) else ""
        yield f"constant: always {_shown(column.dropna().iloc[0])}{missing}"
    if sums.infinite:
        yield f"infinite in {sums.infinite:,} rows"


def _missing(column: pd.Series[Any]) -> float:
    return float(column.isna().mean()) if len(column) else 0.0


class _Values(NamedTuple):
    """The different values of a column, missing ones left out, and how many rows have each."""

    distinct: NDArray[Any]
    rows: NDArray[Any]


def _values_of(column: pd.Series[Any]) -> _Values:
    import numpy as np
    import pandas as pd

    try:
        codes, distinct = pd.factorize(column, use_na_sentinel=True)
    except TypeError:  # lists and other values that cannot be hashed
        codes, distinct = pd.factorize(column.astype(str).where(column.notna()), use_na_sentinel=True)
    return _Values(np.asarray(distinct, dtype=object), np.bincount(codes[codes >= 0], minlength=len(distinct)))


def _distinct(column: pd.Series[Any]) -> int:
    try:
        return int(column.nunique())
    except TypeError:  # the same
        return int(column.dropna().astype(str).nunique())


def _alone(column: pd.Series[Any], values: _Values) -> Iterator[str]:
    """Yield what is odd about one column."""
    import numpy as np
    import pandas as pd

    known = int(values.rows.sum())
    if not known:
        yield "all missing"
        return
    if len(values.distinct) == 1:
        missing = f", or missing ({len(column) - known:,} rows)" if known < len(column) else ""
        yield f"constant: always {_shown(column.dropna().iloc[0])}{missing}"
    if pd.api.types.is_numeric_dtype(column):
        there = column.dropna()
        numbers = there.to_numpy(dtype=float) if not pd.api.types.is_complex_dtype(column) else np.zeros(0)
        if infinite := int(np.isinf(numbers).sum()):
            yield f"infinite in {infinite:,} rows"
        return
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) != "string":
        kinds = column.dropna().map(_kind).value_counts()
        if len(kinds) > 1:
            yield "mixed types: " + ", ".join(f"{kind} ({n:,})" for kind, n in sorted(kinds.items(), key=str))
            return
        if kinds.index[0] != "text":
            return
    elif column.dtype != object and not pd.api.types.is_string_dtype(column):
        return
    yield from _said_in_text(values)


def _said_in_text(values: _Values) -> Iterator[str]:
    numbers = _read_as_numbers(values)
    share = float(values.rows[numbers].sum() / values.rows.sum())
    if share == 1:
        yield "numbers stored as text"
    elif share > 0.5:  # mostly numbers, so it was meant to be a number
        words = sorted(map(_shown, values.distinct[~numbers].tolist()))
        yield f"numbers with other words among them: {', '.join(words[:NAMED])}{', …' if len(words) > NAMED else ''}"
        return
    marks = {
        at: value
        for at, value in enumerate(values.distinct.tolist())
        if len(value) <= LONGEST_MARK and value.strip().casefold() in MARKS
    }
    if marks:
        rows = int(values.rows[list(marks)].sum())
        yield f"{', '.join(map(_shown, sorted(marks.values())))} in {rows:,} rows, which looks like a mark for missing"


def _read_as_numbers(values: _Values) -> NDArray[Any]:
    """Return which texts can be read as numbers; none where not one of very many, evenly spaced, can."""
    import numpy as np
    import pandas as pd

    def read(texts: NDArray[Any]) -> NDArray[Any]:
        return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").notna().to_numpy()

    if len(values.distinct) > COUNTED:
        some = np.linspace(0, len(values.distinct) - 1, COUNTED // 10).astype(int)
        common = np.argsort(-values.rows, kind="stable")[: COUNTED // 10]
        if not read(values.distinct[np.union1d(some, common)]).any():
            return np.zeros(len(values.distinct), bool)
    return read(values.distinct)


def _against(column: pd.Series[Any], known: pd.DataFrame) -> Iterator[str]:
    """Yield what training never saw."""
    import numpy as np
    import pandas as pd

    if column.name not in known.columns:
        yield "training does not have it"
        return
    before = known[column.name]
    if _is_plain_number(column) and _is_plain_number(before):
        return
    if not (column.notna().any() and before.notna().any()):
        return
    if _type(column) != _type(before):
        yield f"{_type(column)} here, {_type(before)} in training"
        return
    if pd.api.types.is_numeric_dtype(column):
        return
    if _distinct(before) > FREE_TEXT * before.notna().sum():
        return
    seen, values = set(map(str, _values_of(before).distinct.tolist())), _values_of(column)
    new = np.array([str(value) not in seen for value in values.distinct.tolist()], bool)
    if new.any():
        names = sorted(set(map(str, values.distinct[new].tolist())))
        listed = ", ".join(map(_shown, names[:NAMED])) + (", …" if len(names) > NAMED else "")
        what = "a category" if len(names) == 1 else f"{len(names)} categories"
        yield f"{what} that training never saw: {listed} ({int(values.rows[new].sum()):,} rows)"


def _is_plain_number(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def _type(column: pd.Series[Any]) -> str:
    from pandas.api import types

    if types.is_bool_dtype(column):
        return "truth value"
    if types.is_numeric_dtype(column):
        return "number"
    if types.is_datetime64_any_dtype(column):
        return "time"
    kinds = set(column.dropna().head(1000).map(_kind)) if column.dtype == object else {"text"}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if type(value).__name__ in {"bool", "bool_"}:
        return "truth value"
    if isinstance(value, int | float) or hasattr(value, "dtype"):
        return "number"
    return "time" if hasattr(value, "isoformat") else type(value).__name__


def _shown(value: object) -> str:
    return repr(shortened(str(value)))
