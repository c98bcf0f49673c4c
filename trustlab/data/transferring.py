"""What a push and a pull share: how each ends, and what each reports."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustlab.core.counted import counted
from trustlab.core.errors import InterruptedRunError
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.store.transfer import Transferred

COLUMNS = ("branch", "before", "after", "state")


@contextmanager
def interruptible(verb: str) -> Iterator[None]:
    """Say what Ctrl-C leaves behind; it may have come after the branches had moved."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"data.{verb}: interrupted; both sides are sound and what arrived is kept",
            hint=f"Do the same {verb} again: it goes on from there. Whether a branch moved: look with trust data log.",
        ) from None


def outcome(done: Transferred, where: str, remote: str, advice: Sequence[str] = ()) -> Outcome:
    """Return what a push or a pull reports.

    Parameters
    ----------
    done : Transferred
    where : str
        The side whose branches moved, as in ``loans@main in NAME``.
    remote : str
        The other side, as it was named.
    advice : sequence of str
        What to do next.
    """
    moves = [{name: getattr(move, name) for name in COLUMNS} for move in done.branches]
    rows = [(move.branch, (move.before or "")[:12], move.after[:12], move.state) for move in done.branches]
    return Outcome(
        payload={
            "repo": done.repo,
            "remote": remote,
            "commits": done.commits,
            "chunks": done.chunks,
            "bytes_sent": done.bytes_sent,
            "bytes_skipped": done.bytes_skipped,
            "branches": moves,
            "tags": list(done.tags),
        },
        summary=f"{_heads(done, where)}: {_traffic(done)}",
        views=[Table(name="branches", title="Branches", columns=COLUMNS, rows=rows)] if len(rows) > 1 else [],
        advice=advice,
        value=done,
    )


def _heads(done: Transferred, where: str) -> str:
    if len(done.branches) != 1:
        moved = sum(move.before != move.after for move in done.branches)
        return f"{counted(len(done.branches), 'branch', 'branches')} of {done.repo} {where}, {moved} moved"
    move = done.branches[0]
    name, after, before = f"{done.repo}@{move.branch} {where}", move.after[:12], (move.before or "")[:12]
    return {
        "new": f"{name} is new, at {after}",
        "forward": f"{name} went from {before} to {after}",
        "same": f"{name} is at {after} already",
        "ahead": f"{name} is at {after}, which has all this and more",
        "replaced": f"{name} was at {before} and is replaced by {after}",
    }[move.state]


def _traffic(done: Transferred) -> str:
    if not done.commits and not done.chunks:
        return f"{counted(len(done.tags), 'tag')} sent" if done.tags else "nothing to send"
    tags = f", {counted(len(done.tags), 'tag')}" if done.tags else ""
    skipped = f"; {done.bytes_skipped:,} bytes needed no sending" if done.bytes_skipped else ""
    sent = f"{counted(done.chunks, 'chunk')} ({done.bytes_sent:,} bytes)"
    return f"sent {counted(done.commits, 'commit')}, {sent}{tags}{skipped}"
