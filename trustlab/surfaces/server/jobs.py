"""The job table: who waits, who runs, who is done, and who wants to hear of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from collections import deque
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import NotFoundError
from trustlab.surfaces.server.frames import encoded, framed, received
from trustlab.surfaces.server.job import Job, Progress, crash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from logging import Logger
    from pathlib import Path

    from trustlab.core.operation import Operation
    from trustlab.surfaces.server.births import Births, Born
    from trustlab.surfaces.server.job import State

MOST_LIGHT = 8
# Interrupted, a job cleans up after itself; one that does not is ended, then killed. In seconds, after each.
GRACE = ((signal.SIGINT, 10.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# What a process may still do once it has answered: close files, end threads.
LINGER_SECONDS = 20.0


class JobTable:
    """The jobs of one server.

    Parameters
    ----------
    births : Births
        Makes their processes.
    most_heavy : int
        So many that keep cores busy run at once; the others wait in line.
    kept : int
        So many that are over are kept, with their documents.
    log : logging.Logger
        The server's.
    """

    def __init__(self, births: Births, *, most_heavy: int, kept: int, log: Logger) -> None:
        self._log = log
        self._births = births
        self._most = {False: most_heavy, True: MOST_LIGHT}
        self._kept = kept
        self._jobs: dict[str, Job] = {}
        self._ended: deque[str] = deque()  # first those that ended first, which are let go first
        self._running: dict[str, asyncio.Task[None]] = {}
        self._busy = {False: 0, True: 0}
        self._listeners: set[Listener] = set()

    def warm(self) -> None:
        """Let processes be born quickly from now on: who reads will soon ask for work."""
        self._births.warm()

    def submit(
        self,
        record: Operation,
        asked: Mapping[str, Any],
        shown: Mapping[str, Any],
        folder: Path,
        *,
        light: bool,
        waited: bool = False,
    ) -> Job:
        """Take in a job; it starts at once where there is room."""
        job = Job(
            id=uuid.uuid4().hex,
            operation=record.id,
            title=record.title,
            parameters=shown,
            asked=asked,
            folder=folder,
            light=light,
            read_only=record.only_reads(shown),
            waited=waited,
        )
        self._jobs[job.id] = job
        self._changed(job)
        self._fill()
        return job

    def get(self, job_id: str) -> Job:
        """Return a job by its id."""
        if job_id not in self._jobs:
            raise NotFoundError(
                f"no job is called {job_id!r}: the server keeps the last {self._kept} that are over, until it stops",
                hint="What the journal keeps of it: trust runs",
            )
        return self._jobs[job_id]

    def page(
        self, *, limit: int, offset: int = 0, state: str | None = None, waited: bool | None = None
    ) -> tuple[list[Job], int]:
        """Return jobs, newest first, and how many there are in all."""
        listed = [job for job in reversed(self._jobs.values()) if not job.is_look]
        found = [job for job in listed if state in (None, job.state) and waited in (None, job.waited)]
        return found[offset : offset + limit], len(found)

    def reveal(self, job: Job) -> None:
        """Make one that takes longer than its caller waits a job like any other."""
        if job.waited and not job.is_over:
            job.waited = False
            self._changed(job)

    def cancel(self, job: Job) -> None:
        """Stop a job: one that waits never starts, one that runs is interrupted; one that is over stays as it is."""
        if job.is_over or job.cancelling:
            return
        job.stopping.set()
        if job.state == "queued":
            self._over(job, "cancelled")

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Give a listener, which hears of every change from now on, first of all jobs that are not over."""
        listener = Listener([job for job in self._jobs.values() if not (job.is_over or job.is_look)])
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def stop(self) -> None:
        """Cancel everything, and end every process."""
        for job in list(self._jobs.values()):
            self.cancel(job)
            if job.is_over:  # it has answered, or never began: nothing is left to clean up
                self._births.signal(job.id, signal.SIGKILL)
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=GRACE[0][1])
        await self._births.stop()
        for task in list(self._running.values()):
            task.cancel()
        for listener in self._listeners:
            listener.close()

    def _fill(self) -> None:
        for job in list(self._jobs.values()):
            if job.state == "queued" and self._busy[job.light] < self._most[job.light]:
                self._busy[job.light] += 1
                job.begin()
                self._changed(job)
                task = asyncio.get_running_loop().create_task(self._live(job))
                self._running[job.id] = task
                task.add_done_callback(partial(self._free, job))

    def _free(self, job: Job, task: asyncio.Task[None]) -> None:
        del self._running[job.id]
        self._busy[job.light] -= 1
        if not job.is_over:
            job.error = None if job.cancelling else crash(job.operation, None).to_dict()
            self._over(job, "cancelled" if job.cancelling else "failed")
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._log.error("trustlab: a job could not be followed", exc_info=fault)
        self._fill()

    async def _live(self, job: Job) -> None:
        born = await self._births.start(job.id)
        stopper = asyncio.create_task(self._stop_when_asked(job))
        born.ended.add_done_callback(partial(_end_unwatched, job))
        try:
            body = encoded({"operation": job.operation, "parameters": dict(job.asked), "folder": str(job.folder)})
            with suppress(ConnectionError):
                born.writer.write(framed(body))
                await born.writer.drain()
            await self._hear(job, born)
            await self._farewell(job, born)
        finally:
            stopper.cancel()
            born.writer.close()
            with suppress(ConnectionError):
                await born.writer.wait_closed()

    async def _hear(self, job: Job, born: Born) -> None:
        """Follow what a job says until it has said all."""
        while (told := _read(await received(born.stream))) is not None:
            if told["kind"] == "started":
                job.pid = told["pid"]
                job.listens.set()
            elif told["kind"] == "progress":
                job.progress = Progress(told["label"], told["done"], told["total"])
            elif told["kind"] == "notice":
                job.notice = told["text"]
            elif told["kind"] == "measure":
                job.measure(told["values"])
            elif told["kind"] == "refused":
                job.error = told["error"]
                self._over(job, "cancelled" if job.cancelling else "failed")
            elif (document := await received(born.stream)) is not None:
                job.status, job.run, job.document = told["status"], told["run"], document
                self._over(job, "done")
            self._changed(job)

    async def _farewell(self, job: Job, born: Born) -> None:
        """Wait for the end of a process that has said all, and see that it comes."""
        done, _ = await asyncio.wait([born.ended], timeout=LINGER_SECONDS)
        if not done:
            self._births.signal(job.id, signal.SIGKILL)
        code = await born.ended
        if not job.is_over:
            job.error = None if job.cancelling else crash(job.operation, code).to_dict()
            self._over(job, "cancelled" if job.cancelling else "failed")

    async def _stop_when_asked(self, job: Job) -> None:
        await job.stopping.wait()
        # Before it listens, an interrupt would be lost.
        with suppress(TimeoutError):
            await asyncio.wait_for(job.listens.wait(), GRACE[0][1])
        for number, seconds in GRACE:
            self._births.signal(job.id, number)
            await asyncio.sleep(seconds)

    def _over(self, job: Job, state: State) -> None:
        job.end(state)
        if job.is_look:
            del self._jobs[job.id]  # Its caller holds it.
            return
        self._changed(job)
        self._ended.append(job.id)
        while len(self._ended) > self._kept:
            del self._jobs[self._ended.popleft()]

    def _changed(self, job: Job) -> None:
        if job.is_look:
            return
        for listener in self._listeners:
            listener.put(job)


