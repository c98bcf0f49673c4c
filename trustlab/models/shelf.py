"""A part of the registered versions; in the embedded registry, ten thousand of them are no more work than ten.

MLflow's client asks for one run after the other, and its import alone takes seconds. Where MLflow's database is the
workspace's own file, its tables are read here, and never written; anything else is asked through the client.
"""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    String,
    and_,
    case,
    column,
    create_engine,
    func,
    inspect,
    literal,
    select,
    table,
)

from trustlab.core.errors import NotFoundError, did_you_mean
from trustlab.core.listing import condition, matches, page
from trustlab.models.load import registered_names
from trustlab.models.registry import CHAMPION, PREFIX, ModelVersion, Registry
from trustlab.models.tracking import whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, FromClause

    from trustlab.core.workspace import Workspace

AUDIT, KIND, DATA = f"{PREFIX}audit_status", f"{PREFIX}kind", f"{PREFIX}data.name"
NOT_AUDITED = "not audited"
DELETED = "Deleted_Internal"  # what MLflow calls a version that is gone


def _columns(kind: Any, *names: str) -> list[Any]:
    return [column(name, kind) for name in names]


MODELS = table("registered_models", *_columns(String, "name"))
VERSIONS = table(
    "model_versions",
    *_columns(String, "name", "current_stage", "run_id"),
    *_columns(Integer, "version"),
    *_columns(BigInteger, "creation_time"),
)
VERSION_TAGS = table("model_version_tags", *_columns(String, "name", "key", "value"), *_columns(Integer, "version"))
ALIASES = table("registered_model_aliases", *_columns(String, "name", "alias"), *_columns(Integer, "version"))
TAGS = table("tags", *_columns(String, "run_uuid", "key", "value"))
PARAMS = table("params", *_columns(String, "run_uuid", "key", "value"))
METRICS = table("latest_metrics", *_columns(String, "run_uuid", "key"), *_columns(Float, "value"))
TABLES = (MODELS, VERSIONS, VERSION_TAGS, ALIASES, TAGS, PARAMS, METRICS)


class Listed(NamedTuple):
    """A part of the versions, how many there are in all, and of how many models."""

    versions: list[ModelVersion]
    total: int
    models: int


def listed(
    workspace: Workspace, name: str | None = None, *, limit: int, offset: int = 0, matching: str | None = None
) -> Listed:
    """Return versions by name, newest first within each.

    Parameters
    ----------
    name : str or None
        Only this model's.
    matching : str or None
        Words, all of which must occur in what a list shows of a version.

    Raises
    ------
    NotFoundError
        Where no model has the name.
    """
    file = workspace.root / "mlflow.db"
    if workspace.settings.tracking_uri is None and file.exists():
        with whole(workspace):
            found = _read(file, name, limit=limit, offset=offset, matching=matching)
        if found is not None:
            return found
    names = [name] if name else registered_names(workspace)
    every = [version for known in names for version in Registry(workspace).versions(known)]
    shown, total = page(every, _told, limit=limit, offset=offset, matching=matching)
    models = {one.name for one in every if matches(_told(one), matching)} if matching else set(names)
    return Listed(shown, total, len(models))


def _told(version: ModelVersion) -> tuple[object, ...]:
    tags = version.tags
    champion = CHAMPION if version.champion else None
    return version.name, champion, tags.get(AUDIT, NOT_AUDITED), tags.get(KIND), tags.get(DATA)


def _read(file: Path, name: str | None, *, limit: int, offset: int, matching: str | None) -> Listed | None:
    """Return what the embedded database says; None where its tables are not those that are known here."""
    address = f"file:{quote(str(file))}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as connection:
            if not _is_known(connection):
                return None
            if name is not None:
                _refuse_unknown(connection, name)
            return _page(connection, name, limit=limit, offset=offset, matching=matching)
    finally:
        engine.dispose()


