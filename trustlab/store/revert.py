"""Revert: a new commit that undoes an earlier one, or brings an earlier version back; history stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from trustlab.core.errors import ConflictError, UsageError
from trustlab.store import schema
from trustlab.store.ancestry import ancestors, graph
from trustlab.store.branches import head_of
from trustlab.store.merge import choice_told
from trustlab.store.publish import draft, publish, until_published
from trustlab.store.refs import DEFAULT_BRANCH, Ref, check_kept, parse, repo_number, resolve
from trustlab.store.schema import BRANCHES
from trustlab.store.sink import ChunkSink
from trustlab.store.threeway import Choice, Combined, MergeConflictError, combine, write_combined
from trustlab.store.trees import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.store.publish import Draft
    from trustlab.store.records import Commit
    from trustlab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverted:
    """What a revert did.

    Parameters
    ----------
    commit : str
        The branch's head now.
    repo, branch : str
    undone : str
        The commit undone; of a return to an earlier version, that version.
    combined : Combined
        What the branch took.
    files, bytes : int
        What the head holds.
    bytes_added : int
        Bytes newly stored.
    created : bool
        False where the head holds that already, and nothing was done.
    """

    commit: str
    repo: str
    branch: str
    undone: str
    combined: Combined = field(default_factory=Combined)
    files: int
    bytes: int
    bytes_added: int = 0
    created: bool = False


def revert(
    store: Store,
    ref: str | Ref,
    *,
    branch: str | None = None,
    parent: int | None = None,
    message: str | None = None,
    author: str | None = None,
    choice: Choice | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Reverted:
    """Undo what one commit changed, by a new commit on its branch.

    Parameters
    ----------
    branch : str or None
        Where None, the branch that the ref names, or else ``main``.
    parent : int or None
        For a merge: which of its parents, counted from 1, it is to be as if nothing had been merged into.
    message : str or None
        What was undone, where None.
    author, choice, provenance
        As :func:`trustlab.store.merge.merge` takes them; "theirs" is the state before the commit.

    Raises
    ------
    NotFoundError
        If the ref or the branch is not there.
    MergeConflictError
        If a path that the commit changed was changed since, and ``choice`` does not say which holds.
    ConflictError
        If the commit is not in the branch's history, or no file would be left.
    UsageError
        If the commit is a merge and ``parent`` is not one of its parents, or ``choice`` names what is not in conflict.
    """
    commit, into = _target(store, ref, branch)
    before = _parent_of(store, commit, parent)
    about = f"Revert {commit.id[:12]}" + (f": {commit.message}" if commit.message else "")
    drawn = draft(commit.repo, into, message if message is not None else about, author, provenance)
    chosen = choice or Choice()

    def attempt() -> Reverted:
        ours, epoch = _head(store, drawn, commit, inside=True)
        combined = combine(store, ours.tree, before.tree if before else None, [commit.tree], chosen)
        if combined.conflicts:
            sides = f"{commit.repo}@{into}", f"the version before {commit.id[:12]}"
            raise MergeConflictError(sides, combined.conflicts)
        told = {"commit": commit.id, "parent": before.id if before else None, **choice_told(chosen, combined)}
        return _write(store, drawn, ours, epoch, told, commit, combined)

    return until_published(attempt, f"{commit.repo}@{into}")


def return_to(
    store: Store,
    ref: str | Ref,
    to: str | Ref,
    *,
    message: str | None = None,
    author: str | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Reverted:
    """Bring an earlier version back, by a new commit on a branch that holds what that version held.

    Parameters
    ----------
    ref : str or Ref
        The branch.
    to : str or Ref
        Any version of the same repo.
    message : str or None
        What was brought back, where None.

    Raises
    ------
    NotFoundError
        If the branch or the version is not there.
    UsageError
        If ``ref`` is no branch, ``to`` is of another repo, or one has a path.
    """
    parts, there = parse(ref), _whole(to)
    if parts.back or parts.path is not None:
        raise UsageError(f"what returns to a version must be a branch; got '{parts}'")
    if there.repo != parts.repo:
        raise UsageError(f"a branch can return to a version of its own repo, '{parts.repo}'; got '{there}'")
    wanted, into = resolve(store, there), parts.base or DEFAULT_BRANCH
    drawn = draft(parts.repo, into, message if message is not None else f"Return to {there}", author, provenance)

    def attempt() -> Reverted:
        ours, epoch = _head(store, drawn, wanted, inside=False)
        return _write(store, drawn, ours, epoch, {"to": wanted.id}, wanted, None)

    return until_published(attempt, f"{parts.repo}@{into}")


def _whole(ref: str | Ref) -> Ref:
    parts = parse(ref)
    if parts.path is not None:
        raise UsageError(f"a revert takes a whole version; got '{parts}', which has a path")
    return parts


def _target(store: Store, ref: str | Ref, branch: str | None) -> tuple[Commit, str]:
    """Return the commit to undo, and the branch on which."""
    parts = _whole(ref)
    commit = resolve(store, parts)
    if branch is not None:
        return commit, branch
    with store.read() as connection:
        repo = repo_number(connection, parts.repo)
        base = parts.base or DEFAULT_BRANCH
        query = select(BRANCHES.c.name).where(BRANCHES.c.repo == repo, BRANCHES.c.name == base)
        named = connection.execute(query).first() is not None
    return commit, base if named else DEFAULT_BRANCH


def _parent_of(store: Store, commit: Commit, parent: int | None) -> Commit | None:
    """Return the version to which a commit is undone, None where it was the first."""
    count = len(commit.parents)
    short = f"{commit.repo}@{commit.id[:12]}"
    if parent is None and count > 1:
        raise UsageError(
            f"{short} is a merge of {count} versions; parent must say to which of them it is undone, 1 to {count}",
            hint=f"--parent 1 takes out what was merged in; its parents are "
            f"{', '.join(f'{number} {id_[:12]}' for number, id_ in enumerate(commit.parents, 1))}.",
        )
    if parent is not None and not 1 <= parent <= count:
        raise UsageError(f"parent must be one of the {count} of {short}, counted from 1; got {parent}")
    return resolve(store, Ref(commit.repo, commit.parents[(parent or 1) - 1])) if count else None


def _head(store: Store, drawn: Draft, commit: Commit, *, inside: bool) -> tuple[Commit, int]:
    """Return the branch's head, ``inside`` whose history ``commit`` must be or not, and the epoch of gc."""
    with store.read() as connection:
        epoch = schema.gc_epoch(connection)
        repo = repo_number(connection, drawn.repo)
        check_kept(connection, repo, drawn.repo, [commit.id])
        ours = head_of(connection, repo, drawn.repo, drawn.branch)
        if inside and commit.id not in ancestors(graph(connection, repo), [ours.id]):
            raise ConflictError(
                f"what is undone must be in the history of '{drawn.repo}@{drawn.branch}'; {commit.id[:12]} is not",
                hint="Say on which branch it is to be undone: --branch NAME.",
            )
    return ours, epoch


def _write(
    store: Store,
    drawn: Draft,
    ours: Commit,
    epoch: int,
    told: Mapping[str, Any],
    undone: Commit,
    combined: Combined | None,
) -> Reverted:
    """Publish ``ours`` with the changes of ``combined``, or else the tree of ``undone``, unless it holds that."""
    done = Reverted(
        commit=ours.id,
        repo=drawn.repo,
        branch=drawn.branch,
        undone=undone.id,
        combined=combined or Combined(),
        files=ours.files,
        bytes=ours.bytes,
    )
    if ours.tree == undone.tree if combined is None else not combined.changes:
        return done
    drawn = replace(drawn, provenance={**drawn.provenance, "revert": dict(told)})
    with ChunkSink(store) as sink:
        tree = (
            write_combined(store, sink, ours.tree, combined)
            if combined is not None
            else Written(undone.tree, undone.files, undone.bytes)
        )
        sink.finish()
        new = publish(store, drawn, tree, sink, epoch=epoch, parents=(ours.id,))
    return replace(done, commit=new.commit, files=new.files, bytes=new.bytes, bytes_added=new.bytes_added, created=True)
