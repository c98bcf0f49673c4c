"""``trust complete``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.parameters import Positional, Range
from trustlab.core.result import Outcome
from trustlab.core.views import Table


@operation(
    "verb", "Completion", read_only=True, cost="instant", random=False, example={"line": "audit lender --data lo"}
)
def complete(
    line: Annotated[str, Positional()], point: Annotated[int | None, Range(0)] = None, *, context: Context
) -> Outcome:
    """Tell what could stand at the cursor of a line: verbs, options, refs, models, columns, variables, files.

    The magics and the shell complete by the same; in bash: complete -C trust trust.

    Parameters
    ----------
    line : str
        The words after trust or %trust, as one text.
    point : int
        The cursor stands before this character; at the end where not given.
    """
    from trustlab.completion.complete import complete as asked

    found = asked(line, context, point=point)
    rows = [(one.text, one.kind, one.help) for one in found.candidates]
    return Outcome(
        payload={
            "start": found.start,
            "end": found.end,
            "candidates": [{"text": text, "kind": kind, "help": said} for text, kind, said in rows],
        },
        summary=counted(len(rows), "word"),
        views=[Table(name="candidates", columns=("text", "kind", "help"), rows=rows)],
    )
