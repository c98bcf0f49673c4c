"""Do columns hold what names one person: addresses, numbers of accounts and cards, names?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series, Table
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    import pandas as pd

ID = "privacy.personal_data"
GLANCE = 20  # values that are looked at first: most columns are done with then
ENOUGH = 0.5  # share of values that must look like one kind
WITHIN_TEXT = 0.01  # share of longer texts that hold an address
LEAST = 3
LONG = 40  # signs: text to be searched, however it begins
SHOWN = 50
_PERSON = re.compile(r"[A-Z][a-zà-ÿ'-]+,?( [A-Z][.a-zà-ÿ'-]*){1,3}")
# begins where a run of its signs begins: else a long run without an @ is walked again from each of its signs
_CONTAINS = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z.]{2,24}")


@dataclass(frozen=True, slots=True)
class _Found:
    column: str
    kind: str
    why: str
    share: float | None
    looked: int
    shape: str
    used: bool


@operation(
    "check",
    "Personal data in the columns",
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="Data minimisation, Regulation (EU) 2016/679 (GDPR), Article 5(1)(c); direct identifiers as in 45 CFR "
        "164.514(b)(2) (HIPAA). Whether they are needed is for the use to say, so there is no limit to fail",
    ),
    references=(
        "Regulation (EU) 2016/679 (GDPR), Articles 4(1) and 5(1)(c)",
        "45 CFR 164.514(b)(2), the eighteen identifiers of HIPAA's safe harbour",
        "ISO 13616-1 (IBAN); ISO/IEC 7812-1, annex B (Luhn)",
    ),
    cost="instant",
    example={"data": "loans.csv", "target": "approved"},
)
def personal_data(
    subject: Subject,
    max_values: Annotated[int, Range(GLANCE), Unit("rows")] = 500,
    *,
    context: Context,
) -> Result:
    """Do columns hold what names one person: addresses, numbers of accounts and cards, names?

    Values drawn from each column are held against patterns, with check digits where there are any (cards by Luhn, bank
    accounts modulo 97), and against words in the column's name. A column is named where half of its values look
    alike, or one in a hundred texts holds an e-mail address. Values are never shown, only their shape. Patterns miss
    what they do not know (identity numbers of most countries, names in one word) and know nothing of what columns
    give away together: for that see privacy.uniqueness.

    In plain words
    --------------
    The data hold what names a person, such as an address or the number of an account.

    What to do
    ----------
    Drop the column, or keep a keyed hash of it where rows must be joined.

    Parameters
    ----------
    subject : Subject
        The rows, with all their columns.
    max_values : int
        Values of a column that are looked at, drawn by the seed.
    context : Context
        Where the drawing comes from.

    Returns
    -------
    Result
        Value: the number of such columns. View ``columns``: which, why, and whether the model takes them.
    """
    from trustlab.checks.privacy._columns import whole_frame

    frame = whole_frame(subject)
    inputs = {str(name) for name in subject.X.columns}
    found = []
    for place, name in enumerate(frame.columns):
        one = _look(frame.iloc[:, place], str(name), max_values, context, used=str(name) in inputs)
        if one is not None:
            found.append(one)
    used = [one.column for one in found if one.used]
    if found:
        listed = "; ".join(f"{one.column} ({one.kind})" for one in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        reason = (
            f"{len(found):,} of {frame.shape[1]:,} columns look like personal data: {listed}{more}. "
            f"{len(used)} of them are inputs of the model."
        )
    else:
        reason = f"No pattern of personal data in {frame.shape[1]:,} columns (up to {max_values} values of each)."
    advice = [f"Leave out: --drop {','.join(used[:5])}"] if used and subject.predictor is None else []
    return Result(
        reason=reason,
        value=len(found),
        unit="columns",
        n=len(frame),
        views=[_picture(found), _table(found)] if found else [],
        advice=advice,
    )


def _look(column: pd.Series, name: str, limit: int, context: Context, *, used: bool) -> _Found | None:
    from trustlab.stats.identifiers import masked

    values = _values(column, limit, context)
    if not values:
        return None
    kind, like = _kind(values)
    if kind is not None:
        share = len(like) / len(values)
        return _Found(name, kind, "its values", share, len(values), masked(like[0]), used)
    kind = _named(values, name)
    if kind is not None:
        return _Found(name, kind, "a word in its name", None, len(values), masked(values[0]), used)
    return None


def _values(column: pd.Series, limit: int, context: Context) -> list[str]:
    """Return values as text; numbers only where they are whole and as long as a card's."""
    import pandas as pd

    from trustlab.stats.sampling import subsample

    present = column.dropna()
    if pd.api.types.is_integer_dtype(column):
        if present.empty or int(present.max()) < 10**12:
            return []
    elif pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return []
    chosen = present.iloc[subsample(len(present), limit, context.rng(ID))]
    return [str(value).strip() for value in chosen.tolist()]


def _kind(values: list[str]) -> tuple[str | None, list[str]]:
    """Return the kind that most values look like, and the values that do; None where there is none."""
    from trustlab.stats.identifiers import kind_of

    if not any(kind_of(value) or _CONTAINS.search(value) for value in values[:GLANCE]) and not any(
        len(value) > LONG for value in values
    ):
        return None, []
    kinds = [kind_of(value) for value in values]
    counts = Counter(kind for kind in kinds if kind is not None)
    kind, count = counts.most_common(1)[0] if counts else ("", 0)
    if count >= max(LEAST, ENOUGH * len(values)):
        return kind, [value for value, own in zip(values, kinds, strict=True) if own == kind]
    inside = [value for value in values if _CONTAINS.search(value)]
    if len(inside) >= max(LEAST, WITHIN_TEXT * len(values)):
        return "e-mail address within text", inside
    return None, []


def _named(values: list[str], name: str) -> str | None:
    """Return what a column's name says it is where the values may be: mostly different, as groups are no persons."""
    from trustlab.checks.privacy._columns import is_personal, words_of

    if len(values) < LEAST or len(set(values)) < ENOUGH * len(values):
        return None
    if is_personal(name):
        return "by its name"
    persons = sum(bool(_PERSON.fullmatch(value)) for value in values)
    return "name of a person" if {"name", "names"} & set(words_of(name)) and persons >= ENOUGH * len(values) else None


def _picture(found: list[_Found]) -> Series:
    counts = Counter(one.kind for one in found)
    return Series(
        name="kinds",
        title="Columns that look like personal data, by kind",
        columns=("kind", "columns"),
        rows=counts.most_common(),
        x="kind",
        y=("columns",),
        mark="bar",
    )


def _table(found: list[_Found]) -> Table:
    rows: list[tuple[Any, ...]] = [
        (one.column, one.kind, one.why, one.share, one.looked, one.shape, one.used) for one in found[:SHOWN]
    ]
    return Table(
        name="columns",
        title="Columns that look like personal data",
        columns=("column", "looks like", "by", "share of values", "n", "shape", "input of the model"),
        rows=rows,
        units={"n": "values"},
        caption=f"In the shape letters are a and digits 0; values are never shown. {SHOWN} columns at most; "
        f"{max(len(found) - SHOWN, 0)} left out.",
    )
