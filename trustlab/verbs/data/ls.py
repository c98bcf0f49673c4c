"""``trust data ls``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.data.mounts.mounted import Found
    from trustlab.store import Store

COLUMNS = ("path", "type", "bytes")


@operation("verb", "Files", read_only=True, random=False, example={"ref": "loans@main"})
def ls(
    ref: Annotated[str | None, Format("ref"), Positional()] = None,
    limit: Annotated[int, Range(1)] = 1000,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """List the repos and mounts, or what stands in a folder of a version or a mount.

    Parameters
    ----------
    ref : ref
        A version or a mount, with :PATH a folder in it; where not given, the repos and mounts are listed.
    limit : int
        At most so many entries.
    offset : int
        Leave out so many of the first.
    matching : str
        Only entries that have all of these words.
    """
    from trustlab.core.listing import page
    from trustlab.data.dataset import store_of

    store = store_of(context.workspace)
    commit, found = _entries(store, ref)
    shown, total = page(found, lambda one: (one["path"], one["type"]), limit=limit, offset=offset, matching=matching)
    rows = [tuple(one[key] for key in COLUMNS) for one in shown]
    number = counted(len(found), "entry", "entries") if ref else _named(found)
    if matching:
        number = f"{counted(total, 'entry', 'entries')} of {len(found):,}"
    return Outcome(
        payload={"ref": ref, "commit": commit, "entries": shown, "total": total},
        summary=f"{ref or 'the workspace'}: {number}",
        views=[
            Table(
                name="entries",
                title="Entries",
                columns=COLUMNS,
                rows=rows,
                units={"bytes": "B"},
                caption="; ".join(f"{one['path']}: {one['reason']}" for one in shown if "reason" in one) or None,
            )
        ]
        if rows
        else [],
        advice=[] if found else ["%trust data commit REPO FILE"],
    )


def _entries(store: Store, ref: str | None) -> tuple[str | None, list[dict[str, Any]]]:
    from trustlab.data.mounts.opening import place_of
    from trustlab.store.ls import ls as list_folder
    from trustlab.store.refs import parse, resolve

    if ref is None:
        return None, _names(store)
    place = place_of(store, ref)
    if place is not None:
        with place.open() as mounted:
            return None, [_mounted(one) for one in mounted.listed(place.path)]
    commit = resolve(store, ref)
    return commit.id, [
        {"path": one.path, "type": "file" if one.entry else "folder", "bytes": one.size if one.entry else None}
        for one in list_folder(store, commit, parse(ref).path or "")
    ]


def _names(store: Store) -> list[dict[str, Any]]:
    from trustlab.store.branches import repos
    from trustlab.store.mounts import mounts

    kinds = dict.fromkeys(repos(store), "repo") | {mount.name: "mount" for mount in mounts(store)}
    return [{"path": name, "type": kinds[name], "bytes": None} for name in sorted(kinds)]


def _named(found: list[dict[str, Any]]) -> str:
    mounted = sum(one["type"] == "mount" for one in found)
    repos = counted(len(found) - mounted, "repo")
    return f"{repos}, {counted(mounted, 'mount')}" if mounted else repos


def _mounted(found: Found) -> dict[str, Any]:
    told = {"path": found.path, "type": found.kind, "bytes": found.size}
    return told | {"reason": found.reason} if found.reason else told
