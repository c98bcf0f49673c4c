"""Turn a ref into a commit: ``loans``, ``loans@main``, ``loans@v1``, ``loans@main~2``, ``loans@3f9c``.

Each may end in ``:path``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from trustlab.core.database import hold
from trustlab.core.errors import ConflictError, NotFoundError, UsageError, did_you_mean
from trustlab.core.resolved import note
from trustlab.store.mounts import is_mount, no_versions
from trustlab.store.names import check_name
from trustlab.store.records import Commit, from_row
from trustlab.store.schema import BRANCHES, COMMITS, REPOS, TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from trustlab.store.store import Store

DEFAULT_BRANCH = "main"

_REF = re.compile(r"(?P<repo>[^@~:]+)(?:@(?P<base>[^@~:]+))?(?:~(?P<back>[0-9]{1,9}))?(?::(?P<path>.*))?", re.DOTALL)
_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Ref:
    """A ref in its parts.

    Parameters
    ----------
    repo : str
    base : str or None
        A branch, a tag, or the first four or more hex digits of a commit's id; None is the branch ``main``.
    back : int
        How many first parents to go back.
    path : str or None
        A file or folder inside.
    """

    repo: str
    base: str | None = None
    back: int = 0
    path: str | None = None

    def __str__(self) -> str:
        base = f"@{self.base}" if self.base else ""
        back = f"~{self.back}" if self.back else ""
        path = f":{self.path}" if self.path is not None else ""
        return f"{self.repo}{base}{back}{path}"


def parse(text: str | Ref) -> Ref:
    """Return the parts of a ref; a Ref as it is.

    Raises
    ------
    UsageError
        If it is not ``REPO[@BRANCH, TAG or COMMIT][~N][:PATH]``.
    """
    if isinstance(text, Ref):
        return text
    match = _REF.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise UsageError(
            f"a ref must be REPO[@BRANCH, TAG or COMMIT][~N][:PATH]; got {text!r}",
            hint="For example loans, loans@main, loans@main~2, loans@3f9c or loans@main:part/file.csv.",
        )
    check_name("repo", match["repo"])
    if match["base"] is not None:
        check_name("branch", match["base"])
    return Ref(match["repo"], match["base"], int(match["back"] or 0), match["path"] or None)


def resolve(store: Store, ref: str | Ref) -> Commit:
    """Return the commit that a ref names; its path is not looked at.

    Raises
    ------
    NotFoundError
        If the repo, the branch, the tag, the commit or that many parents do not exist.
    ConflictError
        If several commits begin like this, or two of branch, tag and commit are called so.
    """
    parts = parse(ref)
    with store.read() as connection:
        repo = repo_number(connection, parts.repo)
        start = _base(connection, parts, repo)
        found = _back(connection, parts, repo, start)
    note(str(replace(parts, path=None)), parts.repo, found.id)
    return found


def repo_number(connection: Connection, repo: str) -> int:
    """Return the number of a repo; NotFoundError where there is none of the name, UsageError where it is a mount."""
    found = connection.execute(select(REPOS.c.id).where(REPOS.c.name == repo)).scalar_one_or_none()
    if found is None:
        if is_mount(connection, repo):
            raise no_versions(repo)
        known = list(connection.execute(select(REPOS.c.name).order_by(REPOS.c.name)).scalars())
        raise NotFoundError(
            f"a repo must exist; got '{repo}'.{did_you_mean(repo, known)}",
            hint=f"Known repos: {_some(known)}." if known else "There is no repo yet: `trust data commit` makes one.",
        )
    return int(found)


def _base(connection: Connection, ref: Ref, repo: int) -> str:
    base = ref.base or DEFAULT_BRANCH
    named = _named(connection, repo, base)
    ids: list[str] = []
    if _PREFIX.fullmatch(base):
        # A range, not LIKE: only for this do the databases use the primary key.
        begins = select(COMMITS.c.id).where(COMMITS.c.repo == repo, COMMITS.c.id.between(base, base.ljust(64, "f")))
        ids = list(connection.execute(begins.order_by(COMMITS.c.id).limit(_LISTED)).scalars())
    meant = dict.fromkeys([*named.values(), *ids])
    if len(meant) == 1:
        return next(iter(meant))
    if meant:
        raise ConflictError(
            f"a ref must name one commit; '{ref}' could be {_some([name[:16] for name in meant])}"
            + "".join(f" ('{base}' is a {kind} too)" for kind in named),
            hint="Give more digits of the commit's id.",
        )
    branches, tags = (
        list(connection.execute(select(table.c.name).where(table.c.repo == repo).order_by(table.c.name)).scalars())
        for table in (BRANCHES, TAGS)
    )
    known = [f"{words} of {ref.repo}: {_some(names)}." for words, names in (("Branches", branches), ("Tags", tags))]
    raise NotFoundError(
        f"'{ref.repo}' must have a branch, tag or commit '{base}'; it has none.{did_you_mean(base, branches + tags)}",
        hint=" ".join(line for line, names in zip(known, (branches, tags), strict=True) if names)
        or f"{ref.repo} has no branch and no tag.",
    )


def check_free(connection: Connection, repo: int, ref: Ref, kind: str) -> None:
    """Refuse to make the branch or tag ``ref.base`` where the repo has a branch or tag of that name.

    Parameters
    ----------
    kind : str
        What is to be made: ``branch`` or ``tag``.

    Raises
    ------
    ConflictError
        If the name is taken.
    """
    hold_names(connection, repo)
    taken = next(iter(_named(connection, repo, ref.base or DEFAULT_BRANCH)), None)
    if taken is not None:
        raise ConflictError(
            f"a new {kind} must have a new name; '{ref}' exists" + (f", as a {taken}" if taken != kind else ""),
            hint="A tag stays where it was put; to move the name, delete the tag first." if taken == "tag" else None,
        )


def hold_names(connection: Connection, repo: int) -> None:
    """Let nobody else make a branch or a tag in the repo of that number until the transaction ends."""
    hold(connection, f"names of {repo}")


def check_kept(connection: Connection, number: int, repo: str, commits: Sequence[str]) -> None:
    """Refuse commits, of the repo with that number and name, that a gc has removed since they were resolved.

    Raises
    ------
    NotFoundError
        If one is not there.
    """
    query = select(COMMITS.c.id).where(COMMITS.c.repo == number, COMMITS.c.id.in_(commits))
    there = set(connection.execute(query).scalars())
    for commit in commits:
        if commit not in there:
            raise NotFoundError(f"commit {commit[:12]} must be in '{repo}'; gc has removed it meanwhile")


def _named(connection: Connection, repo: int, name: str) -> dict[str, str]:
    """Return the commits that a name stands for as a branch and as a tag."""
    branch = select(literal("branch"), BRANCHES.c.head).where(BRANCHES.c.repo == repo, BRANCHES.c.name == name)
    tag = select(literal("tag"), TAGS.c.commit).where(TAGS.c.repo == repo, TAGS.c.name == name)
    return {row[0]: row[1] for row in connection.execute(branch.union_all(tag))}


def _back(connection: Connection, ref: Ref, repo: int, start: str) -> Commit:
    rows = (
        select(COMMITS.c.id, COMMITS.c.parent, literal(0).label("depth"))
        .where(COMMITS.c.repo == repo, COMMITS.c.id == start)
        .cte("line", recursive=True)
    )
    rows = rows.union_all(
        select(COMMITS.c.id, COMMITS.c.parent, rows.c.depth + 1)
        .join_from(COMMITS, rows, COMMITS.c.id == rows.c.parent)
        .where(COMMITS.c.repo == repo, rows.c.depth < ref.back)
    )
    last = select(rows.c.id, rows.c.depth).order_by(rows.c.depth.desc()).limit(1).subquery()
    query = select(COMMITS, last.c.depth).join_from(last, COMMITS, COMMITS.c.id == last.c.id)
    row = connection.execute(query.where(COMMITS.c.repo == repo)).one_or_none()
    if row is None:
        raise NotFoundError(f"commit {start[:12]} must be in '{ref.repo}'; its record is missing")
    if row.depth < ref.back:
        raise NotFoundError(f"'{ref}' must exist; the history before it has only {row.depth} commits")
    return from_row(row, ref.repo)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
