"""Are values written in one way?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted, shortened
from trustlab.core.operation import operation
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

ID = "quality.types"
MOST_VALUES = 20_000  # different texts of a column that are looked at
SAME = 0.999  # share of rows with one value from which a column is nearly constant
ROWS_FOR_SAME = 1000  # fewer rows cannot tell 99.9 %
MOST_ROWS = 200
EXACT = 2**53  # whole numbers beyond it lose digits as floating point
NUMBER = r"[+-]?[$€£¥]?\s?[+-]?\d{1,3}(?:[ ,.'\u00a0]\d{3})*(?:[.,]\d+)?\s?(?:[%$€£¥]|[kKmM])?"
DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?: .*)?"
# UTF-8 read as Latin-1 or Windows-1252, and the mark of what could not be read
MOJIBAKE = r"[ÃÂ][\u0080-\u00bf\u2018-\u2122]|â€|\ufffd"


@operation(
    "check",
    "Written in one way",
    needs=("features",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: one value written in two ways is two values to a model",
    ),
    references=(
        "Hynes, Sculley and Terry (2017). The data linter. NeurIPS Workshop on ML Systems",
        "Kim et al. (2003). A taxonomy of dirty data. Data Mining and Knowledge Discovery 7",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved"},
)
def types(subject: Subject, *, context: Context) -> Result:
    """Are values written in one way?

    Looked for are categories that differ by case or blanks only, leading and trailing blanks, dates and amounts kept
    as text (``1,200.50``, ``31.12.2026``), text in a broken encoding, whole numbers that lost digits as floating
    point, texts of digits some of which begin with 0 (as numbers they would lose it), and columns with one value in
    99.9 % of rows. ``quality.schema`` asks about mixed types, plain numbers as text, constants and infinities.

    In plain words
    --------------
    The same thing is written in several ways, and the model takes them for different things.

    What to do
    ----------
    Give each column one type and one spelling where the data are read.

    Parameters
    ----------
    subject : Subject
        Features.
    context : Context
        Which different texts are looked at where a column has very many.

    Returns
    -------
    Result
        Value: the number of columns with a finding. View ``by_column``: what is odd, and examples.

    References
    ----------
    Kim, Choi, Hong, Kim and Lee (2003). A taxonomy of dirty data. Data Mining and Knowledge Discovery 7.
    """
    rows = [
        (str(name), what, count, examples)
        for name in subject.X.columns
        for what, count, examples in _odd(subject.X[name], context)
    ]
    names = list(dict.fromkeys(row[0] for row in rows))
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row[1]] = kinds.get(row[1], 0) + 1
    first = "; ".join(f"{row[0]}: {row[1]} ({row[3]})" for row in rows[:3])
    more = f"; and {len(rows) - 3} more" if len(rows) > 3 else ""
    table = Table(
        name="by_column",
        title="Columns with values written oddly",
        columns=("column", "finding", "rows", "examples"),
        rows=rows[:MOST_ROWS],
        units={"rows": "rows"},
    )
    picture = Series(
        name="picture",
        title="What is odd, and in how many columns",
        columns=("finding", "columns"),
        rows=sorted(kinds.items(), key=lambda item: (-item[1], item[0])),
        x="finding",
        y=("columns",),
        mark="bar",
    )
    whole = counted(subject.X.shape[1], "feature")
    return Result(
        reason=f"{len(names)} of {whole} are written in more than one way: {first}{more} (n {subject.n:,})."
        if rows
        else f"The values of {whole} are each written in one way (n {subject.n:,}).",
        value=len(names),
        unit="columns",
        n=subject.n,
        views=[picture, table] if rows else [],
    )


def _odd(column: pd.Series[Any], context: Context) -> Iterator[tuple[str, int, str]]:
    """Yield what is odd about one column: in words, in how many rows, examples."""
    from pandas.api import types as kinds

    known = column[column.notna()]
    if not len(known) or kinds.is_complex_dtype(column):
        return
    if kinds.is_float_dtype(column):
        yield from _lost_digits(known)
    texts = column.dtype == object or kinds.is_string_dtype(column) or str(column.dtype) == "category"
    try:
        counts = known.value_counts()
    except TypeError:  # lists and other values that cannot be hashed
        return
    if len(counts) > 1 and len(known) >= ROWS_FOR_SAME and counts.iloc[0] >= SAME * len(known):
        yield "nearly constant", int(len(known) - counts.iloc[0]), f"always {_shown(counts.index[0])} but in these rows"
    if texts:
        if column.dtype != "str":
            counts = counts[[isinstance(value, str) for value in counts.index]]
        if len(counts) > MOST_VALUES:
            picked = context.rng(ID, str(column.name)).choice(len(counts), MOST_VALUES, replace=False)
            counts = counts.sort_index().iloc[sorted(picked)]
        if len(counts):
            yield from _texts(counts)


def _lost_digits(known: pd.Series[Any]) -> Iterator[tuple[str, int, str]]:
    import numpy as np

    numbers = known.to_numpy(dtype=float)
    large = np.isfinite(numbers) & (np.abs(numbers) > EXACT) & (np.abs(numbers) < 1e19)
    large &= numbers == np.floor(numbers)
    if large.any() and large.mean() > 0.5:
        yield "whole numbers beyond 2^53 as floating point", int(large.sum()), f"{numbers[large][0]:.0f}"


def _texts(counts: pd.Series[Any]) -> Iterator[tuple[str, int, str]]:
    import pandas as pd

    values = pd.Series(counts.index, dtype=object)
    n = pd.Series(counts.to_numpy())
    stripped = values.str.strip()
    blank = values != stripped
    if blank.any():
        yield "blanks before or after", int(n[blank].sum()), _examples(values[blank])
    plain = stripped.str.casefold().str.replace(r"[\s_-]+", " ", regex=True)
    twice = plain.duplicated(keep=False) & ~(blank & ~stripped.duplicated(keep=False))
    if twice.any() and plain[twice].nunique() < int(twice.sum()):
        shown = values[twice].groupby(plain[twice]).agg(lambda group: " / ".join(sorted(map(repr, group))[:3]))
        yield "one category in several forms", int(n[twice].sum()), "; ".join(sorted(shown)[:2])
    broken = values.str.contains(MOJIBAKE, regex=True)
    if broken.any():
        yield "broken encoding", int(n[broken].sum()), _examples(values[broken])
    if stripped.str.fullmatch(r"\d+").all():
        zero = stripped.str.match(r"0\d")
        lengths = stripped.str.len()
        if zero.any() and lengths.min() < lengths.max():
            yield "numbers as text, some padded with 0 and some not", int(n[zero].sum()), _examples(values[zero])
        return
    number = pd.to_numeric(stripped, errors="coerce").notna()
    if stripped.str.fullmatch(DATE).mean() > 0.9:
        if not stripped.str.match(r"\d{4}-\d{2}-\d{2}(?:$|[T ])").all():
            yield "dates as text, not in ISO 8601", int(n.sum()), _examples(values)
    elif not number.all() and stripped.str.fullmatch(NUMBER).all() and len(values) > 2:
        yield "amounts as text", int(n.sum()), _examples(values[~number])


def _examples(values: pd.Series[Any]) -> str:
    return ", ".join(map(_shown, sorted(values.tolist())[:3]))


def _shown(value: object) -> str:
    return repr(shortened(str(value)))
