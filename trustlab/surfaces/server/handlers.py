"""The routes: each one names an operation and its parameters; one base class answers for all of them."""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import authenticated

from trustlab.core.errors import HTTP_STATUS, NotFoundError, RefusedError, TrustlabError, UsageError
from trustlab.core.result import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

API = "trustlab/api/v1"
PER_PAGE, MAX_PER_PAGE = 25, 100
LAST_PAGE = 1_000_000


class Request(NamedTuple):
    """One operation to run, with its parameters by name."""

    operation: str
    parameters: Mapping[str, Any]


class OperationHandler(APIHandler):  # type: ignore[misc] # jupyter_server is followed as Any
    """Answer GET with the document of one operation; a subclass says which.

    The answer is the same JSON that ``trust … --json`` prints, a refusal too.
    """

    auth_resource = "trustlab"

    def request_of(self, *path: str) -> Request:
        """Return what the URL asks for; ``path`` holds its captured parts."""
        raise NotFoundError(f"no such address: {'/'.join(path)}", hint="GET operations lists what there is")

    @authenticated  # type: ignore[untyped-decorator] # tornado is followed as Any
    @authorized  # type: ignore[untyped-decorator] # the same
    async def get(self, *path: str) -> None:
        """Run the operation off the event loop, and write its document."""
        try:
            asked = self.request_of(*path)
            document = await asyncio.to_thread(_document, asked, Path(self.settings["server_root_dir"]).expanduser())
        except TrustlabError as error:
            self._refuse(error, HTTP_STATUS[error.code])
            return
        self.finish(json.dumps(document, ensure_ascii=False, allow_nan=False))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Write a fault in the contract's form; the traceback is in the server's log, never in the answer."""
        phrase = HTTPStatus(status_code).phrase if status_code in set(HTTPStatus) else "Error"
        if status_code == HTTPStatus.FORBIDDEN:
            error: TrustlabError = RefusedError("this server must know who asks", hint="Send the server's token")
        elif status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = TrustlabError("an internal fault, and ours", hint="The Jupyter server's log has the details")
        else:
            error = UsageError(phrase.lower())
        self._refuse(error, status_code)

    def _refuse(self, error: TrustlabError, status: int) -> None:
        # A status that HTTP does not name (499) needs a phrase of its own.
        self.set_status(status, None if status in set(HTTPStatus) else error.code)
        self.finish(json.dumps({"schema": SCHEMA_VERSION, "error": error.to_dict()}, ensure_ascii=False))

    def number(self, name: str, default: int, most: int) -> int:
        """Return the whole number of a query argument, from 1 to ``most``."""
        text = self.get_query_argument(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise UsageError(f"{name} must be a whole number from 1 to {most}; got {text!r}")
        return int(text)


def _document(asked: Request, folder: Path) -> dict[str, Any]:
    from trustlab.core.context import Context
    from trustlab.core.execute import run

    return run(asked.operation, asked.parameters, Context(folder=folder, progress=False)).to_dict()


class OperationsHandler(OperationHandler):
    """``GET operations``: every operation's record."""

    def request_of(self, *_: str) -> Request:
        """Return the request for the list."""
        return Request("operations", {})


class OneOperationHandler(OperationHandler):
    """``GET operations/ID``: one operation's record."""

    def request_of(self, *path: str) -> Request:
        """Return the request for one record."""
        return Request("operations", {"operation_id": path[0]})


class RunsHandler(OperationHandler):
    """``GET runs?page=1&per_page=25``: what ran in the workspace, newest first."""

    def request_of(self, *_: str) -> Request:
        """Return the request for one page."""
        per_page = self.number("per_page", PER_PAGE, MAX_PER_PAGE)
        page = self.number("page", 1, LAST_PAGE)
        return Request("runs", {"limit": per_page, "offset": (page - 1) * per_page})


class OneRunHandler(OperationHandler):
    """``GET runs/ID``: the whole document of one run."""

    def request_of(self, *path: str) -> Request:
        """Return the request for one document."""
        return Request("runs", {"run": path[0]})


class StatusHandler(OperationHandler):
    """``GET status``: the workspace at a glance."""

    def request_of(self, *_: str) -> Request:
        """Return the request for the status."""
        return Request("status", {})


ROUTES: tuple[tuple[str, type[OperationHandler]], ...] = (
    (r"operations", OperationsHandler),
    (r"operations/([\w.]+)", OneOperationHandler),
    (r"runs", RunsHandler),
    (r"runs/([0-9a-f]{1,32})", OneRunHandler),
    (r"status", StatusHandler),
    # Last: every other address below the API is refused by us, with JSON, and only to who may ask.
    (r"(.*)", OperationHandler),
)


def routes(base_url: str) -> list[tuple[str, type[OperationHandler]]]:
    """Return tornado's pairs of pattern and handler, below the server's base URL (``/user/x/`` on a hub)."""
    root = base_url.rstrip("/") + f"/{API}/"
    return [(re.escape(root) + pattern, handler) for pattern, handler in ROUTES]
