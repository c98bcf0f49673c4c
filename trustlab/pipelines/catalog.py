"""The pipelines of a workspace: their revisions, and the immutable notebooks that these name."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError

from trustlab.core.errors import ConflictError, DamagedError, NotFoundError, did_you_mean
from trustlab.core.listing import condition
from trustlab.pipelines import journal, spec
from trustlab.pipelines.cron import Schedule

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from trustlab.core.workspace import Workspace
    from trustlab.pipelines.spec import Notebook, Pipeline

_ATTEMPTS = 20


def notebook_path(workspace: Workspace, notebook: Notebook) -> Path:
    """Return where the immutable copy lies."""
    return workspace.root / "pipelines" / "notebooks" / f"{notebook.digest}.ipynb"


def name_notebook(content: bytes, file: str) -> Notebook:
    """Return the reference of a notebook's bytes: their BLAKE3 digest, and the file's name for people."""
    from blake3 import blake3

    return spec.Notebook(file=file, digest=blake3(content).hexdigest())


def keep_notebook(workspace: Workspace, content: bytes, notebook: Notebook) -> None:
    """Write a notebook's bytes where ``notebook`` refers to, unless they are there already.

    Either the whole file is there afterwards or none of it.
    """
    target = notebook_path(workspace, notebook)
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o444)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def open_notebook(workspace: Workspace, notebook: Notebook) -> Path:
    """Return the path of a kept notebook whose bytes are still what was promoted.

    Raises
    ------
    DamagedError
        Where the copy is gone or was altered.
    """
    from blake3 import blake3

    path = notebook_path(workspace, notebook)
    hint = "Promote the notebook again."
    if not path.exists():
        raise DamagedError(f"the promoted copy of {notebook.file} must be in {path.parent}; it is gone", hint)
    found = blake3(path.read_bytes()).hexdigest()
    if found != notebook.digest:
        raise DamagedError(f"the promoted copy of {notebook.file} must be unaltered; its digest is {found[:12]}", hint)
    return path


def save(connection: Connection, pipeline: Pipeline) -> None:
    """Insert one revision; the caller's transaction decides whether it stays."""
    connection.execute(
        journal.REVISIONS.insert().values(
            pipeline=pipeline.name,
            revision=pipeline.revision,
            created=pipeline.created,
            document=pipeline.rescheduled(None).to_json(),
        )
    )


def save_next(workspace: Workspace, build: Any, also: Any = None) -> Pipeline:
    """Save the next revision of a pipeline.

    Parameters
    ----------
    build : callable
        From the latest revision (or None) to the new one; called again where another process came first.
    also : callable or None
        Takes the connection and the new pipeline, for what must be true in the same transaction.

    Raises
    ------
    ConflictError
        Where others kept coming first.
    """
    for _ in range(_ATTEMPTS):
        pipeline: Pipeline = build()
        try:
            with journal.writing(workspace) as connection:
                save(connection, pipeline)
                if also is not None:
                    also(connection, pipeline)
        except IntegrityError:
            continue
        return load(workspace, pipeline.name)
    raise ConflictError(f"pipeline {pipeline.name}: others promote it at this moment; promote again")


def names(workspace: Workspace) -> list[str]:
    """Return the names of all pipelines, sorted."""
    query = select(journal.REVISIONS.c.pipeline).distinct().order_by(journal.REVISIONS.c.pipeline)
    with journal.reading(workspace) as connection:
        return [row[0] for row in connection.execute(query)]


