"""Run what is due, once or for as long as the process lives."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from trustlab.core.errors import InterruptedRunError, UsageError
from trustlab.pipelines import journal, lease, records
from trustlab.pipelines.interrupts import termination_as_interrupt
from trustlab.pipelines.journal import SCHEDULES, TICKS
from trustlab.pipelines.run import run_claimed
from trustlab.pipelines.schedule import due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.lease import Lease
    from trustlab.pipelines.records import RunRecord
    from trustlab.pipelines.schedule import Due

    Progress = Callable[[str], None]

POLL_SECONDS = 15.0
_log = logging.getLogger(__name__)


def claim(workspace: Workspace, item: Due, held: Lease) -> bool:
    """Take a tick for this process, and write its run down, in one transaction.

    Of any number of schedulers on one database one gets the tick: the schedule must not have been handled as far
    already, and the row (pipeline, tick) is unique.

    Returns
    -------
    bool
        False where another scheduler has it, or the schedule was changed meanwhile.
    """
    try:
        with journal.writing(workspace) as connection:
            moved = connection.execute(
                SCHEDULES.update()
                .where(SCHEDULES.c.pipeline == item.pipeline, SCHEDULES.c.handled_until < item.tick)
                .values(handled_until=item.tick)
            )
            if moved.rowcount != 1:
                return False
            connection.execute(
                TICKS.insert().values(
                    pipeline=item.pipeline,
                    tick=item.tick,
                    run=held.run,
                    claimed=datetime.now(UTC),
                    missed=item.missed,
                )
            )
            records.begin(connection, held, item.pipeline, "schedule", tick=item.tick)
    except IntegrityError:
        return False
    return True


def run_due(workspace: Workspace, now: datetime, progress: Progress | None = None) -> list[RunRecord]:
    """Run what is due at ``now``, one pipeline after the other, and return the runs that this process made.

    A tick runs at most once: where the process is killed after its claim, the run is shown as killed and the
    schedule goes on with the next tick. A pipeline that is broken ends in a run with the status error, and the
    others run.

    Raises
    ------
    InterruptedRunError
        At Ctrl-C or SIGTERM; the run at hand is marked, the others stay due.
    """
    return list(_runs(workspace, now, progress))


def start(
    workspace: Workspace,
    *,
    once: bool = False,
    poll: float = POLL_SECONDS,
    progress: Progress | None = None,
) -> list[RunRecord]:
    """Run what is due until Ctrl-C or SIGTERM, which end it cleanly.

    Any number of schedulers may run on one workspace.

    Parameters
    ----------
    once : bool
        Look once, run what is due, and return.
    poll : float
        Seconds between two looks, above 0; a tick starts that much late at most, plus the runs before it.
    progress : callable or None
        Takes a sentence whenever something begins or ends.

    Returns
    -------
    list of RunRecord
        The runs that this process finished.
    """
    if poll <= 0:
        raise UsageError(f"poll must be a number of seconds above 0; got {poll}")
    made: list[RunRecord] = []
    with termination_as_interrupt():
        try:
            while True:
                for record in _runs(workspace, datetime.now(UTC), progress):
                    made.append(record)
                    if progress is not None:
                        progress(f"{record.pipeline}: {record.status}")
                if once:
                    return made
                time.sleep(poll)
        except (KeyboardInterrupt, InterruptedRunError):
            if once:
                raise
            return made


def _runs(workspace: Workspace, now: datetime, progress: Progress | None) -> Iterator[RunRecord]:
    records.settle(workspace)
    for item in due(workspace, now):
        record = _run_one(workspace, item, progress)
        if record is not None:
            yield record


def _run_one(workspace: Workspace, item: Due, progress: Progress | None) -> RunRecord | None:
    with lease.hold(workspace) as held:
        if not claim(workspace, item, held):
            lease.discard(held)
            return None
        try:
            return run_claimed(workspace, held, item.pipeline, progress)
        except InterruptedRunError:
            raise
        except Exception:  # noqa: BLE001 - the boundary: the run is marked, and one pipeline's fault must not stop the others
            _log.exception("the run %s of %s stopped", held.run, item.pipeline)
            return records.find(workspace, held.run)
