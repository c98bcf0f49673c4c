"""``trust data cat``."""

from __future__ import annotations

import base64
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional, Range, Unit
from trustlab.core.result import Outcome
from trustlab.core.views import Text, View

MOST = 16 * 1024 * 1024


@operation("verb", "Bytes", random=False, example={"ref": "loans@main", "limit": 100})
def cat(
    ref: Annotated[str, Format("ref"), Positional()],
    start: Annotated[int, Range(0), Unit("B")] = 0,
    limit: Annotated[int, Range(1, MOST), Unit("B")] = 64 * 1024,
    *,
    context: Context,
) -> Outcome:
    """Show a piece of a file of a version, without fetching the rest.

    Parameters
    ----------
    ref : ref
        The version and the file, as loans@main:loans.csv; the file may be left out where there is only one.
    start : int
        Where to begin.
    limit : int
        At most so many.
    """
    from trustlab.data import reads
    from trustlab.data.dataset import store_of
    from trustlab.store.read import find, read_entry

    store = store_of(context.workspace)
    found, entry = find(store, ref)
    data = read_entry(store, entry, start, start + limit)
    reads.note(store, found.repo, found.id, entry.path)
    text = _text(data)
    views: list[View] = [] if text is None else [Text(name="text", title=entry.path, text=text)]
    part = "" if len(data) == entry.size else f", {len(data):,} of them from {start:,} on"
    return Outcome(
        payload={
            "commit": found.id,
            "path": entry.path,
            "bytes": entry.size,
            "start": start,
            "read": len(data),
            "text": text,
            "base64": base64.b64encode(data).decode() if text is None else None,
        },
        summary=f"{found.repo}@{found.id[:12]}:{entry.path}, {entry.size:,} bytes{part}"
        + ("" if text is not None else "; they are no text"),
        views=views,
        value=data,
    )


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the piece's end cuts in two is no sign of another encoding.
        return data[: error.start].decode("utf-8") if error.start > 0 and len(data) - error.start < 4 else None
