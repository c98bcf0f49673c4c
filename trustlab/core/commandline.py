"""Words on a line (a shell's, a magic's) become a request; options and help come from the operation's record."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from trustlab.core import registry
from trustlab.core.errors import NotFoundError, UsageError, did_you_mean
from trustlab.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.operation import Operation
    from trustlab.core.parameters import Parameter

HELP = ("-h", "--help")
# What every operation takes beside its parameters.
COMMON = ("--json", "--html", "--verbose", "--debug", "--help")
COLUMNS = "columns"  # the format of a text that names columns, with commas between
INTRODUCTION = """\
Trustworthy machine learning from the notebook and the shell.

usage: {program} VERB [ARGUMENTS] [--json] [--html FILE] [--verbose] [--seed N] [--help]
"""
EPILOGUE = """\
Any check, detector or explainer runs by its id as well: {program} fairness.error_rates --help
List them all: {program} operations
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a line asks for.

    Parameters
    ----------
    operation : Operation or None
        None where help is asked for.
    parameters : mapping
        The values that were given, by name.
    verbose : bool
        List every finding, also those that a long list counts only.
    help : str or None
        The help text to show instead of running.
    """

    operation: Operation | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    json: bool = False
    html: str | None = None
    debug: bool = False
    verbose: bool = False
    help: str | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}", hint=f"See: {self.prog} --help")


def read(words: Sequence[str], program: str = "trust") -> Request:
    """Return the request that ``words`` make.

    Raises
    ------
    NotFoundError
        For an unknown verb, with the nearest one.
    UsageError
        For unknown or malformed options.
    """
    if not words or words[0] in HELP:
        return Request(help=overview(program))
    if words[0] == "--version":
        return Request(help=f"trustlab {VERSION}\n")
    record, rest = _resolve(words, program)
    if record is None:
        return Request(help=overview(program, group=words[0]))
    parser = _parser(record, program)
    if any(word in HELP for word in rest):
        return Request(operation=record, help=parser.format_help())
    given, unknown = parser.parse_known_intermixed_args(rest)
    if unknown:
        raise _unknown(parser, unknown[0])
    values = vars(given)
    surface = {name: values.pop(name) for name in ("json", "html", "debug", "verbose")}
    known = {parameter.name: parameter for parameter in record.parameters}
    parameters = {name: _value(known[name], value, record.id) for name, value in values.items() if value is not None}
    return Request(operation=record, parameters=parameters, **surface)


def _unknown(parser: _Parser, word: str) -> UsageError:
    hint = f"See: {parser.prog} --help"
    if not word.startswith("-"):
        return UsageError(f"{parser.prog}: the line must end before {word!r}: no argument is left to take it", hint)
    options = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 - argparse has no public list
    near = did_you_mean(word.split("=")[0], options)
    return UsageError(f"{parser.prog}: no option is called {word!r}.{near}", hint)


def _resolve(words: Sequence[str], program: str) -> tuple[Operation | None, Sequence[str]]:
    """Return the operation that the first words name, and the words left; None for a group's help.

    Raises
    ------
    NotFoundError, UsageError
        Where they name none, with the nearest one.
    """
    for length in (2, 1):
        own = registry.find(".".join(words[:length])) if len(words) >= length else None
        if own is not None and own.words == tuple(words[:length]):
            return own, words[length:]
    known = registry.operations()
    by_words = {record.words: record for record in known.values()}
    for length in (2, 1):
        if tuple(words[:length]) in by_words:
            return by_words[tuple(words[:length])], words[length:]
    if words[0] in known:
        return known[words[0]], words[1:]
    groups = {key[0] for key in by_words if len(key) > 1}
    if words[0] in groups:
        if len(words) == 1 or words[1] in HELP:
            return None, ()
        inside = [key[1] for key in by_words if key[0] == words[0] and len(key) > 1]
        if words[1].startswith("-"):
            raise UsageError(
                f"{program} {words[0]}: a verb is needed, one of {', '.join(inside)}; got {words[1]!r}",
                hint=f"See: {program} {words[0]} --help",
            )
        raise NotFoundError(
            f"{program} {words[0]}: no verb is called {words[1]!r}.{did_you_mean(words[1], inside)}",
            hint=f"See: {program} {words[0]} --help",
        )
    near = did_you_mean(words[0], [*groups, *(" ".join(key) for key in by_words)])
    raise NotFoundError(
        f"{program}: no verb is called {words[0]!r}.{near}",
        hint=f"See: {program} --help",
    )


def overview(program: str, group: str | None = None) -> str:
    """Return the list of verbs, all or those of one group."""
    verbs = [record for record in registry.operations().values() if record.kind == "verb"]
    if group:
        verbs = [record for record in verbs if record.words[0] == group]
    width = max(len(" ".join(record.words)) for record in verbs)
    listed = "\n".join(
        f"  {' '.join(record.words):<{width}}  {textwrap.shorten(record.summary, 96 - width, placeholder=' …')}"
        for record in verbs
    )
    return f"{INTRODUCTION.format(program=program)}\n{listed}\n\n{EPILOGUE.format(program=program)}"


def _parser(record: Operation, program: str) -> _Parser:
    parser = _Parser(
        prog=" ".join((program, *record.words)),
        description=_description(record),
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for parameter in record.parameters:
        _add(parser, parameter)
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout; logs go to stderr")
    parser.add_argument("--html", metavar="FILE", help="write the report as one HTML file that needs no network")
    parser.add_argument("-v", "--verbose", action="store_true", help="list every finding, also what passed")
    parser.add_argument("--debug", action="store_true", help="show the traceback and the warnings of an internal fault")
    parser.add_argument("-h", "--help", action="help", help="show this help")
    return parser


def _description(record: Operation) -> str:
    text = "\n".join(textwrap.wrap(record.summary, 96))
    if record.threshold is not None:
        limits = record.threshold
        text += f"\n\nlimits: warn {limits.warn}, fail {limits.fail} ({limits.source})"
    return text


def _add(parser: _Parser, parameter: Parameter) -> None:
    help_text = parameter.help.replace("%", "%%")
    if parameter.unit:
        help_text += f" [{parameter.unit}]"
    if not parameter.required and parameter.default not in (None, False, ()):
        help_text += f" (default: {parameter.default})"
    metavar = (parameter.format or parameter.type).upper()
    if parameter.choices:
        metavar = "{" + ",".join(map(str, parameter.choices)) + "}"
    if parameter.positional:
        many = parameter.type == "list"
        count = ("+" if parameter.required else "*") if many else (None if parameter.required else "?")
        options: dict[str, Any] = {"nargs": count} if count else {}
        parser.add_argument(parameter.name, metavar=parameter.name.upper(), help=help_text, **options)
        return
    names = [*([f"-{parameter.short}"] if parameter.short else []), flag(parameter.name)]
    if parameter.type == "boolean":
        parser.add_argument(
            *names, dest=parameter.name, action=argparse.BooleanOptionalAction, default=None, help=help_text
        )
        return
    action = "append" if parameter.type in {"list", "map"} or parameter.format == COLUMNS else "store"
    parser.add_argument(*names, dest=parameter.name, action=action, metavar=metavar, default=None, help=help_text)


def flag(name: str) -> str:
    """Return a parameter's option; a word of the language, such as ``for_``, is asked for without its mark."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def _value(parameter: Parameter, given: Any, operation: str) -> Any:
    if parameter.type == "boolean":
        return given
    if parameter.format == COLUMNS:
        return ",".join(given)
    if parameter.type == "list":
        return [item for text in given for item in parameter.parse(text, operation)]
    if parameter.type == "map":
        return {key: value for text in given for key, value in parameter.parse(text, operation).items()}
    return parameter.parse(given, operation)


def write(record: Operation, parameters: Mapping[str, Any]) -> list[str]:
    """Return the words that ask for ``record`` with ``parameters``: what `read` takes back.

    Parameters
    ----------
    parameters : mapping
        Values that a line can say: texts, numbers, lists of texts, maps; None is left out.
    """
    known = {parameter.name: parameter for parameter in record.parameters}
    places, options = [], []
    for name, parameter in known.items():
        value = parameters.get(name)
        if value is None:
            continue
        option = flag(name)
        if parameter.type == "boolean":
            options.append(option if value else f"--no-{option[2:]}")
            continue
        items = [f"{key}={item}" for key, item in value.items()] if parameter.type == "map" else value
        texts = [str(item) for item in items] if isinstance(items, list | tuple) else [str(items)]
        if parameter.positional:
            places += texts
        elif (parameter.type == "list" or parameter.format == COLUMNS) and not parameter.repeated:
            options += [f"{option}={','.join(texts)}"]
        else:
            options += [f"{option}={text}" for text in texts]
    return [*record.words, *places, *options]
