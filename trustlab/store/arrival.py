"""How objects and commits arrive in a store: hashed again, kept pack by pack, made visible by one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, insert, select, update

from trustlab.core.database import LostTransactionError
from trustlab.core.errors import ConflictError, DamagedError
from trustlab.store import lineage, schema
from trustlab.store.chunks import name_of
from trustlab.store.cutting import Piece
from trustlab.store.index import batches, locate
from trustlab.store.objects import fetch_many
from trustlab.store.publish import ensure_repo
from trustlab.store.records import to_row
from trustlab.store.refs import hold_names
from trustlab.store.schema import BRANCHES, COMMITS, LINKS, TAGS
from trustlab.store.sink import ChunkSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from trustlab.store.records import Commit
    from trustlab.store.store import Store

# So much may have to be sent again after a break. Each part becomes a pack, which the index names when it is whole.
PART_BYTES = 32 * 1024 * 1024

_ATTEMPTS = 20
# Chunks that are put together: looked up in one query, and packed on all cores.
_TOGETHER = 100


class MovedError(Exception):
    """A gc removed chunks, or a branch or tag is not where it was: look again, then go on."""


@dataclass(slots=True)
class Sent:
    """What has travelled so far.

    Parameters
    ----------
    chunks, bytes : int
        Objects and their bytes.
    tell : callable or None
        Called with (bytes sent, bytes in all, what) as they travel.
    total : int
        Bytes of files that are to travel.
    data : int
        Those of the bytes that were of files, in every attempt so far.
    """

    chunks: int = 0
    bytes: int = 0
    data: int = 0
    total: int = 0
    tell: Callable[[int, int, str], None] | None = None

    def add(self, size: int) -> None:
        """Count one object."""
        self.chunks += 1
        self.bytes += size
        if self.tell is not None:
            self.tell(self.bytes, max(self.total, self.bytes), "chunks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What shall become visible together.

    Parameters
    ----------
    repo : str
    commits : list of Commit
        Their trees are there already.
    links : list of mapping
        Rows of ``store_links``.
    tags : list of mapping
        Rows of ``store_tags`` without the repo.
    moves : mapping of str to (str or None, str)
        Where each branch is expected, and where it goes.
    replaced : mapping of str to str
        The tags that go to another commit, and where each is expected.
    """

    repo: str
    commits: list[Commit]
    links: list[dict[str, Any]]
    tags: list[Mapping[str, Any]]
    moves: Mapping[str, tuple[str | None, str]]
    replaced: Mapping[str, str] = field(default_factory=dict)

    def leans_on(self) -> set[str]:
        """Return the commits that must be in the target already."""
        named = {parent for commit in self.commits for parent in commit.parents}
        named.update(after for _, after in self.moves.values())
        named.update(tag["commit"] for tag in self.tags)
        return named - {commit.id for commit in self.commits}


def send(source: Store, target: Store, wanted: Mapping[bytes, int], epoch: int, sent: Sent) -> None:
    """Bring objects from one store to another.

    Each part is durable and in the target's index before the next begins: no commit reaches it yet, so it harms
    nothing, a later attempt finds it, and gc would remove it.

    Parameters
    ----------
    wanted : mapping of bytes to int
        Names; lengths, 0 where not known.
    epoch : int
        The target's gc epoch from before ``wanted`` was found out.

    Raises
    ------
    DamagedError
        If an object is missing or altered at the source, or arrives as something else.
    MovedError
        If a gc has removed chunks from the target meanwhile.
    """
    patches = _patches(source, wanted)
    whole = {name: length for name, length in wanted.items() if name not in patches}
    # What others are patches of goes first, and is in the index before they come: they can be kept as patches again.
    for some in (whole, {name: wanted[name] for name in patches}):
        arriving = _arriving(source, some, sent)
        for first in arriving:
            with ChunkSink(target) as sink:
                _take_part(sink, chain((first,), arriving), patches, sent)
                sink.finish()
                _index(target, sink, epoch)
                sink.drop_unused()


def _patches(source: Store, wanted: Mapping[bytes, int]) -> dict[bytes, tuple[bytes, ...]]:
    """Return those that the source keeps as patches, with the chunks that they are patches of."""
    with source.read() as connection:
        return {
            name: place.bases
            for batch in batches(wanted)
            for name, place in locate(connection, batch).items()
            if place.bases
        }


def _arriving(source: Store, wanted: Mapping[bytes, int], sent: Sent) -> Iterator[Piece]:
    for (name, length), data in zip(wanted.items(), fetch_many(source, wanted), strict=True):
        if length and len(data) != length:
            raise DamagedError(
                f"chunk {name.hex()[:12]} must be {length} bytes long, as its tree says; got {len(data)}"
            )
        if name_of(data) != name:
            raise DamagedError(f"chunk {name.hex()[:12]} must arrive as it was sent; other bytes came")
        sent.data += length
        yield Piece(name, data)


