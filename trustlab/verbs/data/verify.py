"""``trust data verify``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Positional
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table

_RESTORE = (
    "Restore the packs named above from a backup, then run: trust data verify. Where there is no backup, run: "
    "trust data verify --repair"
)
_AGAIN = (
    "Bring the lost bytes again: commit the same files, or pull from or be pushed to by a store that has them "
    "(trust data pull REPO@BRANCH REMOTE). Then run: trust data verify"
)
COLUMNS = ("kind", "pack", "chunks", "commits", "paths")


@operation("verb", "Verify", random=False, cost="minutes", example={})
def verify(repo: Annotated[str | None, Positional()] = None, repair: bool = False, *, context: Context) -> Outcome:
    """Read every stored byte again and say whether it is as it was written.

    It fails where anything is damaged, and names the commits and paths concerned.

    Parameters
    ----------
    repo : str
        Only this repo; every one where not given.
    repair : bool
        Give up what cannot be read: strike it from the store's index, so that the next commit, push or pull that
        brings the same bytes stores them again. Not where a backup of the packs can be restored: do that first.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.progress import byte_bar
    from trustlab.store.verify import verify as check

    with byte_bar(context, "verify") as progress:
        found = check(store_of(context.workspace), repo, progress, repair=repair)
    packs = counted(found.packs, "pack")
    seen = f"{counted(found.commits, 'commit')}, {counted(found.chunks, 'chunk')}, {found.bytes:,} bytes in {packs}"
    if found.unnamed:
        seen += f", and beside them {counted(found.unnamed, 'pack')} that no version needs (yet)"
    damages = [asdict(damage) for damage in found.damages]
    rows = [(*(one[key] for key in COLUMNS[:2]), *(_some(one[key]) for key in COLUMNS[2:])) for one in damages]
    if found.struck:
        seen += f"; {counted(found.struck, 'unreadable chunk')} struck from the index"
    return Outcome(
        payload={
            "commits": found.commits,
            "chunks": found.chunks,
            "bytes": found.bytes,
            "packs": found.packs,
            "unnamed": found.unnamed,
            "struck": found.struck,
            "damages": damages,
        },
        status=Status.PASS if found.ok else Status.FAIL,
        summary=f"{seen}: all as written" if found.ok else f"{seen}: {counted(len(damages), 'damage')}",
        views=[] if found.ok else [Table(name="damages", title="Damaged", columns=COLUMNS, rows=rows)],
        advice=[] if found.ok else [_AGAIN if repair else _RESTORE],
    )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(name[:40] for name in names[:3]) + more
