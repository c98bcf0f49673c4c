"""``trust diff``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.operation import operation
from trustlab.core.parameters import PathLike, Positional
from trustlab.core.result import Outcome


@operation(
    "verb",
    "Audit difference",
    read_only=True,
    cost="instant",
    random=False,
    example={"old": "lender@1", "new": "lender@1"},
)
def diff(
    old: Annotated[PathLike, Positional()],
    new: Annotated[PathLike, Positional()] = None,
    *,
    context: Context,
) -> Outcome:
    """Say what changed between two audits: what became worse or better, is new or gone, and what could be noise.

    Numbers are compared by their stored intervals, as if the rows were others; on the same rows the interval of the
    difference is then wider than it must be.

    Parameters
    ----------
    old : path
        The earlier audit: a model (lender@2: its newest audit), a run's id or its beginning, or a JSON file.
    new : path
        The later one, in the same words; the newest audit of the same model where not given.

    Returns
    -------
    Outcome
        Fails where a check fails now that did not before, warns where anything else became worse or is gone.
    """
    from trustlab.checks.audits import find_audit
    from trustlab.checks.difference import outcome

    before = find_audit(old, context)
    if new is None:
        name = (before.get("model") or {}).get("name")
        if name is None:
            raise InputError(
                "diff: new must be given where the old audit names no model", hint="trust diff OLD NEW; trust runs"
            )
        after = find_audit(name, context, besides=before["provenance"]["run"])
    else:
        after = find_audit(new, context)
    return outcome(before, after)
