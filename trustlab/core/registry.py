"""Find operations: walk the packages, then the entry points; listing them imports nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, InputError, NotFoundError, TrustlabError, did_you_mean
from trustlab.core.operation import SILENT_PACKAGES, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint

ROOTS = ("trustlab.verbs", "trustlab.checks", "trustlab.drift", "trustlab.explain")
ENTRY_POINT_GROUP = "trustlab.operations"
_DECORATED = re.compile(r'^@operation\(\s*"(\w+)"', re.MULTILINE)


def operations() -> dict[str, Operation]:
    """Return every operation by id, in the order of ids; a package that cannot be read adds none, see `faults`.

    Raises
    ------
    ConflictError
        Where two files of trustlab's own claim one id.
    """
    return _found()[0]


def faults() -> dict[str, TrustlabError]:
    """Return what is wrong with packages that should add operations, by the package's name.

    Such a package stops nothing else; whoever lists or asks everything says that it is missing.
    """
    return _found()[1]


@cache
def _found() -> tuple[dict[str, Operation], dict[str, TrustlabError]]:
    from importlib.metadata import entry_points

    found: dict[str, Operation] = {}
    for root in ROOTS:
        _add(found, _walk(root), root)
    broken: dict[str, TrustlabError] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            _add(found, _walk_plugin(point), point.module)
        except (InputError, ConflictError) as error:
            broken[_package(point)] = error
    return dict(sorted(found.items())), broken


def _add(found: dict[str, Operation], records: Iterable[Operation], root: str) -> None:
    new = list(records)
    for record in new:
        if record.id in found and found[record.id] is not record:
            raise ConflictError(f"two operations are called {record.id}; one came from {root}")
    found.update((record.id, record) for record in new)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module


def _walk_plugin(point: EntryPoint) -> list[Operation]:
    try:
        found = list(_walk(point.module))
    except Exception as error:
        # A stranger's module may raise anything while it is imported; what is wrong and where must be readable.
        package = _package(point)
        raise InputError(
            f"the package {package} adds operations from {point.module}, which must import; "
            f"it raised {type(error).__name__}: {error}",
            hint=f"Mend it, or uninstall it: pip uninstall {package}",
        ) from error
    if not found:
        raise InputError(
            f"the package {_package(point)} must add operations from {point.module}; no file there has one",
            hint="Each is a function under the decorator trustlab.core.operation.operation, in a file of its own",
        )
    return found


def _walk(root: str) -> Iterator[Operation]:
    package = importlib.import_module(root)
    names = [root]
    if hasattr(package, "__path__"):
        names += sorted(_modules(package.__path__, root))
    for name in names:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Operation) and value.function.__module__ == name:
                yield value


def _modules(paths: Iterable[str], root: str) -> set[str]:
    """Return the modules below a package, also those in folders that do without an ``__init__.py``."""
    found = {module.name for module in pkgutil.walk_packages(paths, f"{root}.") if not module.ispkg}
    if not root.startswith("trustlab."):
        for path in map(Path, paths):
            files = (file.relative_to(path).with_suffix("").parts for file in path.rglob("*.py"))
            found |= {".".join((root, *words)) for words in files if all(map(_is_word, words))}
    return found


def _is_word(word: str) -> bool:
    return word.isidentifier() and not word.startswith("__")


def find(operation_id: str) -> Operation | None:
    """Return an operation of trustlab's own by its id, which is the path of its file; None where there is none.

    Nothing else is imported: a command that knows what it wants does not wait for the whole list.
    """
    for root in ROOTS:
        package = root if root.rpartition(".")[2] in SILENT_PACKAGES else root.rpartition(".")[0]
        name = f"{package}.{operation_id}"
        if not (name.startswith(f"{root}.") and all(word.isidentifier() for word in operation_id.split("."))):
            continue
        try:
            found = getattr(importlib.import_module(name), operation_id.rpartition(".")[2], None)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            continue
        if isinstance(found, Operation) and found.id == operation_id:
            return found
    return None


def get(operation_id: str) -> Operation:
    """Return the operation called ``operation_id``; NotFoundError with the nearest name otherwise."""
    if own := find(operation_id):
        return own
    known = operations()
    if operation_id not in known:
        missing = "".join(f" {error.message}." for error in faults().values())
        raise NotFoundError(
            f"no operation is called {operation_id!r}.{did_you_mean(operation_id, known)}{missing}",
            hint="List them with: trust operations",
        )
    return known[operation_id]


@cache
def ids() -> dict[str, str]:
    """Return the kind of every operation by id, in the order of ids; for lists that must be there at once.

    Trustlab's own are read off their files, of which none is imported: where one is, and of which kind, its path and
    the first word of its decorator say. Once a package of somebody else adds any, all are loaded.
    """
    from importlib.metadata import entry_points

    if entry_points(group=ENTRY_POINT_GROUP):
        return {name: record.kind for name, record in operations().items()}
    found = {}
    for root in ROOTS:
        package = root.split(".")
        folder = Path(__file__).parents[1].joinpath(*package[1:])
        silent = 2 if package[-1] in SILENT_PACKAGES else 1
        for file in folder.rglob("*.py"):
            if mark := _DECORATED.search(file.read_text(encoding="utf-8")):
                words = (*package, *file.relative_to(folder).with_suffix("").parts)
                found[".".join(words[silent:])] = mark[1]
    return dict(sorted(found.items()))


def of_kind(kind: str) -> dict[str, Operation]:
    """Return the operations of one kind, by id."""
    return {name: record for name, record in operations().items() if record.kind == kind}
