"""What there is to name, by the format of the parameter that would take it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core import registry
from trustlab.core.errors import TrustlabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trustlab.core.context import Context
    from trustlab.core.operation import Operation
    from trustlab.store import Store

SHOWN_COMMITS = 20
LOOKED_AT = 2000
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One text that could stand there.

    Parameters
    ----------
    text : str
        The whole value.
    kind : str
        What it is: verb, option, choice, ref, model, column, variable, file …
    help : str
        A sentence; often empty.
    """

    text: str
    kind: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known when a value is asked for.

    Parameters
    ----------
    given : mapping of str to sequence of str
        The words that stand on the line already, by the parameter that takes them.
    text : str
        What was typed of the value.
    """

    record: Operation
    given: Mapping[str, Sequence[str]]
    context: Context
    text: str

    def about(self, text: str) -> Asked:
        """Return the same for a part of the value."""
        return replace(self, text=text)

    @property
    def store(self) -> Store | None:
        """The workspace's store, which stays open; None where there is no workspace."""
        from trustlab.data.opened import shared_store

        workspace = self.context.workspace_or_none
        return shared_store(workspace) if workspace is not None else None


def candidates_of(format: str, asked: Asked) -> Iterator[Candidate]:
    """Yield what could be named; nothing where it cannot be read: who completes a line wants no error."""
    try:
        yield from _FORMATS[format](asked) if format in _FORMATS else ()
    except (TrustlabError, OSError):
        return


def _data(asked: Asked) -> Iterator[Candidate]:
    from trustlab.data.dataset import TABLE_SUFFIXES, is_table

    for name, value in asked.context.namespace.items():
        if is_table(value):
            yield Candidate(name, "variable")
    yield from _refs(asked)
    if (store := asked.store) is not None:
        from trustlab.store.mounts import mounts

        yield from (Candidate(f"{mount.name}:", "mount") for mount in mounts(store))
    yield from _files(asked, TABLE_SUFFIXES)


def _refs(asked: Asked) -> Iterator[Candidate]:
    store = asked.store
    if store is None:
        return
    from trustlab.store.branches import repos

    repo, at, base = asked.text.partition("@")
    if ":" in asked.text:
        yield from _paths(store, asked.text.partition(":")[0])
        return
    known = repos(store)
    begun = [name for name in known if name.startswith(repo)]
    if not at:
        yield from (Candidate(name, "ref") for name in begun)
    for name in [repo] if at and repo in known else begun if len(begun) == 1 else []:
        yield from _versions(store, name, base)


def _versions(store: Store, repo: str, base: str) -> Iterator[Candidate]:
    from trustlab.store.branches import branches
    from trustlab.store.log import log
    from trustlab.store.tags import tags

    found = branches(store, repo)
    yield from (Candidate(f"{repo}@{branch.name}", "branch", branch.message) for branch in found)
    yield from (Candidate(f"{repo}@{tag.name}", "tag", tag.message) for tag in tags(store, repo))
    if base and set(base) <= _HEX:
        for branch in found:
            for commit in log(store, f"{repo}@{branch.name}", SHOWN_COMMITS):
                yield Candidate(f"{repo}@{commit.id[:12]}", "commit", commit.message)


def _paths(store: Store, ref: str) -> Iterator[Candidate]:
    from trustlab.store.refs import resolve
    from trustlab.store.trees import Tree

    for entry in islice(Tree(store, resolve(store, ref).tree).entries(), LOOKED_AT):
        yield Candidate(f"{ref}:{entry.path}", "file")


def _repos(asked: Asked) -> Iterator[Candidate]:
    from trustlab.store.branches import repos

    if (store := asked.store) is not None:
        yield from (Candidate(name, "repo") for name in repos(store))


def _branches(asked: Asked) -> Iterator[Candidate]:
    from trustlab.store.branches import branches

    store = asked.store
    if store is None:
        return
    named = [word for name in ("repo", "ref", "source") for word in asked.given.get(name, ())[:1]]
    repo = named[0].partition("@")[0].partition(":")[0] if named else None
    for name in dict.fromkeys(branch.name for branch in branches(store, repo)):
        yield Candidate(name, "branch")


