"""``trust data mount``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store import Store
    from trustlab.store.mounts import Mount

COLUMNS = ("name", "url", "query", "options", "author", "time")


@operation("verb", "Mounts", example={"name": "incoming", "url": "."})
def mount(
    name: Annotated[str | None, Positional()] = None,
    url: Annotated[str | None, Format("address"), Positional()] = None,
    option: dict[str, str] | None = None,
    query: str | None = None,
    remove: bool = False,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Read another store under a name of this one, or list such names: a namespace only, no distributed file system.

    A mount copies nothing, caches nothing and writes nothing: each read asks the other store, and gives what is there
    at that moment. It has no versions; `trust data commit REPO NAME` keeps one, with its source in the record.
    `NAME:path` and `trust://NAME/path` read a mount as they read a repo; the tables of a database are NAME:table, and
    trust://NAME/table.parquet to readers of files.

    Parameters
    ----------
    name : str
        What to call it; no repo has the same name. Without it, the mounts are listed.
    url : str
        A folder, a file or a .zip; sqlite:///file.db or postgresql://user:${VARIABLE}@host/database; s3://bucket/folder
        or any other address that fsspec reads. ${VARIABLE} is filled in from the environment at each use, so that no
        secret is kept; a password in the clear is refused.
    option : map
        A setting of the file system or the driver, as endpoint_url=http://localhost:9000 or anon=true; JSON is read as
        such, ${VARIABLE} is filled in at use.
    query : str
        For a database: one SELECT, whose rows are the mount's only table.
    remove : bool
        Forget the mount of that name; what it leads to, and commits made from it, stay as they are.
    force : bool
        Lead a name that is mounted already elsewhere.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.mounts import mounts

    _refuse_odd(name, url, option, query, remove, force)
    if name is None:
        workspace = context.workspace_or_none
        found = mounts(store_of(workspace)) if workspace is not None else []
        return _outcome(found, counted(len(found), "mount"), [] if found else ["%trust data mount NAME URL"])
    if remove:
        return _removed(store_of(context.workspace), name)
    if url is None:
        return _one(store_of(context.workspace), name)
    return _made(name, url, option or {}, query, force, context)


def _refuse_odd(
    name: str | None, url: str | None, option: dict[str, str] | None, query: str | None, remove: bool, force: bool
) -> None:
    if remove and (name is None or url is not None):
        raise UsageError("data.mount: remove takes the name of one mount, and no url")
    if name is None or url is None:
        for what, given in (("option", option), ("query", query), ("force", force)):
            if given:
                raise UsageError(f"data.mount: {what} goes with a name and a url; got no url")


def _made(name: str, url: str, option: dict[str, Any], query: str | None, force: bool, context: Context) -> Outcome:
    from trustlab.core.redaction import shown
    from trustlab.data.dataset import store_of
    from trustlab.data.mounts.address import absolute, read_options, refuse_secrets
    from trustlab.data.mounts.opening import open_mount
    from trustlab.store.mounts import Mount, add_mount, find_mount
    from trustlab.store.names import check_name

    check_name("mount", name)
    asked = Mount(
        name=name, url=absolute(url, context), options=read_options(option), query=query, author=context.author
    )
    workspace = context.workspace_or_none
    apart = workspace.root if workspace is not None else context.path(".trust")
    with open_mount(refuse_secrets(asked), apart) as mounted:
        # What cannot be read now is refused before anything is written, a new workspace included.
        mounted.check()
        kind = mounted.kind
    store = store_of(context.ensure_workspace())
    replaced = add_mount(store, asked, force=force)
    made = find_mount(store, name)
    assert made is not None
    done = "leads now" if replaced else "leads"
    return _outcome([made], f"{name} {done} to {shown(asked.url)} ({kind}); nothing was copied", _advice(name))


def _one(store: Store, name: str) -> Outcome:
    from trustlab.core.errors import NotFoundError, did_you_mean
    from trustlab.store.mounts import mounts

    known = {one.name: one for one in mounts(store)}
    if name not in known:
        raise NotFoundError(
            f"a mount must exist to be shown; got '{name}'.{did_you_mean(name, known)}",
            hint=f"`trust data mount` lists them; `trust data mount {name} URL` makes it.",
        )
    return _outcome([known[name]], f"{name} is a mount", _advice(name))


def _removed(store: Store, name: str) -> Outcome:
    from trustlab.core.redaction import shown
    from trustlab.store.mounts import remove_mount

    gone = remove_mount(store, name)
    return _outcome([], f"{name} is no mount any more; {shown(gone.url)} is as it was", ["%trust data mount"])


def _advice(name: str) -> list[str]:
    return [f"%trust data ls {name}", f"%trust data commit REPO {name}"]


def _outcome(found: list[Mount], summary: str, advice: list[str]) -> Outcome:
    listed = [_told(one) for one in found]
    rows = [
        (*(one[key] for key in COLUMNS[:3]), _words(one["options"]), *(one[key] for key in COLUMNS[4:]))
        for one in listed
    ]
    views = [Table(name="mounts", title="Mounts", columns=COLUMNS, rows=rows)] if rows else []
    return Outcome(payload={"mounts": listed}, summary=summary, views=list(views), advice=advice)


def _told(one: Mount) -> dict[str, Any]:
    from trustlab.core.redaction import shown
    from trustlab.data.mounts.address import redacted_options

    return {
        "name": one.name,
        "url": shown(one.url),
        "query": one.query,
        "options": redacted_options(one.options),
        "author": one.author,
        "time": one.time,
    }


def _words(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items())
