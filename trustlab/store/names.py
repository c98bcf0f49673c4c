"""What repos, branches, tags and paths may be called."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, UsageError
from trustlab.store.refusals import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
# The second range steers terminals as the first does.
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_CONTROL, _NO_TEXT = "it holds a control character or a backslash", "its name is not UTF-8"
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
        hint="Rename it, then commit again.",
    )


def _why_refused(path: str) -> str | None:
    if not path:
        return "it is empty"
    if path.startswith("/"):
        return "it is absolute"
    if _REFUSED.search(path):
        return _CONTROL
    names = path.split("/")
    if "" in names:
        return "it holds an empty name"
    if "." in names or ".." in names:
        return "it holds '.' or '..'"
    return None if is_text(path) else _NO_TEXT


def is_text(path: str) -> bool:
    """Return whether a name is text; a file's may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ill_named(paths: Sequence[str]) -> list[InputError]:
    """Return what :func:`check_path` has against paths; a folder's own name is blamed once, whatever lies in it."""
    # Nearly every path is plain: what tells so for all at once comes first.
    if _plain("\n".join(paths), len(paths)):
        return []
    blamed = {_blamed(path, reason): reason for path in paths if (reason := _why_refused(path))}
    return [_refusal(path, reason) for path, reason in blamed.items()]


def _blamed(path: str, reason: str) -> str:
    if reason not in {_CONTROL, _NO_TEXT}:
        return path
    above = list(accumulate(path.split("/"), "{}/{}".format))
    return next(part for part in above if _REFUSED.search(part) or not is_text(part))


def check_paths(paths: Sequence[str]) -> None:
    """Refuse paths that cannot stand in a commit, alone or together.

    Parameters
    ----------
    paths : sequence of str
        In order.

    Raises
    ------
    InputError
        If :func:`check_path` refuses some, or one comes twice, differs from another only by Unicode normal form, or is
        both a file and a folder: all of that is named.
    """
    refused = _ill_named(paths)
    known = set(paths)
    if len(known) < len(paths) or not all(map(str.isascii, paths)):
        refused += _alike(paths)
    folders = {path.rpartition("/")[0] for path in known}
    while folders:
        refused += [InputError(f"a path must be a file or a folder; got {path!r} as both") for path in folders & known]
        folders = {folder.rpartition("/")[0] for folder in folders} - {""}
    if refused:
        raise together(refused)


def _plain(joined: str, count: int) -> bool:
    return joined.isascii() and joined.count("\n") == count - 1 and not _ODD.search(joined)


def _alike(paths: Iterable[str]) -> list[InputError]:
    import unicodedata

    by_form: dict[str, str] = {}
    refused = []
    for path in paths:
        form = unicodedata.normalize("NFC", path)
        other = by_form.get(form)
        if other is None:
            by_form[form] = path
        else:
            how = "comes twice" if other == path else f"differs from {other!r} only by Unicode normal form"
            refused.append(InputError(f"paths in a commit must differ; {path!r} {how}"))
    return refused
