"""Column expressions such as ``age > 25 and race == 'Black'``: parsed, checked and computed here, never executed."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustlab.core.counted import shortened
from trustlab.core.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

LONGEST = 2000
DEEPEST = 50
_SHOWN = 80

_ODD_NAMES = "Write a column's odd name in backticks, `capital gain`, and text in quotes, 'Low'."
_DERIVE_FORM = "Write NAME = EXPRESSION, for example high_risk = score_text != 'Low'."


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression's syntax tree beside the text that it stands for.

    Parameters
    ----------
    text : str
        What the user wrote.
    masked : str
        The same with each backticked name replaced by as many underscores, which the tree's offsets count in.
    tree : ast.expr
        The syntax, not yet checked.
    quoted : mapping of int to str
        The column that a backticked name means, by its offset.
    """

    text: str
    masked: str
    tree: ast.expr
    quoted: Mapping[int, str]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return where ``node`` starts and ends in the text, in characters."""
        raw = self.masked.encode()
        end = node.end_col_offset if node.end_col_offset is not None else len(raw)
        return len(raw[: node.col_offset].decode()), len(raw[:end].decode())

    def column(self, node: ast.Name) -> str:
        """Return the column's name as written; the tree's own is Unicode-normalised."""
        start, end = self.span(node)
        return self.quoted.get(start, self.text[start:end])

    def refuse(self, node: ast.expr, what: str, hint: str | None = None, *, near: str = "") -> UsageError:
        """Return the error that points at ``node``; ``near`` is what `did_you_mean` said."""
        start, end = self.span(node)
        spot = f"at character {start + 1}: {_short(self.text[start:end])}"
        return UsageError(f"expression {_short(self.text)!r}: {what}, {spot}{'.' if near else ''}{near}", hint)


def evaluate(frame: pd.DataFrame, text: str) -> pd.Series:
    """Compute an expression over the columns of a frame.

    The language: column names (odd ones as `` `capital gain` `` or ``col("capital gain")``), numbers, text, True and
    False; ``== != < <= > >=``, also chained (``18 <= age < 65``); ``in`` and ``not in`` a list; ``and or not``;
    ``+ - * / // % **``; ``abs(x)``, ``isnull(x)``, ``notnull(x)``. Nothing else: there is no way to call or reach
    anything.

    Missing values spread, as in SQL: a comparison with one is neither true nor false but missing, and so is
    arithmetic; ``False and missing`` is false, ``True or missing`` is true. Ask with ``isnull``. Powers are computed
    in floating point, whole numbers that leave 64 bits too; a division of a column by zero gives infinity.

    Parameters
    ----------
    frame : pandas.DataFrame
        Where names are looked up; not changed.
    text : str
        The expression, at most 2,000 characters and 50 levels deep.

    Returns
    -------
    pandas.Series
        One value a row, under the frame's index. Answers to yes-or-no questions are ``bool``, or ``boolean`` where
        some are missing.

    Raises
    ------
    UsageError
        The text is outside the language, names a column that is not there, or compares or computes what does not
        go together (text with a number); the message says where.
    """
    from trustlab.data.arithmetic import Evaluator

    return Evaluator(frame, parse(text)).run()


def derive(frame: pd.DataFrame, assignments: Iterable[str]) -> pd.DataFrame:
    """Return a copy of ``frame`` with new columns, each ``NAME = EXPRESSION``; later ones may use earlier ones.

    Raises
    ------
    UsageError
        An assignment has another form, its name is a column already (nothing is overwritten: choose another name),
        or its expression is refused by `evaluate`.
    """
    derived = frame.copy()
    for assignment in assignments:
        name, text = _split(assignment)
        if name in derived.columns:
            raise UsageError(
                f"derive {_short(assignment)!r}: the new column's name must not be a column yet; '{name}' is one",
                "Choose another name.",
            )
        derived[name] = evaluate(derived, text)
    return derived


def where(frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the rows for which the expression is true; rows where it is missing are left out.

    Rows that are only counted (0, 1, 2 …) are counted anew; an index that means something is kept.

    Raises
    ------
    UsageError
        The expression is refused by `evaluate`, or answers no yes-or-no question.
    InputError
        It is true for no row.
    """
    import pandas as pd

    from trustlab.data.frames import has_default_index

    answer = evaluate(frame, text)
    if not pd.api.types.is_bool_dtype(answer.dtype):
        raise UsageError(
            f"where {_short(text)!r}: must be true or false for each row; got {answer.dtype} values",
            "Compare, for example age > 25.",
        )
    kept = frame.loc[answer.fillna(False).to_numpy(dtype=bool)]  # noqa: FBT003 - the value to fill with
    if kept.empty:
        raise InputError(
            f"where {_short(text)!r}: must leave rows; it is true for none of {len(frame):,}",
            "Check the spelling of its values, or loosen it.",
        )
    return kept.reset_index(drop=True) if has_default_index(frame) else kept.copy()


def _short(text: str) -> str:
    return shortened(text, _SHOWN)


def _split(assignment: str) -> tuple[str, str]:
    masked, quoted = _mask(assignment)
    left, sign, _ = masked.partition("=")
    target, text = left.strip(), assignment[len(left) + 1 :]
    start = len(left) - len(left.lstrip())
    name = quoted.get(start, target)
    odd = not target.isidentifier() or left.endswith(("!", "<", ">"))
    if not sign or odd or text.startswith("=") or not text.strip():
        raise UsageError(f"derive {_short(assignment)!r}: must be NAME = EXPRESSION", f"{_DERIVE_FORM} {_ODD_NAMES}")
    return name, text


def parse(text: str) -> Parsed:
    """Return the expression's syntax; UsageError where it has none, or is too long or too deep to be meant."""
    if len(text) > LONGEST:
        raise UsageError(f"an expression must have at most {LONGEST:,} characters; got {len(text):,}")
    text = text.strip()
    if not text:
        raise UsageError("an expression must not be empty", "Write one, for example age > 25.")
    masked, quoted = _mask(text)
    try:
        with warnings.catch_warnings():
            # Python's own advice on odd literals is about code; here the text is checked node by node.
            warnings.simplefilter("ignore")
            tree = ast.parse(masked, mode="eval").body
    except SyntaxError as error:
        at = min(max(error.offset or 1, 1), len(text))
        raise UsageError(
            f"expression {_short(text)!r}: cannot be read ({error.msg}), at character {at}: {_short(text[at - 1 :])}",
            _ODD_NAMES,
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise UsageError(f"expression {_short(text)!r}: cannot be read") from None
    if _depth(tree) > DEEPEST:
        raise UsageError(f"an expression must be at most {DEEPEST} levels deep", "Derive it in steps.")
    return Parsed(text, masked, tree, quoted)


def _mask(text: str) -> tuple[str, dict[int, str]]:
    """Replace backticked names by underscores of the same length, and line ends between words by blanks."""
    masked: list[str] = []
    quoted: dict[int, str] = {}
    at = 0
    while at < len(text):
        sign = text[at]
        if sign == "`":
            end = text.find("`", at + 1)
            if end < 0:
                raise UsageError(
                    f"expression {_short(text)!r}: the backtick at character {at + 1} is not closed", _ODD_NAMES
                )
            quoted[at] = text[at + 1 : end]
            masked.append("_" * (end + 1 - at))
            at = end + 1
        elif sign in "'\"":
            end = _literal_end(text, at)
            masked.append(text[at:end])
            at = end
        else:
            masked.append(" " if sign in "\r\n\t\f" else sign)
            at += 1
    return "".join(masked), quoted


def _literal_end(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))


def _depth(tree: ast.expr) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
    return deepest
