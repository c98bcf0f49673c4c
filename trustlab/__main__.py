"""The program ``trust``, also as ``python -m trustlab``: the command line, from before its parts are loaded."""

import signal
import sys

from trustlab.surfaces.cold_start import load_ahead


def main() -> int:
    """Run the command that the process was given, and return its exit status."""
    try:
        load_ahead()
        from trustlab.surfaces.cli import main as run

        return run()
    except KeyboardInterrupt:
        # Before there was a command that could say so, or once more while it did.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if sys.stderr is not None:
            sys.stderr.write("trust: interrupted; nothing was half-written\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
