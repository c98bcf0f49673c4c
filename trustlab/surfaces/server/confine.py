"""What a request may name: files below the server's root, and what lies on no disk of this machine.

Over HTTP a parameter that may be a file's name (its record's format says so) must stay below the folder that the
server shows: nothing upward, absolute, hidden or behind a link that leads out. Addresses of other machines and of the
workspace's own things are left to the operation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from trustlab.core.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.core.operation import Operation
    from trustlab.core.parameters import Parameter

# The formats whose texts may be the name of a file.
FILES = frozenset({"path", "data", "model", "address"})
# On no disk of this machine: other stores, databases with a host, and names of the workspace's own.
ELSEWHERE = frozenset({"http", "https", "ftp", "ftps", "sftp", "ssh", "hdfs", "webhdfs", "postgres", "postgresql"})
ELSEWHERE |= {"trust", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl"}
# These address things by one slash.
NAMES = re.compile(r"(models|runs):/[^/]")
HERE = frozenset({"file", "local", "sqlite"})
_SCHEME = re.compile(r"([A-Za-z][\w.-]*)(?:\+\w+)?:/")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def refuse_outside(record: Operation, asked: Mapping[str, Any], root: Path) -> None:
    """Raise where a parameter of an operation names a file that is not below ``root``.

    Raises
    ------
    UsageError
        Where something else than texts came: objects are Python's.
    RefusedError
        Where a text leads out.
    """
    base = root.resolve()
    for parameter in record.parameters:
        if parameter.format is None:
            continue
        for text in _texts(record, parameter, asked.get(parameter.name)):
            if parameter.format in FILES and (why := _outside(text, base)):
                raise RefusedError(
                    f"{record.id}: over HTTP {parameter.name} must name a file below the server's folder; "
                    f"got {text!r}, which {why}",
                    hint="Put the file into that folder (uploads do), or ask from Python or a terminal",
                )


def _texts(record: Operation, parameter: Parameter, value: Any) -> Iterator[str]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            yield text
        elif text is not None and parameter.type in {"string", "list"}:
            raise UsageError(f"{record.id}: {parameter.name} must be text; got {text!r}")


def _outside(text: str, root: Path) -> str | None:
    """Return how a text leads out of ``root``, or None where it does not."""
    if _CONTROL.search(text):
        return "holds characters that no name may have"
    for part in text.split("::"):
        scheme = _SCHEME.match(part)
        if scheme is None or scheme[1].lower() in HERE:
            why = _file_outside(_path_of(part), root)
        elif scheme[1].lower() in ELSEWHERE or NAMES.match(part):
            why = None
        else:
            why = f"begins with {scheme[0]}, which is not known to lie elsewhere"
        if why:
            return why
    return None


def _path_of(text: str) -> str:
    """Return the path in ``file:///x`` (absolute) or ``sqlite:///x`` (relative, as its readers take it)."""
    if database := re.match(r"sqlite(?:\+\w+)?:(?:///)?", text, re.IGNORECASE):
        return unquote(text[database.end() :].partition("?")[0])
    if local := re.match(r"(?:file|local):(/*)", text, re.IGNORECASE):
        return ("/" if local[1] else "") + unquote(text[local.end() :])
    return text


def _file_outside(text: str, root: Path) -> str | None:
    if "${" in text or text.startswith("file:"):
        return "says only later where it leads"
    try:
        path = root / Path(text).expanduser()
        found = path.resolve()
    except (RuntimeError, OSError, ValueError):  # nobody's home, a circle of links
        return "cannot be followed"
    if ".." in Path(text).parts or not found.is_relative_to(root):
        return "leads out of it"
    shown = [*_below(path, root), *_below(found, root)]
    return "is hidden" if any(part.startswith(".") for part in shown if part != ".") else None


def _below(path: Path, root: Path) -> tuple[str, ...]:
    return path.relative_to(root).parts if path.is_relative_to(root) else ()
