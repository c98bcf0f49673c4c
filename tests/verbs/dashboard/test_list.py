"""``trust dashboard list``."""

from trustlab.core.execute import run
from trustlab.dashboards.catalog import dashboards


def test_it_lists_what_the_catalog_finds() -> None:
    document = run("dashboard.list", {})
    assert [one["name"] for one in document.payload["dashboards"]] == list(dashboards())
    assert document.summary == f"{len(dashboards())} dashboards"
