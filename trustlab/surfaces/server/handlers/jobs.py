"""``jobs``: what runs, what ran, its document, and how to stop it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.iostream import StreamClosedError

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.result import SCHEMA_VERSION
from trustlab.surfaces.server.frames import encoded
from trustlab.surfaces.server.handlers.base import PAGED, Answer, Handler
from trustlab.surfaces.server.job import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

# A job is told of at most five times a second; a silent connection would be closed by some proxy.
PAUSE_SECONDS, SILENCE_SECONDS = 0.2, 15.0


class JobsHandler(Handler):
    """``GET jobs?page=1&per_page=25&state=running&waited=false``: the jobs, newest first."""

    answers: ClassVar[Mapping[str, Answer]] = {
        "get": Answer("Jobs", {**PAGED, "state": {"enum": list(STATES)}, "waited": {"type": "boolean"}})
    }

    async def answer_get(self) -> dict[str, Any]:
        """Return one page."""
        limit, offset = self.paged()
        state = self.get_query_argument("state", None)
        if state is not None and state not in STATES:
            raise UsageError(f"state must be one of {', '.join(STATES)}; got {state!r}")
        jobs, total = self.table.page(limit=limit, offset=offset, state=state, waited=self.flag("waited"))
        return {"schema": SCHEMA_VERSION, "jobs": [job.to_dict() for job in jobs], "total": total}


class OneJobHandler(Handler):
    """``GET jobs/ID`` tells of a job, ``DELETE jobs/ID`` stops it."""

    places = ("job",)
    answers: ClassVar[Mapping[str, Answer]] = dict.fromkeys(("get", "delete"), Answer("JobAnswer"))

    async def answer_get(self, job_id: str) -> dict[str, Any]:
        """Return the job."""
        return {"schema": SCHEMA_VERSION, "job": self.table.get(job_id).to_dict()}

    async def answer_delete(self, job_id: str) -> dict[str, Any]:
        """Ask it to stop; it has when its state says so."""
        job = self.table.get(job_id)
        self.table.cancel(job)
        return {"schema": SCHEMA_VERSION, "job": job.to_dict()}


class JobDocumentHandler(Handler):
    """``GET jobs/ID/document``: what it answered, whether or not the journal keeps it."""

    places = ("job",)
    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("Document")}

    async def answer_get(self, job_id: str) -> bytes:
        """Return the document."""
        job = self.table.get(job_id)
        if job.document is None:
            hint = job.error["message"] if job.error else "Ask again when its state is done"
            raise NotFoundError(f"the job is {job.state} and has no document", hint=hint)
        return job.document


class EventsHandler(Handler):
    """``GET jobs/events``: server-sent events, one for every change of a job."""

    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("Job", media="text/event-stream")}
    _gone = False

    def on_connection_close(self) -> None:
        """Note that nobody listens any more."""
        self._gone = True
        super().on_connection_close()

    async def answer_get(self) -> None:
        """Tell of every job that is not over, then of every change, until the listener or the server goes."""
        self.table.warm()
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        with self.table.listening() as listener:
            try:
                await self._send(b": trustlab\n\n")
                while not (self._gone or listener.closed):
                    jobs = await listener.get(SILENCE_SECONDS)
                    for job in jobs:
                        await self._send(b"event: job\ndata: " + encoded(job.to_dict()) + b"\n\n")
                    if not jobs:
                        await self._send(b": still here\n\n")
                    await asyncio.sleep(PAUSE_SECONDS)
            except StreamClosedError:
                self._gone = True
        if not self._gone:
            self.finish()

    async def _send(self, text: bytes) -> None:
        self.write(text)
        await self.flush()
