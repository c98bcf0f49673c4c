"""Where the other side of a push or a pull is: a folder, or a name from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.core.errors import ConflictError, DamagedError, InputError, NotFoundError, UsageError, did_you_mean
from trustlab.core.workspace import CONFIG, FOLDER, Remote, Workspace, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import URL

    from trustlab.core.context import Context
    from trustlab.store import Store


def open_remote(name: str | Path, context: Context, *, create: bool | None = None) -> Store:
    """Return the store of another workspace.

    Parameters
    ----------
    name : str or Path
        A folder that holds or is a workspace, or a name from ``[remotes.NAME]`` in the workspace's config.toml.
    create : bool or None
        Whether to make a workspace in a folder that has none; None where that would make no sense.

    Raises
    ------
    NotFoundError
        If there is no such name and no workspace in such a folder.
    UsageError
        If it is this workspace itself, or an address that must be in the settings.
    ConflictError
        If it could mean a name and a folder, is locked, cannot be reached or was made by a newer version.
    DamagedError
        If its database cannot be read.
    """
    here = context.workspace_or_none
    try:
        store = _open(name, _meaning(name, context), context, create=create)
    except (ConflictError, DamagedError, InputError, UsageError) as error:
        raise type(error)(f"remote '{name}': {error.message}", hint=error.hint) from error
    except OSError as error:
        raise ConflictError(f"remote '{name}' must be reachable; got: {error}") from error
    if here is not None and _same(store, here):
        store.close()
        raise UsageError(
            f"remote must be another workspace; '{name}' is this one",
            hint="To copy a branch inside a workspace: trust data branches REPO --create NAME --at REF",
        )
    return store


def _meaning(name: str | Path, context: Context) -> Remote:
    known = _known(context)
    if isinstance(name, str) and name in known:
        if _root(context.path(name)) is not None:
            raise ConflictError(
                f"it could mean the setting remotes.{name} or the workspace in {context.path(name)}",
                hint=f"Say ./{name} for the folder, or rename the remote in config.toml.",
            )
        return known[name]
    if "://" in str(name):
        raise UsageError(
            "it must be a folder or a name from config.toml; this is an address",
            hint="Put it into config.toml: [remotes.NAME] with database_url and objects_url.",
        )
    if not str(name) or "\0" in str(name):
        raise UsageError("it must be a folder or a name from config.toml")
    return Remote(path=str(context.path(name)))


def _known(context: Context) -> Mapping[str, Remote]:
    here = context.workspace_or_none
    return here.settings.remotes if here is not None else {}


def _open(name: str | Path, remote: Remote, context: Context, *, create: bool | None) -> Store:
    from trustlab.store import open_store

    if remote.path is None:
        # Such a one comes from the settings of a workspace, so there is a workspace.
        return open_store(context.workspace.root, remote.database_url, remote.objects_url, remote.objects_options)
    here = context.workspace_or_none
    folder = (here.home if here is not None else context.path(".")) / Path(remote.path).expanduser()
    root = _root(folder)
    if root is None:
        if not create:
            raise _missing(str(name), folder, context, may_make=create is not None)
        root = Workspace.make(folder.resolve() / FOLDER).root
    # The TRUSTLAB_* variables speak of this workspace.
    settings = read_settings(root / CONFIG, environment=False)
    return open_store(root.resolve(), settings.database_url, settings.objects_url, settings.objects_options)


def _root(folder: Path) -> Path | None:
    """Return the workspace's own folder that ``folder`` holds or is, None where it is neither."""
    if (folder / FOLDER).is_dir():
        return folder / FOLDER
    return folder if (folder / CONFIG).is_file() or (folder / "metadata.db").is_file() else None


def _missing(name: str, folder: Path, context: Context, *, may_make: bool) -> NotFoundError:
    known = _known(context)
    near = list(known)
    if folder.parent.is_dir():
        near += [each.name for each in folder.parent.iterdir() if _root(each) is not None]
    either = "" if name in known else " or a name from config.toml"
    return NotFoundError(
        f"remote must be a folder that holds a workspace{either}; {folder} holds none."
        f"{did_you_mean(folder.name, near)}",
        hint="To make a workspace there, push with --create."
        if may_make
        else "Name the folder that holds .trust, or put its address into config.toml: [remotes.NAME].",
    )


def _same(store: Store, here: Workspace) -> bool:
    return _place(store.engine.url) == _place(here.engine.url)


def _place(url: URL) -> tuple[object, ...]:
    if url.get_backend_name() == "sqlite":
        return "sqlite", str(Path(url.database or "").resolve())
    return url.get_backend_name(), url.host, url.port, url.database
