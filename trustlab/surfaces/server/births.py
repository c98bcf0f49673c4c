"""The server's side of the nursery: start it, ask it for processes, hear how they ended."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from trustlab.core.cores import limit_threads, usable_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

STOP_SECONDS = 12


class Born(NamedTuple):
    """A process of a job: what it says, what it is asked, and, at its end, its exit code."""

    stream: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: asyncio.Future[int | None]


class Births:
    """The processes of jobs, made by a nursery that is started when first needed, and again where it died.

    Parameters
    ----------
    warm : sequence of str
        Modules that the nursery imports beside its own, before it forks.
    """

    def __init__(self, warm: Sequence[str] = ()) -> None:
        self._warm = tuple(warm)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._rest = b""
        self._ends: dict[str, asyncio.Future[int | None]] = {}

    def warm(self) -> None:
        """Start the nursery where none runs; it is ready about a second later."""
        if self._process is not None:
            if self._process.poll() is None:
                return
            self._lost()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        environment = dict(os.environ)
        limit_threads(environment, usable_cores())
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the modules are the server's own settings
                [sys.executable, "-m", "trustlab.surfaces.server.nursery", *self._warm],
                stdin=theirs.fileno(),
                env=environment,
                # A session of its own: Ctrl-C in the server's terminal is the server's.
                start_new_session=True,
            )
        ours.settimeout(0)
        self._control = ours
        asyncio.get_running_loop().add_reader(ours, self._heard)

    async def start(self, job: str) -> Born:
        """Return a new process for a job."""
        self.warm()
        assert self._control is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            self._ends[job] = ended
            try:
                socket.send_fds(self._control, [json.dumps({"start": job}).encode() + b"\n"], [theirs.fileno()])
            except OSError:
                # It died a moment ago, or takes no more: this process will not be.
                self._ends.pop(job, None)
                ended.set_result(None)
        stream, writer = await asyncio.open_unix_connection(sock=ours)
        return Born(stream, writer, ended)

    def signal(self, job: str, number: int) -> None:
        """Send a signal to a job's process, if it still runs."""
        if self._control is not None and job in self._ends:
            with suppress(OSError):
                self._control.send(json.dumps({"signal": number, "job": job}).encode() + b"\n")

    async def stop(self) -> None:
        """End the nursery and every process that it made."""
        process, idle = self._process, not self._ends
        self._lost()
        if process is not None:
            if idle:
                process.kill()
            try:
                await asyncio.to_thread(process.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    def _heard(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            process = self._process
            self._lost()
            if process is not None:
                process.kill()
                process.wait()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            ended = self._ends.pop(told["exited"], None)
            if ended is not None and not ended.done():
                ended.set_result(told["code"])

    def _lost(self) -> None:
        """Let go of a nursery that is dead or shall end; nobody will say how its children ended."""
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
        self._control, self._process, self._rest = None, None, b""
        ends, self._ends = self._ends, {}
        for ended in ends.values():
            if not ended.done():
                ended.set_result(None)