def _is_known(connection: Connection) -> bool:
    there = inspect(connection)
    names = set(there.get_table_names())
    return all(
        one.name in names and {part["name"] for part in there.get_columns(one.name)} >= set(one.c.keys())
        for one in TABLES
    )


def _refuse_unknown(connection: Connection, name: str) -> None:
    names = list(connection.execute(select(MODELS.c.name).order_by(MODELS.c.name)).scalars())
    if name not in names:
        raise NotFoundError(
            f"no registered model is called {name!r}.{did_you_mean(name, names)}",
            hint=f"Registered are: {', '.join(names)}." if names else "Make one with: trust train --name",
        )


def _page(connection: Connection, name: str | None, *, limit: int, offset: int, matching: str | None) -> Listed:
    champion = and_(
        ALIASES.c.name == VERSIONS.c.name, ALIASES.c.version == VERSIONS.c.version, ALIASES.c.alias == CHAMPION
    )
    source = VERSIONS.outerjoin(ALIASES, champion)
    told = [
        VERSIONS.c.name,
        case((ALIASES.c.alias.is_not(None), CHAMPION), else_=""),
        func.coalesce(_tag(AUDIT), NOT_AUDITED),
        _tag(KIND),
        _tag(DATA),
    ]
    wanted = and_(VERSIONS.c.current_stage != DELETED, condition(told, matching))
    if name is not None:
        wanted = and_(wanted, VERSIONS.c.name == name)
    counts = select(func.count(), func.count(VERSIONS.c.name.distinct())).select_from(source).where(wanted)
    total, models = connection.execute(counts).one()
    if not matching:
        models = 1 if name else connection.execute(select(func.count()).select_from(MODELS)).scalar_one()
    query = select(VERSIONS, ALIASES.c.alias).select_from(source).where(wanted)
    query = query.order_by(VERSIONS.c.name, VERSIONS.c.version.desc()).limit(limit).offset(offset)
    return Listed(_versions(connection, connection.execute(query).all()), int(total), int(models))


def _tag(key: str) -> ColumnElement[str]:
    """Return what a version is tagged with, or else the run that made it."""
    here = (VERSION_TAGS.c.name == VERSIONS.c.name) & (VERSION_TAGS.c.version == VERSIONS.c.version)
    own = select(VERSION_TAGS.c.value).where(here, VERSION_TAGS.c.key == literal(key)).scalar_subquery()
    run = select(TAGS.c.value).where(TAGS.c.run_uuid == VERSIONS.c.run_id, TAGS.c.key == literal(key)).scalar_subquery()
    return func.coalesce(own, run)


def _versions(connection: Connection, rows: Sequence[Any]) -> list[ModelVersion]:
    runs = [row.run_id for row in rows if row.run_id]
    params, metrics, tags = (_by_run(connection, one, runs) for one in (PARAMS, METRICS, TAGS))
    own: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    names = sorted({row.name for row in rows})
    for row in connection.execute(select(VERSION_TAGS).where(VERSION_TAGS.c.name.in_(names))):
        own[row.name, row.version][row.key] = row.value
    return [
        ModelVersion(
            name=row.name,
            version=row.version,
            run_id=row.run_id or "",
            created=datetime.fromtimestamp(row.creation_time / 1000, UTC).isoformat(timespec="seconds"),
            champion=row.alias is not None,
            params=params[row.run_id],
            metrics={key: value for key, value in metrics[row.run_id].items() if math.isfinite(value)},
            tags=_shown({**tags[row.run_id], **own[row.name, row.version]}),
        )
        for row in rows
    ]


def _by_run(connection: Connection, place: FromClause, runs: Sequence[str]) -> dict[str | None, dict[str, Any]]:
    found: dict[str | None, dict[str, Any]] = defaultdict(dict)
    query = select(place.c.run_uuid, place.c.key, place.c.value).where(place.c.run_uuid.in_(runs))
    for row in connection.execute(query):
        found[row.run_uuid][row.key] = row.value
    return found


def _shown(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in sorted(tags.items()) if not key.startswith("mlflow.")}
