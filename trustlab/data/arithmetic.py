"""What an expression's nodes mean: one method a kind of node, over columns and plain values."""

from __future__ import annotations

import ast
import operator
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from trustlab.core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from trustlab.core.errors import UsageError
    from trustlab.data.expressions import Parsed

Kind = Literal["yes or no", "a number", "text", "a date", "a value"]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_LARGEST_WHOLE = 2**63
_LANGUAGE = (
    "Allowed are columns, numbers, text, comparisons, in, and, or, not, + - * / // % **, abs, isnull, notnull, col."
)


class Evaluator:
    """Compute one parsed expression over one frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Where names are looked up.
    parsed : Parsed
        The expression.
    """

    def __init__(self, frame: pd.DataFrame, parsed: Parsed) -> None:
        self.frame = frame
        self.parsed = parsed

    def run(self) -> pd.Series:
        """Return the expression's value for each row."""
        import numpy as np
        import pandas as pd

        with np.errstate(all="ignore"):
            value = self._value(self.parsed.tree)
        if not isinstance(value, pd.Series):
            value = pd.Series([value] * len(self.frame), index=self.frame.index)
        if _kind(value) == "yes or no" and not value.isna().any():
            value = value.astype(bool)
        answer: pd.Series[Any] = value.rename(None)
        return answer

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return self._column(node, self.parsed.column(node))
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._logic(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._outside(node)

    def _outside(self, node: ast.expr) -> UsageError:
        hint = _LANGUAGE
        start, end = self.parsed.span(node)
        if self.parsed.text[start:end] in self.frame.columns:
            hint = f"Write the column as `{self.parsed.text[start:end]}`."
        return self.parsed.refuse(node, f"{_WORDS.get(type(node), 'this')} is not allowed", hint)

    def _column(self, node: ast.expr, name: str) -> Any:
        if name not in self.frame.columns:
            near = did_you_mean(name, self.frame.columns)
            raise self.parsed.refuse(
                node,
                f"names must be columns of the data; got '{name}'",
                "Text goes in quotes: race == 'Black'." if not near else None,
                near=near,
            )
        return _plain(self.frame[name])

    def _constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bool | str | float):
            return value
        if isinstance(value, int):
            return value if abs(value) < _LARGEST_WHOLE else float(value)
        hint = "To ask for missing values write isnull(x)." if value is None else _LANGUAGE
        raise self.parsed.refuse(node, "a literal must be a number, text, True or False", hint)

    def _compare(self, node: ast.Compare) -> Any:
        left_node, left = node.left, self._value(node.left)
        answer: Any = None
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(sign, ast.In | ast.NotIn):
                one = self._member(left_node, left, right_node)
                one = _negated(one) if isinstance(sign, ast.NotIn) else one
                right: Any = None
            elif type(sign) in _COMPARE:
                right = self._value(right_node)
                one = self._pair(_COMPARE[type(sign)], left_node, left, right_node, right)
            else:
                raise self.parsed.refuse(node, "'is' is not allowed", "Write ==, or isnull(x).")
            answer = one if answer is None else answer & one
            left_node, left = right_node, right
        return answer

    def _pair(self, compare: Callable[[Any, Any], Any], a: ast.expr, left: Any, b: ast.expr, right: Any) -> Any:
        left, right = self._dates(left, b, right), self._dates(right, a, left)
        kinds = {_kind(left), _kind(right)}
        ordered = compare not in {operator.eq, operator.ne}
        alike = len(kinds) == 1 or kinds == {"a number", "yes or no"} or ("a value" in kinds and not ordered)
        if not alike or (ordered and "a value" in kinds):
            raise self.parsed.refuse(
                b,
                f"both sides of a comparison must be of one kind; got {_kind(left)} on the left, {_kind(right)} here",
            )
        return _mark_missing(compare(_as_numbers(left), _as_numbers(right)), left, right)

    def _dates(self, value: Any, other_node: ast.expr, other: Any) -> Any:
        """Read a literal beside a date column as a date; other values stay as they are."""
        import pandas as pd

        if not isinstance(value, str) or _kind(other) != "a date":
            return value
        try:
            stamp = pd.Timestamp(value)
        except ValueError:
            raise self.parsed.refuse(
                other_node, f"must be compared with a date such as '2026-03-31'; got '{value}'"
            ) from None
        zone = getattr(other.dtype, "tz", None)
        return stamp.tz_localize(zone) if zone is not None and stamp.tzinfo is None else stamp

    def _member(self, left_node: ast.expr, left: Any, right: ast.expr) -> Any:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self.parsed.refuse(right, "the right side of 'in' must be a list", "Write ['Black', 'White'].")
        answer: Any = _mark_missing(_false_like(left), left)
        for item in right.elts:
            answer = answer | self._pair(operator.eq, left_node, left, item, self._literal(item))
        return answer

    def _literal(self, node: ast.expr) -> Any:
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if not isinstance(inner, ast.Constant):
            raise self.parsed.refuse(node, "the list of 'in' must hold literals")
        return self._value(node)

    def _logic(self, node: ast.BoolOp) -> Any:
        join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        answer: Any = None
        for part in node.values:  # noqa: PD011 - a syntax node's, not a frame's
            value = self._truth(part)
            answer = value if answer is None else join(answer, value)
        return answer

    def _truth(self, node: ast.expr) -> Any:
        value = self._value(node)
        if _kind(value) != "yes or no":
            raise self.parsed.refuse(
                node, f"and, or, not need true or false; got {_kind(value)}", "Compare it, for example with == 1."
            )
        return value

    def _unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return _negated(self._truth(node.operand))
        if isinstance(node.op, ast.Invert):
            raise self.parsed.refuse(node, "'~' is not allowed", "Write not.")
        value = self._number(node.operand)
        return -value if isinstance(node.op, ast.USub) else value

    def _number(self, node: ast.expr) -> Any:
        value = self._value(node)
        if _kind(value) not in {"a number", "yes or no"}:
            raise self.parsed.refuse(node, f"arithmetic needs a number; got {_kind(value)}")
        return _as_numbers(value)

    def _arithmetic(self, node: ast.BinOp) -> Any:
        if type(node.op) not in _ARITHMETIC:
            hint = "Write and, or." if isinstance(node.op, ast.BitAnd | ast.BitOr) else _LANGUAGE
            raise self.parsed.refuse(node, "this operator is not allowed", hint)
        if isinstance(node.op, ast.Add):
            left, right = self._value(node.left), self._value(node.right)
            if _kind(left) == _kind(right) == "text":
                return left + right
        left, right = self._number(node.left), self._number(node.right)
        compute = _ARITHMETIC[type(node.op)]
        try:
            if isinstance(node.op, ast.Pow) or _leaves_64_bits(compute, left, right):
                left, right = _as_floats(left), _as_floats(right)
            value = compute(left, right)
        except ZeroDivisionError:
            raise self.parsed.refuse(node, "must not divide by zero") from None
        except OverflowError:
            raise self.parsed.refuse(node, "must stay below 1e308") from None
        if isinstance(value, complex):
            raise self.parsed.refuse(node, "must be a real number")
        return value

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in {"abs", "isnull", "notnull", "col"}:
            near = did_you_mean(name, ["abs", "isnull", "notnull", "col"]) if name else ""
            raise self.parsed.refuse(node, "this call is not allowed", _LANGUAGE, near=near)
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self.parsed.refuse(node, f"{name} takes one value")
        argument = node.args[0]
        if name == "col":
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise self.parsed.refuse(node, "col takes a column's name in quotes")
            return self._column(argument, argument.value)
        if name == "abs":
            return abs(self._number(argument))
        return self._is_missing(argument, wanted=name == "isnull")

    def _is_missing(self, node: ast.expr, *, wanted: bool) -> Any:
        import pandas as pd

        value = self._value(node)
        missing = pd.isna(value)
        if isinstance(missing, pd.Series):
            return (missing if wanted else ~missing).astype("boolean")
        return bool(missing) is wanted


