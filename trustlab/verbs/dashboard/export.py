"""``trust dashboard export``."""

from __future__ import annotations

from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, UsageError
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, PathLike, Positional
from trustlab.core.result import Outcome


@operation(
    "verb", "Dashboard export", random=False, example={"name": "verdict", "target": "verdict.html", "about": "lender"}
)
def export(
    name: Annotated[str, Format("dashboard"), Positional()],
    target: Annotated[PathLike, Positional()],
    about: str | None = None,
    force: bool = False,
    *,
    context: Context,
) -> Outcome:
    """Write a page for stakeholders as one file: no server, no network, under 2 MB, to be read, sent and printed.

    Parameters
    ----------
    name : str
        Which page; trust dashboard list names them.
    target : path
        The file to write, such as verdict.html.
    about : str
        The model (lender, lender@2) or repo that it is about; where not given, the page chooses one, and says so.
    force : bool
        Replace the file that is there.
    """
    from trustlab.dashboards.catalog import get
    from trustlab.dashboards.page import to_html
    from trustlab.report.report import refuse_unwritable, write_whole

    if "\0" in str(target):
        raise UsageError(f"dashboard.export: target must be a file; got {str(target)!r}")
    found, place = get(name), context.path(target)
    refuse_unwritable(place)
    if place.exists() and not force:
        raise ConflictError(
            f"dashboard.export: target must be a new file; {place} is there already", hint="Replace it with: --force"
        )
    page = found.build(context, about)
    text = to_html(page)
    write_whole(place, text)
    return Outcome(
        payload={
            "dashboard": name,
            "about": page.about,
            "choices": list(page.choices),
            "sentence": page.sentence,
            "target": str(place),
            "bytes": len(text.encode("utf-8")),
        },
        summary=f"wrote {place} ({len(text.encode('utf-8')):,} bytes): {page.sentence}",
        advice=[f"%trust dashboard serve {name}"],
        value=place,
    )
