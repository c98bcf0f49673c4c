"""Work ahead on several threads, and hand the results over in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import wait
from typing import TYPE_CHECKING, TypeVar

from trustlab.core.cores import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

T = TypeVar("T")

_MOST_THREADS = 16


def threads() -> int:
    """Return how many threads read, cut or write at once: one a core that this process may use."""
    return min(usable_cores(), _MOST_THREADS)


def in_order(pool: Executor, jobs: Iterable[Callable[[], T]], ahead: int) -> Iterator[T]:
    """Yield what the jobs return, in their order.

    Whoever breaks off waits only for the jobs that have begun.

    Parameters
    ----------
    pool : Executor
    jobs : iterable of callable
        Asked for one by one, as there is room.
    ahead : int
        So many are under way beside the one whose result is wanted next.
    """
    waiting: deque[Future[T]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Of one that a pool has dropped nobody would ever say that it is done.
        wait([future for future in waiting if not future.cancel()])