def page(workspace: Workspace, *, limit: int, offset: int, matching: str | None) -> tuple[list[Pipeline], int]:
    """Return a part of the pipelines, by name, and how many there are in all.

    Parameters
    ----------
    matching : str or None
        Words, all of which must occur in a pipeline's name, its cron, or the status or reason of its last run.
    """
    table, runs = journal.REVISIONS, journal.RUNS
    last = select(runs.c.pipeline, func.max(runs.c.started).label("started")).group_by(runs.c.pipeline).subquery()
    told = [
        table.c.pipeline,
        journal.SCHEDULES.c.cron,
        case((runs.c.id.is_not(None) & runs.c.finished.is_(None), "running"), else_=runs.c.status),
        runs.c.reason,
    ]
    source = (
        _with_schedule(_latest())
        .outerjoin(last, last.c.pipeline == table.c.pipeline)
        .outerjoin(runs, (runs.c.pipeline == last.c.pipeline) & (runs.c.started == last.c.started))
    )
    wanted = select(table.c.pipeline).select_from(source).where(condition(told, matching)).distinct()
    rows = select(table, *_SCHEDULE).select_from(_with_schedule(_latest())).where(table.c.pipeline.in_(wanted))
    with journal.reading(workspace) as connection:
        total = connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    return _read(workspace, rows.order_by(table.c.pipeline).limit(limit).offset(offset)), int(total)


def _latest() -> Any:
    """Return the latest revision of every pipeline, to select from."""
    table = journal.REVISIONS
    latest = (
        select(table.c.pipeline, func.max(table.c.revision).label("revision")).group_by(table.c.pipeline).subquery()
    )
    return table.join(latest, (table.c.pipeline == latest.c.pipeline) & (table.c.revision == latest.c.revision))


def pipelines(workspace: Workspace) -> list[Pipeline]:
    """Return the latest revision of every pipeline, by name."""
    table = journal.REVISIONS
    query = select(table, *_SCHEDULE).select_from(_with_schedule(_latest()))
    return _read(workspace, query.order_by(table.c.pipeline))


def load(workspace: Workspace, name: str, revision: int | None = None) -> Pipeline:
    """Return a pipeline, the latest revision unless another is asked for.

    Raises
    ------
    NotFoundError
        Where there is none, naming the nearest.
    """
    found = find(workspace, name, revision)
    if found is not None:
        return found
    known = names(workspace)
    if revision is not None and name in known:
        raise NotFoundError(f"pipeline {name} must have been promoted {revision} times; it has no such revision")
    listed = ", ".join(known) or "none"
    raise NotFoundError(
        f"a pipeline must have been promoted; got '{name}', and there is: {listed}.{did_you_mean(name, known)}",
        "trust promote NOTEBOOK --name NAME makes one.",
    )


def find(workspace: Workspace, name: str, revision: int | None = None) -> Pipeline | None:
    """Return a pipeline, or None where there is none."""
    table = journal.REVISIONS
    query = select(table, *_SCHEDULE).select_from(_with_schedule(table)).where(table.c.pipeline == name)
    if revision is not None:
        query = query.where(table.c.revision == revision)
    found = _read(workspace, query.order_by(table.c.revision.desc()).limit(1))
    return found[0] if found else None


def revisions(workspace: Workspace, name: str) -> list[Pipeline]:
    """Return every revision of a pipeline, newest first."""
    table = journal.REVISIONS
    query = select(table, *_SCHEDULE).select_from(_with_schedule(table)).where(table.c.pipeline == name)
    return _read(workspace, query.order_by(table.c.revision.desc()))


_SCHEDULE = (journal.SCHEDULES.c.cron, journal.SCHEDULES.c.timezone)


def _with_schedule(table: Any) -> Any:
    return table.outerjoin(journal.SCHEDULES, journal.SCHEDULES.c.pipeline == journal.REVISIONS.c.pipeline)


def _read(workspace: Workspace, query: Any) -> list[Pipeline]:
    with journal.reading(workspace) as connection:
        return [_pipeline(row) for row in connection.execute(query)]


def _pipeline(row: Row[Any]) -> Pipeline:
    pipeline = spec.from_dict(json.loads(row.document))
    return pipeline.rescheduled(None if row.cron is None else Schedule(row.cron, row.timezone))
