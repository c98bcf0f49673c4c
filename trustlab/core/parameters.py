"""Parameters: read once from a signature, then options, forms, schemas and messages derive from them."""

from __future__ import annotations

import inspect
import math
import re
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from trustlab.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MISSING: Any = inspect.Parameter.empty
# The formats whose parameters take, beside a text, what it stands for; in a list only those whose items are big.
_THINGS = frozenset({"data", "model", "column", "columns", "path", "ref", "cron"})
_LISTED_THINGS = frozenset({"data", "model", "path"})


@dataclass(frozen=True, slots=True)
class Range:
    """The parameter lies between ``lo`` and ``hi``, both included; None leaves a side open."""

    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The parameter's unit."""

    name: str


@dataclass(frozen=True, slots=True)
class Format:
    """What a text stands for, so that a surface can offer what there is.

    Things: ``data``, ``model``, ``column``, ``columns``, ``path``, ``ref``, ``cron``. From Python the parameter takes
    the thing itself as well (a frame, a fitted model, an array). Names only: ``address`` (of a file or
    of another store), ``repo``, ``branch``, ``version`` (a ref),
    ``registered`` (a model's name), ``pipeline``, ``dashboard``, ``run``, ``recipe``, ``expression`` over the columns,
    an ``operation``'s id and those of one kind: ``check`` (or a family), ``detector``, ``explainer``. In a list of
    texts ``column`` is a name only. `trustlab.completion` finds them.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Positional:
    """On a command line the parameter stands without its name."""


@dataclass(frozen=True, slots=True)
class Short:
    """The one-letter option, such as ``m`` for ``-m``."""

    letter: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """A list whose items may hold commas: on a command line the option is given once for each."""


Data = Annotated[Any, Format("data")]
Model = Annotated[Any, Format("model")]
Column = Annotated[Any, Format("column")]
Columns = Annotated[Any, Format("columns")]
PathLike = Annotated[Any, Format("path")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One named input of an operation.

    Parameters
    ----------
    type : {'string', 'integer', 'number', 'boolean', 'list', 'map'}
        How a text is read: ``list`` is comma-separated (where ``repeated``, given once for each item), ``map`` is
        repeated ``key=value``.
    format : str or None
        What a string stands for; see `Format`.
    default : object
        ``MISSING`` where the parameter is required.
    """

    name: str
    type: str
    default: Any = MISSING
    nullable: bool = False
    choices: tuple[Any, ...] = ()
    lo: float | None = None
    hi: float | None = None
    unit: str | None = None
    format: str | None = None
    positional: bool = False
    short: str | None = None
    repeated: bool = False
    help: str = ""

    @property
    def required(self) -> bool:
        """True where there is no default."""
        return self.default is MISSING

    def json_schema(self) -> dict[str, Any]:
        """Return the parameter as JSON Schema."""
        kinds = {"list": "array", "map": "object"}
        schema: dict[str, Any] = {"type": kinds.get(self.type, self.type), "description": self.help}
        if self.nullable:
            schema["type"] = [schema["type"], "null"]
        if self.type == "list":
            schema["items"] = {"type": "string"}
        optional = {
            "enum": list(self.choices) or None,
            "minimum": self.lo,
            "maximum": self.hi,
            "format": self.format,
            "unit": self.unit,
            "positional": self.positional or None,
        }
        schema |= {key: value for key, value in optional.items() if value is not None}
        if not self.required:
            schema["default"] = self.default
        return schema

    def parse(self, text: str, operation: str) -> Any:
        """Return the value that ``text`` (from a command line, a magic or a form) stands for.

        Raises
        ------
        UsageError
            Where the text cannot be read as the parameter's type.
        """
        if self.type == "list":
            return [text] if self.repeated else [part.strip() for part in text.split(",") if part.strip()]
        if self.type == "map":
            key, equals, value = text.partition("=")
            if not equals or not key.strip():
                raise UsageError(f"{operation}: {self.name} must be key=value; got {text!r}")
            return {key.strip(): value}
        if self.type == "boolean":
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if text.casefold() not in words:
                raise UsageError(f"{operation}: {self.name} must be true or false; got {text!r}")
            return words[text.casefold()]
        if self.type in {"integer", "number"}:
            try:
                return int(text) if self.type == "integer" else float(text)
            except ValueError:
                raise UsageError(f"{operation}: {self.name} must be {self.describe()}; got {text!r}") from None
        return text

    def check(self, value: Any, operation: str) -> Any:
        """Return ``value`` in the parameter's own type, or raise UsageError naming what must hold and what came."""
        if value is None and (self.nullable or self.default is None):
            return None
        if self.format and self._is_thing(value):
            return value
        value = self._typed(value, operation)
        if self.choices and value not in self.choices:
            options = ", ".join(str(choice) for choice in self.choices)
            raise UsageError(
                f"{operation}: {self.name} must be one of {options}; got {value!r}.{did_you_mean(value, self.choices)}"
            )
        if self.type in {"integer", "number"}:
            low_bad = self.lo is not None and value < self.lo
            high_bad = self.hi is not None and value > self.hi
            if low_bad or high_bad:
                raise UsageError(f"{operation}: {self.name} must be {self.describe()}; got {value!r}")
        return value

    def _is_thing(self, value: Any) -> bool:
        """Return whether ``value`` is no text, nor a list of texts where one is taken: then it is the thing itself."""
        texts = value if self.type == "list" and isinstance(value, list | tuple) else [value]
        takes = {"string": _THINGS, "list": _LISTED_THINGS}.get(self.type, frozenset())
        return self.format in takes and not all(isinstance(text, str) for text in texts)

    def _typed(self, value: Any, operation: str) -> Any:
        readers = {"boolean": _boolean, "integer": _number, "number": _number, "list": _list, "map": _map}
        if self.type == "list" and isinstance(value, str):
            return self.parse(value, operation)
        typed: Any = readers.get(self.type, _text)(value)
        if typed is None or (self.type == "integer" and typed != int(typed)):
            raise UsageError(f"{operation}: {self.name} must be {self.describe()}; got {value!r}")
        return int(typed) if self.type == "integer" else typed

    def describe(self) -> str:
        """Return what must hold, in words."""
        names = {
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
            "list": "a list of names",
        }
        text = names.get(self.type, "key=value pairs" if self.type == "map" else "text")
        if self.lo is not None and self.hi is not None:
            text += f" from {_digits(self.lo)} to {_digits(self.hi)}"
        elif self.lo is not None:
            text += f" of at least {_digits(self.lo)}"
        elif self.hi is not None:
            text += f" of at most {_digits(self.hi)}"
        return text + (f" ({self.unit})" if self.unit else "")


