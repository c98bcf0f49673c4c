"""The errors a user can meet, grouped by what the caller does next."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class TrustlabError(Exception):
    """Base of every error that trustlab raises on purpose.

    Parameters
    ----------
    message : str
        What must hold, and what came instead.
    hint : str or None
        What to do next; shown on a line of its own.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        # Where several errors are said as one.
        self.parts: tuple[TrustlabError, ...] = ()

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: the message and what to do."""
        return [self.message, *([self.hint] if self.hint else [])]

    def to_dict(self) -> dict[str, str | None]:
        """Return the error as the JSON contract states it: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(TrustlabError):
    """A parameter is unknown, missing or out of range: call again, corrected."""

    code = "bad_usage"


class InputError(TrustlabError):
    """Data, a model or a file cannot be used as it is: mend it, then call again."""

    code = "bad_input"


class NotFoundError(TrustlabError):
    """A name points to nothing: choose one of those that exist."""

    code = "not_found"


class ConflictError(TrustlabError):
    """The workspace holds something that stands against the request: decide, then call again."""

    code = "conflict"


class RefusedError(TrustlabError):
    """Unsafe unless the user says otherwise, in so many words."""

    code = "refused"


class MissingExtraError(TrustlabError):
    """An optional library is not installed: install the extra that the hint names."""

    code = "missing_extra"


class DamagedError(TrustlabError):
    """Stored bytes are not what was written: run ``trust data verify`` and restore."""

    code = "damaged"


class InterruptedRunError(TrustlabError):
    """The user stopped the run; nothing was half-written."""

    code = "interrupted"


HTTP_STATUS: dict[str, int] = {
    UsageError.code: 400,
    InputError.code: 422,
    NotFoundError.code: 404,
    ConflictError.code: 409,
    RefusedError.code: 403,
    MissingExtraError.code: 501,
    DamagedError.code: 500,
    InterruptedRunError.code: 499,
    TrustlabError.code: 500,
}


def did_you_mean(word: str, options: Iterable[object]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest option, or an empty string.

    Parameters
    ----------
    word : str
        What came.
    options : iterable
        What could have come; compared as text, ignoring case.

    Returns
    -------
    str
        A sentence with a leading space, or ``""`` where nothing is near.
    """
    by_folded = {str(option).casefold(): str(option) for option in options}
    near = difflib.get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean '{by_folded[near[0]]}'?" if near else ""