_WORDS: dict[type[ast.expr], str] = {
    ast.Attribute: "a dot",
    ast.Subscript: "a bracket",
    ast.Lambda: "a function",
    ast.IfExp: "if … else",
    ast.List: "a list outside 'in'",
    ast.Tuple: "a list outside 'in'",
    ast.Set: "a list outside 'in'",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: "an assignment",
}


def _plain(column: pd.Series) -> pd.Series:
    """Return the column in a type whose arithmetic neither wraps around nor refuses missing values."""
    import pandas as pd

    types = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if _is_boolean(column):
        return column.astype("boolean")
    if types.is_integer_dtype(column.dtype):
        safe = not column.isna().any() and (column.dtype != "uint64" or int(column.max()) < _LARGEST_WHOLE)
        return column.astype("int64" if safe else "float64")
    if types.is_float_dtype(column.dtype) and types.is_extension_array_dtype(column.dtype):
        return column.astype("float64")
    return column


def _is_boolean(column: pd.Series) -> bool:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return True
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _kind(value: Any) -> Kind:
    import pandas as pd

    types = pd.api.types
    if not isinstance(value, pd.Series):
        if isinstance(value, bool):
            return "yes or no"
        if isinstance(value, date):
            return "a date"
        return "text" if isinstance(value, str) else "a number"
    if types.is_bool_dtype(value.dtype):
        return "yes or no"
    if types.is_numeric_dtype(value.dtype):
        return "a number"
    if types.is_datetime64_any_dtype(value.dtype):
        return "a date"
    if types.is_string_dtype(value) or (value.dtype == object and types.infer_dtype(value, skipna=True) == "string"):
        return "text"
    return "a value"


def _as_numbers(value: Any) -> Any:
    """Turn yes and no into 1 and 0; everything else stays."""
    import pandas as pd

    if isinstance(value, pd.Series) and pd.api.types.is_bool_dtype(value.dtype):
        return value.astype("float64" if value.isna().any() else "int64")
    return int(value) if isinstance(value, bool) else value


def _negated(answer: Any) -> Any:
    return not answer if isinstance(answer, bool) else ~answer


def _as_floats(value: Any) -> Any:
    return value.astype("float64") if hasattr(value, "astype") else float(value)


def _leaves_64_bits(compute: Callable[[Any, Any], Any], left: Any, right: Any) -> bool:
    import pandas as pd

    columns = [side for side in (left, right) if isinstance(side, pd.Series)]
    floating = any(pd.api.types.is_float_dtype(column.dtype) for column in columns)
    if compute not in {operator.add, operator.sub, operator.mul} or floating or not columns:
        return False
    return bool((abs(compute(_as_floats(left), _as_floats(right))) >= _LARGEST_WHOLE).any())


def _false_like(value: Any) -> Any:
    import pandas as pd

    return pd.Series([False] * len(value), index=value.index) if isinstance(value, pd.Series) else False


def _mark_missing(answer: Any, *operands: Any) -> Any:
    """Make the answer missing where an operand is."""
    import pandas as pd

    if not isinstance(answer, pd.Series):
        return bool(answer)
    answer = answer.astype("boolean")
    for operand in operands:
        if isinstance(operand, pd.Series):
            answer = answer.mask(operand.isna())
    return answer
