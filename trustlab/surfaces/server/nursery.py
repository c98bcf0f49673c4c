"""The warm process that jobs are born from: it has imported what is light, has one thread, and forks.

Started as ``python -m trustlab.surfaces.server.nursery [MODULE ...]``, it imports these modules too; its standard input
is a socket to the Jupyter server. A line ``{"start": JOB}`` comes with the descriptor of the job's own connection,
``{"signal": N, "job": JOB}`` asks for a signal; ``{"exited": JOB, "code": N}`` goes back. When the server has gone,
every job is stopped.

`multiprocessing`'s own fork server imports the main module of its parent in every child: of a Jupyter server, all of
it. What is here imports nothing that a job has not asked for.
"""

from __future__ import annotations

import array
import atexit
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress

# Warm: the operations' records, the store, the database. No pandas, no torch, nothing that starts a thread.
WARM = ("trustlab.core.registry", "trustlab.store", "trustlab.data.dataset", "trustlab.models.load", "sqlalchemy")
GRACE = ((signal.SIGINT, 5.0), (signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0))
_LINE = 4096


class Nursery:
    """The children of this process, and the server that asked for them.

    Parameters
    ----------
    control : socket
        To the server.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, str] = {}
        self._rest = b""
        self._descriptors: list[int] = []
        self._woken, self._wakes = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wakes, False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)

    def serve(self) -> socket.socket | None:
        """Serve until the server has gone; in a child that was just born, return its connection at once."""
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._woken], [], [])
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, _LINE)
                self._reap()
            if self._control.fileno() not in ready:
                continue
            lines = self._read()
            if lines is None:
                self._stop_all()
                return None
            for line in lines:
                if (connection := self._obey(json.loads(line))) is not None:
                    return connection

    def _read(self) -> list[bytes] | None:
        try:
            data, ancillary, _, _ = self._control.recvmsg(_LINE, socket.CMSG_SPACE(64 * array.array("i").itemsize))
        except ConnectionError:
            return None
        for level, kind, body in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._descriptors += array.array("i", body[: len(body) - len(body) % array.array("i").itemsize])
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines

    def _obey(self, order: dict[str, object]) -> socket.socket | None:
        if "start" in order:
            return self._start(str(order["start"]), self._descriptors.pop(0))
        for pid, job in self._children.items():
            if job == order["job"]:
                _signal(pid, int(str(order["signal"])))
        return None

    def _start(self, job: str, descriptor: int) -> socket.socket | None:
        pid = os.fork()
        if pid:
            with suppress(ProcessLookupError, PermissionError):
                os.setpgid(pid, pid)
            os.close(descriptor)
            self._children[pid] = job
            return None
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._woken, self._wakes, *self._descriptors):
            os.close(end)
        self._control.close()
        # A descriptor that came by a socket is inherited otherwise, and a child of the job would keep the line open.
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the standard library's signature
        return socket.socket(fileno=descriptor)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            # What the job itself started and left behind ends with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            job = self._children.pop(pid, None)
            with suppress(OSError):
                told = {"exited": job, "code": os.waitstatus_to_exitcode(status)}
                self._control.sendall(json.dumps(told).encode() + b"\n")

    def _stop_all(self) -> None:
        for number, seconds in GRACE:
            for pid in self._children:
                _signal(pid, number)
            until = time.monotonic() + seconds
            while self._children and time.monotonic() < until:
                time.sleep(0.02)
                self._reap()


def _signal(pid: int, number: int) -> None:
    """Interrupt a job alone, so that it cleans up what it started; anything harder meets all of it."""
    with suppress(ProcessLookupError, PermissionError):
        if number == signal.SIGINT:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def _warm(more: list[str]) -> None:
    import importlib

    for name in (*WARM, *more):
        importlib.import_module(name)
    from trustlab.core import registry
    from trustlab.surfaces.server import worker  # noqa: F401 - what every child runs

    registry.operations()
    # What is here stays: a child that looked through it for garbage would copy all of it.
    gc.collect()
    gc.freeze()


def _leave() -> None:
    """End a child as `multiprocessing` ends its own: what was left to do at the end is done, nothing is taken apart.

    To take apart every module that it was born with costs an interpreter ten times what a look costs.
    """
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - joins what the end must wait for
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def main() -> None:
    """Serve the server at standard input; in a child, do its job."""
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    _warm(sys.argv[1:])
    connection = Nursery(control).serve()
    if connection is not None:
        from trustlab.surfaces.server.worker import work

        work(connection)
        _leave()


if __name__ == "__main__":
    main()
