"""Memory for data in bulk: page-aligned, and in large pages where the system has them, which are fewer to pin."""

from __future__ import annotations

import mmap


def bulk(size: int) -> mmap.mmap:
    """Return so many bytes of memory, zeroed.

    They are not there for a process that is forked meanwhile: a fork would turn pages that the system is reading into
    or writing from into copies (open(2) on direct writes).
    """
    if not hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for advice in ("MADV_DONTFORK", "MADV_HUGEPAGE"):
        if hasattr(mmap, advice):
            try:
                memory.madvise(getattr(mmap, advice))
            except OSError:
                # A kernel without it: the memory serves all the same.
                continue
    return memory
