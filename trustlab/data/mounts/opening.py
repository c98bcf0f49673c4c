"""From a name to an open mount, and from there to what a reader or a commit wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trustlab.data.mounts.address import address_of
from trustlab.store.mounts import find_mount, no_versions
from trustlab.store.refs import parse

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from trustlab.data.mounts.mounted import Mounted
    from trustlab.store import Store
    from trustlab.store.mounts import Mount
    from trustlab.store.sources import Source

# In a commit's record: more files than this are counted, and their states told by one fingerprint.
STAMPED = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A mount, and a path in it; what ``NAME:path`` and ``trust://NAME/path`` mean.

    Parameters
    ----------
    mount : Mount
    path : str
        Empty for the top.
    apart : Path
        The workspace's folder, which is in no mount.
    """

    mount: Mount
    path: str
    apart: Path

    def open(self) -> Mounted:
        """Open the mount; a context manager."""
        return open_mount(self.mount, self.apart)


def open_mount(mount: Mount, apart: Path) -> Mounted:
    """Open a mount by the kind that claims its address; nothing is read yet.

    Parameters
    ----------
    mount : Mount
    apart : Path
        The workspace's folder.

    Raises
    ------
    NotFoundError
        If a variable that the mount names is not set.
    """
    address = address_of(mount, apart)
    return next(kind for kind in _kinds() if kind.claims(address))(address)


def _kinds() -> tuple[type[Mounted], ...]:
    """Return the kinds of mounts, of which the first that claims an address opens it."""
    # Here, as most commits only ask whether a name is a mount's.
    from trustlab.data.mounts.archive import Archive
    from trustlab.data.mounts.database import Database
    from trustlab.data.mounts.folder import Folder
    from trustlab.data.mounts.remote import Remote

    return Database, Archive, Folder, Remote


def place_of(store: Store, text: str) -> Place | None:
    """Return the place in a mount that a text names, None where its first part is no mount's name.

    Parameters
    ----------
    text : str
        ``NAME``, ``NAME:path`` or ``trust://NAME/path``.

    Raises
    ------
    UsageError
        If it asks for a version: a mount has none.
    """
    ref = text.removeprefix("trust://")
    if ref != text and "/" in ref:
        ref = ref.replace("/", ":", 1)
    name = ref
    for letter in "@~:":
        name = name.partition(letter)[0]
    mount = find_mount(store, name)
    if mount is None:
        return None
    parts = parse(ref)
    if parts.base is not None or parts.back:
        raise no_versions(name)
    return Place(mount, parts.path or "", store.root)


def snapshot(place: Place, held: ExitStack) -> tuple[Source, dict[str, Any]]:
    """Return what a commit takes from a place, and where it came from as JSON data.

    Parameters
    ----------
    held : ExitStack
        Keeps the mount open until the commit is done.
    """
    mounted = held.enter_context(place.open())
    taken = mounted.snapshot(place.path)
    origin: dict[str, Any] = {"kind": "mount", "name": place.mount.name, "url": mounted.address.shown}
    if place.path:
        origin["path"] = place.path
    if place.mount.query is not None:
        origin["query"] = place.mount.query
    return taken.source, origin | _states(taken.stamps)


def _states(stamps: Any) -> dict[str, Any]:
    from blake3 import blake3

    from trustlab.store.records import canonical

    if not stamps:
        return {}
    told = {path: dict(stamp) for path, stamp in stamps.items()}
    if len(told) <= STAMPED:
        return {"files": told}
    return {"state": blake3(canonical(told).encode()).hexdigest(), "stamped": len(told)}
