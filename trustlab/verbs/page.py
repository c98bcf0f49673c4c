"""``trust page``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome, document_from_dict


@operation("verb", "Report as a page", read_only=True, writes_with=("target",), random=False, example={"run": "newest"})
def page(
    run: Annotated[str, Format("run"), Positional()] = "newest",
    target: Annotated[PathLike, Positional()] = None,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Make one page of what a run found: no server, no network, under 2 MB, to be read, sent and printed.

    Parameters
    ----------
    run : str
        The beginning of a run's id (trust runs), or newest.
    target : path
        The file to write, such as audit.html; where not given, the page is in the answer alone, under ``html``.
    force : bool
        Replace the file that is there.
    """
    from trustlab.report.html import to_html
    from trustlab.report.report import refuse_unwritable, write_whole

    if "\0" in str(target):
        raise UsageError(f"page: target must be a file; got {str(target)!r}")
    place = None if target is None else context.path(str(target))
    if place is not None:
        refuse_unwritable(place)
        if place.exists() and not force:
            raise ConflictError(
                f"page: target must be a new file; {place} is there already", hint="Replace it with: --force"
            )
    found = _run(run, context)
    document = document_from_dict(journal.document(context.workspace, found))
    text = to_html(document, program="trust")
    size = len(text.encode("utf-8"))
    if place is not None:
        write_whole(place, text)
    return Outcome(
        payload={
            "of": document.provenance["run"],
            "name": f"{document.operation}-{found[:8]}.html",
            "bytes": size,
            **({"html": text} if place is None else {"target": str(place)}),
        },
        summary=f"{document.title}: a page of {size:,} bytes" + ("" if place is None else f", written to {place}"),
        value=place or text,
    )


def _run(named: str, context: Context) -> str:
    if named != "newest":
        return named
    found, _ = journal.read(context.workspace, limit=1)
    if not found:
        raise UsageError("page: run must be one that the journal holds; it is empty", hint="Run something: trust demo")
    return str(found[0]["id"])
