"""The sections Data, Drift and Models in a real Chromium: one JupyterLab, walked through by mouse and by keyboard."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
HOSTILE = "<img src=x onerror=alert(1)>"

pytestmark = [pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def desk(start_lab, open_page, tmp_path_factory):
    """A JupyterLab with nothing in it, and a page; each test leaves them to the next."""
    requests = SimpleNamespace(urls=[])
    with (
        start_lab(tmp_path_factory.mktemp("lab")) as lab,
        open_page(lab, requests, "data-panels") as page,
    ):
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


def trust(desk, *words):
    command = [sys.executable, "-m", "trustlab.surfaces.cli", *words]
    done = subprocess.run(command, cwd=desk.root, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def section(desk, name):
    """Show one section of the sidebar and fold the others, as somebody would who wants room."""
    desk.page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    sidebar = desk.page.locator("#trustlab-sidebar")
    sidebar.wait_for(state="visible")
    for title in sidebar.locator(".lm-AccordionPanel-title").all():
        wanted = title.inner_text().strip().lower() == name
        if (title.get_attribute("aria-expanded") == "true") != wanted:
            title.click()
    return desk.page.locator(f"#trustlab-section-{name}")


def picture(desk, name):
    """Keep what is to be seen, in light and in dark."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        desk.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", theme)
        desk.page.wait_for_timeout(700)
        desk.page.screenshot(path=ARTEFACTS / f"{name}-{theme.split()[-1].lower()}.png")


def grid(panel):
    return panel.get_by_role("row")


def loans(rows, first=0):
    lines = [f"{n},{40 + n % 37},{'north' if n % 3 else 'south'},{n % 2}" for n in range(first, first + rows)]
    return "\n".join(["id,income,region,approved", *lines])


def test_an_empty_store_teaches_and_a_file_becomes_its_first_version(desk):
    data = section(desk, "data")
    data.get_by_text("No data is kept here yet").wait_for()
    picture(desk, "data-empty")
    with desk.page.expect_file_chooser() as chooser:
        data.get_by_role("button", name="Import a file").last.click()
    chooser.value.set_files([{"name": "loans.csv", "mimeType": "text/csv", "buffer": loans(300).encode()}])
    form = desk.page.locator(".tl-Document:visible")
    form.get_by_label("repo", exact=False).first.wait_for()
    assert (desk.root / "loans.csv").exists()
    desk.page.screenshot(path=ARTEFACTS / "data-import-form.png")
    form.get_by_role("button", name=re.compile("^(Run|Commit)")).first.click()
    row = grid(data).filter(has_text="loans")
    row.wait_for()
    assert "repo" in row.inner_text()
