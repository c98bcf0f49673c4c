"""Image files as a data set: a folder of class folders, or a column of paths; from the disk or from a version."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, NotFoundError
from trustlab.data.dataset import TABLE_SUFFIXES, Dataset, store_of
from trustlab.data.images import BYTE, COLUMN, Images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from trustlab.core.context import Context

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
LABEL = "label"
GREY = {"1", "L", "LA", "I", "I;16", "F"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where image files lie: how one is read by its path, and what to call the place."""

    name: str
    read: Callable[[str], bytes]


def is_image(path: str) -> bool:
    """Return whether a path has the suffix of an image file."""
    return PurePosixPath(path).suffix.lower() in SUFFIXES


def is_table(path: str) -> bool:
    """Return whether a path has the suffix of a table."""
    return PurePosixPath(path).suffix.lower() in TABLE_SUFFIXES


def folder_place(folder: Path, name: str) -> Place:
    """Return the place of a folder on the disk; what lies outside is refused, wherever a path or a link leads."""
    inside = folder.resolve()

    def read(path: str) -> bytes:
        try:
            found = (folder / path).resolve()
            if not found.is_relative_to(inside):
                raise InputError(
                    f"{name}: images must lie in this folder or below; {path!r} leads out of it",
                    hint="Keep the table in a folder that holds its images, or give the images as an array.",
                )
            if found.exists() and not found.is_file():
                raise InputError(f"{name}: an image must be a file; {path!r} is none")
            return found.read_bytes()
        except (OSError, ValueError, RuntimeError) as error:  # ValueError: a null byte; RuntimeError: links in a circle
            said = getattr(error, "strerror", None) or error
            raise NotFoundError(f"{name}: no image can be read at {path!r}: {said}") from None

    return Place(name, read)


@dataclass(frozen=True, slots=True)
class Stored:
    """A folder of a version: its commit and its path, ``""`` or with a slash at the end."""

    place: Place
    commit: str
    paths: Sequence[str]


def stored_folder(ref: str, context: Context) -> Stored:
    """Return the place, the commit and the files of a folder in a version: ``repo@main`` or ``repo@main:folder``."""
    from trustlab.data import reads
    from trustlab.store.read import read_entry
    from trustlab.store.refs import parse, resolve
    from trustlab.store.trees import Tree

    store, parts = store_of(context.workspace), parse(ref.removeprefix("trust://"))
    commit = resolve(store, parts)
    tree = Tree(store, commit.tree)
    prefix = f"{parts.path.rstrip('/')}/" if parts.path else ""

    def read(path: str) -> bytes:
        entry = tree.get(prefix + path)
        if entry is None:
            raise NotFoundError(f"{ref}: no image is stored at {path!r}")
        reads.note(store, commit.repo, commit.id, entry.path)
        return bytes(read_entry(store, entry))

    return Stored(Place(ref, read), commit.id, [entry.path[len(prefix) :] for entry in tree.entries(prefix)])


def folder_paths(folder: Path) -> list[str]:
    """Return the image files in a folder and the folders within, relative to it; hidden ones are left out."""
    found = [path.relative_to(folder) for path in folder.rglob("*") if is_image(path.name) and path.is_file()]
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def from_paths(paths: Sequence[str], place: Place, source: str, origin: dict[str, Any]) -> Dataset:
    """Return the data set of a folder's images: paths, and as labels the names of their first folders."""
    import pandas as pd

    if not paths:
        raise InputError(
            f"{place.name} must hold images ({', '.join(SUFFIXES)}), as a rule in one folder a class; it holds none"
        )
    frame = pd.DataFrame({COLUMN: list(paths)})
    if all("/" in path for path in paths):
        frame[LABEL] = [path.split("/")[0] for path in paths]
    images, digest = decoded(frame[COLUMN], place, COLUMN)
    return Dataset(frame=frame, name=place.name, source=source, origin={**origin, "digest": digest}, images=images)


def decoded(names: Iterable[Any], place: Place, column: str) -> tuple[Images, str]:
    """Return the images that a column's paths lead to, decoded once each, and the fingerprint of their bytes.

    Raises
    ------
    InputError
        Where a path is missing, a file is no image, or the images differ in size.
    """
    import numpy as np
    import pandas as pd
    from blake3 import blake3

    listed = pd.Series(list(names), dtype=object)
    if absent := int(listed.isna().sum()):
        raise InputError(
            f"column {column!r} must name an image in every row; {absent} of {len(listed)} are missing",
            hint=f'Leave those rows out: --where "notnull({column})"' if column.isidentifier() else None,
        )
    hasher = blake3()
    found: list[NDArray[Any]] = []
    paths = [str(path) for path in dict.fromkeys(listed)]
    for path in paths:
        content = place.read(path)
        for part in (path.encode("utf-8", "surrogatepass"), content):
            hasher.update(len(part).to_bytes(8, "little"))
            hasher.update(part)
        found.append(_pixels(content, f"{place.name}: {path}"))
        if found[-1].shape[:2] != found[0].shape[:2]:
            raise _other_size(paths, found, place)
    channels = max(one.shape[2] for one in found)
    pixels = np.stack([one if one.shape[2] == channels else one.repeat(channels, axis=2) for one in found])
    places = {path: at for at, path in enumerate(dict.fromkeys(listed))}
    return Images(pixels=pixels, column=column, places=places, scale=float(BYTE), decoded=True), hasher.hexdigest()


def _pixels(content: bytes, name: str) -> NDArray[Any]:
    """Return one file's pixels, bytes of shape (h, w, c): grey stays grey, all else becomes red, green and blue."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as file:
            pixels = np.asarray(file.convert("L" if file.mode in GREY else "RGB"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        told = "its bytes are in no format that is known" if isinstance(error, UnidentifiedImageError) else error
        raise InputError(f"{name} must be an image; {told}", hint="Remove it, or convert it to PNG.") from None
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _other_size(paths: Sequence[str], found: Sequence[NDArray[Any]], place: Place) -> InputError:
    (h, w), (first_h, first_w) = found[-1].shape[:2], found[0].shape[:2]
    return InputError(
        f"{place.name}: images must have one size; {paths[0]} is {first_w} x {first_h}, "
        f"{paths[len(found) - 1]} is {w} x {h}",
        hint="Resize them to what the model takes, for instance with Pillow: "
        f"Image.open(path).resize(({first_w}, {first_h})).save(path)",
    )
