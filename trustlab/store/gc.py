"""Remove what no branch or tag reaches, and gather what small or emptied packs still hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from trustlab.store import lineage, schema, stats
from trustlab.store.ancestry import reachable
from trustlab.store.index import add_pack, bases_of, batches, locate_readable
from trustlab.store.objects import read_sound
from trustlab.store.owner import own
from trustlab.store.packer import PACK_BYTES
from trustlab.store.schema import CHUNKS, COMMITS, PACKS
from trustlab.store.walk import Marks, mark_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trustlab.store.packs import PackWriter
    from trustlab.store.store import Store

# Packs below this are gathered: a commit of a few rows leaves a pack of a few kilobytes.
_SMALL_PACK = 1024 * 1024
_MOVED_TOGETHER = 64

# What says that a chunk still lies where it was read, and as it was.
_PLACE = ("name", "pack", "pack_name", "offset", "length", "codec")
_MOVE = (
    update(CHUNKS)
    .where(
        CHUNKS.c.name == bindparam("old_name"),
        CHUNKS.c.pack == bindparam("old_pack"),
        CHUNKS.c.offset == bindparam("old_offset"),
        CHUNKS.c.length == bindparam("old_length"),
        CHUNKS.c.codec == bindparam("old_codec"),
        select(PACKS.c.id)
        .where(PACKS.c.id == bindparam("old_pack"), PACKS.c.name == bindparam("old_pack_name"))
        .exists(),
    )
    .values(pack=bindparam("new"), offset=bindparam("at"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a gc removed: commits, chunks and their bytes, and packs (those rewritten included).

    ``left`` counts the packs that nothing names and that stay all the same: a living writer's, or on an object store
    those that are not a day old and could be one's.
    """

    commits: int
    chunks: int
    bytes: int
    packs: int
    left: int


def gc(store: Store, progress: Callable[[int, int, str], None] | None = None) -> Collected:
    """Remove the commits and chunks that no branch or tag reaches, and the packs that nothing needs.

    Commits may go on meanwhile. Each step is one transaction and leaves the store sound, so that a kill at any instant
    loses nothing; files are removed only after the database has stopped naming them.

    Parameters
    ----------
    progress : callable or None
        Called with (steps done, steps in all, what is done).

    Raises
    ------
    DamagedError
        If a reachable tree cannot be read: what it needs is then unknown, and nothing is removed.
    ConflictError
        If the packs are another database's. Nothing is removed.
    """
    steps = ("mark", "remove", "gather", "sweep")

    def tell(step: int) -> None:
        if progress is not None:
            progress(step, len(steps), steps[min(step, len(steps) - 1)])

    tell(0)
    store.check_writable()
    if store.packs.names():
        own(store, again=True)
    marks = Marks()
    with store.read() as connection:
        line = reachable(connection)
    _mark(store, line, marks)
    tell(1)
    commits, chunks, bytes_ = _remove(store, marks)
    # What is wholly dead goes first: gathering needs room.
    gone, _ = _sweep(store)
    store.packs.forget()
    tell(2)
    _gather(store)
    tell(3)
    packs, left = _sweep(store)
    # A removed pack's space is free only when nobody holds it open.
    store.packs.forget()
    tell(4)
    return Collected(commits=commits, chunks=chunks, bytes=bytes_, packs=gone + packs, left=left)


def _mark(store: Store, line: dict[tuple[int, str], str], marks: Marks) -> None:
    for tree in dict.fromkeys(line.values()):
        mark_tree(store, tree, marks)


def _remove(store: Store, marks: Marks) -> tuple[int, int, int]:
    # Meanwhile no commit is published and no ref made; what was since the first look is marked now.
    with store.write(alone=True) as connection:
        line = reachable(connection)
        _mark(store, line, marks)
        every = connection.execute(select(COMMITS.c.repo, COMMITS.c.id))
        dead_commits = [(row.repo, row.id) for row in every if (row.repo, row.id) not in line]
        for repo, commit in dead_commits:
            connection.execute(delete(COMMITS).where(COMMITS.c.repo == repo, COMMITS.c.id == commit))
            lineage.unlink(connection, repo, commit)
        needed = marks.names | bases_of(connection, marks.names)
        dead = [
            (bytes(row.name), row.length)
            for row in connection.execute(select(CHUNKS.c.name, CHUNKS.c.length))
            if bytes(row.name) not in needed
        ]
        for batch in batches(name for name, _ in dead):
            connection.execute(delete(CHUNKS).where(CHUNKS.c.name.in_(batch)))
        connection.execute(delete(PACKS).where(PACKS.c.id.not_in(select(CHUNKS.c.pack))))
        if dead:
            stats.forget(connection)
            schema.next_gc_epoch(connection)
    return len(dead_commits), len(dead), sum(length for _, length in dead)


