"""What a repo's tables must be like: the rules' model, and how a document becomes one or a complaint."""

from __future__ import annotations

import copy
import math
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, get_args

from trustlab.core.errors import TrustlabError, did_you_mean
from trustlab.data.documents import Place, parse_document
from trustlab.data.kinds import Bound, Kind, canonical_text

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1
KINDS: tuple[str, ...] = get_args(Kind)
ON_BREACH = ("refuse", "quarantine")
EXTRA = ("allow", "refuse")
QUARANTINE = "quarantine"
TOP_KEYS = ("schema", "applies_to", "on_breach", "quarantine", "extra_columns", "key", "rows", "columns")
ROW_KEYS = ("min", "max", "max_drop")
COLUMN_KEYS = ("type", "required", "missing_share", "min", "max", "values", "pattern", "unique")
MOST_VALUES = 10_000
LONGEST_PATTERN = 1000
_HUGE = sys.float_info.max


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What one column must be like.

    Parameters
    ----------
    kind : str or None
        integer, number, text, boolean, datetime or category (text, whole numbers or true and false); None for any.
    required : bool
        Whether a table without the column breaks the rule.
    missing_share : float or None
        The largest share of missing values, 0 to 1.
    minimum, maximum : int, float, str or None
        The range, both ends included; dates as ISO 8601 text.
    values : tuple of str or None
        The only values, as text: 1, 1.0 and '1' are one.
    pattern : str or None
        What every value must match from end to end; RE2's syntax, whose time grows with the text's length alone.
    unique : bool
        Whether no value may come twice; missing ones may.
    """

    name: str
    kind: Kind | None = None
    required: bool = True
    missing_share: float | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    values: tuple[str, ...] | None = None
    pattern: str | None = None
    unique: bool = False

    def to_document(self) -> dict[str, Any]:
        """Return the rule as JSON data, defaults left out."""
        said = {
            "type": self.kind,
            "required": None if self.required else False,
            "missing_share": self.missing_share,
            "min": self.minimum,
            "max": self.maximum,
            "values": None if self.values is None else list(self.values),
            "pattern": self.pattern,
            "unique": self.unique or None,
        }
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What every table of a commit must be like, and what becomes of a commit that is not.

    Parameters
    ----------
    columns : tuple of ColumnRule
    applies_to : tuple of str
        Globs of paths; empty for every table.
    on_breach : {'refuse', 'quarantine'}
    quarantine : str
        The branch where such commits land.
    extra_columns : {'allow', 'refuse'}
    key : tuple of str
        Columns that no two rows may share together; two missing values are alike.
    least_rows, most_rows : int or None
    max_drop : float or None
        By which share the rows may be fewer than at the branch's head.
    """

    columns: tuple[ColumnRule, ...] = ()
    applies_to: tuple[str, ...] = ()
    on_breach: str = "refuse"
    quarantine: str = QUARANTINE
    extra_columns: str = "allow"
    key: tuple[str, ...] = ()
    least_rows: int | None = None
    most_rows: int | None = None
    max_drop: float | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the rules as JSON data, the form that `rules_from` reads; defaults are left out."""
        rows = {"min": self.least_rows, "max": self.most_rows, "max_drop": self.max_drop}
        said = {
            "schema": SCHEMA,
            "applies_to": list(self.applies_to) or None,
            "on_breach": self.on_breach,
            "quarantine": self.quarantine if self.quarantine != QUARANTINE else None,
            "extra_columns": self.extra_columns if self.extra_columns != "allow" else None,
            "key": list(self.key) or None,
            "rows": {key: value for key, value in rows.items() if value is not None} or None,
            "columns": {column.name: column.to_document() for column in self.columns},
        }
        return {key: value for key, value in said.items() if value is not None}


def rules_from(document: Any, place: Place) -> Rules:
    """Return the rules that a document states.

    Raises
    ------
    InputError
        Where it says what cannot be meant; the message names the line, where it is known, and the key.
    """
    given = place.mapping(document, TOP_KEYS)
    if given.get("schema", SCHEMA) != SCHEMA:
        raise place.at("schema").error(str(SCHEMA), given["schema"])
    rows, at = place.at("rows").mapping(given.get("rows"), ROW_KEYS), place.at("rows")
    columns = place.at("columns").mapping(given.get("columns"))
    rules = Rules(
        columns=tuple(_column(name, entry, place.at("columns").at(name)) for name, entry in columns.items()),
        applies_to=_texts(given.get("applies_to"), place.at("applies_to")),
        on_breach=_choice(given.get("on_breach", "refuse"), ON_BREACH, place.at("on_breach")),
        quarantine=_branch(given.get("quarantine", QUARANTINE), place.at("quarantine")),
        extra_columns=_choice(given.get("extra_columns", "allow"), EXTRA, place.at("extra_columns")),
        key=_texts(given.get("key"), place.at("key")),
        least_rows=_count(rows.get("min"), at.at("min")),
        most_rows=_count(rows.get("max"), at.at("max")),
        max_drop=_share(rows.get("max_drop"), at.at("max_drop")),
    )
    if rules.quarantine == "main":
        raise place.at("quarantine").error("a branch of its own, where nothing is taken for checked", rules.quarantine)
    _check_together(rules, place)
    return rules


def with_settings(document: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """Return a document with single keys set: ``columns.income.max`` to ``1e6``; ``null`` takes a key away.

    Parameters
    ----------
    settings : mapping of str to str
        A dotted key to a value as YAML writes it.
    """
    changed = copy.deepcopy(dict(document))
    for key, text in settings.items():
        value, _ = parse_document(text, "yaml", f"set: {key}")
        inside = changed
        *parents, last = _steps(key)
        for step in parents:
            below = inside.get(step)
            inside[step] = dict(below) if isinstance(below, dict) else {}
            inside = inside[step]
        if value is None:
            inside.pop(last, None)
        else:
            inside[last] = value
    return changed


def _steps(key: str) -> list[str]:
    """Return the keys of a dotted one; a column's name may hold dots of its own."""
    first, _, rest = key.partition(".")
    if first != "columns" or not rest:
        return key.split(".")
    name, _, last = rest.rpartition(".")
    return [first, name, last] if name and last in COLUMN_KEYS else [first, rest]


