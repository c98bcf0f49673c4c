"""``trust data revert``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range, Repeated, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store.revert import Reverted

LISTED = 1000


@operation("verb", "Revert", example={"ref": "loans@main"})
def revert(
    ref: Annotated[str, Format("ref"), Positional()],
    to: Annotated[str | None, Format("ref")] = None,
    branch: Annotated[str | None, Format("branch"), Short("b")] = None,
    parent: Annotated[int | None, Range(1)] = None,
    message: Annotated[str | None, Short("m")] = None,
    ours: Annotated[list[str] | None, Repeated()] = None,
    theirs: Annotated[list[str] | None, Repeated()] = None,
    take: Literal["ours", "theirs"] | None = None,
    author: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Undo one version's changes by a new version, or bring an earlier version back.

    History stays as it is, and later changes of other files stay too. Files that were changed since are named and
    nothing is done, until it is said which side holds.

    Parameters
    ----------
    ref : ref
        The version to undo; with to, the branch that returns to an earlier version.
    to : ref
        Bring this version back: the branch's newest version then holds exactly what it held.
    branch : str
        Where to undo it; where not given, the branch that ref names, or else main.
    parent : int
        To undo a merge: the parent to which it is undone, counted from 1. 1 takes out what was merged in.
    message : str
        What this version is; names what is undone where not given.
    ours : list of str
        In conflict, what the branch holds now stays for this file, folder or pattern; may be given again.
    theirs : list of str
        In conflict, it is undone all the same; may be given again.
    take : {'ours', 'theirs'}
        The side that holds for every other conflict.
    author : str
        Who reverts; the workspace's setting, or else the system's user, where not given.
    """
    from trustlab.data.committing import judged_after, with_verdict
    from trustlab.data.dataset import store_of
    from trustlab.store.revert import return_to
    from trustlab.store.revert import revert as undo
    from trustlab.store.threeway import Choice

    store = store_of(context.workspace)
    said = author or context.author
    provenance = {"operation": "data.revert"}
    if to is not None:
        given = {"branch": branch, "parent": parent, "ours": ours, "theirs": theirs, "take": take}
        for name, value in given.items():
            if value is not None:
                raise UsageError(f"data.revert: {name} does not go with to, which takes a whole version; got {value!r}")
        done = return_to(store, ref, to, message=message, author=said, provenance=provenance)
    else:
        choice = Choice(ours=ours or (), theirs=theirs or (), take=take)
        done = undo(
            store, ref, branch=branch, parent=parent, message=message, author=said, choice=choice, provenance=provenance
        )
    return with_verdict(
        _outcome(done, to), judged_after(store, done.repo, done.commit, context) if done.created else None
    )


def _outcome(done: Reverted, to: str | None) -> Outcome:
    kinds = done.combined.by_kind()
    short, head = f"{done.repo}@{done.undone[:12]}", f"{done.repo}@{done.commit[:12]}"
    if not done.created:
        held = f"{done.repo}@{done.branch} holds what {short} held" if to else f"nothing of {short} is left to undo"
        sentence = f"{held}; nothing was added"
    elif to:
        sentence = f"{head} is the newest on {done.branch} and holds what {short} held"
    else:
        what = counted(len(done.combined.changes), "file")
        sentence = f"{head} is the newest on {done.branch}: {what} as before {short}"
    names = ("commit", "repo", "branch", "undone", "files", "bytes", "bytes_added", "created")
    rows = [
        (word, path, done.combined.resolved.get(path, "")) for word, paths in kinds.items() for path in paths[:LISTED]
    ]
    table = Table(name="changes", title="Undone", columns=("change", "path", "conflict"), rows=rows)
    return Outcome(
        payload={
            **{name: getattr(done, name) for name in names},
            "changes": kinds,
            "resolved": dict(done.combined.resolved),
        },
        summary=sentence,
        views=[table] if rows else [],
        advice=[f"%trust data show {done.repo}@{done.branch}"] if done.created else [],
        value=done.commit,
    )
