"""``trust data tag``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store

COLUMNS = ("repo", "tag", "commit", "time", "author", "message")


@operation("verb", "Tags", example={"ref": "loans@main~1", "name": "v1", "message": "as reported"})
def tag(
    ref: Annotated[str | None, Format("ref"), Positional()] = None,
    name: Annotated[str | None, Positional()] = None,
    message: Annotated[str, Short("m")] = "",
    author: str | None = None,
    delete: str | None = None,
    *,
    context: Context,
) -> Outcome:
    """Name a version for good, list the tags of one repo or of all, or delete one.

    A tag stays where it was put, stands wherever a branch may (loans@v1, loans@v1~2), and keeps what it reaches.

    Parameters
    ----------
    ref : ref
        The version to name; with no name, the repo whose tags are listed; every repo where not given.
    name : str
        What to call the version.
    message : str
        Why it has a name.
    author : str
        Who names it; the workspace's setting, or else the system's user, where not given.
    delete : str
        Delete the tag of this name; `trust data gc` then removes what nothing else reaches.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.tags import create_tag, tags

    store = store_of(context.workspace)
    repo = _repo(ref, name, delete)
    done = ""
    if ref is not None and name is not None:
        made = create_tag(store, name, ref, message=message, author=author or context.author)
        done = f"{repo}@{name} is {made.commit[:12]}; "
    elif repo is not None and delete is not None:
        done = _delete(store, repo, delete)
    found = tags(store, repo)
    rows = [(one.repo, one.name, one.commit[:12], one.time, one.author, one.message) for one in found]
    listed = [
        dict(zip(COLUMNS, (one.repo, one.name, one.commit, *row[3:]), strict=True))
        for one, row in zip(found, rows, strict=True)
    ]
    return Outcome(
        payload={"tags": listed},
        summary=f"{done}{counted(len(found), 'tag')}" + (f" of {repo}" if repo else ""),
        views=[Table(name="tags", title="Tags", columns=COLUMNS, rows=rows)],
        advice=[f"%trust data show {repo}@{name}"] if name else [],
    )


def _repo(ref: str | None, name: str | None, delete: str | None) -> str | None:
    from trustlab.store.refs import Ref, parse

    if name is not None and delete is not None:
        raise UsageError(f"data.tag: one of name and delete; got both, '{name}' and '{delete}'")
    if ref is None:
        if name is not None or delete is not None:
            raise UsageError("data.tag: ref is needed to make or delete a tag; nothing came")
        return None
    parts = parse(ref)
    if name is None and parts != Ref(parts.repo):
        what = "a tag is deleted from a repo" if delete else "name is needed to tag a version"
        raise UsageError(
            f"data.tag: {what}; got '{ref}' alone",
            hint=f"trust data tag {parts.repo} --delete {delete}" if delete else f"trust data tag {ref} NAME",
        )
    return parts.repo


def _delete(store: Store, repo: str, name: str) -> str:
    from trustlab.store.tags import delete_tag

    return f"deleted {repo}@{name}, which was {delete_tag(store, repo, name)[:12]}; "
