"""The Tab key on a line of ``%trust`` or ``%%trust``: in IPython, in JupyterLab, and in whatever else asks a kernel."""

from __future__ import annotations

import importlib
import re
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAGIC = re.compile(r"(?s)\s*(?:[\w.,\[\]'\" ]+=\s*)?(?:%{1,2}|!\s*)trust[ \t]+(?P<line>.*)")
_CELL = re.compile(r"\s*%%trust\b")
# What names refs and columns, and takes longer to import than a person waits for a list.
_SOON = ("trustlab.data.opened", "trustlab.store", "trustlab.store.log", "trustlab.store.tags", "trustlab.store.mounts")


def before_cursor(text: str, line: int, column: int) -> str | None:
    """Return what stands between ``%trust`` and the cursor; None where it stands elsewhere.

    Parameters
    ----------
    text : str
        The whole cell.
    line, column : int
        Where the cursor stands, counted from 0. A line that ends in a backslash goes on in the next one.
    """
    lines = text.split("\n")[: line + 1]
    if not lines or (_CELL.match(text) and text[: text.index("%%")].count("\n") < line):
        return None
    lines[-1] = lines[-1][:column]
    begin = len(lines) - 1
    while begin and lines[begin - 1].endswith("\\"):
        begin -= 1
    # Each backslash at a line's end becomes a space, and so does the line's end: places stay what they are.
    found = _MAGIC.fullmatch("  ".join([*(one[:-1] for one in lines[begin:-1]), lines[-1]]))
    return found["line"] if found else None


@cache
def _warm() -> None:
    """Import, in the background, what the next words will need: whoever asks for a verb soon asks for a ref."""
    threading.Thread(target=lambda: [importlib.import_module(name) for name in _SOON], daemon=True).start()


def matcher(variables: Callable[[], Mapping[str, Any]]) -> Any:
    """Return a matcher for IPython's completer.

    Parameters
    ----------
    variables : callable
        Returns the notebook's variables.
    """
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="trust")  # type: ignore[untyped-decorator] # IPython has no types
    def trust_matcher(asked: Any) -> dict[str, Any]:
        line = before_cursor(asked.full_text, asked.cursor_line, asked.cursor_position)
        if line is None:
            return {"completions": []}
        from trustlab.completion.complete import complete
        from trustlab.core.context import Context

        _warm()
        found = complete(line, Context(namespace=variables()))
        return {
            "completions": [SimpleCompletion(text=one.text, type=one.kind) for one in found.candidates],
            "matched_fragment": line[found.start : found.end],
            "suppress": True,
            "ordered": True,
        }

    return trust_matcher
