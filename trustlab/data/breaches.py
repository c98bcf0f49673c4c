"""Where a table breaks its repo's rules: one sentence a breach, with counts and examples; column by column."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.counted import shortened
from trustlab.core.errors import did_you_mean
from trustlab.core.views import Table, Text, View, clean
from trustlab.data.kinds import (
    as_dates,
    as_numbers,
    canonical_text,
    codes_of,
    mask_of,
    matches,
    not_of,
    plain,
    present_in,
    where_unique_is,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.data.rules import ColumnRule, Rules

EXAMPLES = 5
LISTED = 5
LONGEST = 40
_A_KIND = {
    "integer": "a whole number",
    "number": "a number",
    "text": "text",
    "boolean": "true or false",
    "datetime": "a date or a time (ISO 8601)",
    "category": "a category: text, a whole number, or true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule that a table breaks.

    Parameters
    ----------
    table : str
        The table's path in the commit.
    rule : str
        The rule's key: type, required, missing_share, range, values, pattern, unique, key, rows, extra_columns; or
        table, where none could be read.
    column : str or None
    sentence : str
        What must hold, how many rows do not, and which.
    rows, of : int
        The rows concerned, and all.
    examples : tuple of (int, object)
        Up to five row numbers, 1 for the first row, each with its value.
    """

    table: str
    rule: str
    column: str | None = None
    sentence: str
    rows: int
    of: int
    examples: tuple[tuple[int, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the breach as JSON data."""
        examples = [{"row": row, "value": clean(value)} for row, value in self.examples]
        return {**asdict(self), "examples": examples}


def breaches_views(breaches: Sequence[Breach]) -> list[View]:
    """Return breaches to read: as sentences, then as a table; none where there are none."""
    if not breaches:
        return []
    lines = "\n".join(f"{one.table}: {one.sentence}" for one in breaches)
    columns = ("table", "column", "rule", "rows", "of")
    rows = [(one.table, one.column, one.rule, one.rows, one.of) for one in breaches]
    return [
        Text(name="sentences", title="Rules that are broken", text=lines),
        Table(name="breaches", title="In numbers", columns=columns, rows=rows),
    ]


def evaluate(
    rules: Rules, frame: pd.DataFrame, *, table: str, typed: bool = True, rows_before: int | None = None
) -> list[Breach]:
    """Return where a table breaks the rules, in the rules' order.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `trustlab.data.frames.read_frame` gives it.
    table : str
        Its path, for the sentences' reader.
    typed : bool
        False where the file knows no types (CSV, TSV): there a number is text too.
    rows_before : int or None
        How many rows the table has at the branch's head; None where there is none.
    """
    found = [*_rows(rules, len(frame), rows_before, table), *_names(rules, frame, table)]
    for rule in rules.columns:
        if rule.name in frame.columns:
            found += _Column(rule, frame[rule.name], table, typed=typed).breaches()
    if rules.key and set(rules.key) <= set(frame.columns):
        found += _key(rules.key, frame, table)
    return found


def _rows(rules: Rules, rows: int, before: int | None, table: str) -> Iterator[Breach]:
    def breach(must: str) -> Breach:
        return Breach(
            table=table, rule="rows", sentence=f"the table must have {must}; it has {rows:,}", rows=rows, of=rows
        )

    if rules.least_rows is not None and rows < rules.least_rows:
        yield breach(f"at least {rules.least_rows:,} rows")
    if rules.most_rows is not None and rows > rules.most_rows:
        yield breach(f"at most {rules.most_rows:,} rows")
    if rules.max_drop is not None and before and rows < before and (before - rows) / before > rules.max_drop:
        yield breach(f"at most {_percent(rules.max_drop)} fewer rows than the {before:,} at the branch's head")


def _names(rules: Rules, frame: pd.DataFrame, table: str) -> Iterator[Breach]:
    names, rows = [str(name) for name in frame.columns], len(frame)
    known = [rule.name for rule in rules.columns]
    extra = [name for name in names if name not in known]
    needed = dict.fromkeys([*(rule.name for rule in rules.columns if rule.required), *rules.key])
    for name in needed:
        if name not in names:
            sentence = f"{_named(name)} must be a column; the table has none.{did_you_mean(name, extra)}"
            yield Breach(table=table, rule="required", column=name, sentence=sentence, rows=rows, of=rows)
    if extra and rules.extra_columns == "refuse":
        listed = ", ".join(map(_named, extra[:LISTED])) + (f" and {len(extra) - LISTED} more" if extra[LISTED:] else "")
        sentence = f"the columns must be those of the rules; beside them came {listed}"
        yield Breach(table=table, rule="extra_columns", sentence=sentence, rows=rows, of=rows)


def _key(key: tuple[str, ...], frame: pd.DataFrame, table: str) -> Iterator[Breach]:
    import pandas as pd

    codes = pd.DataFrame({number: codes_of(plain(frame[name]))[0] for number, name in enumerate(key)})
    again = mask_of(codes.duplicated())
    if again.any():
        shown = [(at, tuple(frame[name].iloc[at] for name in key)) for at in _first(again)]
        named = " and ".join(map(_named, key)) + (" together" if len(key) > 1 else "")
        sentence = f"no two rows may share {named}; {_count(again, 'repeats', 'repeat')} an earlier one {_list(shown)}"
        examples = tuple((at + 1, " / ".join(canonical_text(value) for value in values)) for at, values in shown)
        yield Breach(
            table=table, rule="key", sentence=sentence, rows=int(again.sum()), of=len(frame), examples=examples
        )


class _Column:
    """One column before its rule."""

    def __init__(self, rule: ColumnRule, values: pd.Series[Any], table: str, *, typed: bool) -> None:
        self._rule = rule
        self._table = table
        self._typed = typed
        self._values = plain(values.reset_index(drop=True))
        self._present = present_in(self._values)
        self._read: pd.Series[Any] | None = None

    def breaches(self) -> Iterator[Breach]:
        """Yield what the column breaks."""
        wrong = self._present & False
        yield from self._missing()
        if self._rule.kind is not None:
            wrong = self._wrong()
            yield from self._breach("type", f"must be {_A_KIND[self._rule.kind]}", wrong, ("is not", "are not"))
        if self._rule.minimum is not None or self._rule.maximum is not None:
            yield from self._range(wrong)
        allowed = self._rule.values  # noqa: PD011 - a rule's, not a frame's
        if allowed is not None:
            known = set(allowed)
            bad = self._bad(lambda texts: [text in known for text in texts])
            listed = ", ".join(map(repr, allowed[:LISTED])) + (", …" if allowed[LISTED:] else "")
            yield from self._breach("values", f"must be one of {listed}", bad & ~wrong, ("is not", "are not"))
        if (pattern := self._rule.pattern) is not None:
            bad = self._bad(lambda texts: matches(texts, pattern))
            yield from self._breach("pattern", f"must match {pattern!r}", bad & ~wrong)
        if self._rule.unique:
            codes, _ = codes_of(self._values)
            again = self._present & _again(codes)
            yield from self._breach("unique", "must not repeat a value", again, ("does", "do"))

    def _missing(self) -> Iterator[Breach]:
        limit = self._rule.missing_share
        gone = ~self._present
        if limit is None or not gone.any() or gone.mean() <= limit:
            return
        must = f"must have at most {_percent(limit)} missing values" if limit else "must have no missing value"
        share = f", {_percent(float(gone.mean()))}," if limit else ""
        tail = f"{_count(gone, '', '').strip()}{share} {'has' if gone.sum() == 1 else 'have'} none"
        rows = ", ".join(f"{at + 1:,}" for at in _first(gone)) + (", …" if gone.sum() > EXAMPLES else "")
        yield self._found("missing_share", f"{must}; {tail} ({_word(gone)} {rows})", gone)

    def _wrong(self) -> NDArray[np.bool_]:
        """Return where a value is not of the kind, and keep the column as that kind reads it."""
        kind = self._rule.kind
        if kind in {"integer", "number"}:
            self._read, wrong = as_numbers(self._values)
            return wrong | (self._present & ~whole(self._read)) if kind == "integer" else wrong
        if kind == "datetime":
            self._read, wrong = as_dates(self._values)
            return wrong
        assert kind is not None, "asked only where there is one"
        return not_of(self._values, kind, typed=self._typed)

    def _range(self, wrong: NDArray[np.bool_]) -> Iterator[Breach]:
        low, high = self._rule.minimum, self._rule.maximum
        dates = isinstance(low if low is not None else high, str)
        unread = wrong & False
        if self._read is None:
            self._read, unread = (as_dates if dates else as_numbers)(self._values)
        outside = unread
        if low is not None:
            outside = outside | mask_of(self._read < (_moment(low) if dates else low))
        if high is not None:
            outside = outside | mask_of(self._read > (_moment(high) if dates else high))
        if low is not None and high is not None:
            must, verbs = f"must lie in {_shown(low)} to {_shown(high)}", ("does not", "do not")
        else:
            word, bound = ("at least", low) if low is not None else ("at most", high)
            must, verbs = f"must be {word} {_shown(bound)}", ("is not", "are not")
        yield from self._breach("range", must, outside & self._present & ~wrong, verbs)

    def _bad(self, good: Callable[[list[str]], Any]) -> NDArray[np.bool_]:
        return self._present & ~where_unique_is(self._values, good)

    def _breach(
        self, rule: str, must: str, bad: NDArray[np.bool_], verbs: tuple[str, str] = ("does not", "do not")
    ) -> Iterator[Breach]:
        if bad.any():
            shown = [(at, self._values.iloc[at]) for at in _first(bad)]
            more = ", …" if bad.sum() > EXAMPLES else ""
            rows = ", ".join(f"{at + 1:,}" for at, _ in shown) + more
            values = ", ".join(_shown(value) for _, value in shown) + more
            sentence = f"{must}; {_count(bad, *verbs)} ({_word(bad)} {rows}: {values})"
            yield self._found(rule, sentence, bad, tuple((at + 1, value) for at, value in shown))

    def _found(
        self, rule: str, sentence: str, bad: NDArray[np.bool_], examples: tuple[tuple[int, Any], ...] = ()
    ) -> Breach:
        return Breach(
            table=self._table,
            rule=rule,
            column=self._rule.name,
            sentence=f"{_named(self._rule.name)} {sentence}",
            rows=int(bad.sum()),
            of=len(bad),
            examples=examples or tuple((at + 1, None) for at in _first(bad)),
        )


def _again(codes: NDArray[np.intp]) -> NDArray[np.bool_]:
    import pandas as pd

    return mask_of(pd.Series(codes).duplicated())


def _first(bad: NDArray[np.bool_]) -> list[int]:
    import numpy as np

    return [int(at) for at in np.flatnonzero(bad)[:EXAMPLES]]


def _count(bad: NDArray[np.bool_], one: str, several: str) -> str:
    count = int(bad.sum())
    return f"{count:,} of {len(bad):,} rows {one if count == 1 else several}"


def _word(bad: NDArray[np.bool_]) -> str:
    return "row" if bad.sum() == 1 else "rows"


def _list(shown: list[tuple[int, tuple[Any, ...]]]) -> str:
    rows = ", ".join(f"{at + 1:,}" for at, _ in shown)
    return f"(row{'s' if len(shown) > 1 else ''} {rows}: {', '.join(' / '.join(map(_shown, one)) for _, one in shown)})"


def _named(name: str) -> str:
    return name if name.isidentifier() else repr(name)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _moment(bound: Any) -> Any:
    import pandas as pd

    moment = pd.Timestamp(bound)
    return moment if moment.tz is None else moment.tz_convert("UTC").tz_localize(None)


def _shown(value: Any) -> str:
    plain_value = clean(value)
    if isinstance(plain_value, bool) or plain_value is None:
        return str(value)
    if isinstance(plain_value, int):
        return f"{plain_value:,}"
    if isinstance(plain_value, float):
        return f"{plain_value:,.10g}"
    text = repr(plain_value) if isinstance(value, str) else str(plain_value)
    return shortened(text, LONGEST + 1)
