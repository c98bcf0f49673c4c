"""The process that looks at what is to be committed before the one that commits it does.

It is run by its path and imports next to nothing, so that it is at work while the other still loads its libraries. All
that it leaves is what the system remembers then: how files look, and of those that will be read for certain the
content. :mod:`trustlab.data.readahead` is the other side.
"""

import os
import stat
import sys
from queue import SimpleQueue
from threading import Thread

# Up to so many bytes are asked for without waiting for any.
_SMALL = 64 * 1024
# So many bytes are asked for while as many are awaited: the libraries come from the same disk, and first.
_STEP = 256 * 1024
# In all: what disks give in the second that libraries take to load, and never much of the machine's memory.
_MOST = 1024 * 1024 * 1024
_MEMORY_SHARE = 8
# Of small files, names that are held.
_MOST_SMALL = 200_000


class Scout:
    """Looks at files and folders while its parent is there; a context manager that ends when all is read.

    Parameters
    ----------
    parent : int
        The process for which it looks.
    known_ns : int
        Files that have changed since, in ns since the epoch, are read ahead.
    """

    def __init__(self, parent: int, known_ns: int) -> None:
        self._parent = parent
        self._known_ns = known_ns
        self._left = min(_MOST, _memory() // _MEMORY_SHARE)
        self._small: list[str] = []
        # Large ones are read beside the looking, which waits for the disk by itself.
        self._large: SimpleQueue[tuple[str, int] | None] = SimpleQueue()
        self._reader = Thread(target=self._read_large)

    def __enter__(self) -> "Scout":
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._large.put(None)
        self._read_small()
        self._reader.join()

    def look(self, place: str) -> None:
        """Look at a file, or at all that a folder holds; what cannot be seen is passed over."""
        waiting = [place]
        while waiting:
            at = waiting.pop()
            try:
                with os.scandir(at) as entries:
                    for entry in entries:
                        if not self._is_wanted():
                            return
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            self._regard(entry.path, entry.stat(follow_symlinks=False))
            except NotADirectoryError:
                self._regard(at, os.stat(at))  # noqa: PTH116 - pathlib takes long to load
            except OSError:
                continue

    def _is_wanted(self) -> bool:
        return os.getppid() == self._parent

    def _regard(self, file: str, found: os.stat_result) -> None:
        changed_ns = max(found.st_mtime_ns, found.st_ctime_ns)
        if changed_ns <= self._known_ns or not stat.S_ISREG(found.st_mode) or not hasattr(os, "posix_fadvise"):
            return
        size = min(found.st_size, self._left)
        self._left -= size
        if size > _SMALL:
            self._large.put((file, size))
        elif size and len(self._small) < _MOST_SMALL:
            self._small.append(file)

    def _read_small(self) -> None:
        # In the order in which they will be read.
        for file in sorted(self._small):
            if not self._is_wanted():
                return
            try:
                self._read_ahead(file, _SMALL)
            except OSError:
                continue

    def _read_large(self) -> None:
        while (file := self._large.get()) is not None and self._is_wanted():
            try:
                self._read_ahead(*file)
            except OSError:
                continue

    def _read_ahead(self, file: str, size: int) -> None:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            for at in range(0, size, _STEP):
                if not self._is_wanted():
                    return
                os.posix_fadvise(descriptor, at, min(_STEP, size - at), os.POSIX_FADV_WILLNEED)
                if at:
                    os.pread(descriptor, 1, at - 1)
        finally:
            os.close(descriptor)


def _memory() -> int:
    """Return the machine's memory in bytes, 0 where it does not say."""
    try:
        return max(0, os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    # Whoever waits for the commit comes first.
    os.nice(10)
    with Scout(int(sys.argv[1]), int(sys.argv[2])) as scout:
        for given in sys.argv[3:]:
            scout.look(given)
