"""``trust operations``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core import registry
from trustlab.core.counted import counted
from trustlab.core.operation import Kind, operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table


@operation("verb", "Operations", read_only=True, cost="instant", random=False, example={})
def operations(
    operation_id: Annotated[str | None, Format("operation"), Positional()] = None, kind: Kind | None = None
) -> Outcome:
    """List everything trustlab can be asked, as the records that every surface derives from.

    Parameters
    ----------
    operation_id : str
        Only this operation.
    kind : str
        Only operations of this kind.
    """
    if operation_id is None and (faults := registry.faults()):
        raise next(iter(faults.values()))  # here one asks what there is: a list that lacks some would mislead
    known = [registry.get(operation_id)] if operation_id else list(registry.operations().values())
    chosen = [record for record in known if kind in (None, record.kind)]
    rows = [(record.id, record.kind, ", ".join(sorted(record.needs)), record.summary) for record in chosen]
    return Outcome(
        payload={"operations": [record.to_dict() for record in chosen]},
        summary=counted(len(chosen), "operation"),
        views=[Table(name="operations", columns=("id", "kind", "needs", "question"), rows=rows)],
    )
