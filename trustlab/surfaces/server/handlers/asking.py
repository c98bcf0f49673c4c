"""``operations/ID``: GET its record, POST to run it as a job."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from trustlab.core.errors import HTTP_STATUS, UsageError
from trustlab.core.result import SCHEMA_VERSION
from trustlab.surfaces.server.handlers.base import Answer
from trustlab.surfaces.server.handlers.reads import ReadHandler, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trustlab.core.operation import Operation
    from trustlab.surfaces.server.job import Job

LONGEST_WAIT = 30.0


class OneOperationHandler(ReadHandler):
    """One operation: its record, and its work."""

    places = ("operation",)
    answers: ClassVar[Mapping[str, Answer]] = {
        "get": Answer("Operations"),
        "post": Answer("Document", {"wait": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0}}),
    }

    def request_of(self, *path: str) -> Request:
        """Return the request for one record."""
        return Request("operations", {"operation_id": path[0]})

    async def answer_post(self, operation: str) -> bytes | dict[str, Any] | None:
        """Check what is asked, start the job, and wait for it as long as the caller will."""
        wait = self.seconds("wait", LONGEST_WAIT)
        body = self.body()
        if unknown := sorted(set(body) - {"parameters"}):
            raise UsageError(f"the body holds parameters and nothing else; got {unknown[0]!r}")
        asked = body.get("parameters", {})
        if not isinstance(asked, dict):
            raise UsageError("parameters must be an object, values by name")
        self.table.warm()
        record, told = await asyncio.to_thread(_checked, operation, asked, self.folder)
        light = record.cost == "instant" or (wait > 0 and not record.records)
        job = self.table.submit(record, asked, told, self.folder, light=light, waited=wait > 0)
        with suppress(TimeoutError):
            await asyncio.wait_for(job.finished.wait(), wait)
        self.table.reveal(job)
        return self._told(job)

    def _told(self, job: Job) -> bytes | dict[str, Any] | None:
        if job.document is not None:
            return job.document
        if job.error is not None:
            self.refuse(job.error, HTTP_STATUS[job.error["code"] or ""])
            return None
        self.set_status(HTTPStatus.ACCEPTED)
        return {"schema": SCHEMA_VERSION, "job": job.to_dict()}


def _checked(operation: str, asked: Mapping[str, Any], root: Path) -> tuple[Operation, dict[str, Any]]:
    """Return the operation that will answer, and what is asked of it as it may be shown."""
    from trustlab.core.execute import prepared
    from trustlab.core.given import given
    from trustlab.surfaces.server.confine import refuse_outside

    record, values = prepared(operation, asked)
    refuse_outside(record, values, root)
    return record, given(record.parameters, values)
