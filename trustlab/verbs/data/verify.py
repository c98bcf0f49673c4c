"""``trust data verify``."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Positional
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table

if TYPE_CHECKING:
    from trustlab.store.verify import Verified

_RESTORE = (
    "Restore the packs named above from a backup, then run: trust data verify. Where there is no backup, run: "
    "trust data verify --repair"
)
_AGAIN = (
    "Bring the lost bytes again: commit the same files, or pull from or be pushed to by a store that has them "
    "(trust data pull REPO@BRANCH REMOTE). Then run: trust data verify"
)
_HASH = re.compile(r"\b[0-9a-f]{40,64}\b")
COLUMNS = ("paths", "kind", "commits", "chunks", "pack")


@operation("verb", "Verify", read_only=True, writes_with=("repair",), random=False, cost="minutes", example={})
def verify(
    repo: Annotated[str | None, Format("repo"), Positional()] = None, repair: bool = False, *, context: Context
) -> Outcome:
    """Read every stored byte again and say whether it is as it was written.

    It fails where anything is damaged, and names the commits and paths concerned.

    Parameters
    ----------
    repo : str
        Only this repo; every one where not given.
    repair : bool
        Give up what cannot be read: strike it from the store's index, so that the next commit, push or pull that
        brings the same bytes stores them again. Not where a backup of the packs can be restored: do that first. Packs
        whose chunks are sound, and only what explains them is changed, are written anew: that loses nothing.
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
    rows = [[_told(one[key]) for key in COLUMNS] for one in damages]
    if found.struck:
        seen += f"; {counted(found.struck, 'unreadable chunk')} struck from the index"
    if found.rewritten:
        seen += f"; {counted(found.rewritten, 'pack')} with a changed header written anew"
    return Outcome(
        payload={
            "commits": found.commits,
            "chunks": found.chunks,
            "bytes": found.bytes,
            "packs": found.packs,
            "unnamed": found.unnamed,
            "struck": found.struck,
            "rewritten": found.rewritten,
            "damages": damages,
        },
        status=Status.PASS if found.ok else Status.FAIL,
        summary=f"{seen}: all as written" if found.ok else f"{seen}: {counted(len(damages), 'damage')}",
        views=[] if found.ok else [Table(name="damages", title="Damaged", columns=COLUMNS, rows=rows)],
        advice=_advice(found, repair=repair),
    )


def _advice(found: Verified, *, repair: bool) -> list[str]:
    if found.ok:
        return []
    if all(damage.kind == "changed header" for damage in found.damages):
        # Nothing is lost, so there is nothing to bring again.
        return ["%trust data verify"] if found.rewritten else ["%trust data verify --repair"]
    return [_AGAIN if repair else _RESTORE]


def _told(names: str | tuple[str, ...] | None) -> str | None:
    """Return names as a cell holds them: the first three, hashes at the length that a ref takes."""
    if names is None or isinstance(names, str):
        return names
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(_HASH.sub(lambda found: found[0][:12], name) for name in names[:3]) + more