def _take_part(
    sink: ChunkSink, arriving: Iterator[Piece], patches: Mapping[bytes, Sequence[bytes]], sent: Sent
) -> None:
    """Put what arrives, until a part is full or nothing is left."""
    size = 0
    pending: list[Piece] = []
    for piece in arriving:
        pending.append(piece)
        size += len(piece.data)
        sent.add(len(piece.data))
        if size >= PART_BYTES:
            break
        if len(pending) >= _TOGETHER:
            sink.put_all(pending, patches)
            pending = []
    sink.put_all(pending, patches)


def _index(target: Store, sink: ChunkSink, epoch: int) -> None:
    """Write down what a sink holds, unless a gc has removed chunks since ``epoch``: others may be patches of those."""
    for _ in range(_ATTEMPTS):
        try:
            with target.write() as connection:
                if schema.gc_epoch(connection, shared=True) != epoch:
                    raise MovedError
                sink.index(connection)
        except (exc.IntegrityError, LostTransactionError) as error:
            # Another process has brought the same chunk at the same moment.
            lost = error
            continue
        return
    raise ConflictError(f"the target must hold still for a moment; {_ATTEMPTS} writers came first") from lost


def links_of(commits: Sequence[Commit]) -> list[dict[str, Any]]:
    """Return what commits were made from, as rows of ``store_links``.

    By the commits' own records, of which their ids are sure: the other side's table may say whatever somebody wrote.
    An input that is not here, or not yet, is named all the same, as after a gc.
    """
    return [row for commit in commits for row in lineage.rows(commit.repo, commit.id, commit.provenance)]


def publish(target: Store, arrived: Arrived, epoch: int) -> None:
    """Make commits, links and tags visible and move the branches, all at once or not at all.

    Raises
    ------
    MovedError
        If a gc has removed chunks since ``epoch``, or a branch or a tag is not where it is expected.
    """
    try:
        with target.write() as connection:
            if schema.gc_epoch(connection, shared=True) != epoch:
                raise MovedError
            repo = ensure_repo(connection, arrived.repo)
            hold_names(connection, repo)
            # A gc that finds commits to remove and no chunks does not count as one.
            if _there(connection, repo, leaning := arrived.leans_on()) != leaning:
                raise MovedError
            _add_commits(connection, repo, arrived.commits)
            _add_links(connection, arrived.links)
            _set_tags(connection, repo, arrived)
            for branch, (before, after) in arrived.moves.items():
                _move(connection, repo, branch, before, after)
            _check_names(connection, repo)
    except (exc.IntegrityError, LostTransactionError) as error:
        raise MovedError from error


def _add_commits(connection: Connection, repo: int, commits: Sequence[Commit]) -> None:
    there = _there(connection, repo, [commit.id for commit in commits])
    for batch in batches(commit for commit in commits if commit.id not in there):
        connection.execute(insert(COMMITS), [to_row(commit, repo) for commit in batch])


def _there(connection: Connection, repo: int, ids: Iterable[str]) -> set[str]:
    query = select(COMMITS.c.id).where(COMMITS.c.repo == repo)
    return {
        found for batch in batches(ids) for found in connection.execute(query.where(COMMITS.c.id.in_(batch))).scalars()
    }


def _add_links(connection: Connection, links: Sequence[Mapping[str, Any]]) -> None:
    for link in links:
        here = [LINKS.c[key] == value for key, value in link.items()]
        if connection.execute(select(LINKS.c.repo).where(*here)).first() is None:
            connection.execute(insert(LINKS).values(**link))


def _check_names(connection: Connection, repo: int) -> None:
    """Raise MovedError where a name is a branch's and a tag's: somebody made the other meanwhile."""
    branches = select(BRANCHES.c.name).where(BRANCHES.c.repo == repo)
    twice = select(TAGS.c.name).where(TAGS.c.repo == repo, TAGS.c.name.in_(branches))
    if connection.execute(twice.limit(1)).first() is not None:
        raise MovedError


def _set_tags(connection: Connection, repo: int, arrived: Arrived) -> None:
    for tag in arrived.tags:
        if tag["name"] not in arrived.replaced:
            connection.execute(insert(TAGS).values(repo=repo, **tag))
            continue
        here = (TAGS.c.repo == repo, TAGS.c.name == tag["name"], TAGS.c.commit == arrived.replaced[tag["name"]])
        if connection.execute(update(TAGS).where(*here).values(**tag)).rowcount != 1:
            raise MovedError


def _move(connection: Connection, repo: int, branch: str, before: str | None, after: str) -> None:
    here = (BRANCHES.c.repo == repo, BRANCHES.c.name == branch)
    if before is None:
        connection.execute(insert(BRANCHES).values(repo=repo, name=branch, head=after))
    elif connection.execute(update(BRANCHES).where(*here, BRANCHES.c.head == before).values(head=after)).rowcount != 1:
        raise MovedError
