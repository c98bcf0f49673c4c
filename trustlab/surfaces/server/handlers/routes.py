"""The table of routes: everything that the API answers, in one place."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, ClassVar

from trustlab.surfaces.server.handlers.asking import OneOperationHandler
from trustlab.surfaces.server.handlers.base import API, Answer, Handler, UnknownHandler
from trustlab.surfaces.server.handlers.jobs import EventsHandler, JobDocumentHandler, JobsHandler, OneJobHandler
from trustlab.surfaces.server.handlers.reads import OneRunHandler, OperationsHandler, RunsHandler, StatusHandler
from trustlab.surfaces.server.handlers.uploads import UploadHandler

if TYPE_CHECKING:
    from collections.abc import Mapping


class OpenApiHandler(Handler):
    """``GET openapi.json``: this API, described."""

    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("OpenApi")}

    async def answer_get(self) -> dict[str, Any]:
        """Return the description of every route and operation."""
        # Who does not ask for it does not wait for it when the server starts.
        from trustlab.surfaces.server.description import document

        return await asyncio.to_thread(document, ROUTES)


ROUTES: tuple[tuple[str, type[Handler]], ...] = (
    (r"operations", OperationsHandler),
    (r"operations/([\w.]+)", OneOperationHandler),
    (r"runs", RunsHandler),
    (r"runs/([0-9a-f]{1,32})", OneRunHandler),
    (r"status", StatusHandler),
    (r"openapi\.json", OpenApiHandler),
    (r"jobs", JobsHandler),
    (r"jobs/events", EventsHandler),
    (r"jobs/([0-9a-f]{1,32})", OneJobHandler),
    (r"jobs/([0-9a-f]{1,32})/document", JobDocumentHandler),
    (r"uploads/(.+)", UploadHandler),
    # Last: whatever stands in no line above.
    (r"(.*)", UnknownHandler),
)


def routes(base_url: str) -> list[tuple[str, type[Handler]]]:
    """Return tornado's pairs of pattern and handler, below the server's base URL (``/user/x/`` on a hub)."""
    root = base_url.rstrip("/") + f"/{API}/"
    return [(re.escape(root) + pattern, handler) for pattern, handler in ROUTES]
