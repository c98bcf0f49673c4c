"""Runs as the journal keeps them: what ran, how it ended, and what each step glued."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from trustlab.core.errors import NotFoundError
from trustlab.core.result import Status
from trustlab.pipelines import journal, lease
from trustlab.pipelines.journal import RUNS, STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.lease import Lease
    from trustlab.pipelines.spec import Step

KILLED = "killed: the process that ran it is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """What a cell raised.

    Parameters
    ----------
    cell : int
        The cell's number in the promoted notebook, from 1, text cells counted.
    line : int or None
        The line within the cell, from 1, where the traceback tells.
    source : str or None
        That line.
    kind, message : str
        The exception's class and text.
    """

    cell: int
    line: int | None
    source: str | None
    kind: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON data."""
        return {
            "cell": self.cell,
            "line": self.line,
            "source": self.source,
            "kind": self.kind,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """How one step of a run went; ``status`` is None while it waits or runs."""

    name: str
    status: Status | None = None
    reason: str | None = None
    started: datetime | None = None
    finished: datetime | None = None
    notebook: str | None = None
    log: str | None = None
    glued: Mapping[str, Any] = field(default_factory=dict)
    error: CellError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON data."""
        return {
            "name": self.name,
            "status": str(self.status) if self.status else None,
            "reason": self.reason,
            "started": _text(self.started),
            "finished": _text(self.finished),
            "notebook": self.notebook,
            "log": self.log,
            "glued": dict(self.glued),
            "error": self.error.to_dict() if self.error else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of a pipeline; ``status`` is None while it runs, otherwise one of the six words."""

    id: str
    pipeline: str
    revision: int | None
    trigger: str
    tick: datetime | None
    parameters: Mapping[str, Any]
    status: Status | None
    reason: str | None
    started: datetime
    finished: datetime | None
    steps: Sequence[StepRecord] = ()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.finished is None

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return None if self.finished is None else (self.finished - self.started).total_seconds()

    def step(self, name: str) -> StepRecord:
        """Return the record of the step called ``name``; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON data."""
        return {
            "id": self.id,
            "pipeline": self.pipeline,
            "revision": self.revision,
            "trigger": self.trigger,
            "tick": _text(self.tick),
            "parameters": dict(self.parameters),
            "state": "running" if self.running else "finished",
            "status": str(self.status) if self.status else None,
            "reason": self.reason,
            "started": _text(self.started),
            "finished": _text(self.finished),
            "seconds": self.seconds,
            "steps": [step.to_dict() for step in self.steps],
        }


def begin(
    connection: Connection,
    held: Lease,
    pipeline: str,
    trigger: str,
    *,
    tick: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> None:
    """Insert a run that is running; the caller's transaction decides whether it is there."""
    now = datetime.now(UTC)
    connection.execute(
        RUNS.insert().values(
            id=held.run,
            pipeline=pipeline,
            trigger=trigger,
            tick=tick,
            parameters=dict(parameters or {}),
            started=now,
            heartbeat=now,
            host=held.host,
            pid=held.pid,
        )
    )


def plan_steps(workspace: Workspace, run: str, revision: int, steps: Sequence[Step]) -> None:
    """Insert the steps that the run is going to take, in their order."""
    with journal.writing(workspace) as connection:
        connection.execute(RUNS.update().where(RUNS.c.id == run).values(revision=revision))
        connection.execute(
            STEPS.insert(), [{"run": run, "name": step.name, "position": at} for at, step in enumerate(steps)]
        )


def start_step(workspace: Workspace, run: str, name: str) -> None:
    """Write down that a step begins."""
    _update_step(workspace, run, name, started=datetime.now(UTC))


def finish_step(workspace: Workspace, run: str, record: StepRecord) -> None:
    """Write down how a step ended."""
    _update_step(
        workspace,
        run,
        record.name,
        status=record.status,
        reason=record.reason,
        finished=datetime.now(UTC),
        notebook=record.notebook,
        log=record.log,
        glued=dict(record.glued),
        error=record.error.to_dict() if record.error else None,
    )


def finish(workspace: Workspace, run: str, status: Status, reason: str | None = None) -> bool:
    """End a run, and with it the steps that have not ended.

    Returns
    -------
    bool
        False where the run had ended already, as when another process found its lease expired: the first word
        stands.
    """
    now = datetime.now(UTC)
    with journal.writing(workspace) as connection:
        ended = connection.execute(
            RUNS.update()
            .where(RUNS.c.id == run, RUNS.c.status.is_(None))
            .values(status=status, reason=reason, finished=now)
        )
        if ended.rowcount != 1:
            return False
        open_steps = STEPS.update().where(STEPS.c.run == run, STEPS.c.status.is_(None))
        connection.execute(
            open_steps.where(STEPS.c.started.is_not(None)).values(status=Status.ERROR, reason=reason, finished=now)
        )
        connection.execute(
            open_steps.where(STEPS.c.started.is_(None)).values(status=Status.SKIPPED, reason="the run ended before it")
        )
    return True


def settle(workspace: Workspace) -> list[str]:
    """End every run whose process is gone, as an error, and return their ids; each look at the runs does it."""
    query = select(RUNS.c.id, RUNS.c.host, RUNS.c.pid, RUNS.c.heartbeat).where(RUNS.c.status.is_(None))
    with journal.reading(workspace) as connection:
        running = connection.execute(query).all()
    dead = [row.id for row in running if not lease.alive(workspace, row.id, row.host, row.pid, row.heartbeat)]
    return [run for run in dead if finish(workspace, run, Status.ERROR, KILLED)]


def runs(workspace: Workspace, pipeline: str | None = None, *, limit: int = 50, offset: int = 0) -> list[RunRecord]:
    """Return runs, newest first.

    Parameters
    ----------
    pipeline : str or None
        Only this one's.
    limit, offset : int
        The page.
    """
    settle(workspace)
    query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(limit).offset(offset)
    if pipeline is not None:
        query = query.where(RUNS.c.pipeline == pipeline)
    with journal.reading(workspace) as connection:
        return _with_steps(connection, connection.execute(query).all())


def count(workspace: Workspace, pipeline: str) -> int:
    """Return how many runs a pipeline has."""
    from sqlalchemy import func

    query = select(func.count()).select_from(RUNS).where(RUNS.c.pipeline == pipeline)
    with journal.reading(workspace) as connection:
        return int(connection.execute(query).scalar_one())


def last_runs(workspace: Workspace, names: Sequence[str] | None = None) -> dict[str, RunRecord]:
    """Return each pipeline's latest run: of those named, or of all."""
    from sqlalchemy import func

    settle(workspace)
    latest = select(RUNS.c.pipeline, func.max(RUNS.c.started).label("started")).group_by(RUNS.c.pipeline).subquery()
    join = RUNS.join(latest, (RUNS.c.pipeline == latest.c.pipeline) & (RUNS.c.started == latest.c.started))
    query = select(RUNS).select_from(join).order_by(RUNS.c.id)
    if names is not None:
        query = query.where(RUNS.c.pipeline.in_(names))
    with journal.reading(workspace) as connection:
        rows = connection.execute(query).all()
        return {record.pipeline: record for record in _with_steps(connection, rows)}


def find(workspace: Workspace, run: str) -> RunRecord:
    """Return one run by its id or the beginning of it.

    Raises
    ------
    NotFoundError
        Where no run, or more than one, begins so.
    """
    settle(workspace)
    query = select(RUNS).where(RUNS.c.id.startswith(run, autoescape=True)).limit(2)
    with journal.reading(workspace) as connection:
        rows = connection.execute(query).all()
        if len(rows) != 1:
            what = "none does" if not rows else "several do"
            raise NotFoundError(f"one run's id must begin with '{run}'; {what}", "trust pipeline list shows the runs.")
        return _with_steps(connection, rows)[0]


def _update_step(workspace: Workspace, run: str, name: str, **values: Any) -> None:
    with journal.writing(workspace) as connection:
        connection.execute(STEPS.update().where(STEPS.c.run == run, STEPS.c.name == name).values(**values))


def _with_steps(connection: Connection, rows: Sequence[Row[Any]]) -> list[RunRecord]:
    query = select(STEPS).where(STEPS.c.run.in_([row.id for row in rows])).order_by(STEPS.c.run, STEPS.c.position)
    steps: dict[str, list[StepRecord]] = {row.id: [] for row in rows}
    for row in connection.execute(query):
        steps[row.run].append(_step(row))
    return [
        RunRecord(
            id=row.id,
            pipeline=row.pipeline,
            revision=row.revision,
            trigger=row.trigger,
            tick=row.tick,
            parameters=row.parameters,
            status=Status(row.status) if row.status else None,
            reason=row.reason,
            started=row.started,
            finished=row.finished,
            steps=tuple(steps[row.id]),
        )
        for row in rows
    ]


def _step(row: Row[Any]) -> StepRecord:
    return StepRecord(
        name=row.name,
        status=Status(row.status) if row.status else None,
        reason=row.reason,
        started=row.started,
        finished=row.finished,
        notebook=row.notebook,
        log=row.log,
        glued=row.glued or {},
        error=CellError(**row.error) if row.error else None,
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
