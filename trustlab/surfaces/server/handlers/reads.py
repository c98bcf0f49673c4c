"""What is read so cheaply that the server's own process does it: records, runs, the status."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from trustlab.surfaces.server.handlers.base import Handler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PER_PAGE, MAX_PER_PAGE = 25, 100
LAST_PAGE = 1_000_000


class Request(NamedTuple):
    """One operation to run, with its parameters by name."""

    operation: str
    parameters: Mapping[str, Any]


class ReadHandler(Handler):
    """Answer GET with the document of one operation; a subclass says which.

    The answer is the same JSON that ``trust … --json`` prints, a refusal too.
    """

    def request_of(self, *path: str) -> Request:
        """Return what the URL asks for; ``path`` holds its captured parts."""
        raise NotImplementedError

    async def answer_get(self, *path: str) -> dict[str, Any]:
        """Run the operation off the event loop, and return its document."""
        self.table.warm()
        return await asyncio.to_thread(document_of, self.request_of(*path), self.folder)


def document_of(asked: Request, folder: Path) -> dict[str, Any]:
    """Run one operation here, and return its document."""
    from trustlab.core.context import Context
    from trustlab.core.execute import run

    return run(asked.operation, asked.parameters, Context(folder=folder, progress=False)).to_dict()


class OperationsHandler(ReadHandler):
    """``GET operations``: every operation's record."""

    def request_of(self, *_: str) -> Request:
        """Return the request for the list."""
        return Request("operations", {})


class RunsHandler(ReadHandler):
    """``GET runs?page=1&per_page=25``: what ran in the workspace, newest first."""

    def request_of(self, *_: str) -> Request:
        """Return the request for one page."""
        per_page = self.number("per_page", PER_PAGE, MAX_PER_PAGE)
        page = self.number("page", 1, LAST_PAGE)
        asked = {name: self.get_query_argument(name, None) for name in ("operation", "matching")}
        return Request("runs", {"limit": per_page, "offset": (page - 1) * per_page, **asked})


class OneRunHandler(ReadHandler):
    """``GET runs/ID``: the whole document of one run."""

    def request_of(self, *path: str) -> Request:
        """Return the request for one document."""
        return Request("runs", {"run": path[0]})


class StatusHandler(ReadHandler):
    """``GET status``: the workspace at a glance."""

    def request_of(self, *_: str) -> Request:
        """Return the request for the status."""
        return Request("status", {})
