"""Where a mount leads: variables filled in at use, and secrets that are neither kept nor shown."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trustlab.core.errors import NotFoundError, RefusedError, UsageError
from trustlab.core.redaction import STARS, is_secret, secrets_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from trustlab.core.context import Context
    from trustlab.store.mounts import Mount

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"(?<=://)[^/?#]*@")
# What file systems take for a token and is none.
_WORDS = {"", "anon", "cloud", "google_default", "browser", "cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mount with its variables filled in; for opening, never for keeping or showing.

    Parameters
    ----------
    name : str
        The mount's.
    url : str
    options : mapping
    query : str or None
    shown : str
        The URL for messages and provenance.
    apart : Path
        The workspace's folder, which no mount shows.
    filled : tuple of str
        What the variables held: it is taken out of other people's messages.
    """

    name: str
    url: str
    options: Mapping[str, Any]
    query: str | None
    shown: str
    apart: Path
    filled: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Return ``text`` without what the variables held."""
        for value in sorted(self.filled, key=len, reverse=True):
            text = text.replace(value, STARS)
        return text


def address_of(mount: Mount, apart: Path) -> Address:
    """Fill in a mount's variables.

    Raises
    ------
    NotFoundError
        If a variable is not set.
    """
    used: dict[str, str] = {}

    def fill(text: str, write: Callable[[str], str] = str) -> str:
        return _VARIABLE.sub(lambda match: write(used.setdefault(match[1], _value(match[1], mount.name))), text)

    # In a URL's user part a value is quoted, so that a password may hold any character.
    url = fill(_USERINFO.sub(lambda match: fill(match[0], lambda value: quote(value, safe="")), mount.url))
    options = _each_text(dict(mount.options), fill)
    hidden = {value for value in used.values() if len(value) > 3} | secrets_of(url)
    return Address(
        name=mount.name,
        url=url,
        options=options,
        query=mount.query,
        shown=shown(mount.url),
        apart=apart,
        filled=tuple(hidden | {quote(value, safe="") for value in hidden}),
    )


def redacted_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options to show, as :func:`trustlab.core.redaction.shown` does."""
    return {
        name: redacted_options(value) if isinstance(value, dict) else (STARS if _is_secret(name, value) else value)
        for name, value in options.items()
    }


def refuse_secrets(mount: Mount) -> Mount:
    """Return the mount if no secret stands in it in the clear.

    Raises
    ------
    RefusedError
        If the URL holds a password, or an option that is called like a secret holds one.
    """
    hint = "Put it in an environment variable and write ${VARIABLE} in its place: it is filled in at use, never kept."
    if shown(mount.url) != mount.url:
        raise RefusedError(f"a mount's URL must not hold a secret in the clear; got {shown(mount.url)}", hint=hint)
    if redacted_options(mount.options) != dict(mount.options):
        names = [name for name, value in redacted_options(mount.options).items() if value != mount.options[name]]
        raise RefusedError(f"a mount's option must not hold a secret in the clear; got one in {names[0]}", hint=hint)
    return mount


def read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as JSON data: a text that is JSON by itself (true, 5, {"a": 1}) is read as such.

    Raises
    ------
    UsageError
        If a value is no JSON data, or begins like JSON and is none.
    """
    read = {}
    for name, value in given.items():
        read[name] = _from_text(name, value) if isinstance(value, str) else value
    try:
        json.dumps(read, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"data.mount: option must hold JSON data; got {type(given).__name__} with {error}") from error
    return read


def absolute(url: str, context: Context) -> str:
    """Return the URL of a mount so that it means the same from any folder."""
    scheme, slashes, rest = url.partition("://")
    if scheme.lower().startswith("sqlite") and slashes:
        file = rest.removeprefix("/").partition("?")[0]
        if not file or rest.startswith("//") or file.startswith("${"):
            return url
        return f"{scheme}:///{context.path(file)}"
    if slashes or "::" in url or url.startswith("${"):
        return url
    return str(context.path(url))


def _value(variable: str, name: str) -> str:
    found = os.environ.get(variable)
    if found is None:
        raise NotFoundError(
            f"the environment variable {variable} must be set to read the mount '{name}'; it is not",
            hint=f"export {variable}=…, in the shell or service that runs this, then ask again.",
        )
    return found


def _from_text(name: str, text: str) -> Any:
    if _VARIABLE.fullmatch(text):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        if text.startswith(("{", "[", '"')):
            raise UsageError(f"data.mount: option {name} must be text or JSON; {error}") from error
        return text


def _each_text(value: Any, fill: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, dict):
        return {name: _each_text(item, fill) for name, item in value.items()}
    return [_each_text(item, fill) for item in value] if isinstance(value, list) else value


def _is_secret(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return value is not None and not isinstance(value, bool) and is_secret(name)
    inside = "://" in value and shown(value) != value
    return inside or (is_secret(name) and value not in _WORDS and not _VARIABLE.fullmatch(value))