def _check_together(rules: Rules, place: Place) -> None:
    if rules.least_rows is not None and rules.most_rows is not None and rules.least_rows > rules.most_rows:
        raise place.at("rows").at("min").error(f"at most max, {rules.most_rows}", rules.least_rows)
    known = [column.name for column in rules.columns]
    for number, name in enumerate(rules.key):
        if rules.extra_columns == "refuse" and name not in known:
            raise place.at("key").at(number).error("one of the columns, since extra_columns are refused", name)


def _column(name: str, entry: Any, place: Place) -> ColumnRule:
    given = place.mapping(entry, COLUMN_KEYS)
    kind: Any = _choice(given["type"], KINDS, place.at("type")) if given.get("type") is not None else None
    low, high = (_bound(given.get(side), kind, place.at(side)) for side in ("min", "max"))
    _check_range(low, high, kind, place)
    return ColumnRule(
        name=name,
        kind=kind,
        required=_boolean(given.get("required", True), place.at("required")),
        missing_share=_share(given.get("missing_share"), place.at("missing_share")),
        minimum=low,
        maximum=high,
        values=_values(given.get("values"), kind, place.at("values")),
        pattern=_pattern(given.get("pattern"), kind, place.at("pattern")),
        unique=_boolean(given.get("unique", False), place.at("unique")),
    )


def _choice(value: Any, options: tuple[str, ...], place: Place) -> str:
    if value not in options:
        near = did_you_mean(str(value), options).strip() or None
        raise place.error(f"one of {', '.join(options)}", value, near)
    return str(value)


def _boolean(value: Any, place: Place) -> bool:
    if not isinstance(value, bool):
        raise place.error("true or false", value)
    return value


