"""``trust dashboard list``."""

from __future__ import annotations

from trustlab.core.counted import counted
from trustlab.core.operation import operation
from trustlab.core.result import Outcome
from trustlab.core.views import Table

COLUMNS = ("dashboard", "asks", "about a", "shows")


@operation("verb", "Dashboards", read_only=True, cost="instant", random=False, example={})
def list_dashboards() -> Outcome:
    """List the pages for stakeholders: what each asks, and what one is about."""
    from trustlab.dashboards.catalog import dashboards

    found = list(dashboards().values())
    return Outcome(
        payload={
            "dashboards": [
                {"name": one.name, "title": one.title, "about": one.about, "summary": one.summary} for one in found
            ]
        },
        summary=counted(len(found), "dashboard"),
        views=[
            Table(
                name="dashboards",
                title="Dashboards",
                columns=COLUMNS,
                rows=[(one.name, one.title, one.about, one.summary) for one in found],
            )
        ],
        advice=[f"%trust dashboard export {found[0].name} {found[0].name}.html"],
    )
