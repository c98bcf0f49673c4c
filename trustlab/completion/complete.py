"""What could stand at the cursor: verbs, options and values, as the operations' records tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustlab.completion.line import Cut, cut, quoted
from trustlab.completion.names import Asked, Candidate, candidates_of
from trustlab.core import commandline, registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.core.operation import Operation
    from trustlab.core.parameters import Parameter

MOST = 1000
_FILE = "html"
_WORD = re.compile(r"[^\W\d]\w*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What could stand in place of a part of a line.

    Parameters
    ----------
    start, end : int
        The part, as offsets in the line.
    candidates : list of Candidate
        Each ready to be put there, quoted where it must be.
    """

    start: int
    end: int
    candidates: list[Candidate]


def complete(line: str, context: Context, *, point: int | None = None) -> Completion:
    """Return what could stand at the cursor of a line.

    Parameters
    ----------
    line : str
        What follows ``trust`` or ``%trust``.
    context : Context
        Whose folder, workspace and notebook variables are looked at. Nothing is changed, and no library that takes
        long to import is imported.
    point : int or None
        The cursor stands before this character; at the end where None.
    """
    at = len(line) if point is None else max(0, min(point, len(line)))
    where = cut(line, at)
    start, found = where.start, _candidates(where, context)
    typed = where.text
    if typed.startswith("--") and "=" in typed:
        start += line[where.start : at].index("=") + 1
        typed = typed.partition("=")[2]
    fitting = {one.text: one for one in found if one.text.isprintable()}
    begun = [one for one in fitting.values() if one.text.startswith(typed)]
    if not begun:
        begun = [one for one in fitting.values() if one.text.casefold().startswith(typed.casefold())]
    kept = [Candidate(quoted(one.text, where.quote), one.kind, one.help) for one in begun[:MOST]]
    return Completion(start=start, end=at, candidates=kept)


def _candidates(where: Cut, context: Context) -> Iterator[Candidate]:
    if not where.before:
        yield from _verbs(where.text)
        return
    ids = registry.ids()
    for length in (2, 1):
        name = ".".join(where.before[:length])
        if name in ids and (length == 1 or ids[name] == "verb"):
            yield from _within(registry.get(name), where.before[length:], where, context)
            return
    if len(where.before) == 1:
        yield from _verbs_of(where.before[0], ids)


def _verbs(text: str) -> Iterator[Candidate]:
    if text.startswith("-"):
        yield from (Candidate(word, "option") for word in ("--help", "--version"))
        return
    ids = registry.ids()
    yield from (Candidate(word, "verb") for word in sorted({name.split(".")[0] for name in _of_kind(ids, "verb")}))
    if text:
        yield from (Candidate(name, kind) for name, kind in ids.items() if kind != "verb")


def _verbs_of(group: str, ids: Mapping[str, str]) -> Iterator[Candidate]:
    for name in _of_kind(ids, "verb"):
        first, _, second = name.partition(".")
        if first == group and second:
            yield Candidate(second, "verb")


def _of_kind(ids: Mapping[str, str], kind: str) -> list[str]:
    return [name for name, its in ids.items() if its == kind]


@dataclass
class _Line:
    """The words of one operation: what was given, and which parameter the next word is for."""

    record: Operation
    given: dict[str, list[str]] = field(default_factory=dict)
    waiting: Parameter | str | None = None

    def __post_init__(self) -> None:
        self.options: dict[str, Parameter] = {}
        self.places: list[Parameter] = []
        for parameter in self.record.parameters:
            if parameter.positional:
                self.places.append(parameter)
                continue
            self.options[commandline.flag(parameter.name)] = parameter
            if parameter.short:
                self.options[f"-{parameter.short}"] = parameter

    def take(self, words: Iterable[str]) -> None:
        """Read whole words."""
        for word in words:
            if self.waiting is not None:
                if not isinstance(self.waiting, str):
                    self.note(self.waiting, word)
                self.waiting = None
            elif word.startswith("-") and len(word) > 1:
                self._option(word)
            elif place := self.place():
                self.note(place, word)

    def _option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        parameter = self.options.get(name)
        if name == f"--{_FILE}" and not equals:
            self.waiting = _FILE
        if parameter is None:
            return
        if parameter.type == "boolean" or equals:
            self.note(parameter, value)
        else:
            self.waiting = parameter

    def note(self, parameter: Parameter, word: str) -> None:
        """Keep a word as one of a parameter's."""
        self.given.setdefault(parameter.name, []).append(word)

    def place(self) -> Parameter | None:
        """Return the parameter that takes the next word without a name; None where none is left."""
        for parameter in self.places:
            if parameter.name not in self.given or parameter.type == "list":
                return parameter
        return None


def _within(record: Operation, rest: Sequence[str], where: Cut, context: Context) -> Iterator[Candidate]:
    line = _Line(record)
    line.take(rest)
    waiting, place = line.waiting, line.place()
    line.waiting = None
    # What stands after the cursor tells as well: the data whose columns are asked for.
    line.take(where.after)
    asked = Asked(record=record, given=line.given, context=context, text=where.text)
    if waiting is not None:
        yield from _values(waiting, asked)
    elif where.text.startswith("--") and "=" in where.text:
        name, _, value = where.text.partition("=")
        parameter = line.options.get(name) or (_FILE if name == f"--{_FILE}" else None)
        if parameter is not None:
            yield from _values(parameter, asked.about(value))
    elif where.text.startswith("-"):
        yield from _options(line)
    else:
        if place is not None:
            yield from _values(place, asked)
        if not where.text:
            yield from _options(line)


def _options(line: _Line) -> Iterator[Candidate]:
    for name, parameter in line.options.items():
        again = parameter.type in {"list", "map"}
        if not name.startswith("--") or (parameter.name in line.given and not again):
            continue
        yield Candidate(name, "option", parameter.help)
        if parameter.type == "boolean" and parameter.default is True:
            yield Candidate(f"--no-{name[2:]}", "option", parameter.help)
    for name in commandline.COMMON:
        yield Candidate(name, "option")


def _values(parameter: Parameter | str, asked: Asked) -> Iterator[Candidate]:
    if isinstance(parameter, str):
        yield from candidates_of("path", asked)
        return
    head = ""
    separated = parameter.type == "list" and not parameter.repeated and not parameter.positional
    if separated or parameter.format == commandline.COLUMNS:
        done, comma, last = asked.text.rpartition(",")
        head, asked = done + comma, asked.about(last)
    if parameter.format == "expression":
        # Of an expression the last name is completed, and the rest stays as it is.
        begun = _WORD.search(asked.text)
        last = begun[0] if begun else ""
        head, asked = head + asked.text[: len(asked.text) - len(last)], asked.about(last)
    had = set(head.split(",")) if separated or parameter.format == commandline.COLUMNS else set()
    for one in _bare(parameter, asked):
        if one.text not in had and "," not in (one.text if separated else ""):
            yield Candidate(head + one.text, one.kind, one.help)


def _bare(parameter: Parameter, asked: Asked) -> Iterable[Candidate]:
    if parameter.choices:
        return [Candidate(str(choice), "choice") for choice in parameter.choices]
    return candidates_of(parameter.format, asked) if parameter.format else []
