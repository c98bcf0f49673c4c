"""Small documents that people write (YAML, TOML, JSON), read so that a complaint can name the line and the key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LARGEST = 256 * 1024
LAYOUTS = {".yaml": "yaml", ".yml": "yaml", ".json": "yaml", ".toml": "toml"}

# Plain words as YAML 1.2 reads them: under 1.1, which PyYAML follows, `no` is false, `1e6` a text and `0123` is 83.
_WHOLE = r"(?:0|[1-9][0-9_]*)"
_FLOAT = rf"(?:{_WHOLE}\.[0-9_]*|\.[0-9]+|{_WHOLE}(?=[eE]))(?:[eE][-+]?[0-9]+)?"
_WORDS = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (rf"[-+]?{_WHOLE}", "-+0123456789"),
    "float": (rf"[-+]?{_FLOAT}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+0123456789."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A value's place in a document.

    Parameters
    ----------
    name : str
        What to call the document.
    path : tuple
        The keys that lead there.
    lines : mapping of tuple to int
        The line of each path, where the document knows it.
    """

    name: str
    path: tuple[str | int, ...] = ()
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def at(self, key: str | int) -> Place:
        """Return the place one key below."""
        return Place(self.name, (*self.path, key), self.lines)

    def __str__(self) -> str:
        line = next((self.lines[self.path[:n]] for n in range(len(self.path), 0, -1) if self.path[:n] in self.lines), 0)
        where = f"{self.name}, line {line}" if line else self.name
        return f"{where}: {'.'.join(map(str, self.path))}" if self.path else where

    def error(self, must: str, got: Any, hint: str | None = None) -> InputError:
        """Return the error that says what must hold here, and what came."""
        shown = repr(got)
        return InputError(f"{self} must be {must}; got {shown[:80]}{' …' if len(shown) > 80 else ''}", hint)

    def mapping(self, value: Any, known: Iterable[str] | None = None) -> dict[str, Any]:
        """Return a mapping whose keys are texts, all of them ``known`` where that is given."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error("a mapping of keys to values", value)
        found = {}
        for key, item in value.items():
            if isinstance(key, dict | list | tuple):
                raise self.error("a mapping whose keys are words", key)
            name = key if isinstance(key, str) else str(key)
            if known is not None and name not in (options := list(known)):
                near = did_you_mean(name, options)
                raise InputError(f"{self.at(key)}: no such key.{near}", hint=f"The keys here: {', '.join(options)}.")
            found[name] = item
        return found


def read_document(path: Path, name: str) -> tuple[Any, Place]:
    """Return what a file says, and its place.

    Raises
    ------
    NotFoundError
        No such file.
    InputError
        It is too large, no text, or no such document.
    UsageError
        Its suffix is none of .yaml, .yml, .toml and .json.
    """
    layout = LAYOUTS.get(path.suffix.lower())
    if layout is None:
        raise UsageError(f"{name}: the suffix must be one of {' '.join(LAYOUTS)}; got '{path.suffix}'")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise NotFoundError(f"{name}: no such file.{did_you_mean(path.name, near)}") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{name}: must be UTF-8 text; {error}") from error
    return parse_document(text, layout, name)


def parse_document(text: str, layout: str, name: str) -> tuple[Any, Place]:
    """Return what ``text`` says, and its place; ``layout`` is ``yaml`` (which JSON is too) or ``toml``."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise InputError(f"{name}: must be at most {LARGEST:,} bytes; it is longer")
    try:
        return _toml(text, name) if layout == "toml" else _yaml(text, name)
    except RecursionError:
        raise InputError(f"{name}: must not be nested so deeply") from None


def _toml(text: str, name: str) -> tuple[Any, Place]:
    try:
        return tomllib.loads(text), Place(name)
    except ValueError as error:
        raise InputError(f"{name}: must be valid TOML; {error}") from None


def _yaml(text: str, name: str) -> tuple[Any, Place]:
    import yaml

    lines: dict[tuple[str | int, ...], int] = {}
    try:
        loader = _loader(name)(text)
        node = loader.get_single_node()
        if node is None:
            return None, Place(name)
        data = loader.construct_document(node)
        _note_lines(node, (), lines, loader)
        return data, Place(name, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{name}: must be valid YAML; {line}{error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        # A ValueError is a date that the calendar lacks.
        raise InputError(f"{name}: must be valid YAML; {error}") from None


def _loader(name: str) -> Any:
    """Return a YAML loader without aliases, repeated keys and YAML 1.1's surprises."""
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                line = self.get_mark().line + 1
                raise InputError(f"{name}, line {line}: an alias (*name) is not taken here; write the value out")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen = set()
            for key, _ in node.value:
                if key.value.__hash__ and key.value in seen:
                    raise InputError(
                        f"{name}, line {key.start_mark.line + 1}: {key.value} must come once; it came twice"
                    )
                seen.add(key.value if key.value.__hash__ else id(key))
            return super().construct_mapping(node, deep=deep)

    Loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] in {"null", "timestamp"}]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for tag, (words, firsts) in _WORDS.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{words})$"), list(firsts))
    return Loader


def _note_lines(node: Any, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], loader: Any) -> None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, loader.construct_object(key, deep=True)) if isinstance(key, yaml.ScalarNode) else path
            lines[below] = key.start_mark.line + 1
            _note_lines(value, below, lines, loader)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*path, number] = item.start_mark.line + 1
            _note_lines(item, (*path, number), lines, loader)


def dump_yaml(data: Any) -> str:
    """Return JSON data as YAML that `read_document` and every other reader take alike."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    for tag, (words, firsts) in _WORDS.items():
        Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{words})$"), list(firsts))
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
