"""The report as people open it: a page from a folder, and the controls in a real JupyterLab."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
HOSTILE = "<img src=x onerror=alert(1)>"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]

pytestmark = pytest.mark.timeout(300)


def decisions(folder):
    draw = random.Random(3)
    rows = [f'"{HOSTILE}",income,approved,decision']
    for _ in range(400):
        group, income = draw.choice("ab"), draw.gauss(50, 15)
        rows.append(f"{group},{income:.1f},{int(income > 48)},{int(income > (48 if group == 'a' else 56))}")
    (folder / "loans.csv").write_text("\n".join(rows))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Write the page of a whole audit, from the command line."""
    folder = tmp_path_factory.mktemp("report")
    decisions(folder)
    words = ["--data", "loans.csv", "--target", "approved", "--prediction", "decision", "--sensitive", HOSTILE]
    command = [sys.executable, "-m", "trustlab", "audit", *words, "--html", "audit.html"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    return folder / "audit.html"


@pytest.fixture
def opened(chromium, report):
    """Open the page, and fail where it asks for anything or its policy stops anything."""
    from playwright.sync_api import sync_playwright

    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    said = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1100, "height": 1300})
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda sent: said.append(sent.url) if not sent.url.startswith(("file:", "data:")) else None)
        page.goto(report.as_uri())
        yield page
        browser.close()
    assert said == []


def shown(page):
    return page.evaluate("() => document.querySelectorAll('.tl-finding:not([hidden])').length")


def test_the_page_narrows_by_family_status_and_words(opened):
    page = opened
    every = shown(page)
    assert every > 60
    page.screenshot(path=ARTEFACTS / "report.png")
    page.get_by_label("Family", exact=True).select_option("fairness")
    fairness = shown(page)
    assert 3 <= fairness < 20
    assert page.get_by_role("status").inner_text() == f"{fairness} of {every} checks"
    page.get_by_label("Status", exact=True).select_option("fail")
    assert 1 <= shown(page) < fairness
    assert page.get_by_role("heading", name="What was checked and passed").count() == 0
    page.get_by_label("Family", exact=True).select_option("")
    page.get_by_label("Status", exact=True).select_option("")
    assert shown(page) == every
    page.get_by_role("searchbox").fill("copies of another")
    visible = page.locator(".tl-finding:visible")
    assert "duplicates" in visible.first.inner_html()
    assert 1 <= visible.count() < 6


def test_a_row_opens_by_keyboard_into_everything_and_its_code_is_copied(opened):
    page = opened
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = page.locator("[id='fairness.selection_rate']")
    if row.get_attribute("open") is None:
        row.locator("summary").first.focus()
        page.keyboard.press("Enter")
    for heading in ("What this means", "What to do", "Reference"):
        assert row.get_by_role("heading", name=heading).is_visible()
    assert row.locator("svg").first.is_visible()
    row.get_by_text("The code that made this").click()
    row.get_by_role("button", name="Copy the code, Shell").click()
    page.get_by_text("Copied").wait_for()
    said = page.evaluate("() => navigator.clipboard.readText()")
    assert said.startswith("trust fairness.selection_rate --data=loans.csv")
    row.screenshot(path=ARTEFACTS / "report-row.png")


def test_a_link_to_a_folded_row_opens_what_holds_it(opened, report):
    page = opened
    page.goto(f"{report.as_uri()}#quality.duplicates")
    page.locator("[id='quality.duplicates'] .tl-body").wait_for(state="visible")


def test_on_paper_everything_is_open(opened):
    page = opened
    page.emulate_media(media="print")
    page.pdf(path=ARTEFACTS / "report.pdf", format="A4")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("() => document.querySelectorAll('details:not([open])').length") == 0
    assert not page.locator(".tl-filter").is_visible()
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("() => document.querySelectorAll('details:not([open])').length") > 60


def test_it_reads_without_a_script(chromium, report):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(report.as_uri())
        assert not page.locator(".tl-filter").is_visible()
        page.locator(".tl-family > summary").first.click()
        assert page.locator(".tl-family .tl-finding").first.is_visible()
        assert page.locator("button:visible").count() == 0
        browser.close()


def test_the_controls_work_in_a_notebook(lab, page, requests):
    decisions(lab.root)
    named = f'tl.audit(data="loans.csv", target="approved", prediction="decision", sensitive={HOSTILE!r})'
    cells = [f"import trustlab as tl\nreport = {named}", "report.widget()"]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNEL}}
    code = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"] = [{**code, "id": f"cell-{at}", "source": source} for at, source in enumerate(cells)]
    (lab.root / "audit.ipynb").write_text(json.dumps(notebook))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:open', {path: 'audit.ipynb'})")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    rows = page.locator(".jupyter-widget-Collapse-header")
    rows.first.wait_for(timeout=120_000)
    every = rows.count()
    assert every > 60
    page.locator(".jp-OutputArea-output").last.evaluate("one => one.scrollIntoView()")
    page.screenshot(path=ARTEFACTS / "controls.png")
    assert page.locator(".js-plotly-plot").count() == 0
    # The still report stands beside it, for where nothing lives.
    area = page.locator(".jp-OutputArea-output", has=page.locator(".jupyter-widget-Collapse-header")).first
    area.get_by_label("Family", exact=True).select_option("fairness")
    area.get_by_label("Status", exact=True).select_option(index=1)
    page.wait_for_function(
        "every => document.querySelectorAll('.jupyter-widget-Collapse-header').length < every", arg=every
    )
    rows.first.click()
    area.get_by_text("What this means").first.wait_for()
    area.get_by_text("The code that made this").first.click()
    area.get_by_role("button", name="Copy the code, Notebook").first.click()
    area.get_by_text("Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()").startswith("%trust fairness.")
    area.locator(".js-plotly-plot").wait_for()
    rows.first.evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(1500)
    page.screenshot(path=ARTEFACTS / "controls-row.png")
    assert page.locator("img[src='x']").count() == 0
    assert requests.elsewhere() == []


KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
