"""What is a secret in a URL, a message or options, and how it is shown: as three stars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STARS = "***"

_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_ENDS = (
    r"password|passwd|passphrase|passcode|passkey|pwd|secret|token|credential|signature|authorization|cookie|"
    r"(?:api|access|account|secret|private|shared)_?key|[_-]key|connection_string|[_-]pass"
)
_WHOLE = "sig|sas|pass"
_NAME = re.compile(rf"(?:.*(?:{_ENDS})|{_WHOLE})s?", re.IGNORECASE | re.DOTALL)
# An access key's id, or a key that is a secret by itself: not shown either, though one may be kept.
_KEY = "key"
# Up to the last @ that no name=value of a query stands before, so that a password counts whole, whatever is in it.
_HIDDEN = r"(?P<password>{not_}(?:[^?#]|[?#](?![^=&@/?#]+=))*(?=@)|{not_}[^@/]*(?=@))"
_USER = r"(?<=://)(?P<user>[^/?#:]*):"
# A port with a path, or the next link of a chain of URLs, is no password.
_ANY = re.compile(_USER + _HIDDEN.format(not_=r"(?!\d+/|:[\w+]+://)"))
# But a database's driver takes whatever stands before the @ for one.
_DATABASE = re.compile(_USER + _HIDDEN.format(not_=""))
_IS_DATABASE = re.compile(r"(?!.*::)(sqlite|postgres)[\w+]*://", re.IGNORECASE | re.DOTALL)
_PAIR = rf"(?<=[?&;])(?P<name>(?:[^=&;?#]*(?:{_ENDS})|{_WHOLE}|{_KEY})s?)=(?P<value>[^{{end}}]*)"
_ANY_PAIR = re.compile(_PAIR.format(end="&#"), re.IGNORECASE)
_DATABASE_PAIR = re.compile(_PAIR.format(end="&"), re.IGNORECASE)


def shown(text: str) -> str:
    """Return a URL, or a message that holds one, as it may be shown; ``${VARIABLE}`` stays, for it tells nothing."""
    return _with_secrets(text, lambda _: STARS)


def secrets_of(url: str) -> set[str]:
    """Return what :func:`shown` hides of a URL."""
    found: set[str] = set()

    def note(secret: str) -> str:
        found.add(secret)
        return secret

    _with_secrets(url, note)
    return found


def is_secret(name: str) -> bool:
    """Tell whether an option, or a name in a URL's query, is called like a secret."""
    return bool(_NAME.fullmatch(name))


def secrets_in(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts in options, however deep, that no message may repeat; an access key's id is among them."""
    for name, value in options.items():
        if isinstance(value, dict):
            yield from secrets_in(value)
        elif isinstance(value, str) and value:
            if is_secret(name) or name.lower() == _KEY:
                yield value
            elif "://" in value:
                yield from secrets_of(value)


def is_database(url: str) -> bool:
    """Tell whether a URL is one of SQLAlchemy's for SQLite or PostgreSQL."""
    return bool(_IS_DATABASE.match(url))


def _with_secrets(text: str, write: Callable[[str], str]) -> str:
    def kept(secret: str) -> str:
        return secret if not secret or _VARIABLE.fullmatch(secret) else write(secret)

    password, pair = (_DATABASE, _DATABASE_PAIR) if is_database(text) else (_ANY, _ANY_PAIR)
    text = password.sub(lambda match: f"{match['user']}:{kept(match['password'])}", text)
    return pair.sub(lambda match: f"{match['name']}={kept(match['value'])}", text)
