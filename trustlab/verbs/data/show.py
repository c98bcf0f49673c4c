"""``trust data show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store
    from trustlab.store.records import Commit

LISTED = 50


@operation("verb", "Version", example={"ref": "loans@main"})
def show(ref: Annotated[str, Format("ref"), Positional()], *, context: Context) -> Outcome:
    """Show one version: who made it, when, from what, what it holds and what it changed.

    Parameters
    ----------
    ref : ref
        A repo, a branch, or a commit.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.branches import branches
    from trustlab.store.refs import resolve

    store = store_of(context.workspace)
    found = resolve(store, ref)
    heads = [branch.name for branch in branches(store, found.repo) if branch.head == found.id]
    files = _files(store, found)
    changes = _changes(store, found)
    told = found.to_dict()
    # The document's own provenance is of this run; where the version came from stands apart.
    origin = told.pop("provenance")
    facts = {**told, "parents": ", ".join(parent[:12] for parent in found.parents), "origin": str(origin)}
    counts = ", ".join(f"{len(paths)} {word}" for word, paths in changes.items()) if found.parents else "the first"
    return Outcome(
        payload={**told, "origin": origin, "branches": heads, "changes": changes, "listed": files},
        summary=f"{found.repo}@{found.id[:12]} by {found.author}: {found.message or 'no message'} ({counts})",
        views=[
            Table(
                name="facts",
                title="Version",
                columns=("what", "value"),
                rows=list(facts.items()),
            ),
            Table(
                name="files",
                title=f"Files ({found.files:,})",
                columns=("path", "bytes"),
                rows=[(file["path"], file["bytes"]) for file in files],
                units={"bytes": "B"},
                caption=f"The first {LISTED} of {found.files:,}." if found.files > len(files) else None,
            ),
        ],
        advice=[f"%trust data read {found.repo}@{found.id[:12]}"],
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
