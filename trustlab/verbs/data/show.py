"""``trust data show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table
from trustlab.data.origins import further, lineage_views, origin_rows, sentence

if TYPE_CHECKING:
    from trustlab.core.views import View
    from trustlab.store import Store
    from trustlab.store.records import Commit

LISTED = 50


@operation("verb", "Version", read_only=True, random=False, example={"ref": "loans@main"})
def show(
    ref: Annotated[str, Format("ref"), Positional()],
    provenance: bool = False,
    depth: Annotated[int, Range(0, 100)] = 5,
    limit: Annotated[int, Range(1, 1000)] = 50,
    *,
    context: Context,
) -> Outcome:
    """Show one version: who made it, when, from what, what it holds and what it changed.

    Parameters
    ----------
    ref : ref
        A repo, a branch, a tag, or a commit.
    provenance : bool
        Show, in place of its files, what it was made from and what was made of it: versions, models and audits.
    depth : int
        With provenance: at most so many steps up and down.
    limit : int
        With provenance: at most so many versions, models and audits, the nearest; what is left out is counted.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.branches import branches
    from trustlab.store.refs import resolve
    from trustlab.store.tags import names_by_commit

    store = store_of(context.workspace)
    found = resolve(store, ref)
    heads = [branch.name for branch in branches(store, found.repo) if branch.head == found.id]
    tags = names_by_commit(store, found.repo).get(found.id, [])
    files = _files(store, found)
    changes = _changes(store, found)
    told = found.to_dict()
    # The document's own provenance is of this run; where the version came from stands apart.
    origin = told.pop("provenance")
    counts = ", ".join(f"{len(paths)} {word}" for word, paths in changes.items()) if found.parents else "the first"
    payload = {**told, "origin": origin, "branches": heads, "tags": tags, "changes": changes, "listed": files}
    summary = f"{found.repo}@{found.id[:12]} by {found.author}: {found.message or 'no message'} ({counts})"
    shown = {**told, "parents": ", ".join(parent[:12] for parent in found.parents)}
    shown |= {"tags": ", ".join(tags)} if tags else {}
    facts = Table(
        name="facts",
        title="Version",
        columns=("what", "value"),
        rows=[*shown.items(), *origin_rows(origin)],
    )
    if provenance:
        graph = _lineage(context, store, found, depth, limit)
        return Outcome(
            payload={**payload, "lineage": graph},
            summary=f"{summary}. {sentence(graph)}",
            views=[facts, *lineage_views(graph)],
            advice=further(graph),
        )
    return Outcome(
        payload=payload,
        summary=summary,
        views=[facts, _files_table(found, files)],
        advice=[f"%trust data read {found.repo}@{found.id[:12]}"],
    )


def _lineage(context: Context, store: Store, commit: Commit, depth: int, limit: int) -> dict[str, Any]:
    from trustlab.models.lineage import lineage

    return lineage(context.workspace, store, commit, depth, limit)


def _files_table(commit: Commit, files: list[dict[str, Any]]) -> View:
    return Table(
        name="files",
        title=f"Files ({commit.files:,})",
        columns=("path", "bytes"),
        rows=[(file["path"], file["bytes"]) for file in files],
        units={"bytes": "B"},
        caption=f"The first {LISTED} of {commit.files:,}." if commit.files > len(files) else None,
    )


def _files(store: Store, commit: Commit) -> list[dict[str, Any]]:
    from trustlab.store.trees import Tree

    entries = zip(Tree(store, commit.tree).entries(), range(LISTED), strict=False)
    return [{"path": entry.path, "bytes": entry.size} for entry, _ in entries]


def _changes(store: Store, commit: Commit) -> dict[str, list[Any]]:
    from trustlab.store.diff import diff

    if not commit.parents:
        return {"added": [], "removed": [], "changed": [], "renamed": []}
    kinds = diff(store, f"{commit.repo}@{commit.parents[0]}", f"{commit.repo}@{commit.id}").by_kind()
    renamed = [{"before": one.before.path, "after": one.path} for one in kinds.pop("renamed") if one.before]
    return {
        **{word: [change.path for change in changes][:LISTED] for word, changes in kinds.items()},
        "renamed": renamed[:LISTED],
    }
