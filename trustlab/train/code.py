"""Running the user's own code, a cell or a file, that builds ``model``."""

from __future__ import annotations

import linecache
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, TrustlabError, did_you_mean
from trustlab.models.digests import of_text

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULT = "model"


@dataclass(frozen=True, slots=True)
class Built:
    """What the code left behind.

    Parameters
    ----------
    model : object
        What it called ``model``.
    code : str
        The source.
    code_hash : str
        Its BLAKE3 hash, as ``b3sum`` prints it.
    namespace : mapping
        Every name after the run, those of the caller included.
    """

    model: Any
    code: str
    code_hash: str
    namespace: Mapping[str, Any] = field(repr=False)


def run_code(source: str, namespace: Mapping[str, Any] | None = None, *, origin: str = "<cell>") -> Built:
    """Run code that must build ``model``, and return the model.

    The caller's mapping is read and not written to. Classes that the code defines belong to ``__main__``, so that a
    model made of them can be stored by value.

    Parameters
    ----------
    source : str
        Python source.
    namespace : mapping or None
        Names the code may use, such as ``X`` and ``y`` of the training rows.
    origin : str
        What messages call the code: a file's path, or a cell.

    Returns
    -------
    Built
        The model, the code and its hash.

    Raises
    ------
    InputError
        Where the code is not Python, raises, or leaves no ``model``; the line is named.
    """
    names: dict[str, Any] = {"__name__": "__main__", **(namespace or {})}
    names["__name__"] = "__main__"
    given = names.pop(RESULT, None)
    lines = source.splitlines(keepends=True)
    try:
        program = compile(source, origin, "exec")
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.lineno else ""
        text = f": {error.text.strip()}" if error.text else ""
        raise InputError(f"{origin} must be Python; {place}{error.msg}{text}") from None
    linecache.cache[origin] = (len(source), None, lines, origin)
    try:
        exec(program, names)  # noqa: S102 - running the user's own cell is what this is for
    except TrustlabError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{origin} must build `model`; {_where(error, origin, lines)}") from error
    if RESULT not in names:
        new = [name for name in names if name not in (namespace or {}) and not name.startswith("__")]
        hint = "The model of that name in the notebook is not used: the cell must build its own." if given else None
        raise InputError(f"{origin} must build `model`; it made no such name.{did_you_mean(RESULT, new)}", hint=hint)
    return Built(names[RESULT], source, of_text(source), names)


def _where(error: BaseException, origin: str, lines: list[str]) -> str:
    """Return the last line of the user's code that the error came through, and the error."""
    numbers = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == origin]
    said = f"{type(error).__name__}: {error}"
    if not numbers or numbers[-1] is None or numbers[-1] > len(lines):
        return f"it raised {said}"
    return f"line {numbers[-1]} raised {said}: {lines[numbers[-1] - 1].strip()}"
