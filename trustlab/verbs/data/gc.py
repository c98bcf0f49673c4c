"""``trust data gc``."""

from __future__ import annotations

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.result import Outcome


@operation("verb", "Clean", random=False, cost="minutes", example={})
def gc(*, context: Context) -> Outcome:
    """Remove the versions that no branch or tag reaches any more, and gather what small packs hold.

    Nothing that a branch or a tag reaches is touched. Commits may go on meanwhile, and a kill at any instant loses
    nothing. On an object store, packs that no version needs stay for a day: a commit may be about to name them.
    """
    from trustlab.data.dataset import store_of
    from trustlab.store.gc import gc as collect

    done = collect(store_of(context.workspace))
    left = f"; {counted(done.left, 'pack')} left that a commit may be about to name" if done.left else ""
    return Outcome(
        payload={
            "commits": done.commits,
            "chunks": done.chunks,
            "bytes": done.bytes,
            "packs": done.packs,
            "left": done.left,
        },
        summary=f"removed {counted(done.commits, 'commit')} and {counted(done.chunks, 'chunk')} "
        f"({done.bytes:,} bytes); {counted(done.packs, 'pack')} removed or rewritten{left}",
    )