def _gather(store: Store) -> None:
    """Rewrite the packs that are small, or more than half dead, into new ones."""
    live = func.sum(CHUNKS.c.length)
    query = select(PACKS.c.id, PACKS.c.size, live.label("live")).join_from(PACKS, CHUNKS, CHUNKS.c.pack == PACKS.c.id)
    with store.read() as connection:
        packs = connection.execute(query.group_by(PACKS.c.id, PACKS.c.size)).all()
    sparse = [pack for pack in packs if int(pack.live) * 2 < pack.size and pack.size >= _SMALL_PACK]
    small = [pack for pack in packs if pack.size < _SMALL_PACK]
    chosen = [*sparse, *(small if len(small) > 1 else ())]
    group: list[int] = []
    size = 0
    for pack in chosen:
        group.append(pack.id)
        size += int(pack.live)
        if size >= PACK_BYTES:
            _rewrite(store, group)
            group, size = [], 0
    if group:
        _rewrite(store, group)


def rewrite(store: Store, names: Iterable[str]) -> int:
    """Write anew what packs hold that can be read, and return how many packs that was; a later gc sweeps the old ones.

    Raises
    ------
    ConflictError
        If the packs are another database's, or cannot be written.
    """
    own(store, again=True)
    with store.read() as connection:
        wanted = [
            int(number)
            for batch in batches(names)
            for number in connection.execute(select(PACKS.c.id).where(PACKS.c.name.in_(batch))).scalars()
        ]
    return sum(_rewrite(store, [pack]) for pack in wanted)


def _rewrite(store: Store, packs: Sequence[int]) -> bool:
    writer, moved = _copied(store, packs)
    if writer is None:
        return False
    try:
        _move(store, writer, moved)
    finally:
        writer.release()
    return True


def _copied(store: Store, packs: Sequence[int]) -> tuple[PackWriter | None, list[dict[str, Any]]]:
    """Return a sealed pack with what packs hold that can be read, None where that is nothing; and whence it came."""
    writer: PackWriter | None = None
    moved: list[dict[str, Any]] = []
    try:
        for batch in batches(_chunks_of(store, packs), _MOVED_TOGETHER):
            with store.read() as connection:
                places = locate_readable(connection, [bytes(chunk.name) for chunk in batch])
            # What cannot be read stays where it is: verify names it, and a restored pack can still mend it.
            stored = read_sound(store, [bytes(chunk.name) for chunk in batch], places)
            for chunk in batch:
                data = stored.get(bytes(chunk.name))
                if data is None:
                    continue
                writer = writer or store.packs.create()
                offset = writer.append(bytes(chunk.name), data, chunk.codec)
                moved.append({"at": offset, **{f"old_{key}": getattr(chunk, key) for key in _PLACE}})
        if writer is not None:
            writer.seal()
    except BaseException:
        # No index names it yet; on a full disk it would only be in the way.
        if writer is not None:
            writer.discard()
        raise
    return writer, moved


def _chunks_of(store: Store, packs: Sequence[int]) -> list[Any]:
    columns = (CHUNKS.c.name, CHUNKS.c.offset, CHUNKS.c.length, CHUNKS.c.codec, PACKS.c.name.label("pack_name"))
    query = select(CHUNKS.c.pack, *columns).join_from(CHUNKS, PACKS, CHUNKS.c.pack == PACKS.c.id)
    query = query.order_by(CHUNKS.c.pack, CHUNKS.c.offset)
    with store.read() as connection:
        return [row for batch in batches(packs) for row in connection.execute(query.where(CHUNKS.c.pack.in_(batch)))]


def _move(store: Store, writer: PackWriter, moved: list[dict[str, Any]]) -> None:
    """Let the index name the new places of chunks that still lie where they were read.

    Another gc may have moved one meanwhile, or removed it before a commit brought it again, in another form: the copy
    is then not what the index says. A pack's number may be given anew as well; its name never is.
    """
    # In the order of the names, as those do it who add chunks, so that nobody waits in a circle.
    moved = sorted(moved, key=lambda row: bytes(row["old_name"]))
    with store.write() as connection:
        new = add_pack(connection, writer.name, writer.size)
        connection.execute(_MOVE, [{**row, "new": new} for row in moved])
        for batch in batches([*{row["old_pack"] for row in moved}, new]):
            empty = PACKS.c.id.not_in(select(CHUNKS.c.pack))
            connection.execute(delete(PACKS).where(PACKS.c.id.in_(batch), empty))


def _sweep(store: Store) -> tuple[int, int]:
    """Remove the packs that the database does not name and no living writer holds; return how many went and stay."""

    def unnamed(pack: str) -> bool:
        with store.read() as connection:
            return connection.execute(select(PACKS.c.id).where(PACKS.c.name == pack)).first() is None

    orphans = unnamed_packs(store)
    if orphans:
        # Once more: where there were no packs at first, they may be of anyone who came meanwhile.
        own(store, again=True)
    gone = sum(store.packs.remove(pack, partial(unnamed, pack)) for pack in orphans)
    return gone, sum(map(unnamed, orphans)) - gone


def unnamed_packs(store: Store) -> list[str]:
    """Return the packs that the database does not name: left by a kill, or of a commit that is still at work."""
    # The packs before the names: what is published in between is then named.
    there = store.packs.names()
    with store.read() as connection:
        named = set(connection.execute(select(PACKS.c.name)).scalars())
    return [pack for pack in there if pack not in named]
