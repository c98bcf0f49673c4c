"""Branches for commits that wait to be looked at: one for each, so that each is let in or given up by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import select

from trustlab.core.errors import ConflictError, NotFoundError
from trustlab.store.ancestry import graph, leads_to
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.names import check_name
from trustlab.store.offer import heads_of
from trustlab.store.publish import LostRaceError, move_branch, until_published
from trustlab.store.refs import repo_number, resolve
from trustlab.store.schema import TAGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.store.publish import Committed
    from trustlab.store.store import Store


def names(branch: str) -> Iterator[str]:
    """Yield the names of the branches where commits wait: ``quarantine``, ``quarantine-2``, ``quarantine-3`` …"""
    return (branch if number == 1 else f"{branch}-{number}" for number in count(1))


def is_one(branch: str, quarantine: str) -> bool:
    """Return whether a branch is one of those where commits wait that break the rules."""
    first, _, number = branch.rpartition("-")
    return branch == quarantine or (first == quarantine and number.isdecimal())


def make_ready(store: Store, repo: str, branch: str, behind: str) -> tuple[str, bool]:
    """Make a branch ready for a commit that was meant for ``behind``; return its name, and whether ``behind`` is there.

    It is the first of the `names` that holds no commit which waits: a new one, or one all of whose commits are in the
    history of ``behind``. It is then at the head of ``behind``, so that what is committed next can be merged as one
    step, and brings nothing else along. Where ``behind`` is not there, the branch is not there either: the next commit
    begins a history of its own.
    """
    check_name("branch", branch)

    return until_published(lambda: _attempt(store, repo, branch, behind), f"{repo}@{branch}")


def fold(store: Store, done: Committed, branch: str) -> Committed:
    """Return the commit that waits already with the very same files, and give up the new one; else the new one."""
    held = {one.name: one.head for one in branches(store, done.repo) if is_one(one.name, branch)}
    mine = resolve(store, f"{done.repo}@{done.commit}")
    for name in sorted(held, key=len):
        twin = resolve(store, f"{done.repo}@{held[name]}")
        # Where the branch moved on since, both are kept: to let one in is then not to let the other in.
        if name != done.branch and twin.tree == mine.tree and twin.parents == mine.parents:
            delete_branch(store, done.repo, done.branch)
            return replace(done, commit=twin.id, branch=name, parents=twin.parents, bytes_added=0, created=False)
    return done


def _attempt(store: Store, repo: str, branch: str, behind: str) -> tuple[str, bool]:
    with store.read() as connection:
        try:
            number = repo_number(connection, repo)
        except NotFoundError:
            return branch, False
        heads = heads_of(connection, number)
        known = graph(connection, number)
        tagged = set(connection.execute(select(TAGS.c.name).where(TAGS.c.repo == number)).scalars())
    head = heads.get(behind)
    if branch == behind:
        return branch, head is not None
    name = _free(branch, heads, head, known, tagged)
    last = heads.get(name)
    if head is None:
        return name, False
    if last is None:
        try:
            create_branch(store, name, f"{repo}@{head}")
        except ConflictError as error:
            with store.read() as connection:
                made = name in heads_of(connection, repo_number(connection, repo))
            # Anything else that is in the way, such as a tag of the name, would be there the next time too.
            if not made:
                raise
            raise LostRaceError from error
    elif last != head:
        move_branch(store, repo, name, last, head)
    return name, True


def _free(
    branch: str,
    heads: Mapping[str, str],
    head: str | None,
    known: dict[str, tuple[str, ...]],
    tagged: set[str],
) -> str:
    """Return the first name whose branch holds nothing that waits; a number is passed over where a tag has the name."""
    for name in names(branch):
        last = heads.get(name)
        if name != branch and name in tagged:
            continue
        if last is None or (head is not None and leads_to(known, last, head)):
            return name
    raise AssertionError(branch)
