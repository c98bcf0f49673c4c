"""Find operations: walk the packages, then the entry points; listing them imports nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, NotFoundError, did_you_mean
from trustlab.core.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOTS = ("trustlab.verbs", "trustlab.checks", "trustlab.drift", "trustlab.explain")
ENTRY_POINT_GROUP = "trustlab.operations"


@cache
def operations() -> dict[str, Operation]:
    """Return every operation by id, in the order of ids.

    Raises
    ------
    ConflictError
        Where two files claim one id.
    """
    roots = (*ROOTS, *(point.value for point in entry_points(group=ENTRY_POINT_GROUP)))
    found: dict[str, Operation] = {}
    for root in roots:
        for record in _walk(root):
            if record.id in found and found[record.id] is not record:
                raise ConflictError(f"two operations are called {record.id}; one came from {root}")
            found[record.id] = record
    return dict(sorted(found.items()))


def _walk(root: str) -> Iterator[Operation]:
    package = importlib.import_module(root)
    names = [root]
    if hasattr(package, "__path__"):
        names += [module.name for module in pkgutil.walk_packages(package.__path__, f"{root}.") if not module.ispkg]
    for name in names:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Operation) and value.function.__module__ == name:
                yield value


def get(operation_id: str) -> Operation:
    """Return the operation called ``operation_id``; NotFoundError with the nearest name otherwise."""
    known = operations()
    if operation_id not in known:
        raise NotFoundError(
            f"no operation is called {operation_id!r}.{did_you_mean(operation_id, known)}",
            hint="List them with: trust operations",
        )
    return known[operation_id]


def of_kind(kind: str) -> dict[str, Operation]:
    """Return the operations of one kind, by id."""
    return {name: record for name, record in operations().items() if record.kind == kind}
