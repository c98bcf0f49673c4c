"""What every route shares: who may ask, how an answer and a refusal are written."""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import authenticated

from trustlab.core.errors import HTTP_STATUS, NotFoundError, RefusedError, TrustlabError, UsageError
from trustlab.core.redaction import shown
from trustlab.core.result import SCHEMA_VERSION
from trustlab.surfaces.server.frames import encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustlab.surfaces.server.jobs import JobTable

PER_PAGE, MAX_PER_PAGE, LAST_PAGE = 25, 100, 1_000_000
PAGED: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "page": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1},
        "per_page": {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "default": PER_PAGE},
    }
)
TEXT: Mapping[str, Any] = MappingProxyType({"type": "string"})
API = "trustlab/api/v1"
JOBS = "trustlab_jobs"
MOST_UPLOADED = "trustlab_max_upload"


class Answer(NamedTuple):
    """What one method of a route answers with, for the API's own description.

    Parameters
    ----------
    schema : str
        The name of its JSON's schema.
    query : mapping
        The query's arguments, each as JSON Schema.
    media : str
        What is sent.
    """

    schema: str
    query: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    media: str = "application/json"


class Handler(APIHandler):  # type: ignore[misc] # jupyter_server is followed as Any
    """A route below the API; the methods that it answers are ``answer_get`` and so on, which return JSON data.

    Whatever a route does, who has no token meets 403, and so does who would change something without the XSRF token.
    """

    auth_resource = "trustlab"
    # The names of what the pattern captures, and what each method answers with.
    places: ClassVar[tuple[str, ...]] = ()
    answers: ClassVar[Mapping[str, Answer]] = MappingProxyType({})

    @authenticated  # type: ignore[untyped-decorator] # tornado is followed as Any
    @authorized  # type: ignore[untyped-decorator] # the same
    async def get(self, *path: str) -> None:
        """Read."""
        await self._answer("get", path)

    @authenticated  # type: ignore[untyped-decorator] # the same
    @authorized  # type: ignore[untyped-decorator] # the same
    async def post(self, *path: str) -> None:
        """Ask for work."""
        await self._answer("post", path)

    @authenticated  # type: ignore[untyped-decorator] # the same
    @authorized  # type: ignore[untyped-decorator] # the same
    async def put(self, *path: str) -> None:
        """Bring something."""
        await self._answer("put", path)

    @authenticated  # type: ignore[untyped-decorator] # the same
    @authorized  # type: ignore[untyped-decorator] # the same
    async def delete(self, *path: str) -> None:
        """Stop something."""
        await self._answer("delete", path)

    @property
    def folder(self) -> Path:
        """The server's root: relative paths start here, and none leads out of it."""
        return Path(self.settings["server_root_dir"]).expanduser()

    @property
    def table(self) -> JobTable:
        """The server's jobs."""
        table: JobTable = self.settings[JOBS]
        return table

    async def _answer(self, method: str, path: tuple[str, ...]) -> None:
        try:
            respond = getattr(self, f"answer_{method}", None)
            if respond is None:
                self._refuse(UsageError(f"this address does not take {method.upper()}"), HTTPStatus.METHOD_NOT_ALLOWED)
                return
            body = await respond(*path)
        except TrustlabError as error:
            self._refuse(error, HTTP_STATUS[error.code])
            return
        if body is not None:
            self.finish(body if isinstance(body, bytes) else encoded(body))

    def write_error(self, status_code: int, **_: Any) -> None:
        """Write a fault in the contract's form; the traceback is in the server's log, never in the answer."""
        phrase = HTTPStatus(status_code).phrase if status_code in set(HTTPStatus) else "Error"
        if status_code == HTTPStatus.FORBIDDEN and getattr(self, "_jupyter_current_user", None):
            error: TrustlabError = RefusedError(
                "what changes something must carry the XSRF token, from a user who may",
                hint="Send the value of the cookie _xsrf as the header X-XSRFToken",
            )
        elif status_code == HTTPStatus.FORBIDDEN:
            error = RefusedError("this server must know who asks", hint="Send the server's token")
        elif status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = TrustlabError("an internal fault, and ours", hint="The Jupyter server's log has the details")
        else:
            error = UsageError(phrase.lower())
        self._refuse(error, status_code)

    def _refuse(self, error: TrustlabError, status: int) -> None:
        self.refuse(error.to_dict(), status)

    def refuse(self, error: Mapping[str, str | None], status: int) -> None:
        """Write a refusal; a URL in it shows no password."""
        # A status that HTTP does not name (499) needs a phrase of its own.
        self.set_status(status, None if status in set(HTTPStatus) else error["code"])
        told = {key: shown(text) if text else text for key, text in error.items()}
        self.finish(encoded({"schema": SCHEMA_VERSION, "error": told}))

    def paged(self) -> tuple[int, int]:
        """Return the limit and the offset that the query's ``per_page`` and ``page`` mean."""
        limit = self.number("per_page", PER_PAGE, MAX_PER_PAGE)
        return limit, (self.number("page", 1, LAST_PAGE) - 1) * limit

    def number(self, name: str, default: int, most: int) -> int:
        """Return the whole number of a query argument, from 1 to ``most``."""
        text = self.get_query_argument(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise UsageError(f"{name} must be a whole number from 1 to {most}; got {text!r}")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """Return the truth of a query argument; None where it is not given."""
        text = self.get_query_argument(name, None)
        if text not in {"true", "false", None}:
            raise UsageError(f"{name} must be true or false; got {text!r}")
        return None if text is None else text == "true"

    def seconds(self, name: str, most: float) -> float:
        """Return the seconds of a query argument, from 0 (where it is not given) to ``most``."""
        text = self.get_query_argument(name, "0")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= most:
            raise UsageError(f"{name} must be a number of seconds from 0 to {most:g}; got {text!r}")
        return value

    def body(self) -> dict[str, Any]:
        """Return the request's body, which must be a JSON object; nothing at all is an empty one."""

        def refuse(word: str) -> None:
            raise ValueError(word)

        try:
            data = json.loads(self.request.body or b"{}", parse_constant=refuse)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise UsageError("the body must be a JSON object; what came cannot be read as one")
        return data


class UnknownHandler(Handler):
    """Every other address below the API is refused by us, with JSON, and only to who may ask."""

    async def answer_get(self, *path: str) -> None:
        """Refuse."""
        raise NotFoundError(f"no such address: {'/'.join(path)}", hint="GET operations lists what there is")

    answer_post = answer_put = answer_delete = answer_get
