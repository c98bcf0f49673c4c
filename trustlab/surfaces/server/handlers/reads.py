"""What is read so cheaply that the server's own process does it: records, runs, the status."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from trustlab.surfaces.server.handlers.base import PAGED, TEXT, Answer, Handler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Request(NamedTuple):
    """One operation to run, with its parameters by name."""

    operation: str
    parameters: Mapping[str, Any]


class ReadHandler(Handler):
    """Answer GET with the document of one operation; a subclass says which.

    The answer is the same JSON that ``trust … --json`` prints, a refusal too.
    """

    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("Document")}

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

    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("Operations")}

    def request_of(self, *_: str) -> Request:
        """Return the request for the list."""
        return Request("operations", {})


class RunsHandler(ReadHandler):
    """``GET runs?page=1&per_page=25``: what ran in the workspace, newest first."""

    answers: ClassVar[Mapping[str, Answer]] = {"get": Answer("Runs", {**PAGED, "operation": TEXT, "matching": TEXT})}

    def request_of(self, *_: str) -> Request:
        """Return the request for one page."""
        limit, offset = self.paged()
        asked = {name: self.get_query_argument(name, None) for name in ("operation", "matching")}
        return Request("runs", {"limit": limit, "offset": offset, **asked})


class OneRunHandler(ReadHandler):
    """``GET runs/ID``: the whole document of one run."""

    places = ("run",)

    def request_of(self, *path: str) -> Request:
        """Return the request for one document."""
        return Request("runs", {"run": path[0]})


class StatusHandler(ReadHandler):
    """``GET status``: the workspace at a glance."""

    def request_of(self, *_: str) -> Request:
        """Return the request for the status."""
        return Request("status", {})
