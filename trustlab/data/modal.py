"""Rows that are images or texts: what the user named becomes a data set that knows which."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, UsageError, did_you_mean
from trustlab.data.dataset import Dataset, load_dataset, store_of
from trustlab.data.images import COLUMN, Images, images_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from trustlab.core.context import Context

TEXT = "text"
ARCHIVE = ".npz"
MOST_UNPACKED = 2**31  # bytes that any archive may unpack to; a larger one
MOST_TIMES = 200  # times its own size: deflate makes of nothing but zeros a thousandth


def load_rows(
    given: Any,
    context: Context,
    *,
    parameter: str = "data",
    names: Sequence[str] | None = None,
    images: str | None = None,
    text: str | None = None,
) -> Dataset:
    """Return the data set that ``given`` means, tables as `load_dataset` reads them.

    Parameters
    ----------
    given : object
        Besides what `load_dataset` takes: an array of images of shape (n, h, w), (n, h, w, c) or (n, c, h, w); a list
        or array of texts; the path of a folder of class folders of images, or of an .npz of arrays ``X`` and ``y``.
    images, text : str or None
        The column of image paths, relative to the table, or the column of texts.

    Raises
    ------
    InputError
        Where an image cannot be read, or they differ in size.
    UsageError
        Where the column is not there, or both came.
    """
    if images is not None and text is not None:
        raise UsageError("either images or text must name a column; both came")
    if isinstance(given, str) and given in context.namespace:
        given = _variable(given, context)
    dataset = _of_array(given, parameter) or _of_archive(given, context) or _of_folder(given, context)
    if dataset is None:
        dataset = load_dataset(given, context, parameter=parameter, names=names)
    if images is not None and dataset.images is None:
        return _with_images(dataset, images, given, context)
    if text is not None:
        _column(dataset, text, "text")
        return replace(dataset, text=text)
    return dataset


def _variable(name: str, context: Context) -> Any:
    value = context.namespace[name]
    return value if _is_modal(value) else name


def _is_modal(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and (isinstance(value[0], str) or getattr(value[0], "ndim", 0) >= 2)
    return getattr(value, "ndim", 0) > 2 or (
        getattr(value, "ndim", 0) == 1
        and str(getattr(value, "dtype", "")).startswith(("<U", "str", "string", "object"))
    )


def _of_array(given: Any, parameter: str) -> Dataset | None:
    """Return the data set of an array of images or of texts; None where it is neither."""
    import numpy as np

    if isinstance(given, Dataset | str | Path) or not _is_modal(given):
        return None
    if hasattr(given, "detach"):
        given = given.detach().cpu().numpy()
    try:
        array = np.asarray(given)
    except ValueError as error:
        raise InputError(f"{parameter}: images must have one size; {error}", hint="Resize them first.") from None
    if array.ndim > 2:
        return _array_dataset(array, parameter, "images in memory", "memory", {})
    return _text_dataset(array, parameter, "texts in memory", "memory", {})


def _array_dataset(
    array: NDArray[Any], parameter: str, name: str, source: str, origin: Mapping[str, Any], **columns: Any
) -> Dataset:
    import numpy as np
    import pandas as pd
    from blake3 import blake3

    images = images_of(array, parameter)
    frame = pd.DataFrame({COLUMN: np.arange(len(array)), **columns})
    hasher = blake3(f"{array.dtype} {array.shape}".encode())
    hasher.update(np.ascontiguousarray(array).tobytes())
    origin = {**origin, "digest": str(hasher.hexdigest())}
    return Dataset(frame=frame, name=name, source=source, origin=origin, images=images)


def _text_dataset(
    array: NDArray[Any], parameter: str, name: str, source: str, origin: Mapping[str, Any], **columns: Any
) -> Dataset:
    import pandas as pd

    from trustlab.data.frames import frame_digest

    odd = [value for value in array.tolist() if not isinstance(value, str) and value is not None and value == value]
    if odd:
        raise InputError(f"{parameter}: texts must be text in every row; got {odd[0]!r}")
    if not len(array):
        raise InputError(f"{parameter} must have at least one text; got none")
    frame = pd.DataFrame({TEXT: pd.Series(array.tolist(), dtype=object), **columns})
    origin = {**origin, "digest": frame_digest(frame)}
    return Dataset(frame=frame, name=name, source=source, origin=origin, text=TEXT)


def _of_archive(given: Any, context: Context) -> Dataset | None:
    """Return the data set of an .npz file: ``X`` are the rows, each other array of their length a column."""
    if not isinstance(given, str | Path) or PurePosixPath(str(given)).suffix.lower() != ARCHIVE:
        return None
    path = context.path(given)
    if path.is_file():
        return _archive(path.read_bytes(), str(given), "file", {"file": str(given)})
    from trustlab.store.read import find, read_entry

    store = store_of(context.workspace)
    commit, entry = find(store, str(given))
    content = bytes(read_entry(store, entry))
    return _archive(content, str(given), "commit", {"ref": str(given), "commit": commit.id, "path": entry.path})


def _archive(content: bytes, name: str, source: str, origin: Mapping[str, Any]) -> Dataset:
    import zipfile
    import zlib

    import numpy as np
    import pandas as pd

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > max(MOST_UNPACKED, MOST_TIMES * len(content)):
            raise InputError(
                f"{name} must not unpack to more than {MOST_TIMES} times its size; it says {unpacked:,} bytes of "
                f"{len(content):,}"
            )
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{name} must be an .npz of plain arrays; {error}") from None
    if "X" not in arrays:
        raise InputError(f"{name} must hold an array X; it holds {', '.join(arrays) or 'nothing'}")
    X = arrays.pop("X")
    columns = {key: array for key, array in arrays.items() if array.shape == (len(X),)}
    if X.ndim > 2:
        return _array_dataset(X, name, name, source, origin, **columns)
    if X.ndim == 1 and X.dtype.kind in "UO":
        return _text_dataset(X, name, name, source, origin, **columns)
    from trustlab.data.frames import frame_digest

    frame = pd.DataFrame(X.reshape(len(X), -1), columns=[f"x{place}" for place in range(X[:1].size)]).assign(**columns)
    return Dataset(frame=frame, name=name, source=source, origin={**origin, "digest": frame_digest(frame)})


def _of_folder(given: Any, context: Context) -> Dataset | None:
    """Return the data set of a folder, or of a version's folder, that holds images and no table; else None."""
    from trustlab.data.image_files import folder_paths, folder_place, from_paths, is_image, is_table, stored_folder

    if not isinstance(given, str | Path):
        return None
    name = str(given)
    try:
        path = context.path(given)
        is_folder = path.is_dir()
    except OSError:
        # Longer than a folder's name can be: it is none.
        return None
    if is_folder and not _is_repo(name, context):
        paths = folder_paths(path)
        return from_paths(paths, folder_place(path, name), "file", {"file": name}) if paths else None
    if is_folder or path.exists() or not _is_repo(name, context):
        return None
    stored = stored_folder(name, context)
    paths = [path for path in stored.paths if is_image(path)]
    if not paths or any(is_table(path) for path in stored.paths):
        return None
    return from_paths(paths, stored.place, "commit", {"ref": name, "commit": stored.commit})


