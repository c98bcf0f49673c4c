"""The program ``trust``, also as ``python -m trustlab``: the command line, from before its parts are loaded."""

import atexit
import os
import signal
import sys
import time
from functools import partial

# A Ctrl-C so long after the answer is meant: something keeps the process from ending.
_PATIENCE_SECONDS = 1.0


def main() -> int:
    """Run the command that the process was given, and return its exit status."""
    status = 2
    try:
        from trustlab.surfaces.cold_start import load_ahead

        load_ahead()
        from trustlab.surfaces.cli import main as run

        status = run()
    except KeyboardInterrupt:
        # Before there was a command that could say so, or once more while it did.
        _end_in_peace(status)
        if sys.stderr is not None:
            sys.stderr.write("trust: interrupted; nothing was half-written\n")
    _end_in_peace(status)
    return status


def _end_in_peace(status: int) -> None:
    """Let a further Ctrl-C, as of a key that is held down, not change the exit status of what has been answered."""
    signal.signal(signal.SIGINT, partial(_leave, status, time.monotonic()))
    # Where Python forgets what to do at a signal.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def _leave(status: int, answered: float, *_signal: object) -> None:
    if time.monotonic() - answered > _PATIENCE_SECONDS:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