def _models(asked: Asked) -> Iterator[Candidate]:
    from trustlab.models.load import SUFFIXES

    for name, value in asked.context.namespace.items():
        if not isinstance(value, type) and (hasattr(value, "predict") or hasattr(value, "forward")):
            yield Candidate(name, "variable")
    yield from _registered(asked)
    yield from _files(asked, SUFFIXES)


def _registered(asked: Asked) -> Iterator[Candidate]:
    from trustlab.models.names import registered_versions

    workspace = asked.context.workspace_or_none
    if workspace is None:
        return
    known = registered_versions(workspace)
    name, at, _ = asked.text.partition("@")
    begun = [one for one in known if one.startswith(name)]
    if not at:
        yield from (Candidate(one, "model") for one in begun)
    for one in [name] if at and name in known else begun if len(begun) == 1 else []:
        yield from (Candidate(f"{one}@{version}", "model") for version in known[one])


def _columns(asked: Asked) -> Iterator[Candidate]:
    from trustlab.completion.columns import columns_of

    named = [
        word
        for parameter in asked.record.parameters
        if parameter.format == "data"
        for word in asked.given.get(parameter.name, ())[:1]
    ]
    if named:
        yield from (Candidate(name, "column") for name in columns_of(named[0], asked.context))


def _files(asked: Asked, suffixes: Sequence[str] = ()) -> Iterator[Candidate]:
    folder, slash, begun = asked.text.rpartition("/")
    hidden = begun.startswith(".")
    with os.scandir(asked.context.path(folder or (slash or "."))) as found:
        for entry in sorted(islice(found, LOOKED_AT), key=lambda one: one.name):
            if entry.name.startswith(".") and not hidden:
                continue
            if entry.is_dir():
                yield Candidate(f"{folder}{slash}{entry.name}/", "folder")
            elif not suffixes or Path(entry.name).suffix.lower() in suffixes:
                yield Candidate(f"{folder}{slash}{entry.name}", "file")


def _pipelines(asked: Asked) -> Iterator[Candidate]:
    from trustlab.pipelines.catalog import names

    if (workspace := asked.context.workspace_or_none) is not None:
        yield from (Candidate(name, "pipeline") for name in names(workspace))


def _dashboards(_: Asked) -> Iterator[Candidate]:
    from trustlab.dashboards.catalog import dashboards

    yield from (Candidate(name, "dashboard") for name in dashboards())


def _runs(asked: Asked) -> Iterator[Candidate]:
    from trustlab.core import journal

    if (workspace := asked.context.workspace_or_none) is not None:
        for run in journal.read(workspace, limit=SHOWN_COMMITS)[0]:
            yield Candidate(run["id"][:8], "run", f"{run['title']}: {run['status']}")


def _recipes(_: Asked) -> Iterator[Candidate]:
    from trustlab.train.recipes import RECIPES

    yield from (Candidate(name, "recipe", recipe.title) for name, recipe in RECIPES.items())


def _checks(_: Asked) -> Iterator[Candidate]:
    ids = [name for name, kind in registry.ids().items() if kind == "check"]
    yield from (Candidate(name, "family") for name in sorted({name.split(".")[0] for name in ids}))
    yield from (Candidate(name, "check") for name in ids)


def _last_words(kind: str) -> Callable[[Asked], Iterable[Candidate]]:
    """Return what lists the operations of a kind by the word after their family's, as their verb takes them."""
    return lambda _: [Candidate(name.partition(".")[2], kind) for name, its in registry.ids().items() if its == kind]


def _operations(_: Asked) -> Iterable[Candidate]:
    return [Candidate(name, kind) for name, kind in registry.ids().items()]


_FORMATS: dict[str, Callable[[Asked], Iterable[Candidate]]] = {
    "data": _data,
    "ref": _refs,
    "version": _refs,
    "repo": _repos,
    "branch": _branches,
    "model": _models,
    "registered": _registered,
    "column": _columns,
    "columns": _columns,
    "expression": _columns,
    "path": _files,
    "address": _files,
    "pipeline": _pipelines,
    "dashboard": _dashboards,
    "run": _runs,
    "recipe": _recipes,
    "operation": _operations,
    "check": _checks,
    "detector": _last_words("detector"),
    "explainer": _last_words("explainer"),
}
