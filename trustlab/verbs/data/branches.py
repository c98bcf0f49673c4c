"""``trust data branches``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store
    from trustlab.store.branches import Branch

COLUMNS = ("repo", "branch", "commit", "time", "message", "files", "bytes")


@operation(
    "verb", "Branches", read_only=True, writes_with=("create", "delete"), random=False, example={"repo": "loans"}
)
def branches(
    repo: Annotated[str | None, Format("repo"), Positional()] = None,
    create: str | None = None,
    at: Annotated[str | None, Format("ref")] = None,
    delete: Annotated[str | None, Format("branch")] = None,
    limit: Annotated[int, Range(1)] = 1000,
    offset: Annotated[int, Range(0)] = 0,
    matching: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """List the branches of one repo or of all; make or delete one.

    Parameters
    ----------
    repo : str
        The repo; every one where not given.
    create : str
        Make a branch of this name.
    at : ref
        Where the new branch begins; the repo's branch main where not given.
    delete : str
        Delete the branch of this name; `trust data gc` then removes what nothing else reaches.
    limit : int
        List at most so many.
    offset : int
        Leave out so many of the first.
    matching : str
        List only branches that have all of these words, in their name, message or commit.
    """
    from trustlab.core.listing import page
    from trustlab.data.dataset import store_of
    from trustlab.store.branches import branches as list_branches

    store = store_of(context.workspace)
    done = _change(store, repo, create, at, delete)
    found, total = page(list_branches(store, repo), _told, limit=limit, offset=offset, matching=matching)
    rows = [(one.repo, one.name, one.head[:12], one.time, one.message, one.files, one.bytes) for one in found]
    listed = [
        dict(zip(COLUMNS, (one.repo, one.name, one.head, *row[3:]), strict=True))
        for one, row in zip(found, rows, strict=True)
    ]
    return Outcome(
        payload={"branches": listed, "total": total},
        summary=f"{done}{counted(total, 'branch', 'branches')}" + (f" of {repo}" if repo else ""),
        views=[Table(name="branches", title="Branches", columns=COLUMNS, rows=rows, units={"bytes": "B"})],
        advice=[] if total or matching else ["%trust data commit REPO FILE"],
    )


def _told(branch: Branch) -> tuple[str, ...]:
    return branch.repo, branch.name, branch.head, branch.message


def _change(store: Store, repo: str | None, create: str | None, at: str | None, delete: str | None) -> str:
    from trustlab.store.branches import create_branch, delete_branch
    from trustlab.store.refs import parse

    if (create or delete) and repo is None:
        raise UsageError("data.branches: repo is needed to make or delete a branch; nothing came")
    if create and delete:
        raise UsageError(f"data.branches: one of create and delete; got both, '{create}' and '{delete}'")
    if at is not None and create is None:
        raise UsageError(f"data.branches: at goes with create; got at '{at}' alone")
    if create is not None and repo is not None:
        start = at or repo
        if parse(start).repo != repo:
            raise UsageError(f"data.branches: at must be a ref of '{repo}'; got '{start}'")
        head = create_branch(store, create, start)
        return f"made {repo}@{create} at {head[:12]}; "
    if delete is not None and repo is not None:
        return f"deleted {repo}@{delete}, which was at {delete_branch(store, repo, delete)[:12]}; "
    return ""
