"""The sidebar and the quickstart, in a real Chromium against a real JupyterLab."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
QUICKSTART = REPOSITORY / "notebooks" / "tutorials" / "quickstart.ipynb"
ARTEFACTS = REPOSITORY / "artefacts" / "browser"
README_PICTURE = Path(__file__).parent / "screenshots" / "quickstart.png"
# Up to the audit: load, parameters, make data, commit twice, train, audit.
FIRST_CELLS = 7
HOSTILE = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.timeout(300)


def open_sidebar(page, section="Audits"):
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    sidebar = page.locator("#trustlab-sidebar")
    sidebar.wait_for(state="visible")
    title = sidebar.locator(".lm-AccordionPanel-title").filter(has_text=re.compile(section, re.IGNORECASE))
    if title.get_attribute("aria-expanded") != "true":
        title.click()
    return sidebar


def picture(page, name):
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def audit_once(folder, sensitive="race"):
    """Audit a column of decisions, from the command line, and leave the verdict in the workspace."""
    draw = random.Random(3)
    rows = [f'"{sensitive}",income,approved,decision']
    for _ in range(300):
        group, income = draw.choice("ab"), draw.gauss(50, 15)
        rows.append(f"{group},{income:.1f},{int(income > 48)},{int(income > (48 if group == 'a' else 56))}")
    (folder / "loans.csv").write_text("\n".join(rows))
    subprocess.run([sys.executable, "-m", "trustlab", "init"], cwd=folder, check=True, capture_output=True)
    words = ["--data", "loans.csv", "--target", "approved", "--prediction", "decision", "--sensitive", sensitive]
    command = [sys.executable, "-m", "trustlab", "audit", *words, "--only", "fairness"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr


def test_an_empty_workspace_teaches(page, requests):
    sidebar = open_sidebar(page)
    sidebar.get_by_role("button", name="Open the quickstart").wait_for()
    picture(page, "empty")
    assert requests.elsewhere() == []


def test_a_verdict_opens_and_its_next_step_goes_into_a_cell(lab, page, requests):
    audit_once(lab.root, sensitive=HOSTILE)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    sidebar = open_sidebar(page)
    row = sidebar.locator(".tl-Virtual-row", has=page.locator("[data-status='fail']")).first
    row.wait_for()
    assert re.search(r"✕\s*fail", row.inner_text())
    row.locator(".tl-Virtual-cell").click()
    tab = page.locator(".tl-Document")
    tab.locator("details summary").first.click()
    tab.locator(".tl-View").first.wait_for()
    picture(page, "verdict")
    assert HOSTILE in tab.inner_text()
    assert tab.locator("img[src='x']").count() == 0
    assert dialogs == []
    assert requests.elsewhere() == []


def test_an_operation_is_found_and_written_into_a_notebook(page, requests):
    sidebar = open_sidebar(page, "Operations")
    sidebar.get_by_label("Filter operations").fill("fairness rates")
    rows = sidebar.locator(".tl-Family .tl-Row")
    rows.filter(has_text="rates").first.wait_for()
    assert 1 <= rows.count() < 10
    sidebar.get_by_role("button", name=re.compile("^Parameters of")).first.click()
    sidebar.locator(".tl-Row-details .tl-View-table").wait_for()
    sidebar.locator(".tl-Row-details .tl-Advice").click()
    cell = page.locator(".jp-NotebookPanel .jp-CodeCell .cm-content").first
    cell.wait_for()
    page.get_by_text("%trust fairness.").last.wait_for()
    picture(page, "operation")
    rows.first.click()
    page.locator(".tl-Form").wait_for()
    assert requests.elsewhere() == []


def test_a_hidden_sidebar_sends_no_requests(page, requests):
    page.wait_for_timeout(1500)
    assert [url for url in requests.urls if "/trustlab/api/" in url] == []
    open_sidebar(page).get_by_role("button").first.wait_for()
    assert [url for url in requests.urls if "/user/ann/trustlab/api/v1/runs" in url] != []


def run_cells(page, count):
    """Run the first code cells one after the other, and return what went wrong in them."""
    page.evaluate(
        """async count => {
            const app = window.jupyterapp;
            const panel = app.shell.currentWidget;
            await panel.context.ready;
            await panel.sessionContext.ready;
            const cells = panel.content.widgets;
            for (let at = 0, ran = 0; at < cells.length && ran < count; at++) {
                panel.content.activeCellIndex = at;
                ran += cells[at].model.type === 'code' ? 1 : 0;
                await app.commands.execute('notebook:run-cell');
            }
        }""",
        count,
    )
    return page.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()


def test_the_quickstart_runs_and_its_verdict_arrives_in_the_sidebar(lab, page, requests):
    shutil.copy(QUICKSTART, lab.root / "quickstart.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:open-quickstart')")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
    sidebar = open_sidebar(page)
    assert run_cells(page, FIRST_CELLS) == []
    sidebar.locator(".tl-Virtual-row", has_text="Audit").first.wait_for()
    answer = page.locator(".jp-NotebookPanel .jp-mod-active .jp-OutputArea-output").last
    answer.wait_for()
    page.locator(".jp-NotebookPanel .jp-mod-active").evaluate("cell => cell.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(500)
    picture(page, "quickstart")
    assert "Error rates by group" in answer.inner_text() or "✕" in answer.inner_text()
    if os.environ.get("TRUSTLAB_UPDATE_SCREENSHOT") == "1":
        README_PICTURE.parent.mkdir(exist_ok=True)
        shutil.copy(ARTEFACTS / "quickstart.png", README_PICTURE)
    assert requests.elsewhere() == []
