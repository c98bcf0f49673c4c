"""``trust status``."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core import commandline, journal, registry
from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.given import is_object
from trustlab.core.operation import operation
from trustlab.core.result import Outcome
from trustlab.core.sqlite_files import ReadOnlyError
from trustlab.core.unfinished import unfinished
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.core.workspace import Workspace

LAST_RUNS = 5
MOST_VERSIONS = 20_000


@operation("verb", "Status", read_only=True, cost="instant", random=False, example={})
def status(*, context: Context) -> Outcome:
    """Show what this workspace holds: data, models, pipelines with their next run, and what ran last."""
    workspace = context.workspace_or_none
    if workspace is None:
        return Outcome(
            payload={"workspace": None, "data": [], "models": [], "pipelines": [], "runs": [], "interrupted": []},
            summary="no workspace here yet",
            advice=["%trust data commit NAME FILE", "%trust init"],
        )
    parts = {"data": _data(workspace), "models": [], "pipelines": []}
    try:
        parts |= {"models": _models(workspace), "pipelines": _pipelines(workspace)}
    except ReadOnlyError as error:
        context.notice(f"{error.message}; its models and pipelines are left out")
    cut = unfinished(workspace)
    runs, total = journal.read(workspace, limit=LAST_RUNS)
    parts["runs"] = [{**run, "id": run["id"][:8]} for run in runs]
    return Outcome(
        payload={"workspace": str(workspace.root), **parts, "interrupted": cut},
        summary=f"{workspace.root}: {counted(len(parts['data']), 'branch', 'branches')} of data, "
        f"{counted(len(parts['models']), 'model')}, {counted(len(parts['pipelines']), 'pipeline')}, "
        f"{counted(total, 'run')}" + _said(cut),
        views=[*_interrupted(cut), *(_table(name, rows) for name, rows in parts.items() if rows)],
        advice=[*_again(cut), *([] if parts["data"] else ["%trust data commit NAME FILE"])],
    )


def _said(cut: list[dict[str, Any]]) -> str:
    """Return in words what was cut short last, for the summary."""
    if not cut:
        return ""
    more = f" (and {len(cut) - 1} more)" if len(cut) > 1 else ""
    last = cut[0]
    return (
        f". Interrupted: {last['title']} of {str(last['started'])[:16]}Z, {last['how']}{more}; nothing is half-written"
    )


def _interrupted(cut: list[dict[str, Any]]) -> list[Table]:
    rows = [(one["title"], one["operation"], one["started"], one["how"]) for one in cut]
    columns = ("what", "operation", "started", "how")
    return [Table(name="interrupted", title="Interrupted", columns=columns, rows=rows)] if rows else []


def _again(cut: list[dict[str, Any]]) -> list[str]:
    """Return the line that asks the last one again, where a line can say it."""
    record = registry.find(str(cut[0]["operation"])) if cut else None
    given = cut[0]["given"] if cut and isinstance(cut[0]["given"], dict) else {}
    if record is None or any(map(is_object, given.values())):
        return []
    return [f"%trust {shlex.join(commandline.write(record, given))}"]


def _data(workspace: Workspace) -> list[dict[str, Any]]:
    from trustlab.data.dataset import store_of
    from trustlab.store.branches import branches

    return [
        {
            "data": f"{branch.repo}@{branch.name}",
            "commit": branch.head[:12],
            "message": branch.message,
            "files": branch.files,
            "bytes": branch.bytes,
            "time": branch.time,
        }
        for branch in branches(store_of(workspace))
    ]


def _models(workspace: Workspace) -> list[dict[str, Any]]:
    from trustlab.models.shelf import AUDIT, NOT_AUDITED, listed

    found: dict[str, dict[str, Any]] = {}
    for version in listed(workspace, limit=MOST_VERSIONS).versions:  # the newest of each model first
        audit = version.tags.get(AUDIT, NOT_AUDITED)
        first = {"model": version.name, "newest": version.version, "champion": None, "last_audit": audit}
        told = found.setdefault(version.name, first)
        if version.champion:
            told["champion"] = version.version
    return list(found.values())


def _pipelines(workspace: Workspace) -> list[dict[str, Any]]:
    from trustlab.pipelines import catalog, records
    from trustlab.pipelines.schedule import schedules

    now = datetime.now(UTC)
    records.settle(workspace)
    timing = {item.pipeline: item.to_dict(now) for item in schedules(workspace)}
    last = records.last_runs(workspace)
    return [
        {
            "pipeline": pipeline.name,
            "revision": pipeline.revision,
            "cron": timing.get(pipeline.name, {}).get("cron"),
            "next": timing.get(pipeline.name, {}).get("next"),
            "last_run": _state(last[pipeline.name]) if pipeline.name in last else "never ran",
        }
        for pipeline in catalog.pipelines(workspace)
    ]


def _state(record: Any) -> str:
    return "running" if record.running else str(record.status)


def _table(name: str, rows: list[dict[str, Any]]) -> Table:
    columns = tuple(rows[0])
    return Table(name=name, title=name.capitalize(), columns=columns, rows=[tuple(row.values()) for row in rows])
