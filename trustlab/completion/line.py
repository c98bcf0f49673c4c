"""Where a line is cut: the words before the cursor, the one that it stands in, and those after it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

_ESCAPED_IN_QUOTES = '"\\$`'


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A line as its cursor cuts it.

    Parameters
    ----------
    before, after : tuple of str
        The whole words on either side, without their quotes.
    text : str
        What stands of the word at the cursor, without its quotes.
    start : int
        Where that word begins on the line.
    quote : str
        The quote that it begins with and that is still open; empty where there is none.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    text: str
    start: int
    quote: str


def cut(line: str, point: int | None = None) -> Cut:
    """Return ``line`` as a cursor before its character ``point`` cuts it (its end where None)."""
    end = len(line) if point is None else max(0, min(point, len(line)))
    words: list[str] = []
    text, start, quote, at = "", -1, "", 0
    while at < end:
        char = line[at]
        if start < 0 and not char.isspace():
            start = at
        if quote and char == quote:
            quote = ""
        elif char == "\\" and quote != "'" and at + 1 < end:
            at += 1
            text += line[at] if not quote or line[at] in _ESCAPED_IN_QUOTES else f"\\{line[at]}"
        elif not quote and char in "'\"":
            quote = char
        elif not quote and char.isspace():
            if start >= 0:
                words.append(text)
            text, start = "", -1
        else:
            text += char
        at += 1
    rest = line[end:]
    tail = "" if quote or not rest or rest[0].isspace() else rest.split(maxsplit=1)[0]
    return Cut(
        before=tuple(words),
        after=_words("" if quote else rest[len(tail) :]),
        text=text,
        start=end if start < 0 else start,
        quote=quote,
    )


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def quoted(text: str, quote: str = "") -> str:
    """Return ``text`` as it must stand on a line; with the quote that it was begun with, where there is one."""
    if quote == '"' and not set(text) & set("$`"):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if quote == "'" and "'" not in text:
        return f"'{text}'"
    return shlex.quote(text) if set(text) & set(" \t'\"\\$`&|;<>()*?[]#!{}") else text
