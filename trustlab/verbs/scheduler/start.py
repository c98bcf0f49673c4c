"""``trust scheduler start``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Outcome
from trustlab.core.views import Table


@operation("verb", "Scheduler", cost="minutes", example={"once": True})
def start(
    once: bool = False,
    poll: Annotated[float, Range(0.1, 3600), Unit("s")] = 15.0,
    *,
    context: Context,
) -> Outcome:
    """Run the pipelines that are due, until Ctrl-C or a termination signal; any number may run side by side.

    Each tick runs once however many schedulers there are. Ticks that passed unseen are made up for by one run.

    Parameters
    ----------
    once : bool
        Run what is due now, and return.
    poll : float
        How long to wait between two looks.
    """
    from trustlab.core.result import worst
    from trustlab.pipelines.scheduler import start as serve

    notice = context.notice if context.progress else None
    made = serve(context.workspace, once=once, poll=poll, progress=notice)
    rows = [(record.pipeline, record.id, record.status, record.tick, record.seconds, record.reason) for record in made]
    columns = ("pipeline", "run", "status", "tick", "seconds", "reason")
    return Outcome(
        payload={"runs": [record.to_dict() for record in made]},
        status=worst(record.status for record in made),
        summary=counted(len(made), "run"),
        views=[Table(name="runs", title="Runs", columns=columns, rows=rows, units={"seconds": "s"})],
    )
