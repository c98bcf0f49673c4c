"""Keep Ctrl-C from tearing a library apart while it loads, where the process goes on afterwards.

Python takes a module whose loading is interrupted back, but not those that it had loaded so far; loaded again, the
library misses them, and until the kernel is restarted every use of it fails.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_AGAIN_SECONDS = 0.01
# Then what is being imported is somebody's own work, and Ctrl-C is meant for it.
_MOST_SECONDS = 10.0
_IMPORTER = ("<frozen importlib._bootstrap>", "_find_and_load")


@contextmanager
def whole_imports() -> Iterator[None]:
    """Put Ctrl-C off while something is being imported in the block, until that is loaded, or for ten seconds.

    Only in the main thread, and where Ctrl-C raises KeyboardInterrupt.

    Raises
    ------
    KeyboardInterrupt
        As soon as nothing is being imported, at the end of the block at the latest.
    """
    can = threading.current_thread() is threading.main_thread() and hasattr(signal, "pthread_kill")
    if not can or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    patient = _Patient()
    signal.signal(signal.SIGINT, patient.interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        is_owed = patient.forget()
    if is_owed:
        raise KeyboardInterrupt


class _Patient:
    """Waits with an interrupt until nothing is being imported that was not when this began."""

    def __init__(self) -> None:
        # Who calls may itself be loading.
        self._depth = _imports(sys._getframe())  # noqa: SLF001 - the only way to the frames
        self._again: threading.Timer | None = None
        self._since: float | None = None

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.forget()
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if _imports(frame) <= self._depth or now - self._since > _MOST_SECONDS:
            self._since = None
            signal.default_int_handler(number, frame)
        self._again = threading.Timer(_AGAIN_SECONDS, _press)
        self._again.daemon = True
        self._again.start()

    def forget(self) -> bool:
        """Return whether an interrupt is being waited with, which will not come any more."""
        again, self._again = self._again, None
        if again is None:
            return False
        again.cancel()
        again.join()
        return True


def _press() -> None:
    # To the thread that may be waiting for the system by then: what it waits for ends so.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _imports(frame: FrameType | None) -> int:
    found = 0
    while frame is not None:
        found += (frame.f_code.co_filename, frame.f_code.co_name) == _IMPORTER
        frame = frame.f_back
    return found
