"""What repos, branches, tags and paths may be called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, UsageError
from trustlab.store.refusals import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
# The second range steers terminals as the first does.
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
# In paths joined by newlines: an empty, "." or ".." name, or what no path may hold.
_ODD = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x09\x0b-\x1f\x7f\\]", re.MULTILINE)


def check_name(kind: str, name: str) -> str:
    """Return ``name`` if a repo, branch or tag may be called so.

    Parameters
    ----------
    kind : str
        The word for the message: ``repo``, ``branch`` or ``tag``.
    name : str
        Up to 100 letters, digits, ``_``, ``-`` and ``.``, beginning with a letter, a digit or ``_``.

    Raises
    ------
    UsageError
        If it holds anything else, such as the ``@``, ``~``, ``:`` and ``/`` of a ref.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(
            f"a {kind}'s name must be 1 to 100 letters, digits, '_', '-' or '.', and begin with none of '-.'; "
            f"got {name!r}"
        )
    return name


def check_path(path: str) -> str:
    """Return ``path`` if a file in a commit may be called so on every system.

    Paths are relative, with ``/`` between names. Refused are absolute paths, empty names, ``.`` and ``..``, control
    characters (NUL and newline among them), backslashes (another system's separator) and text that is not UTF-8.

    Raises
    ------
    InputError
        If the path is one of these.
    """
    reason = _why_refused(path)
    if reason:
        raise _refusal(path, reason)
    return path


def _refusal(path: str, reason: str) -> InputError:
    return InputError(
        f"a path in a commit must be a plain relative path; got {path!r} ({reason})",
        hint="Rename the file, then commit again.",
    )


def _why_refused(path: str) -> str | None:
    if not path:
        return "it is empty"
    if path.startswith("/"):
        return "it is absolute"
    if _REFUSED.search(path):
        return "it holds a control character or a backslash"
    names = path.split("/")
    if "" in names:
        return "it holds an empty name"
    if "." in names or ".." in names:
        return "it holds '.' or '..'"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    return None


def check_paths(paths: Sequence[str]) -> None:
    """Refuse paths that cannot stand in a commit, alone or together.

    Parameters
    ----------
    paths : sequence of str
        In order.

    Raises
    ------
    InputError
        If :func:`check_path` refuses some, all of which are named, or one comes twice, differs from another only by
        Unicode normal form, or is both a file and a folder.
    """
    # Nearly every path is plain: what tells so for all at once comes first.
    joined = "\n".join(paths)
    odd = [] if _plain(joined, len(paths)) else paths
    if refused := [_refusal(path, reason) for path in odd if (reason := _why_refused(path))]:
        raise together(refused)
    known = set(paths)
    if not joined.isascii() or len(known) < len(paths):
        _check_forms(paths)
    folders = {path.rpartition("/")[0] for path in known}
    while folders:
        if both := folders & known:
            raise InputError(f"a path must be a file or a folder; got {min(both)!r} as both")
        folders = {folder.rpartition("/")[0] for folder in folders} - {""}


def _plain(joined: str, count: int) -> bool:
    return joined.isascii() and joined.count("\n") == count - 1 and not _ODD.search(joined)


def _check_forms(paths: Iterable[str]) -> None:
    import unicodedata

    by_form: dict[str, str] = {}
    for path in paths:
        form = unicodedata.normalize("NFC", path)
        if form in by_form:
            other = by_form[form]
            how = "comes twice" if other == path else f"differs from {other!r} only by Unicode normal form"
            raise InputError(f"paths in a commit must differ; {path!r} {how}")
        by_form[form] = path
