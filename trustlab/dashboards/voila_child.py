"""Voilà in a process of its own, which ends with the process that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PARENT_DEATH_SIGNAL = 1


def end_with(parent: int) -> None:
    """Ask the kernel (Linux') to end this process when its parent is gone, however that came about."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it went before it could be asked
        sys.exit(1)


def main() -> None:
    """Run Voilà with the words after the parent's process id."""
    end_with(int(sys.argv.pop(1)))
    from voila.app import main as voila

    voila()


if __name__ == "__main__":
    main()
