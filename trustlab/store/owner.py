"""See to it that the packs' place is this database's: what one database does not name, another one may need."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlalchemy import func, select

from trustlab.core.errors import ConflictError
from trustlab.store import schema
from trustlab.store.index import batches
from trustlab.store.schema import PACKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.store.store import Store

# Stores whose place was looked at in this process.
_sure: WeakSet[Store] = WeakSet()


def own(store: Store, *, again: bool = False) -> None:
    """Make the packs' place this store's where it is nobody's; called before a pack is made and before any goes.

    A place that has no mark, as those of earlier versions, is taken where it holds a pack that the database knows, or
    none and the database knows of none: an empty place may be a disk that is not mounted.

    Parameters
    ----------
    again : bool
        Whether to look even where this process did before: who removes packs must be sure.

    Raises
    ------
    ConflictError
        If the place is another store's, or empty where it should not be. Nothing was changed.
    """
    if not again and store in _sure:
        return
    mine = str(_store_id(store))
    mark = store.packs.owner()
    if mark is None:
        packs = store.packs.names()
        # Who makes the first packs marks the place before: packs seen after no mark was may come with a mark by now.
        mark = store.packs.owner()
    if mark is None:
        if packs and not _knows_one(store, packs):
            raise _foreign(store, mine, f"{len(packs):,} of which this database knows none")
        if not packs and (known := _known(store)):
            raise ConflictError(
                f"the packs that the database knows must be in {store.packs.place}; {known:,} should be there, and "
                "none is",
                hint="Mount or restore it, or set objects_url to where they are. If they are lost for good: make the "
                "folder, run trust data verify --repair, then commit again.",
            )
        store.packs.claim(mine)
        # Another one may have been faster.
        mark = store.packs.owner()
    if mark != mine:
        raise _foreign(store, mine, f"they are of the store {str(mark)[:40]}")
    _sure.add(store)


def _store_id(store: Store) -> int:
    with store.read() as connection:
        found = schema.store_id(connection)
    if found is None:
        with store.write(alone=True) as connection:
            found = schema.make_store_id(connection)
    return found


def _knows_one(store: Store, packs: Sequence[str]) -> bool:
    with store.read() as connection:
        return any(
            connection.execute(select(PACKS.c.id).where(PACKS.c.name.in_(batch)).limit(1)).first() is not None
            for batch in batches(packs)
        )


def _known(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(PACKS)).scalar_one())


def _foreign(store: Store, mine: str, found: str) -> ConflictError:
    return ConflictError(
        f"the packs in {store.packs.place} must be those of the database {store.engine.url.render_as_string()} "
        f"(store {mine}); {found}",
        hint="Nothing was changed. Set database_url back to the database that these packs belong to, or objects_url to "
        f"a place of its own. Only if you know that they belong together: write {mine} into store-id there.",
    )
