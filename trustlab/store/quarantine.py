"""A branch for commits that wait to be looked at, kept as close behind another branch as nothing is lost by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from trustlab.core.errors import ConflictError
from trustlab.store.branches import create_branch
from trustlab.store.names import check_name
from trustlab.store.publish import LostRaceError, move_branch, until_published
from trustlab.store.schema import BRANCHES, COMMITS, REPOS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trustlab.store.store import Store


def make_ready(store: Store, repo: str, branch: str, behind: str) -> bool:
    """Make ``branch`` ready for a commit that was meant for ``behind``, and return whether that branch is there.

    It begins at the head of ``behind`` where it is new, and moves there where all that it holds is in that head's
    history already, so that what is committed next can be merged as one step. Where it holds commits of its own, it
    stays: the next commit follows them.
    """
    check_name("branch", branch)

    return until_published(lambda: _attempt(store, repo, branch, behind), f"{repo}@{branch}")


def _attempt(store: Store, repo: str, branch: str, behind: str) -> bool:
    with store.read() as connection:
        heads = _heads(connection, repo)
        head, last = heads.get(behind), heads.get(branch)
        moves = head is not None and last is not None and head != last and _reaches(connection, repo, head, last)
    if head is not None and last is None:
        try:
            create_branch(store, branch, f"{repo}@{head}")
        except ConflictError as error:
            with store.read() as connection:
                made = branch in _heads(connection, repo)
            # Anything else that is in the way, such as a tag of the name, would be there the next time too.
            if not made:
                raise
            raise LostRaceError from error
    elif moves and head is not None and last is not None:
        move_branch(store, repo, branch, last, head)
    return head is not None


def _heads(connection: Connection, repo: str) -> dict[str, str]:
    query = select(BRANCHES.c.name, BRANCHES.c.head).join(REPOS, REPOS.c.id == BRANCHES.c.repo)
    return {row.name: str(row.head) for row in connection.execute(query.where(REPOS.c.name == repo))}


def _reaches(connection: Connection, repo: str, start: str, sought: str) -> bool:
    """Return whether ``sought`` is in the history of ``start``, along every parent."""
    query = select(COMMITS.c.id, COMMITS.c.parents).join(REPOS, REPOS.c.id == COMMITS.c.repo)
    rows = connection.execute(query.where(REPOS.c.name == repo))
    parents = {row.id: json.loads(row.parents) for row in rows}
    waiting, seen = [start], set()
    while waiting:
        one = waiting.pop()
        if one == sought:
            return True
        if one not in seen:
            seen.add(one)
            waiting += parents.get(one, [])
    return False
