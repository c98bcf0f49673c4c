"""``trust data push``."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.errors import InterruptedRunError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional, Short
from trustlab.core.result import Outcome
from trustlab.core.views import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trustlab.store.transfer import Transferred

COLUMNS = ("branch", "before", "after", "state")


@operation("verb", "Push", cost="minutes", example={"ref": "loans@main", "remote": "elsewhere", "create": True})
def push(
    ref: Annotated[str, Format("ref"), Positional()],
    remote: Annotated[PathLike, Positional()],
    branch: Annotated[str | None, Short("b")] = None,
    all: bool = False,
    create: bool = False,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Bring a branch, with its whole history and tags, to another workspace: only what is missing there.

    What arrives is hashed again. After a break the next push goes on where this one stopped; until all has arrived the
    other side's branches stay as they were. Branches move forward only.

    Parameters
    ----------
    ref : ref
        A repo or a branch (loans@main); a commit where a branch is given as well.
    remote : path
        A folder that holds a workspace, or a name from [remotes.NAME] in config.toml.
    branch : str
        What the branch is called there; as here where not given.
    all : bool
        Every branch and tag of the repo, all of them or none.
    create : bool
        Make a workspace in the folder where there is none.
    force : bool
        Replace what a branch or tag there holds; without it a branch that has commits of its own stops the push.
    """
    from trustlab.data.dataset import store_of
    from trustlab.data.progress import byte_bar
    from trustlab.data.remotes import open_remote
    from trustlab.store.offer import read_offer
    from trustlab.store.transfer import DivergedError, transfer

    here = store_of(context.workspace)
    # What cannot be pushed must not leave a new workspace there.
    read_offer(here, ref, branch=branch, every=all)
    with closing(open_remote(remote, context, create=create)) as there, byte_bar(context, f"push {ref}") as progress:
        try:
            with interruptible("push"):
                done = transfer(here, there, ref, branch=branch, every=all, force=force, progress=progress)
        except DivergedError as error:
            error.hint = (
                f"Bring theirs here (trust data pull {ref} {remote} --branch theirs), join the two (trust data merge), "
                "then push again. Or push to another branch by --branch NAME, or replace theirs by --force."
            )
            raise
    return outcome(done, f"in {remote}", str(remote))


@contextmanager
def interruptible(verb: str) -> Iterator[None]:
    """Say what Ctrl-C leaves behind."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"data.{verb}: interrupted; both sides are sound, no branch was moved and what arrived is kept",
            hint=f"Do the same {verb} again: it goes on from there.",
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
