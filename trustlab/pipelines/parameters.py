"""A notebook's parameters: which it has, what they default to, and whether given values fit."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "list": "a JSON list",
    "dict": "a JSON object",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name of the parameters cell.

    Parameters
    ----------
    default : JSON value
        The literal in the cell; None where the cell computes it, or where it is None.
    type : str
        ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``, or ``any`` where the default does not tell.
    """

    name: str
    default: Any
    type: str

    def to_dict(self) -> dict[str, Any]:
        """Return the parameter as JSON data."""
        return {"name": self.name, "default": self.default, "type": self.type}

    def accepts(self, value: object) -> bool:
        """Tell whether ``value`` is of the parameter's type; None fits any, a whole number fits a float."""
        if self.type == "any" or value is None:
            return True
        kind = _type_name(value)
        return kind == self.type or (self.type == "float" and kind == "int")


def from_source(source: str) -> list[Parameter] | None:
    """Return the parameters that a cell assigns, in order, or None where it is not Python.

    Only plain names count (``n = 3``, ``n: int = 3``); a later assignment to the same name wins.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    found: dict[str, Parameter] = {}
    for statement in body:
        for name, value in _assigned(statement):
            found[name] = _parameter(name, value)
    return list(found.values())


def only_literals(source: str) -> bool:
    """Tell whether a cell consists of assignments of literals to plain names, at least one, and nothing else."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    pairs = [_assigned(statement) for statement in body if not _is_text(statement)]
    return bool(pairs) and all(pair and all(_is_literal(value) for _, value in pair) for pair in pairs)


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """Split ``key=value`` texts as they come from a command line.

    Raises
    ------
    UsageError
        Where a text has no ``=``, or a name comes twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, raw = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"a parameter must be given as key=value; got '{text}'")
        if name in values:
            raise UsageError(f"each parameter must be given once; got '{name}' twice")
        values[name] = raw
    return values


def read(values: Mapping[str, Any] | Sequence[str], declared: Iterable[Parameter]) -> dict[str, Any]:
    """Return given values, typed and checked.

    Parameters
    ----------
    values : mapping or sequence of str
        Texts such as ``n=3``, or values by name. A text is JSON where it can be read so, otherwise text, from a
        command line and from Python alike; a parameter whose default is text takes it as it stands, so that
        ``code=007`` stays ``007``.
    declared : iterable of Parameter
        The notebook's parameters.

    Raises
    ------
    UsageError
        Where a name is unknown or comes twice, or a value does not fit.
    """
    known = list(declared)
    given = values if isinstance(values, Mapping) else assignments(values)
    textual = {parameter.name for parameter in known if parameter.type == "str"}
    typed = {
        name: _json_or_text(value) if isinstance(value, str) and name not in textual else value
        for name, value in given.items()
    }
    return check(typed, known)


def check(values: Mapping[str, Any], declared: Iterable[Parameter]) -> dict[str, Any]:
    """Return ``values`` where each name is declared and each value fits.

    Raises
    ------
    UsageError
        Naming the first that does not.
    """
    by_name = {parameter.name: parameter for parameter in declared}
    check_names(values, by_name)
    for name, value in values.items():
        parameter = by_name[name]
        if not parameter.accepts(value):
            wanted = f"{_WORDS[parameter.type]}, like its default {json.dumps(parameter.default)}"
            raise UsageError(f"parameter {name} must be {wanted}; got {value!r}")
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise UsageError(
                f"parameter {name} must be a JSON value, so that it can be stored; got {type(value).__name__}"
            ) from None
    return dict(values)


def check_names(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise UsageError, with the nearest name, where one of ``given`` is not among ``known``."""
    names = list(dict.fromkeys(known))
    for name in given:
        if name not in names:
            listed = ", ".join(names) or "none"
            raise UsageError(
                f"'{name}' must be a parameter of the notebook ({listed}).{did_you_mean(name, names)}",
                "The notebook's parameters are the names assigned in the cell tagged 'parameters'.",
            )


def _assigned(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        return [(name, statement.value) for name in names] if len(names) == len(statement.targets) else []
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        return [(statement.target.id, statement.value)]
    return []


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


def _parameter(name: str, value: ast.expr) -> Parameter:
    if not _is_literal(value):
        return Parameter(name, None, "any")
    default = ast.literal_eval(value)
    if isinstance(default, tuple):
        default = list(default)
    kind = _type_name(default)
    try:
        json.dumps(default, allow_nan=False)
    except (TypeError, ValueError):
        return Parameter(name, None, "any")
    return Parameter(name, default, kind if kind in _WORDS else "any")


def _type_name(value: object) -> str:
    return "list" if isinstance(value, tuple) else type(value).__name__


def _json_or_text(raw: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(raw, parse_constant=refuse)
    except ValueError:
        return raw
