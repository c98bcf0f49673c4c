"""The program ``trust``, also as ``python -m trustlab``: the command line, from before its parts are loaded."""

import atexit
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

# Presses of Ctrl-C that follow one another sooner are one: a key that is held down, or an impatient hand.
_PATIENCE_SECONDS = 1.0


def main() -> int:
    """Run the command that the process was given, and return its exit status."""
    try:
        return _run()
    except KeyboardInterrupt:
        # It came between two lines of what would have answered it.
        return 2


def _run() -> int:
    status = 2
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _one_at_a_time())
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


def _one_at_a_time() -> Callable[..., None]:
    """Return a handler that lets what a first press has broken off tidy up before a second one counts."""
    before = -_PATIENCE_SECONDS

    def interrupt(*_received: object) -> None:
        nonlocal before
        now = time.monotonic()
        if now - before >= _PATIENCE_SECONDS:
            before = now
            raise KeyboardInterrupt

    return interrupt


def _end_in_peace(status: int) -> None:
    """Let a further Ctrl-C not change the exit status of what has been answered."""
    signal.signal(signal.SIGINT, partial(_leave, status, time.monotonic()))
    # Where Python forgets what to do at a signal.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)


def _leave(status: int, answered: float, *_received: object) -> None:
    if time.monotonic() - answered > _PATIENCE_SECONDS:
        # It is meant: something keeps the process from ending.
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