def _digits(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _boolean(value: Any) -> bool | None:
    return bool(value) if type(value).__name__ in {"bool", "bool_"} else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool | str):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _list(value: Any) -> list[str] | None:
    return [str(item) for item in value] if isinstance(value, list | tuple) else None


def _map(value: Any) -> dict[str, Any] | None:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


SEED = Parameter(
    name="seed",
    type="integer",
    default=0,
    lo=0,
    hi=2**32 - 1,
    help="Seed of everything random; the same seed gives the same answer.",
)


def read_parameters(function: Callable[..., Any], skip: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """Return the parameters of ``function``: types and constraints from its signature, help from its docstring.

    Parameters
    ----------
    function : callable
        Annotated; ``Annotated[...]`` carries `Range`, `Unit`, `Format`, `Positional` and `Short`.
    skip : sequence of str
        Names that are not the user's (``cls``, an injected context).
    """
    hints = get_type_hints(function, include_extras=True)
    texts = docstring_parameters(inspect.getdoc(function) or "")
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in skip:
            continue
        found.append(_parameter(name, hints.get(name, str), parameter.default, texts.get(name, "")))
    return tuple(found)


def _parameter(name: str, hint: Any, default: Any, help_text: str) -> Parameter:
    fields: dict[str, Any] = {"name": name, "default": default, "help": help_text}
    hint = _read_annotated(hint, fields)
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        fields["nullable"] = len(inner) < len(get_args(hint))
        hint = _read_annotated(inner[0], fields)
    if get_origin(hint) is Literal:
        fields["choices"] = get_args(hint)
        hint = type(fields["choices"][0])
    origin = get_origin(hint) or hint
    names = {int: "integer", float: "number", bool: "boolean", list: "list", tuple: "list", dict: "map"}
    kind = names.get(origin, "string") if isinstance(origin, type) else "string"
    if fields.get("format") == "columns":
        kind = "string"
    return Parameter(type=kind, **fields)


def _read_annotated(hint: Any, fields: dict[str, Any]) -> Any:
    if get_origin(hint) is not Annotated:
        return hint
    for mark in hint.__metadata__:
        if isinstance(mark, Range):
            fields["lo"], fields["hi"] = mark.lo, mark.hi
        elif isinstance(mark, Unit):
            fields["unit"] = mark.name
        elif isinstance(mark, Format):
            fields["format"] = mark.name
        elif isinstance(mark, Repeated):
            fields["repeated"] = True
        elif isinstance(mark, Positional):
            fields["positional"] = True
        elif isinstance(mark, Short):
            fields["short"] = mark.letter
    return _read_annotated(hint.__origin__, fields)


def docstring_parameters(doc: str) -> dict[str, str]:
    """Return the text of each entry of a numpydoc ``Parameters`` section, by name."""
    section = re.search(r"^Parameters\n-{3,}\n(.*?)(?=^\w[\w ]*\n-{3,}\n|\Z)", doc, re.DOTALL | re.MULTILINE)
    texts: dict[str, list[str]] = {}
    current: list[str] = []
    for line in section.group(1).splitlines() if section else ():
        if line and not line.startswith(" "):
            current = []
            for name in line.split(":")[0].split(","):
                texts[name.strip().lstrip("*")] = current
        elif line.strip():
            current.append(line.strip())
    return {name: " ".join(lines) for name, lines in texts.items()}


def bind(operation: str, parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each parameter, checked; unknown and missing names are a UsageError.

    Parameters
    ----------
    operation : str
        The id, for the messages.
    given : mapping
        What the caller passed, by name.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise UsageError(
                f"{operation}: no parameter is called {name!r}.{did_you_mean(name, known)}",
                hint=f"See: trust {operation.replace('.', ' ')} --help",
            )
    values = {}
    for name, parameter in known.items():
        if name in given:
            values[name] = parameter.check(given[name], operation)
        elif parameter.required:
            what = f" ({parameter.help.split('.')[0]})" if parameter.help else ""
            raise UsageError(
                f"{operation}: {name} is needed{what}; nothing came",
                hint=f"See: trust {operation.replace('.', ' ')} --help",
            )
        else:
            values[name] = parameter.default
    return values