def _number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_HUGE <= value <= _HUGE


def _count(value: Any, place: Place) -> int | None:
    if value is None:
        return None
    if not _number(value) or value != int(value) or value < 0:
        raise place.error("a whole number of at least 0", value)
    return int(value)


def _share(value: Any, place: Place) -> float | None:
    if value is None:
        return None
    if not _number(value) or not 0 <= value <= 1:
        raise place.error("a share from 0 to 1", value)
    return value  # type: ignore[no-any-return] # it is a number


def _texts(value: Any, place: Place) -> tuple[str, ...]:
    if value is None:
        return ()
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise place.error("a text or a list of texts", value)
    return tuple(found)


def _branch(value: Any, place: Place) -> str:
    from trustlab.store.names import check_name

    try:
        return check_name("branch", value)
    except TrustlabError as error:
        raise place.error("a branch's name", value, error.message) from None


def _bound(value: Any, kind: Kind | None, place: Place) -> Bound | None:
    if value is None:
        return None
    if kind not in {None, "integer", "number", "datetime"}:
        raise place.error(f"left out: a {kind} column has no range", value)
    if kind != "datetime" and _number(value):
        return value  # type: ignore[no-any-return] # it is a number
    if kind in {None, "datetime"} and (moment := _moment(value)) is not None:
        return moment
    words = {None: "a number or an ISO 8601 date", "datetime": "an ISO 8601 date"}
    raise place.error(words.get(kind, "a number"), value)


def _moment(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        return (date if len(text) == len("2024-01-31") else datetime).fromisoformat(text).isoformat()
    except ValueError:
        return None


def _utc(moment: str) -> datetime:
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _check_range(low: Bound | None, high: Bound | None, kind: Kind | None, place: Place) -> None:
    if low is None or high is None:
        return
    if isinstance(low, str) != isinstance(high, str):
        raise place.at("max").error("of the same type as min", high)
    first, last = (_utc(low), _utc(high)) if isinstance(low, str) and isinstance(high, str) else (low, high)
    if first > last:  # type: ignore[operator] # both are dates or both are numbers
        raise place.at("min").error(f"at most max, {high}", low)
    if kind == "integer" and math.ceil(low) > math.floor(high):  # type: ignore[arg-type] # integers have no dates
        raise place.at("min").error(f"such that a whole number lies between it and max, {high}", low)


def _values(value: Any, kind: Kind | None, place: Place) -> tuple[str, ...] | None:
    if value is None:
        return None
    if kind == "datetime":
        raise place.error("left out: a datetime column has a range instead", value)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_VALUES:
        raise place.error(f"a list of 1 to {MOST_VALUES:,} values", value)
    for number, item in enumerate(value):
        if item is None or isinstance(item, list | dict):
            raise place.at(number).error(
                "a text, a number or true or false; missing_share says what may be missing", item
            )
        if not _fits(item, kind):
            raise place.at(number).error(f"of the column's type, {kind}", item)
    return tuple(dict.fromkeys(canonical_text(item) for item in value))


def _fits(item: Any, kind: Kind | None) -> bool:
    text = canonical_text(item)
    if kind in {"integer", "number"}:
        try:
            number = float(text)
        except ValueError:
            return False
        return math.isfinite(number) and (kind == "number" or number == int(number))
    return kind != "boolean" or text in {"True", "False"}


def _pattern(value: Any, kind: Kind | None, place: Place) -> str | None:
    import pyarrow as pa

    from trustlab.data.kinds import matches

    if value is None:
        return None
    if kind not in {None, "text", "category"}:
        raise place.error(f"left out: a {kind} column is no text", value)
    if not isinstance(value, str) or not value or len(value) > LONGEST_PATTERN:
        raise place.error(f"a regular expression of at most {LONGEST_PATTERN:,} characters", value)
    try:
        matches([""], value)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        hint = "Its syntax is RE2's: as elsewhere, without look-around and back-references."
        raise place.error(f"a regular expression ({error})", value, hint) from None
    return value
