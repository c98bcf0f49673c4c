"""``PUT uploads/NAME``: a file into the server's root, as it streams in."""

from __future__ import annotations

import errno
import os
import re
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from tornado.web import HTTPError, stream_request_body

from trustlab.core.errors import HTTP_STATUS, ConflictError, InputError, RefusedError, TrustlabError, UsageError
from trustlab.core.result import SCHEMA_VERSION
from trustlab.surfaces.server.handlers.base import MOST_UPLOADED, Answer, Handler

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# So much more is read and thrown away, so that the answer can say what was wrong.
SLACK = 16 * 2**20
LONGEST_NAME = 255
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)  # what file systems without hard links say
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


@stream_request_body
class UploadHandler(Handler):
    """A file that somebody brings; nothing is seen of it before it is whole."""

    places = ("name",)
    answers: ClassVar[Mapping[str, Answer]] = {
        "put": Answer("Upload", {"replace": {"type": "boolean", "default": False}})
    }

    _target: Path | None = None
    _part: Path | None = None
    _file: BinaryIO | None = None
    _fault: TrustlabError | None = None
    _bytes = 0
    _limit = 0

    async def prepare(self) -> None:
        """Let nobody send a byte who may not, nor more than the limit, nor to where nothing may be."""
        await super().prepare()
        if self.request.method != "PUT" or self._finished:
            return
        if not self.current_user:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        self._limit = self.settings[MOST_UPLOADED]
        self.request.connection.set_max_body_size(self._limit + SLACK)
        try:
            self._target = target_of(self.folder, self.path_args[0])
            if not self._replaces and os.path.lexists(self._target):
                raise _exists(self.path_args[0])
        except TrustlabError as error:
            self.refuse(error.to_dict(), HTTP_STATUS[error.code])
            return
        length = self.request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > self._limit:
            self._refuse_length()

    def data_received(self, chunk: bytes) -> None:
        """Take the next piece."""
        self._bytes += len(chunk)
        if self._target is None or self._fault is not None or self._bytes > self._limit:
            self._drop()
            return
        try:
            if self._file is None:
                self._part = self._target.with_name(f".trust-upload-{uuid.uuid4().hex}")
                self._file = self._part.open("xb")
            self._file.write(chunk)
        except OSError as error:
            self._fault = _unwritable(error)

    async def answer_put(self, name: str) -> dict[str, Any] | None:
        """Put the whole file in its place."""
        if self._bytes > self._limit:
            self._refuse_length()
            return None
        if self._fault is None and self._file is None:
            self.data_received(b"")
        if self._fault is not None:
            raise self._fault
        assert self._file is not None
        assert self._target is not None
        assert self._part is not None
        try:
            self._file.close()
            _place(self._part, self._target, name, replaces=self._replaces)
        except OSError as error:
            raise _unwritable(error) from None
        return {"schema": SCHEMA_VERSION, "path": name, "bytes": self._bytes}

    def on_finish(self) -> None:
        """Leave nothing half-written."""
        self._drop()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Leave nothing half-written where the other side went away."""
        self._drop()
        super().on_connection_close()

    @property
    def _replaces(self) -> bool:
        return bool(self.flag("replace"))

    def _refuse_length(self) -> None:
        error = InputError(
            f"an upload must be of at most {self._limit:,} bytes; more came",
            hint="The server's owner can raise it: c.TrustlabExtension.max_upload in jupyter_server_config.py",
        )
        self.refuse(error.to_dict(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _drop(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        if self._part is not None:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
            self._part = None


def target_of(folder: Path, name: str) -> Path:
    """Return where a file of this name belongs, below ``folder`` and nowhere else.

    Raises
    ------
    UsageError
        Where the name is none that a file may have.
    RefusedError
        Where it is hidden, or leads out of the folder, also by a link.
    """
    parts = name.split("/")
    if _UNFIT.search(name) or any(not part or len(part.encode()) > LONGEST_NAME for part in parts):
        raise UsageError(f"an upload must have a file's name, or a path below the server's folder; got {name!r}")
    if any(part.startswith(".") for part in parts):
        raise RefusedError(f"an upload must not be hidden, nor lead upward; got {name!r}")
    root = folder.resolve()
    parent = root.joinpath(*parts[:-1]).resolve()
    if not parent.is_relative_to(root):
        raise RefusedError(f"an upload must stay below the server's folder; {name!r} leads out of it by a link")
    if not parent.is_dir():
        raise InputError(f"an upload must go into a folder that exists; got {name!r}", hint="Make the folder first")
    return parent / parts[-1]


def _place(part: Path, target: Path, name: str, *, replaces: bool) -> None:
    if replaces:
        if target.is_dir() and not target.is_symlink():
            raise ConflictError(f"{name} is a folder, which no file replaces", hint="Choose another name")
        part.replace(target)
        return
    try:
        # Unlike a rename, a link never takes the place of what somebody else put there meanwhile.
        os.link(part, target)
    except FileExistsError:
        raise _exists(name) from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(target):
            raise _exists(name) from None
        part.replace(target)


def _exists(name: str) -> ConflictError:
    return ConflictError(f"{name} exists already", hint="Choose another name, or ask again with replace=true")


def _unwritable(error: OSError) -> ConflictError:
    return ConflictError(
        f"the server's folder must take the file; it did not: {error.strerror}",
        hint="See that the folder can be written and its disk has room; nothing was changed",
    )
