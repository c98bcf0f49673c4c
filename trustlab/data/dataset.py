"""A frame with its origin, and how a name becomes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError, did_you_mean
from trustlab.data.arrow import is_arrow
from trustlab.data.frames import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from trustlab.core.context import Context
    from trustlab.core.workspace import Workspace
    from trustlab.data.images import Images
    from trustlab.store import Store

# Beside a table, a .json file is as a rule a document, such as a schema.
TABLE_SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes if suffix != ".json")
LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table and where it came from.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows.
    name : str
        What the user called it.
    source : {'commit', 'mount', 'file', 'memory'}
        Where it was read.
    origin : mapping
        JSON data: commit and path, mount and path, or file name; with the digest of the content.
    columns : tuple of str
        The columns as they were read; derived ones are in ``frame`` only.
    images : Images or None
        The images that a column of the frame names, where the rows are images.
    text : str or None
        The column of texts, where the rows are texts.
    """

    frame: pd.DataFrame
    name: str
    source: str
    origin: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    images: Images | None = None
    text: str | None = None

    @property
    def asked_as(self) -> str:
        """The name, for the record of what was asked."""
        return self.name

    def __post_init__(self) -> None:
        """Note the columns that were read."""
        if not self.columns:
            object.__setattr__(self, "columns", tuple(self.frame.columns))

    def provenance(self) -> dict[str, Any]:
        """Return the origin and the size as JSON data."""
        rows, columns = self.frame.shape
        return {"name": self.name, "source": self.source, "rows": rows, "columns": columns, **self.origin}

    @property
    def modality(self) -> str:
        """What a row is: tabular, image or text."""
        return "image" if self.images is not None else "text" if self.text is not None else "tabular"

    def with_frame(self, frame: pd.DataFrame, **origin: Any) -> Dataset:
        """Return the same origin with other rows or columns, and a note of what was done."""
        return replace(self, frame=frame, origin={**self.origin, **origin})


def store_of(workspace: Workspace) -> Store:
    """Return the workspace's data store."""
    from trustlab.store import open_store

    settings = workspace.settings
    return open_store(workspace.root, settings.database_url, settings.objects_url, settings.objects_options)


def load_dataset(
    given: Any, context: Context, *, parameter: str = "data", names: Sequence[str] | None = None
) -> Dataset:
    """Return the data set that ``given`` means.

    Parameters
    ----------
    given : str, pathlib.Path, pandas.DataFrame, numpy.ndarray or Dataset
        A frame as it is; a text names a notebook variable, a ref (``loans@main``), a mount (``bucket:part/a.csv``), a
        ``trust://`` address or a file.
    parameter : str
        The parameter's name, for the messages.
    names : sequence of str or None
        The columns of a text file that has no header.

    Raises
    ------
    ConflictError
        Where a text could mean more than one thing.
    NotFoundError
        Where it means nothing.
    """
    if isinstance(given, Dataset):
        return given
    if isinstance(given, Path):
        return _from_file(context.path(given), str(given), names, context)
    if not isinstance(given, str):
        return _from_memory(given, "data in memory", parameter)
    meanings = _meanings(given, context)
    if len(meanings) > 1:
        listed = "; ".join(meanings)
        raise ConflictError(
            f"{parameter}: {given!r} could mean {listed}",
            hint="Say which: ./name for a file, name@branch for a ref, NAME: for a mount, or rename the variable",
        )
    if not meanings:
        raise NotFoundError(f"{parameter}: {given!r} is {_nothing(given, context)}")
    kind = next(iter(meanings.values()))
    if kind == "variable":
        return _from_memory(context.namespace[given], given, parameter)
    if kind == "file":
        return _from_file(context.path(given), given, names, context)
    if kind == "mount":
        return _from_mount(given, names, context)
    return _from_store(given, names, context)


def _meanings(text: str, context: Context) -> dict[str, str]:
    found = {}
    if text in context.namespace and is_table(context.namespace[text]):
        found[f"the notebook's variable {text}"] = "variable"
    try:
        is_file = context.path(text).is_file()
    except OSError:
        is_file = False
    if is_file and not text.startswith("trust://"):
        found[f"the file {text}"] = "file"
    if _repo_of(text) in _repos(context):
        found[f"the ref {text}"] = "ref"
    if _repo_of(text) in _mounts(context):
        found[f"the mount {text}"] = "mount"
    return found


