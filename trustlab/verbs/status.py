"""``trust status``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.result import Outcome
from trustlab.core.sqlite_files import ReadOnlyError
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.core.workspace import Workspace

LAST_RUNS = 5


@operation("verb", "Status", example={})
def status(*, context: Context) -> Outcome:
    """Show what this workspace holds: data, models, pipelines with their next run, and what ran last."""
    workspace = context.workspace_or_none
    if workspace is None:
        return Outcome(
            payload={"workspace": None, "data": [], "models": [], "pipelines": [], "runs": []},
            summary="no workspace here yet",
            advice=["%trust data commit NAME FILE", "%trust init"],
        )
    parts = {"data": _data(workspace), "models": [], "pipelines": []}
    try:
        parts |= {"models": _models(workspace), "pipelines": _pipelines(workspace)}
    except ReadOnlyError as error:
        context.notice(f"{error.message}; its models and pipelines are left out")
    runs, total = journal.read(workspace, limit=LAST_RUNS)
    parts["runs"] = [{**run, "id": run["id"][:8]} for run in runs]
    return Outcome(
        payload={"workspace": str(workspace.root), **parts},
        summary=f"{workspace.root}: {counted(len(parts['data']), 'branch', 'branches')} of data, "
        f"{counted(len(parts['models']), 'model')}, {counted(len(parts['pipelines']), 'pipeline')}, "
        f"{counted(total, 'run')}",
        views=[_table(name, rows) for name, rows in parts.items() if rows],
        advice=[] if parts["data"] else ["%trust data commit NAME FILE"],
    )


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
    from trustlab.models.load import registered_names
    from trustlab.models.registry import Registry

    found = []
    for name in registered_names(workspace):
        versions = Registry(workspace).versions(name)
        champion = next((version.version for version in versions if version.champion), None)
        audit = versions[0].tags.get("trustlab.audit_status", "not audited") if versions else None
        newest = versions[0].version if versions else None
        found.append({"model": name, "newest": newest, "champion": champion, "last_audit": audit})
    return found


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
