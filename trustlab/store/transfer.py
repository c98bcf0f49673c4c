"""Copy branches with their whole history from one store to another: only what is missing, and only forward."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from trustlab.core.errors import ConflictError, DamagedError, NotFoundError
from trustlab.store import schema
from trustlab.store.arrival import Arrived, MovedError, Sent, publish, read_links, send
from trustlab.store.lacking import lacking
from trustlab.store.offer import Offer, Parents, heads_of, leads_to, parents_of, read_offer
from trustlab.store.reached import Reached
from trustlab.store.refs import repo_number
from trustlab.store.schema import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.store.packs import Packs
    from trustlab.store.refs import Ref
    from trustlab.store.store import Store

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A branch of the target: where it was (None: nowhere), where it is, and how it stands to the source.

    Parameters
    ----------
    state : str
        ``new``, ``forward``, ``same``, ``ahead`` (the target had it and more: it stays) or ``replaced``.
    """

    branch: str
    before: str | None
    after: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What a transfer did.

    Parameters
    ----------
    repo : str
    commits, chunks : int
        How many were sent; leaves, lists and roots of trees count as chunks.
    bytes_sent : int
        Their bytes, before any compression.
    bytes_skipped : int
        What the new commits' files hold beside, commit by commit: bytes that need not be sent again.
    branches : tuple of Moved
    tags : tuple of str
        Those that are new or moved.
    """

    repo: str
    commits: int
    chunks: int
    bytes_sent: int
    bytes_skipped: int
    branches: tuple[Moved, ...]
    tags: tuple[str, ...]


class DivergedError(ConflictError):
    """Both sides have commits that the other lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """What the target has of the repo, and its gc epoch from before it was read."""

    epoch: int
    heads: dict[str, str] = field(default_factory=dict)
    parents: Parents = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def transfer(
    source: Store,
    target: Store,
    ref: str | Ref,
    *,
    branch: str | None = None,
    every: bool = False,
    force: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Transferred:
    """Bring a ref's commits, with all that they reach, from one store to a branch of another.

    Commits keep their ids, and come with their tags and links. Objects that the target has are not sent; those that
    arrive are hashed again and kept part by part, so that after a break the next transfer goes on where this one
    stopped. One transaction at the end makes the commits visible and moves the branches: a break at any instant leaves
    the target's branches as they were.

    Parameters
    ----------
    source, target : Store
    ref : str or Ref
        A branch; a commit where ``branch`` is given; a repo where ``every`` is set.
    branch : str or None
        What the branch is called in the target; as in the source where None. Branch and repo are made where needed.
    every : bool
        All branches and tags of the repo, all or none.
    force : bool
        Move branches and tags of the target that lead elsewhere, if they are still where they were at the beginning.
    progress : callable or None
        Called with (bytes done, bytes in all, what).

    Returns
    -------
    Transferred

    Raises
    ------
    NotFoundError, UsageError
        As :func:`trustlab.store.offer.read_offer` says.
    DivergedError
        If a branch of the target has commits that the source lacks, and the other way round.
    ConflictError
        If a tag is at another commit, the way between the two breaks, or a store cannot be written.
    DamagedError
        If what is read or what arrives is not what it should be; the target's branches are then as they were.
    """
    target.check_writable()
    source = replace(source, packs=cast("Packs", Reached(source.packs)))
    sent = Sent(tell=progress)
    seen: _There | None = None
    for _ in range(_ATTEMPTS):
        offer = read_offer(source, ref, branch=branch, every=every)
        there = _look(target, offer.repo)
        if force and seen is not None and (seen.heads, seen.tags) != (there.heads, there.tags):
            raise ConflictError(
                f"'{offer.repo}' must hold still while its branches are replaced; it moved meanwhile",
                hint="Look at what came (trust data log), then do it again.",
            )
        seen = there
        try:
            return _attempt(source, target, offer, there, sent, force=force)
        except MovedError:
            continue
        except DamagedError as error:
            with source.read() as connection:
                # What a gc of the source has taken meanwhile was not damaged.
                if schema.gc_epoch(connection) == offer.epoch:
                    raise DamagedError(f"{error.message} (no branch was moved)", hint=error.hint) from error
    raise ConflictError(
        f"a transfer must not meet a gc or a commit each of {_ATTEMPTS} times; it did",
        hint="Do it again when they are done.",
    )


def _broken(sent: Sent, error: OSError | ConflictError) -> ConflictError:
    advice = f" {error.hint}" if isinstance(error, ConflictError) and error.hint else ""
    return ConflictError(
        f"both stores must work until all has arrived; after {sent.bytes:,} bytes: {error}",
        hint=f"Both are sound, no branch was moved, and the same again goes on from what has arrived.{advice}",
    )


def _look(target: Store, repo: str) -> _There:
    with target.read() as connection:
        epoch = schema.gc_epoch(connection)
        try:
            number = repo_number(connection, repo)
        except NotFoundError:
            return _There(epoch=epoch)
        rows = connection.execute(select(TAGS.c.name, TAGS.c.commit).where(TAGS.c.repo == number))
        return _There(
            epoch=epoch,
            heads=heads_of(connection, number),
            parents=parents_of(connection, number),
            tags={row.name: row.commit for row in rows},
        )


def _attempt(source: Store, target: Store, offer: Offer, there: _There, sent: Sent, *, force: bool) -> Transferred:
    moves = _moves(offer, there, force=force)
    tags = [tag for name, tag in offer.tags.items() if there.tags.get(name) != tag["commit"]]
    replaced = {tag["name"]: there.tags[tag["name"]] for tag in tags if tag["name"] in there.tags}
    if replaced and not force:
        raise _other_tags(offer, replaced)
    _check_names(offer, there)
    try:
        missing = lacking(source, target, offer, set(there.parents))
        sent.total = sent.bytes + missing.data
        send(source, target, missing.objects, there.epoch, sent)
    except (OSError, ConflictError) as error:
        raise _broken(sent, error) from error
    arrived = Arrived(
        repo=offer.repo,
        commits=missing.commits,
        links=read_links(source, offer.repo, missing.commits),
        tags=tags,
        moves={move.branch: (move.before, move.after) for move in moves if move.before != move.after},
        replaced=replaced,
    )
    if arrived.commits or arrived.moves or arrived.tags:
        publish(target, arrived, there.epoch)
    return Transferred(
        repo=offer.repo,
        commits=len(missing.commits),
        chunks=sent.chunks,
        bytes_sent=sent.bytes,
        bytes_skipped=max(0, missing.bytes - sent.data),
        branches=tuple(moves),
        tags=tuple(tag["name"] for tag in tags),
    )


def _moves(offer: Offer, there: _There, *, force: bool) -> list[Moved]:
    moves = []
    diverged = []
    for branch, new in offer.heads.items():
        old = there.heads.get(branch)
        if old is None:
            moves.append(Moved(branch=branch, before=None, after=new, state="new"))
        elif old == new:
            moves.append(Moved(branch=branch, before=old, after=new, state="same"))
        elif leads_to(offer.parents, old, new):
            moves.append(Moved(branch=branch, before=old, after=new, state="forward"))
        elif force:
            moves.append(Moved(branch=branch, before=old, after=new, state="replaced"))
        elif leads_to(there.parents, new, old):
            moves.append(Moved(branch=branch, before=old, after=old, state="ahead"))
        else:
            diverged.append(f"'{offer.repo}@{branch}' is at {old[:12]} there and would go to {new[:12]}")
    if diverged:
        raise DivergedError(
            f"a branch must only move forward; {'; '.join(diverged)}, and neither follows the other",
            hint="Merge the two, take another branch's name, or replace it by --force.",
        )
    return moves


def _check_names(offer: Offer, there: _There) -> None:
    """Refuse what would leave a name that is both a branch and a tag, and with it refs that name two commits."""
    twice = offer.heads.keys() & (there.tags.keys() | offer.tags.keys()) | offer.tags.keys() & there.heads.keys()
    if new := sorted(twice - (there.heads.keys() & there.tags.keys())):
        raise ConflictError(
            f"a name must be a branch or a tag of '{offer.repo}'; {', '.join(map(repr, new))} would be both there",
            hint="Choose another branch there: --branch NAME. Or delete the tag.",
        )


def _other_tags(offer: Offer, replaced: dict[str, str]) -> ConflictError:
    listed = "; ".join(
        f"'{name}' is {old[:12]} there and {offer.tags[name]['commit'][:12]} here" for name, old in replaced.items()
    )
    return ConflictError(
        f"a tag must name one commit of '{offer.repo}' on both sides; {listed}",
        hint="Delete the wrong one, or replace those there by --force.",
    )
