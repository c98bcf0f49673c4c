"""Say at once all that stands in the way of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

# More would push the first ones out of sight.
_SHOWN = 10


def together(errors: Sequence[InputError]) -> InputError:
    """Return one error that says what one or more say, the first ten in words."""
    if len(errors) == 1:
        return errors[0]
    messages = sorted(error.message for error in errors)
    more = f"\n  and {len(errors) - _SHOWN:,} more" if len(errors) > _SHOWN else ""
    hints = {error.hint for error in errors}
    return InputError(
        f"{len(errors):,} things stand in the way:\n  " + "\n  ".join(messages[:_SHOWN]) + more,
        hint=hints.pop() if len(hints) == 1 else "Mend each of them, or move it out of the folder; then try again.",
    )
