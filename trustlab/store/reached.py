"""Packs whose silence is not taken for damage."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError

if TYPE_CHECKING:
    from trustlab.store.packs import Packs

_PASSING = frozenset({errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ESTALE})


class Reached:
    """Packs that say when they cannot be reached: what reads chunks takes any fault of a disk for a lost pack."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._packs, name)

    def read(self, pack: str, offset: int, length: int) -> bytes:
        """Return bytes of a pack; ConflictError where that it is lost is not sure."""
        try:
            return self._packs.read(pack, offset, length)
        except OSError as error:
            if isinstance(error, ConnectionError | TimeoutError) or error.errno in _PASSING:
                raise ConflictError(f"the objects must be reachable; got: {error}") from error
            raise
