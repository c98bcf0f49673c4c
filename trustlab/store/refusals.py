"""Say at once all that stands in the way of a request."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from trustlab.core.errors import InputError, TrustlabError

if TYPE_CHECKING:
    from collections.abc import Sequence

# More would push the first ones out of sight.
_SHOWN = 10


def together(errors: Sequence[TrustlabError]) -> TrustlabError:
    """Return one error that says what one or more say: ten of them in words, of each kind some.

    Errors are of one kind where they begin with the same words, up to the name of what they are about.
    """
    errors = [part for error in errors for part in error.parts or (error,)]
    if len(errors) == 1:
        return errors[0]
    kinds: dict[str, list[str]] = {}
    for error in errors:
        # A name may hold what ends a line.
        message = " ".join(error.message.splitlines())
        kinds.setdefault(_kind(message), []).append(message)
    in_turn = [message for row in zip_longest(*map(sorted, kinds.values())) for message in row if message is not None]
    shown = set(in_turn[:_SHOWN])
    lines = []
    for messages in kinds.values():
        named = sorted(shown.intersection(messages))
        lines += named
        if len(messages) > len(named):
            lines.append(f"{'' if named else _kind(messages[0])}and {len(messages) - len(named):,} more of this kind")
    hints = list(dict.fromkeys(error.hint for error in errors if error.hint))
    first = type(errors[0])
    kind = first if all(type(error) is first for error in errors) else InputError
    said = "\n  ".join([f"{len(errors):,} things stand in the way:", *lines])
    one = kind(said, hint="\n".join(hints) or None)
    one.parts = tuple(errors)
    return one


def _kind(message: str) -> str:
    return message.replace('"', "'").partition("'")[0]
