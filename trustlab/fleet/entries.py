"""Which models a fleet has, and with what each is audited: a file of lines, a pattern, or all that are registered."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core import registry
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError, did_you_mean
from trustlab.core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.context import Context

ALL = "all"
SUFFIXES = (".yaml", ".yml", ".csv")
DATA_TAG = "trustlab.data.name"
NOT_BY_LINE = ("diff", "fleet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One audit of a fleet; plain data, for it travels to a worker.

    Parameters
    ----------
    name : str
        Different for each entry: the model, with the data where one model is audited on several.
    parameters : mapping
        Those of the verb ``audit``, seed included; texts and numbers.
    key : str
        Equal for equal work: the parameters, the policy, and the content that the names lead to.
    identity : str
        What stands for the content of the data: equal for entries that can share one table in memory.
    rules : mapping or None
        The policy's own content, for a worker that does not see the file.
    """

    name: str
    parameters: Mapping[str, Any]
    key: str
    identity: str
    rules: Mapping[str, Any] | None = field(default=None, compare=False)


def read_entries(given: Any, defaults: Mapping[str, Any], context: Context) -> list[Entry]:
    """Return the entries that ``given`` names.

    Parameters
    ----------
    given : str, pathlib.Path or list of mapping
        ``all``; a pattern over registered names (``credit-*``) or one name; a YAML or CSV file with a line per audit;
        from Python the lines themselves.
    defaults : mapping
        Parameters of ``audit`` for the lines that do not say their own.

    Raises
    ------
    UsageError
        For a line with an unknown key, or a value of the wrong type.
    NotFoundError
        Where there is no such file, or no registered model by that name.
    """
    if isinstance(given, list | tuple):
        lines, what = [dict(line) for line in given], "fleet"
    elif isinstance(given, Path) or Path(str(given)).suffix.lower() in SUFFIXES:
        lines, what = _from_file(context.path(given)), str(given)
    else:
        lines, what = _registered(str(given), context), str(given)
    if not lines:
        raise InputError(f"{what}: a fleet must have at least one model; none came")
    checked = [_checked(line, f"{what}: line {number}", defaults) for number, line in enumerate(lines, 1)]
    marks: dict[str, str] = {}
    named = zip(_names(checked), checked, strict=True)
    return [_entry(name, parameters, context, marks) for name, parameters in named]


def _from_file(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        hint = "It has a line per audit: model, data, target, sensitive, policy"
        raise NotFoundError(f"fleet: no such file: {path}", hint=hint)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text: {error}") from None
    if path.suffix.lower() == ".csv":
        import csv

        return [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(text.splitlines())]
    import yaml

    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{path} must be valid YAML: {error}") from None
    shared: dict[str, Any] = {}
    if isinstance(read, dict):
        if unknown := [key for key in read if key not in ("defaults", "models")]:
            near = did_you_mean(unknown[0], ("defaults", "models"))
            raise UsageError(f"{path}: no key is called {unknown[0]!r}.{near}", hint="It has defaults and models.")
        shared, read = read.get("defaults") or {}, read.get("models")
    if not isinstance(shared, dict) or not isinstance(read, list) or not all(isinstance(line, dict) for line in read):
        raise InputError(f"{path} must be a list of mappings, or models: with such a list")
    return [{**shared, **line} for line in read]


def _registered(pattern: str, context: Context) -> list[dict[str, Any]]:
    """Return a line for each registered model: its champion or else newest version, on the data it learned from."""
    from trustlab.models.registry import Registry

    models = Registry(context.workspace)
    known = models.models()
    chosen = known if pattern == ALL else fnmatch.filter(known, pattern)
    if not chosen:
        raise NotFoundError(
            f"fleet: no registered model is called {pattern!r}.{did_you_mean(pattern, known)}",
            hint="Give a file (.yaml, .csv), a pattern such as 'credit-*', or all. List models with: trust model list",
        )
    lines = []
    for name in chosen:
        versions = models.versions(name)
        used = next((version for version in versions if version.champion), versions[0] if versions else None)
        if used is not None:
            data = used.tags.get(DATA_TAG)
            lines.append({"model": f"{name}@{used.version}", **({"learned": data} if data else {})})
    return lines


def _checked(line: Mapping[str, Any], place: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit's parameters of a line, each as the audit itself would take it."""
    known = {p.name: p for p in registry.get("audit").parameters if p.name not in NOT_BY_LINE}
    learned = {"data": line["learned"]} if "learned" in line else {}
    found = {**learned, **{key: value for key, value in defaults.items() if value is not None}}
    for key, value in line.items():
        if key == "learned":
            continue
        if key not in known:
            raise UsageError(f"{place}: no parameter of audit is called {key!r}.{did_you_mean(str(key), known)}")
        if value is not None:
            parse = isinstance(value, str) and known[key].type != "string"
            found[key] = known[key].parse(value, place) if parse else value
    taken = {key: known[key].check(value, place) for key, value in found.items()}
    for key, value in taken.items():
        if not isinstance(value, str | int | float | list | tuple | dict | None):
            raise UsageError(
                f"{place}: {key} must be a name that every worker can read; got {type(value).__name__}",
                hint="Register the model, commit the data, or write them to files",
            )
    return taken


def _names(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a name for each line: the model or column that is audited, with the data where that is not enough."""
    words = ("model", "prediction", "score", "data")
    short = [str(next((line[word] for word in words if line.get(word)), "nothing")) for line in lines]
    names: list[str] = []
    for name, line in zip(short, lines, strict=True):
        full = name if short.count(name) == 1 else f"{name} on {line.get('data')}"
        again = 2
        while full in names:
            full, again = f"{name} on {line.get('data')} ({again})", again + 1
        names.append(full)
    return names


def _entry(name: str, parameters: dict[str, Any], context: Context, marks: dict[str, str]) -> Entry:
    from trustlab.checks.policy import load_policy

    rules, said = None, parameters.get("policy")
    if said is not None:
        policy = load_policy(said, context.path(said) if isinstance(said, str | Path) else None)
        rules = policy.to_dict()
    asked = {**parameters, "seed": parameters.get("seed", context.seed)}
    identity = "|".join(_mark(asked.get(word), context, marks) for word in ("data", "train"))
    whole = [asked, rules, identity, _mark(asked.get("model"), context, marks), VERSION]
    key = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()
    return Entry(name=name, parameters=asked, key=key, identity=identity, rules=rules)


def _mark(given: Any, context: Context, marks: dict[str, str]) -> str:
    """Return what changes when the content does that a name leads to: a commit's id, a file's size and time."""
    text = str(given)
    if text not in marks:
        marks[text] = f"{text}={_content(given, context)}"
    return marks[text]


def _content(given: Any, context: Context) -> str:
    from trustlab.data.dataset import store_of
    from trustlab.store.refs import resolve

    if not isinstance(given, str | Path):
        return ""
    path, workspace = context.path(given), context.workspace_or_none
    if path.exists():
        stat = path.stat()
        return f"{stat.st_size} {stat.st_mtime_ns}"
    if workspace is None:
        return ""
    try:
        store = store_of(workspace)
        return str(resolve(store, str(given).removeprefix("trust://")).id)
    except NotFoundError:
        return ""  # no ref either: the audit itself will say what is wrong with the name
    except TrustlabError:
        return uuid.uuid4().hex  # such as a mount, which gives what is there now: never known to be the same
