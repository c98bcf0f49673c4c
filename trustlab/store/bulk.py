"""Memory for data in bulk: page-aligned, and in large pages where the system has them, which are fewer to pin."""

from __future__ import annotations

import mmap
from contextlib import suppress


def bulk(size: int) -> mmap.mmap:
    """Return so many bytes of memory, zeroed; for direct writes only where they stay as they are until written.

    A fork meanwhile does no harm then: what the disk takes are the pages as they were (open(2) on private mappings).
    """
    if not hasattr(mmap, "MAP_ANONYMOUS"):
        return mmap.mmap(-1, size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        # A kernel without it: the memory serves all the same.
        with suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
