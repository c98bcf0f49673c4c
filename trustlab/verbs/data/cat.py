"""``trust data cat``."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, NamedTuple

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range, Unit
from trustlab.core.result import Outcome
from trustlab.core.views import Text, View

if TYPE_CHECKING:
    from trustlab.store import Store

MOST = 16 * 1024 * 1024


@operation("verb", "Bytes", read_only=True, random=False, example={"ref": "loans@main", "limit": 100})
def cat(
    ref: Annotated[str, Format("ref"), Positional()],
    start: Annotated[int, Range(0), Unit("B")] = 0,
    limit: Annotated[int, Range(1, MOST), Unit("B")] = 64 * 1024,
    *,
    context: Context,
) -> Outcome:
    """Show a piece of a file of a version or a mount, without fetching the rest.

    Parameters
    ----------
    ref : ref
        The version and the file, as loans@main:loans.csv, where the file may be left out if there is only one; or a
        mount and the file, as bucket:part/a.csv.
    start : int
        Where to begin.
    limit : int
        At most so many.
    """
    from trustlab.data.dataset import store_of

    piece = _piece(store_of(context.workspace), ref, start, limit)
    data = piece.data
    text = _text(data)
    views: list[View] = [] if text is None else [Text(name="text", title=piece.path, text=text)]
    part = "" if len(data) == piece.size else f", {len(data):,} of them from {start:,} on"
    return Outcome(
        payload={
            "commit": piece.commit,
            "path": piece.path,
            "bytes": piece.size,
            "start": start,
            "read": len(data),
            "text": text,
            "base64": base64.b64encode(data).decode() if text is None else None,
        },
        summary=f"{piece.name}:{piece.path}, {piece.size:,} bytes{part}"
        + ("" if text is not None else "; they are no text"),
        views=views,
        value=data,
    )


class _Piece(NamedTuple):
    name: str
    commit: str | None
    path: str
    size: int
    data: bytes


def _piece(store: Store, ref: str, start: int, limit: int) -> _Piece:
    from trustlab.data import reads
    from trustlab.data.mounts.files import read_piece
    from trustlab.data.mounts.opening import place_of
    from trustlab.store.read import find, read_entry

    place = place_of(store, ref)
    if place is not None:
        return _Piece(place.mount.name, None, *read_piece(place, start, limit))
    found, entry = find(store, ref)
    data = read_entry(store, entry, start, start + limit)
    reads.note(store, found.repo, found.id, entry.path)
    return _Piece(f"{found.repo}@{found.id[:12]}", found.id, entry.path, entry.size, data)


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the piece's end cuts in two is no sign of another encoding.
        return data[: error.start].decode("utf-8") if error.start > 0 and len(data) - error.start < 4 else None
