"""What a push and a pull share: how each ends, and what each reports."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustlab.core.counted import counted
from trustlab.core.errors import InterruptedRunError
from trustlab.core.result import Outcome, Status
from trustlab.core.views import Table
from trustlab.data.breaches import breaches_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.core.context import Context
    from trustlab.data.admission import Admission
    from trustlab.store import Store
    from trustlab.store.transfer import Transferred

HERE = "here"
COLUMNS = ("branch", "before", "after", "state")


def carry(
    verb: str,
    source: Store,
    target: Store,
    ref: str,
    *,
    branch: str | None,
    every: bool,
    force: bool,
    where: str,
    diverged: str,
    context: Context,
) -> tuple[Transferred, Admission]:
    """Bring a ref from one store to another, as the rules of the one that receives allow.

    Parameters
    ----------
    verb : str
        push or pull.
    where : str
        The receiving side in words.
    diverged : str
        What to do where both sides have commits of their own.
    """
    from trustlab.data.admission import Admission
    from trustlab.data.progress import byte_bar
    from trustlab.store.refs import parse
    from trustlab.store.transfer import DivergedError, transfer

    admission = Admission(source, target, parse(ref).repo, where, context)
    try:
        with byte_bar(context, f"{verb} {ref}") as progress, interruptible(verb):
            done = transfer(
                source, target, ref, branch=branch, every=every, force=force, progress=progress, admit=admission.admit
            )
    except DivergedError as error:
        error.hint = diverged
        raise
    return done, admission


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


def outcome(done: Transferred, admission: Admission, where: str, remote: str, advice: Sequence[str] = ()) -> Outcome:
    """Return what a push or a pull reports.

    Parameters
    ----------
    done : Transferred
    admission : Admission
        What the rules of the receiving side said.
    where : str
        The side whose branches moved, as in ``loans@main in NAME``.
    remote : str
        The other side, as it was named.
    advice : sequence of str
        What to do next.
    """
    moves = [{name: getattr(move, name) for name in COLUMNS} for move in done.branches]
    rows = [(move.branch, (move.before or "")[:12], move.after[:12], move.state) for move in done.branches]
    views = [Table(name="branches", title="Branches", columns=COLUMNS, rows=rows)] if len(rows) > 1 else []
    breaches = [breach for verdict in admission.held.values() for breach in verdict.breaches]
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
            "held": dict(done.held),
            "rules": {branch: verdict.to_dict() for branch, verdict in admission.held.items()},
        },
        # In quarantine is not where it was to be: whoever goes on must see that.
        status=Status.FAIL if done.held else None,
        summary=f"{_kept_out(done, admission, where)}{_heads(done, where)}: {_traffic(done)}",
        views=[*views, *breaches_views(breaches)] if breaches else views,
        advice=_release(done, where) if done.held else advice,
        value=done,
    )


def _kept_out(done: Transferred, admission: Admission, where: str) -> str:
    rules = {branch: counted(len(verdict.breaches), "rule") for branch, verdict in admission.held.items()}
    return "".join(
        f"{done.repo}@{branch} {where} stays as it was, {number} there would be broken; "
        for branch, number in rules.items()
    )


def _release(done: Transferred, where: str) -> list[str]:
    lines = [
        f"%trust data merge {done.repo}@{kept} --into {branch} --reason 'WHY'" for branch, kept in done.held.items()
    ]
    return lines if where == HERE else []


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
