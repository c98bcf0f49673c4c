"""Merge: bring one line of commits into a branch, by a commit with two parents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from trustlab.core.errors import UsageError
from trustlab.core.views import clean
from trustlab.store import schema
from trustlab.store.ancestry import graph, merge_bases
from trustlab.store.branches import head_of
from trustlab.store.publish import draft, move_branch, publish, until_published
from trustlab.store.refs import DEFAULT_BRANCH, check_kept, parse, repo_number, resolve
from trustlab.store.schema import COMMITS
from trustlab.store.sink import ChunkSink
from trustlab.store.threeway import Choice, Combined, MergeConflictError, combine, entries_after, write_combined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustlab.store.publish import Draft
    from trustlab.store.records import Commit
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store
    from trustlab.store.trees import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge did, or would do.

    Parameters
    ----------
    kind : {'merge', 'fast_forward', 'up_to_date'}
        A new commit with two parents; the branch moved along; nothing was to be done.
    commit : str or None
        The branch's head now; None where the merge was only looked at.
    repo, branch : str
    ours, theirs : str
        The branch's head before, and the commit merged in.
    bases : tuple of str
        The best common ancestors of both.
    combined : Combined
        What the branch took.
    files, bytes : int
        What the head holds; of a merge only looked at, what it holds without it.
    bytes_added : int
        Bytes newly stored.
    """

    kind: Literal["merge", "fast_forward", "up_to_date"]
    commit: str | None
    repo: str
    branch: str
    ours: str
    theirs: str
    bases: tuple[str, ...]
    combined: Combined = field(default_factory=Combined)
    files: int
    bytes: int
    bytes_added: int = 0


def merge(
    store: Store,
    source: str | Ref,
    into: str = DEFAULT_BRANCH,
    *,
    message: str | None = None,
    author: str | None = None,
    choice: Choice | None = None,
    fast_forward: bool = True,
    preview: bool = False,
    provenance: Mapping[str, Any] | None = None,
    look: Callable[[Commit, Iterator[Entry]], Mapping[str, Any]] | None = None,
) -> Merged:
    """Bring what ``source`` changed, since it parted from the branch ``into`` of its repo, into that branch.

    Where another commit moves the branch meanwhile, the merge is done again on top of it.

    Parameters
    ----------
    message : str or None
        What was merged, where None.
    author : str or None
        The system's user name where None.
    choice : Choice or None
        Which side holds for paths that both changed; where it does not say, nothing is done.
    fast_forward : bool
        Whether a branch that changed nothing itself moves along, without a commit of its own.
    preview : bool
        Only say what would come of it, conflicts included.
    provenance : mapping or None
        JSON data, to which is added what was merged and how conflicts were resolved.
    look : callable or None
        Called with the branch's head and the files that the branch would hold, before anything is done, unless there
        are conflicts. It may raise; what it returns is added to the provenance, in a commit of its own if it is not
        empty.

    Raises
    ------
    NotFoundError
        If the source or the branch is not there.
    MergeConflictError
        If both changed a path, each in its own way, and ``choice`` does not say which holds. Nothing is changed.
    ConflictError
        If no file would be left.
    UsageError
        If ``choice`` names what is not in conflict, or ``source`` has a path.
    """
    parts = parse(source)
    if parts.path is not None:
        raise UsageError(f"a merge takes a whole version; got '{parts}', which has a path")
    theirs = resolve(store, parts)
    text = message if message is not None else f"Merge {parts} into {into}"
    drawn = draft(parts.repo, into, text, author, provenance)
    chosen = choice or Choice()

    def attempt() -> Merged:
        done, ours, trees, epoch = _look(store, drawn, theirs)
        if done.kind == "up_to_date":
            return done
        done = replace(done, combined=combine(store, ours.tree, theirs.tree, trees, chosen))
        if done.combined.conflicts and not preview:
            raise MergeConflictError((f"{parts.repo}@{into}", str(parts)), done.combined.conflicts)
        said: Mapping[str, Any] = {}
        if look is not None and not done.combined.conflicts:
            said = look(ours, entries_after(store, ours.tree, done.combined))
        along = ours.id in done.bases and fast_forward and not said
        if preview:
            return replace(done, kind="fast_forward") if along else done
        if along:
            move_branch(store, parts.repo, into, ours.id, theirs.id)
            return replace(done, kind="fast_forward", commit=theirs.id, files=theirs.files, bytes=theirs.bytes)
        with_said = replace(drawn, provenance={**drawn.provenance, **clean(dict(said))})
        return _join(store, with_said, done, ours, epoch, {"source": str(parts), **choice_told(chosen, done.combined)})

    return until_published(attempt, f"{parts.repo}@{into}")


def choice_told(choice: Choice, combined: Combined) -> dict[str, Any]:
    """Return, for a commit's provenance, how conflicts were resolved; empty where there were none."""
    if not combined.resolved:
        return {}
    # So many of the paths; the patterns by which they were chosen are all there.
    paths = dict(islice(combined.resolved.items(), 1000))
    said = {"ours": list(choice.ours), "theirs": list(choice.theirs), "take": choice.take}
    return {"chosen": said, "resolved": paths, "resolved_paths": len(combined.resolved)}


def _look(store: Store, drawn: Draft, theirs: Commit) -> tuple[Merged, Commit, list[str], int]:
    """Return the merge before anything is done, the branch's head, the bases' trees and the epoch of gc."""
    with store.read() as connection:
        epoch = schema.gc_epoch(connection)
        repo = repo_number(connection, drawn.repo)
        check_kept(connection, repo, drawn.repo, [theirs.id])
        ours = head_of(connection, repo, drawn.repo, drawn.branch)
        bases = tuple(merge_bases(graph(connection, repo), ours.id, theirs.id))
        rows = connection.execute(select(COMMITS.c.tree).where(COMMITS.c.repo == repo, COMMITS.c.id.in_(bases)))
        trees = sorted({row.tree for row in rows})
    current = theirs.id in bases
    done = Merged(
        kind="up_to_date" if current else "merge",
        commit=ours.id if current else None,
        repo=drawn.repo,
        branch=drawn.branch,
        ours=ours.id,
        theirs=theirs.id,
        bases=bases,
        files=ours.files,
        bytes=ours.bytes,
    )
    return done, ours, trees, epoch


def _join(store: Store, drawn: Draft, done: Merged, ours: Commit, epoch: int, told: Mapping[str, Any]) -> Merged:
    told = {"commit": done.theirs, "bases": list(done.bases), **told}
    drawn = replace(drawn, provenance={**drawn.provenance, "merge": told})
    with ChunkSink(store) as sink:
        tree = write_combined(store, sink, ours.tree, done.combined)
        sink.finish()
        new = publish(store, drawn, tree, sink, epoch=epoch, parents=(ours.id, done.theirs))
    return replace(done, commit=new.commit, files=new.files, bytes=new.bytes, bytes_added=new.bytes_added)
