"""Commit: store what is new, then let one transaction make it visible."""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError
from trustlab.store import schema, stats
from trustlab.store.before import Before
from trustlab.store.cutting import Cutter
from trustlab.store.ingest import Ingest
from trustlab.store.offload import WorkerLostError
from trustlab.store.packs import LocalPacks
from trustlab.store.publish import Committed, draft, publish, until_published
from trustlab.store.refs import DEFAULT_BRANCH
from trustlab.store.refusals import together
from trustlab.store.sink import ChunkSink
from trustlab.store.sources import collect, unreadable_among
from trustlab.store.trees import write_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustlab.store.publish import Draft
    from trustlab.store.sources import Item, Source
    from trustlab.store.store import Store

__all__ = ["Committed", "commit"]

_log = logging.getLogger(__name__)


def commit(
    store: Store,
    repo: str,
    source: Source,
    *,
    branch: str = DEFAULT_BRANCH,
    message: str = "",
    author: str | None = None,
    provenance: Mapping[str, Any] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Committed:
    """Make the source the newest version on a branch; the branch and the repo are made where there are none.

    The commit holds exactly the source: files of the version before that the source lacks are not in it. Where the
    branch's head holds the very same tree, nothing is added and that head is returned, with ``bytes_added`` 0.
    Commits of several processes to one branch follow one another, and none is lost.

    Parameters
    ----------
    source : Path, str or list of (str, bytes or Path or binary file)
        A file, a folder, or pairs of a path in the commit and its content.
    author : str or None
        The system's user name where None.
    provenance : mapping or None
        JSON data on where the content came from, as :mod:`trustlab.store.lineage` states it.
    progress : callable or None
        Called with (bytes done, bytes in all, path).

    Returns
    -------
    Committed

    Raises
    ------
    NotFoundError, InputError
        As :func:`trustlab.store.sources.collect` says, or if a file changes while it is read.
    ConflictError
        If the store cannot be written.
    """
    drawn = draft(repo, branch, message, author, provenance)
    began_ns = stats.now_ns()
    items: list[Item] = []

    def found(offer: Callable[[Item], None]) -> list[Item]:
        # Once: a source that changes while others come first is not another one.
        items.extend(() if items else collect(source, store.root, offer))
        return items

    with Cutter() as cutter, _no_cycles():

        def attempt() -> Committed:
            work = partial(_attempt, store, drawn, found, cutter, began_ns, progress)
            try:
                return work(helped=isinstance(store.packs, LocalPacks))
            except WorkerLostError as error:
                _log.info("the second process of the commit to %s is lost, which goes on alone: %s", repo, error)
                return work(helped=False)

        try:
            return until_published(attempt, f"{repo}@{branch}")
        except InputError as error:
            others = unreadable_among(items) if isinstance(error.__cause__, PermissionError) else []
            if not others:
                raise
            raise together(others) from error
        finally:
            # So that Python does not look for cycles among them when it may again.
            items.clear()


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Let Python not look for cycles: there are none among the many objects that a commit of many files makes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _attempt(
    store: Store,
    drawn: Draft,
    found: Callable[[Callable[[Item], None]], list[Item]],
    cutter: Cutter,
    began_ns: int,
    progress: Callable[[int, int, str], None] | None,
    *,
    helped: bool,
) -> Committed:
    with store.read() as connection:
        # The epoch before the cache: a gc between the two is noticed when the commit is published.
        epoch = schema.gc_epoch(connection)
    before = Before(store, drawn)
    with (
        ChunkSink(store) as sink,
        Ingest(store, sink, cutter, before=before, began_ns=began_ns, progress=progress, helped=helped) as ingest,
    ):
        items = found(ingest.offer)
        whole = stats.whole_of(items)
        with store.read() as connection:
            tree = stats.recall_tree(connection, whole) if whole is not None else None
        if tree is not None:
            if progress is not None:
                progress(tree.bytes, tree.bytes, items[-1].path)
            return publish(store, drawn, tree, sink, epoch=epoch)
        ingest.begin(items)
        if whole is not None:
            # Now, as a worker may be about to start.
            _ = whole.looks
        tree = write_tree(sink, ingest.lines(items))
        # While the worker, if there is one, does so with what it wrote.
        sink.finish()
        seen = ingest.seen()
        ingest.finish()
        if whole is not None and ingest.steady:
            seen |= stats.row_of(whole, tree, began_ns)
        return publish(store, drawn, tree, sink, epoch=epoch, seen=seen)
