"""What a job's own process does: read what is asked, run it, and tell how it goes and how it ended."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.database import read_only
from trustlab.core.errors import InterruptedRunError, TrustlabError
from trustlab.core.execute import run
from trustlab.core.redaction import shown
from trustlab.surfaces.server.frames import encoded, framed, receive

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

TELLS_EVERY = 0.1
ALWAYS = 2


def work(connection: socket.socket) -> None:
    """Answer the one request that comes over ``connection``."""
    report = Report(connection)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(2, 1)  # what libraries print goes where the server's log goes
        asked = json.loads(receive(connection))
        report.tell("started", pid=os.getpid())
        _run(asked, report)
    except KeyboardInterrupt:
        report.refuse(InterruptedRunError("interrupted; nothing was half-written"))
    except (EOFError, ConnectionError):
        return  # the server has gone, and nobody waits


def _run(asked: dict[str, Any], report: Report) -> None:
    folder = Path(asked["folder"])
    try:
        os.chdir(folder)
        context = Context(
            folder=folder, progress=False, notice=report.notice, on_progress=report.progress, on_measure=report.measure
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = run(asked["operation"], asked["parameters"], context)
        body = encoded(document.to_dict())
        run_id = document.provenance["run"] if _is_recorded(document.operation, context) else None
    except TrustlabError as error:
        report.refuse(error)
    except MemoryError:
        report.refuse(TrustlabError(f"{asked['operation']}: it must fit in memory; there was not enough", _SMALLER))
    except Exception as error:  # the outermost boundary: whoever asked gets words, the log a traceback
        logging.getLogger("trustlab").exception("%s: an internal fault", asked["operation"])
        report.refuse(
            TrustlabError(
                f"{asked['operation']}: an internal fault, and ours ({type(error).__name__})",
                hint="The Jupyter server's log has the details; please report it",
            )
        )
    else:
        report.tell("done", status=str(document.status), run=run_id)
        report.send(body)


def _is_recorded(operation: str, context: Context) -> bool:
    """Return whether the journal has the run: a workspace that can only be read keeps none."""
    if not registry.get(operation).records:
        return False
    workspace = context.workspace_or_none
    return workspace is not None and read_only(workspace.engine) is None


_SMALLER = "Ask for less at once, or give the machine more memory"


class Report:
    """What is told to the server while a job runs.

    Parameters
    ----------
    connection : socket
        To the server.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._told = 0.0
        self._measured, self._points = 0.0, 0

    def tell(self, kind: str, **fields: Any) -> None:
        """Send one message."""
        self.send(encoded({"kind": kind, **fields}))

    def send(self, body: bytes) -> None:
        """Send one frame."""
        self._connection.sendall(framed(body))

    def notice(self, sentence: str) -> None:
        """Pass on one sentence for the person who waits."""
        self.tell("notice", text=shown(sentence))

    def progress(self, label: str, done: int, total: int | None) -> None:
        """Pass on how far the work is; not oftener than anyone could see, but always the beginning and the end."""
        now = time.monotonic()
        if 0 < done != total and now - self._told < TELLS_EVERY:
            return
        self._told = now
        self.tell("progress", label=label, done=done, total=total)

    def measure(self, values: Mapping[str, float]) -> None:
        """Pass on what the work measures, as often as anyone could see; the first two points are never left out."""
        now = time.monotonic()
        self._points += 1
        if self._points > ALWAYS and now - self._measured < TELLS_EVERY:
            return
        self._measured = now
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self.tell("measure", values=finite)

    def refuse(self, error: TrustlabError) -> None:
        """Tell that the operation refused, and why."""
        said = error.to_dict()
        self.tell("refused", error={key: shown(text) if text else text for key, text in said.items()})
        sys.stderr.flush()