def _end_unwatched(job: Job, ended: asyncio.Future[int | None]) -> None:
    """End a process, and what it started, where the nursery that watched over it has died."""
    if not ended.cancelled() and ended.result() is None and job.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job.pid, signal.SIGKILL)


def _read(frame: bytes | None) -> dict[str, Any] | None:
    """Return a message; None at the end, and for one that an interrupt broke off."""
    try:
        return dict(json.loads(frame)) if frame is not None else None
    except ValueError:
        return None


class Listener:
    """Hears of jobs that changed; what changes again before it is read is heard once.

    Parameters
    ----------
    jobs : list of Job
        Heard of at once.
    """

    def __init__(self, jobs: list[Job]) -> None:
        self._waiting = {job.id: job for job in jobs}
        self._some = asyncio.Event()
        self.closed = False
        if jobs:
            self._some.set()

    def put(self, job: Job) -> None:
        """Note that a job changed."""
        self._waiting[job.id] = job
        self._some.set()

    def close(self) -> None:
        """Tell that nothing more comes."""
        self.closed = True
        self._some.set()

    async def get(self, timeout: float) -> list[Job]:
        """Return the jobs that changed since the last call; an empty list where none did for ``timeout`` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._some.wait(), timeout)
        self._some.clear()
        found, self._waiting = list(self._waiting.values()), {}
        return found
