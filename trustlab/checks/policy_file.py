"""A policy's file while it is changed: looked at first, checked, and written as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from trustlab.checks.policy import load_policy
from trustlab.checks.policy_edit import revision_of
from trustlab.core.errors import ConflictError, InputError

if TYPE_CHECKING:
    from trustlab.checks.rules import Policy

NEW = "new"
START = """\
# What an audit asks, and where it stops; a check that is not named here keeps its own cited limits.
# All that may stand here: trust policy
schema: 1
"""


class PolicyFile:
    """One policy's file, as it was when the change began.

    Parameters
    ----------
    path : pathlib.Path
        The policy; it need not be there yet.
    what : str
        Begins the messages.
    revision : str or None
        What the file was when whoever changes it read it, or ``new``; None where that does not matter.

    Raises
    ------
    ConflictError
        Where it has changed since.
    InputError
        Where it cannot be read, or is no YAML.
    UsageError
        Where it is no policy.
    """

    def __init__(self, path: Path, what: str, revision: str | None = None) -> None:
        self.path, self._what = path, what
        self._content = self._read()
        there = NEW if self._content is None else revision_of(self._content)
        if revision is not None and revision != there:
            raise ConflictError(
                f"{what}: {path.name} must be as it was when it was read; somebody has changed it since",
                hint="Read it again: what they wrote is in the file, and what you wrote is not",
            )
        self.policy = self._stated(self._content)

    @property
    def text(self) -> str:
        """What it says, or what a new one begins with."""
        return f"{START}name: {self.path.stem}\n" if self._content is None else self._content.decode()

    @property
    def revision(self) -> str:
        """What its content is called."""
        return NEW if self._content is None else revision_of(self._content)

    def change(self, text: str) -> None:
        """Write ``text`` in its place, if that is a policy, and if nobody else wrote meanwhile."""
        content = text.encode()
        policy = self._stated(content)
        self._write(content)
        self._content, self.policy = content, policy

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"{self._what}: file must be one that can be read; {self.path}: {error.strerror}"
            raise InputError(message) from None

    def _stated(self, content: bytes | None) -> Policy:
        import yaml

        if content is None:
            return load_policy(None)
        try:
            return load_policy(yaml.safe_load(content.decode()) or {})
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(f"{self._what}: {self.path.name} must be valid YAML; {error}") from None

    def _write(self, content: bytes) -> None:
        path, seen = self.path, self._content
        try:
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        except OSError as error:
            message = f"{self._what}: file must be one that can be written; {path}: {error.strerror}"
            raise InputError(message) from None
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(path.stat().st_mode & 0o777 if seen is not None else 0o644)
            if self._read() != seen:
                raise ConflictError(f"{self._what}: {path.name} changed while it was being changed", "Read it again")
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
