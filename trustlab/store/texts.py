"""Texts that a commit or a tag keeps, and who writes them where nobody is named."""

from __future__ import annotations

from trustlab.core.errors import InputError


def check_text(what: str, text: str) -> str:
    """Return ``text`` if a commit's author, message or provenance may be so; InputError otherwise."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"a commit's {what} must be text that UTF-8 can write; got {text!r}") from error
    if "\x00" in text:
        raise InputError(f"a commit's {what} must not hold NUL; got {text!r}")
    return text


def user() -> str:
    """Return the system's name of who works here."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that has no name.
        return "unknown"
