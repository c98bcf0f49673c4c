"""The workspace: the folder ``.trust/`` with its settings, and the way to its database."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

FOLDER = ".trust"
CONFIG = "config.toml"
DEFAULT_CONFIG = """\
# Settings of this trustlab workspace. Each can also come from the environment: TRUSTLAB_DATABASE_URL and so on.
# database_url = "postgresql://user@host/name"   # default: SQLite in this folder
# objects_url = "s3://bucket/prefix"             # or a folder; default: packs in this folder
# objects_options = '{"endpoint_url": "http://host:9000"}'   # where it is not at Amazon's
# tracking_uri = "http://host:5000"              # default: MLflow on SQLite in this folder
# dask_address = "tcp://host:8786"               # default: a cluster of this machine's cores, for fleets of audits
# author = "name"                                # default: the operating system's user name
# [remotes.team]                                 # trust data push REPO team
# path = "/shared/project"                       # a folder that holds a workspace; or database_url and objects_url
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where another workspace is, as a table ``[remotes.NAME]`` says: its folder, or its database and objects.

    Parameters
    ----------
    path : str or None
        The folder that holds it; a relative one starts at the folder that holds this workspace.
    database_url, objects_url : str or None
        As in `Settings`; both, where there is no path.
    objects_options : str or None
        As in `Settings`; beside ``objects_url`` only.
    """

    path: str | None = None
    database_url: str | None = None
    objects_url: str | None = None
    objects_options: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``.trust/config.toml`` and the ``TRUSTLAB_*`` variables say; None is the embedded default.

    Parameters
    ----------
    database_url : str or None
        SQLAlchemy URL of the metadata: SQLite or PostgreSQL. A relative SQLite file is in the workspace's own folder.
    objects_url : str or None
        The folder, or the URL that fsspec knows, where packs of chunks lie.
    objects_options : str or None
        What that URL does not say, as a JSON object of fsspec's options.
    tracking_uri : str or None
        The MLflow server or database.
    dask_address : str or None
        The Dask scheduler that spreads fleets of audits, with its workers.
    author : str or None
        The name on commits and runs.
    remotes : mapping of str to Remote
        Other workspaces, by the names that push and pull take.
    """

    database_url: str | None = None
    objects_url: str | None = None
    objects_options: str | None = None
    tracking_uri: str | None = None
    dask_address: str | None = None
    author: str | None = None
    remotes: Mapping[str, Remote] = field(default_factory=dict)


def read_settings(config: Path, *, environment: bool = True) -> Settings:
    """Return the settings of a file, overridden by ``TRUSTLAB_*`` variables; unknown keys are errors.

    Parameters
    ----------
    config : Path
        No settings where it does not exist.
    environment : bool
        False leaves the variables out: they speak of this workspace, and say nothing of another one.
    """
    names = [each.name for each in fields(Settings)]
    values: dict[str, Any] = {}
    try:
        loaded = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        loaded = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{config} must be valid TOML: {error}") from None
    except OSError as error:
        raise InputError(
            f"{config} must be a file that can be read; got: {error.strerror}",
            hint="Let its owner give you the right to read it.",
        ) from None
    for key, value in loaded.items():
        if key not in names:
            raise UsageError(f"{config}: no setting is called {key!r}.{did_you_mean(key, names)}")
        if key == "remotes":
            values[key] = _read_remotes(value, config)
            continue
        if not isinstance(value, str):
            raise UsageError(f"{config}: {key} must be text; got {value!r}")
        values[key] = value
    for name in names if environment else ():
        if name != "remotes" and (variable := os.environ.get(f"TRUSTLAB_{name.upper()}")):
            values[name] = variable
    return Settings(**values)


def _read_remotes(tables: Any, config: Path) -> dict[str, Remote]:
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UsageError(f"{config}: remotes must be tables, [remotes.NAME]; got {tables!r}")
    return {name: _read_remote(table, f"{config}: remotes.{name}") for name, table in tables.items()}


def _read_remote(table: dict[str, Any], place: str) -> Remote:
    names = [each.name for each in fields(Remote)]
    for key, value in table.items():
        if key not in names:
            raise UsageError(f"{place}: no setting is called {key!r}.{did_you_mean(key, names)}")
        if not isinstance(value, str) or not value:
            raise UsageError(f"{place}: {key} must be text; got {value!r}")
    both = {"database_url", "objects_url"}
    if set(table) not in ({"path"}, both, {*both, "objects_options"}):
        raise UsageError(
            f"{place} must have a path, or else database_url and objects_url; got {', '.join(table) or 'nothing'}"
        )
    return Remote(**table)


def current_folder() -> Path:
    """Return the folder in which this process is; NotFoundError where it was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise NotFoundError("the current folder was removed", hint="Change into one that exists: cd DIR") from None


def named_home() -> Path | None:
    """Return the ``.trust`` folder that ``TRUSTLAB_HOME`` names, or None where it is not set."""
    home = os.environ.get("TRUSTLAB_HOME")
    return Path(home).expanduser().resolve() if home else None


@dataclass(frozen=True)
class Workspace:
    """A workspace that exists.

    Parameters
    ----------
    root : pathlib.Path
        The folder ``.trust`` itself, absolute.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace:
        """Return the workspace of ``start`` (default: the current folder), looking upward as git does.

        ``TRUSTLAB_HOME``, where set, names the ``.trust`` folder outright.

        Raises
        ------
        NotFoundError
            Where there is none.
        """
        if root := named_home():
            if not root.is_dir():
                raise NotFoundError(
                    f"TRUSTLAB_HOME must name a workspace folder; got {root}", hint="Make it with: trust init"
                )
            return cls(root)
        here = (start or current_folder()).resolve()
        for folder in (here, *here.parents):
            try:
                if (folder / FOLDER).is_dir():
                    return cls(folder / FOLDER)
            except PermissionError:
                raise ConflictError(
                    f"a workspace is looked for from {here} upward, but {folder} must not be entered",
                    hint="Let its owner give you the right to enter it, or change into another folder.",
                ) from None
        raise NotFoundError(f"no workspace in {here} or above it", hint="Make one here with: trust init")

    @classmethod
    def create(cls, folder: Path | None = None) -> Workspace:
        """Make a workspace in ``folder`` (default: the current one), or return the one that is there.

        ``TRUSTLAB_HOME``, where set, decides here as well: what is made is what `find` then finds.
        """
        return cls.make(named_home() or (folder or current_folder()).resolve() / FOLDER)

    @classmethod
    def make(cls, root: Path) -> Workspace:
        """Make the workspace whose own folder is ``root``, or return the one that is there."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            config = root / CONFIG
            if not config.exists():
                config.write_text(DEFAULT_CONFIG, encoding="utf-8")
                (root / ".gitignore").write_text("*\n", encoding="utf-8")
        except (PermissionError, NotADirectoryError, FileExistsError) as error:
            raise ConflictError(f"a workspace needs a folder that can be written; {root}: {error}") from None
        return cls(root)

    @property
    def home(self) -> Path:
        """The folder that holds ``.trust``: relative paths start here."""
        return self.root.parent

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        return read_settings(self.root / CONFIG)

    @cached_property
    def engine(self) -> Engine:
        """The metadata database."""
        from trustlab.core.database import close_with, connect, rooted

        engine = connect(rooted(self.settings.database_url or None, self.root))
        close_with(self, engine)
        return engine