def _nothing(text: str, context: Context) -> str:
    if _is_folder(text, context):
        return "a folder; name one table inside it"
    if PurePosixPath(text).suffix.lower() in TABLE_SUFFIXES or ("/" in text and not text.startswith("trust://")):
        folder = context.path(text).parent
        near = [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        return f"no file in {folder}.{did_you_mean(Path(text).name, near)}"
    names = [
        *_repos(context),
        *_mounts(context),
        *(name for name, value in context.namespace.items() if is_table(value)),
    ]
    kinds = "neither a file, a ref nor a notebook variable" if context.namespace else "neither a file nor a ref"
    return f"{kinds}.{did_you_mean(_repo_of(text), names)}"


def _repo_of(text: str) -> str:
    return text.removeprefix("trust://").split("@")[0].split(":")[0].split("/")[0].split("~")[0]


def _repos(context: Context) -> list[str]:
    from trustlab.store.branches import repos

    workspace = context.workspace_or_none
    return repos(store_of(workspace)) if workspace is not None else []


def _mounts(context: Context) -> list[str]:
    from trustlab.store.mounts import mounts

    workspace = context.workspace_or_none
    return [mount.name for mount in mounts(store_of(workspace))] if workspace is not None else []


def is_table(value: Any) -> bool:
    """Return whether a value is a table, so that a text may name it."""
    if isinstance(value, type):
        return False
    # In this order: a lazy query has columns too, and to be asked for them costs it.
    if is_arrow(value):
        return True
    return (hasattr(value, "columns") and hasattr(value, "shape")) or type(value).__name__ == "ndarray"


def _from_memory(value: Any, name: str, parameter: str) -> Dataset:
    import numpy as np
    import pandas as pd

    from trustlab.data.frames import frame_digest

    if hasattr(value, "to_pandas"):
        value = value.to_pandas()
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, np.ndarray | list | tuple):
        array = np.asarray(value)
        if array.ndim < 2:
            raise UsageError(f"{parameter} must be a table of rows and columns; got an array of {array.ndim} dimension")
        array = array.reshape(len(array), -1)
        value = pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])
    if not isinstance(value, pd.DataFrame):
        raise UsageError(f"{parameter} must be a table, a ref or a file; got {type(value).__name__}")
    frame = value.copy(deep=False)
    frame.columns = [str(column) for column in frame.columns]
    if repeated := sorted({str(c) for c in frame.columns[frame.columns.duplicated()]}):
        raise InputError(f"{parameter}: column names must differ; these come twice: {', '.join(map(repr, repeated))}")
    if frame.empty:
        raise InputError(f"{parameter} must have at least one row and one column; got {frame.shape}")
    return Dataset(frame=frame, name=name, source="memory", origin={"digest": frame_digest(frame)})


def _from_file(path: Path, name: str, names: Sequence[str] | None, context: Context) -> Dataset:
    from trustlab.data.frames import frame_digest, read_frame

    frame = _noticed(read_frame(path, name=name, columns=names), name, names, context)
    return Dataset(frame=frame, name=name, source="file", origin={"file": name, "digest": frame_digest(frame)})


def _noticed(frame: pd.DataFrame, name: str, names: Sequence[str] | None, context: Context) -> pd.DataFrame:
    """Say so where the first row looks like data: numbers as names are legal, and mostly a missing header."""
    numbers = [column for column in frame.columns if column.strip().replace(".", "", 1).lstrip("-").isdigit()]
    if numbers and names is None:
        listed = ", ".join(numbers[:LISTED])
        context.notice(f"{name}: columns are called {listed}; if the file has no header, give --names A,B,C")
    return frame


def _from_store(text: str, names: Sequence[str] | None, context: Context) -> Dataset:
    import io

    from trustlab.data import reads
    from trustlab.data.frames import frame_digest, read_frame
    from trustlab.store import refs
    from trustlab.store.read import find, read_entry

    store = store_of(context.workspace)
    ref = text.removeprefix("trust://")
    if text.startswith("trust://") and "/" in ref:
        ref = ref.replace("/", ":", 1)
    parts = refs.parse(ref)
    if parts.path is None:
        parts = replace(parts, path=_only_table(store, ref))
    commit, entry = find(store, parts)
    name = f"{text}:{entry.path}"
    content = io.BytesIO(read_entry(store, entry))
    frame = read_frame(content, name=name, format=_suffix(entry.path), columns=names)
    frame = _noticed(frame, name, names, context)
    reads.note(store, commit.repo, commit.id, entry.path)
    origin = {"ref": text, "commit": commit.id, "path": entry.path, "digest": frame_digest(frame)}
    return Dataset(frame=frame, name=text, source="commit", origin=origin)


def _from_mount(text: str, names: Sequence[str] | None, context: Context) -> Dataset:
    from trustlab.data.frames import frame_digest, read_frame
    from trustlab.data.mounts.opening import place_of

    place = place_of(store_of(context.workspace), text)
    assert place is not None, "a mount's name was found in the text"
    with place.open() as mounted:
        found = mounted.find(place.path)
        if found.kind == "folder":
            tables = [one.path for one in mounted.walk(found.path) if _suffix(one.path).lower() in TABLE_SUFFIXES]
            found = mounted.find(_only_one(tables, text))
        with mounted.open(found.path) as file:
            frame = read_frame(file, name=f"{place.mount.name}:{found.path}", format=_suffix(found.path), columns=names)
    frame = _noticed(frame, text, names, context)
    where = {"mount": place.mount.name, "url": mounted.address.shown, "path": found.path, "stamp": dict(found.stamp)}
    origin = {"ref": text, **where, "digest": frame_digest(frame)}
    return Dataset(frame=frame, name=text, source="mount", origin=origin)


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix


def _only_table(store: Store, ref: str) -> str:
    from trustlab.store.refs import resolve
    from trustlab.store.trees import Tree

    tree = Tree(store, resolve(store, ref).tree)
    return _only_one([entry.path for entry in tree.entries() if _suffix(entry.path).lower() in TABLE_SUFFIXES], ref)


def _only_one(tables: list[str], ref: str) -> str:
    if len(tables) != 1:
        listed = ", ".join(tables[:LISTED]) or "none"
        raise ConflictError(
            f"{ref} must hold one table to be read by its name alone; it holds {listed}",
            hint=f"Name the file: {ref}:PATH",
        )
    return tables[0]


def _is_folder(text: str, context: Context) -> bool:
    try:
        return context.path(text).is_dir()
    except OSError:
        # Longer than a folder's name can be: it is none.
        return False
