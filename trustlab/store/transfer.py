"""Copy branches with their whole history from one store to another: only what is missing, and only forward."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from sqlalchemy import select

from trustlab.core.errors import ConflictError, DamagedError, NotFoundError
from trustlab.store import schema
from trustlab.store.ancestry import graph, leads_to
from trustlab.store.arrival import Arrived, MovedError, Sent, links_of, publish, send
from trustlab.store.lacking import lacking
from trustlab.store.offer import Offer, heads_of, read_offer
from trustlab.store.quarantine import names
from trustlab.store.reached import Reached
from trustlab.store.refs import repo_number
from trustlab.store.schema import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustlab.store.ancestry import Graph
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
    held : mapping of str to str
        The target's branches that were not moved, and those on which the commits for them wait.
    """

    repo: str
    commits: int
    chunks: int
    bytes_sent: int
    bytes_skipped: int
    branches: tuple[Moved, ...]
    tags: tuple[str, ...]
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be done, as it was asked for."""

    offer: Offer
    admit: Callable[[str, str, str | None], str | None] | None
    force: bool


class DivergedError(ConflictError):
    """Both sides have commits that the other lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """What the target has of the repo, and its gc epoch from before it was read."""

    epoch: int
    heads: dict[str, str] = field(default_factory=dict)
    parents: Graph = field(default_factory=dict)
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
    admit: Callable[[str, str, str | None], str | None] | None = None,
) -> Transferred:
    """Bring a ref's commits, with all that they reach, from one store to a branch of another.

    Commits keep their ids, and come with their tags; what they were made from is read in their own records. Objects
    that the target has are not sent; those that arrive are hashed again and kept part by part, so that after a break
    the next transfer goes on where this one stopped. One transaction at the end makes the commits visible and moves the
    branches: a break at any instant leaves the target's branches as they were.

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
    admit : callable or None
        Called with (branch of the target, commit that comes, its head there or None) for each branch that would move,
        before anything is sent. None lets it move; the name of a branch keeps the commit there, or on that name with a
        number where others wait there. It may raise.

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
            return _attempt(source, target, _Asked(offer, admit, force), there, sent)
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
            parents=graph(connection, number),
            tags={row.name: row.commit for row in rows},
        )


def _attempt(source: Store, target: Store, asked: _Asked, there: _There, sent: Sent) -> Transferred:
    offer, held = _admitted(asked, there)
    force = asked.force
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
        links=links_of(missing.commits),
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
        held=held,
    )


def _admitted(asked: _Asked, there: _There) -> tuple[Offer, dict[str, str]]:
    """Return the offer with other branches for commits that are to be held, and those branches."""
    offer, wanted = asked.offer, {}
    for branch, new in offer.heads.items():
        old = there.heads.get(branch)
        stays = old is not None and leads_to(there.parents, new, old) and not asked.force
        if asked.admit is not None and old != new and not stays:
            kept_on = asked.admit(branch, new, old)
            if kept_on is not None:
                wanted[branch] = kept_on
    heads = {branch: new for branch, new in offer.heads.items() if branch not in wanted}
    held = {}
    for branch, kept_on in wanted.items():
        new = offer.heads[branch]
        held[branch] = next(name for name in names(kept_on) if _takes(name, new, heads, offer, there))
        heads[held[branch]] = new
    return replace(offer, heads=heads), held


def _takes(name: str, new: str, heads: Mapping[str, str], offer: Offer, there: _There) -> bool:
    """Return whether a commit may be held on a branch: nothing else waits there, and nothing else is called so."""
    last = there.heads.get(name)
    if name in there.tags or name in offer.tags or heads.get(name, new) != new:
        return False
    return last is None or leads_to(offer.parents, last, new)


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