def _is_repo(name: str, context: Context) -> bool:
    from trustlab.store.branches import repos

    workspace = context.workspace_or_none
    if workspace is None:
        return False
    return _repo_of(name) in repos(store_of(workspace))


def _repo_of(ref: str) -> str:
    return ref.removeprefix("trust://").split("@")[0].split(":")[0].split("/")[0].split("~")[0]


def _with_images(dataset: Dataset, column: str, given: Any, context: Context) -> Dataset:
    """Return the table with the images that a column's paths lead to, relative to the table's own folder."""
    from trustlab.data.image_files import decoded, folder_place, stored_folder

    paths = _column(dataset, column, "images")
    if dataset.source == "commit":
        repo = _repo_of(str(dataset.origin["ref"]))
        folder = PurePosixPath(str(dataset.origin["path"])).parent.as_posix()
        inside = "" if folder == "." else f":{folder}"
        place = stored_folder(f"{repo}@{dataset.origin['commit']}{inside}", context).place
    elif dataset.source in {"file", "memory"}:
        base = context.path(given).parent if dataset.source == "file" else context.path(".")
        place = folder_place(base, str(base))
    else:
        raise UsageError("images must lie beside a file or in a version; this table comes from a mount")
    images, digest = decoded(paths, place, column)
    return replace(dataset, images=images, origin={**dataset.origin, "images": digest})


def _column(dataset: Dataset, name: Any, parameter: str) -> pd.Series:
    if not isinstance(name, str) or name not in dataset.frame.columns:
        raise UsageError(
            f"{parameter} must be a column of {dataset.name}; got {name!r}."
            f"{did_you_mean(str(name), list(dataset.frame.columns))}"
        )
    return dataset.frame[name]


def images_in(dataset: Dataset) -> NDArray[np.float32]:
    """Return the images of a data set's rows, float32 of shape (n, h, w, c), from 0 to 1."""
    held = dataset.images
    assert isinstance(held, Images)
    return held.of(dataset.frame[held.column].tolist())


def texts_in(dataset: Dataset) -> NDArray[np.object_]:
    """Return the texts of a data set's rows, an array of str; a missing text is empty."""
    import numpy as np

    assert dataset.text is not None
    column = dataset.frame[dataset.text]
    found = np.empty(len(column), dtype=object)
    gone = column.isna().to_numpy()
    found[:] = ["" if missing else str(value) for value, missing in zip(column.tolist(), gone, strict=True)]
    return found
