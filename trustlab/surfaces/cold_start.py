"""Have what a command loads read from the disk all at once, where the system does not hold it in memory.

Python loads one file after the other, and on a machine that was just started it waits for the disk at each. Here
threads name the files to the system ahead. ``cold_start.txt`` lists them; :mod:`trustlab.surfaces.cold_list` writes it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIST = Path(__file__).with_suffix(".txt")
# Of the last that are loaded: where it is in memory, so are those before it. To ask brings it there.
LATE = Path(__file__).parents[1] / "store" / "commit.py"
_THREADS = 4
# Of one file: shared libraries may be large, and little of them is looked at.
_MOST_BYTES = 256 * 1024


def load_ahead() -> None:
    """Begin to name to the system what a commit loads, if it must come from the disk; return at once."""
    if _is_cold():
        # Where no thread can be had, nothing is lost but time.
        with contextlib.suppress(RuntimeError):
            Thread(target=_begin, daemon=True).start()


def _is_cold() -> bool:
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    try:
        with Path(cache_from_source(str(LATE))).open("rb", buffering=0) as file:
            os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
    except BlockingIOError:
        return True
    except (OSError, NotImplementedError):
        # It was never loaded, or the file system does not say: what would be gained is not known.
        return False
    return False


def _begin() -> None:
    # Whatever is amiss here is no fault of the command, which may end meanwhile.
    with contextlib.suppress(OSError, ImportError, ValueError, RuntimeError):
        named = list(files(LIST.read_text(encoding="utf-8").splitlines()))
        for first in range(1, _THREADS):
            Thread(target=_read, args=(named[first::_THREADS],), daemon=True).start()
        _read(named[::_THREADS])


def files(names: Sequence[str]) -> Iterator[str]:
    """Yield where Python finds what is listed; what is not installed is left out."""
    folders: dict[str, str | None] = {}
    for name in names:
        stem, _, kind = name.rpartition(".")
        top = stem.partition("/")[0]
        if top not in folders:
            folders[top] = _folder(top, kind)
        if (folder := folders[top]) is not None:
            file = f"{folder}/{stem}"
            yield cache_from_source(f"{file}.py") if kind == "py" else file + EXTENSION_SUFFIXES[0]


def _folder(top: str, kind: str) -> str | None:
    library = Path(os.__file__).parent
    if top in sys.stdlib_module_names:
        return str(library if kind == "py" else library / "lib-dynload")
    spec = find_spec(top)
    places = [] if spec is None else spec.submodule_search_locations or [spec.origin or ""]
    place = Path(next(iter(places), ""))
    return str(place.parent) if place.is_absolute() else None


def _read(files: Sequence[str]) -> None:
    for file in files:
        try:
            descriptor = os.open(file, os.O_RDONLY)
        except OSError:
            # Listed, and not of this system or this Python.
            continue
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, _MOST_BYTES, os.POSIX_FADV_WILLNEED)
        os.close(descriptor)
