"""The sections Runs, Audits and Pipelines, the policy's editor and the notebook's buttons, in a real Chromium."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from tests.browser.sidebar import HOSTILE, execute, picture, section, toolbar_button, trust

MANY = 10_000
# On any machine: tests/benchmarks/panel_scroll.py measures the second that is wanted.
FIRST_PAINT_SECONDS = 5.0
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

pytestmark = [pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def desk(start_lab, open_page, tmp_path_factory):
    """A JupyterLab with nothing in it, and a page; each test leaves them to the next."""
    requests = SimpleNamespace(urls=[])
    with (
        start_lab(tmp_path_factory.mktemp("lab")) as lab,
        open_page(lab, requests, "run-panels") as page,
    ):
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


def tab(desk):
    return desk.page.locator(".tl-Document:visible")


def rows(panel):
    return panel.locator(".tl-Virtual-row")


def decisions(desk):
    draw = random.Random(3)
    lines = [f'"{HOSTILE}",income,age,approved,decision']
    for _ in range(300):
        group, income = draw.choice("ab"), draw.gauss(50, 15)
        decided = int(income > (48 if group == "a" else 56))
        lines.append(f"{group},{income:.1f},{draw.randint(18, 80)},{int(income > 48)},{decided}")
    (desk.root / "loans.csv").write_text("\n".join(lines))


def notebook(desk, name, *sources):
    code = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [{**code, "id": f"cell-{at}", "source": source} for at, source in enumerate(sources)]
    node = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNEL}, "cells": cells}
    (desk.root / name).write_text(json.dumps(node))


def test_each_section_teaches_where_there_is_nothing(desk):
    for name, words in {
        "runs": "Nothing has run here yet",
        "audits": "Nothing has been audited here yet",
        "pipelines": "No notebook has been promoted yet",
    }.items():
        panel = section(desk, name)
        panel.get_by_text(words).wait_for()
        assert panel.locator(".tl-Teach button").count() == 1
    picture(desk, "pipelines-empty")


def test_audits_are_found_read_compared_and_made_into_pages(desk):
    decisions(desk)
    trust(desk, "init")
    asked = ["--data", "loans.csv", "--target", "approved", "--prediction", "decision", "--sensitive", HOSTILE]
    for only in ("fairness", "fairness.selection_rate"):
        trust(desk, "audit", *asked, "--only", only)
    panel = section(desk, "audits")
    rows(panel).nth(1).wait_for()
    assert rows(panel).count() == 2
    panel.get_by_label("Filter Audits").fill("fail fairness")
    rows(panel).nth(1).wait_for(state="detached")
    assert rows(panel).count() == 1
    panel.get_by_label("Filter Audits").fill("nothing such")
    panel.get_by_text("Nothing has all of these words").wait_for()
    panel.get_by_label("Filter Audits").fill("")
    rows(panel).nth(1).wait_for()
    # By keyboard: down, open; then the row's buttons.
    rows(panel).first.focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    tab(desk).locator(".tl-Document-summary").first.wait_for()
    for at in (0, 1):
        rows(panel).nth(at).get_by_label("Compare it with another").click()
    picture(desk, "audits")
    panel.get_by_role("button", name="Compare the two").click()
    tab(desk).get_by_text(re.compile("better|worse|gone|new|same", re.IGNORECASE)).first.wait_for()
    picture(desk, "audits-compared")
    rows(panel).first.get_by_label("Open as a page").click()
    frame = desk.page.locator("iframe.tl-Page-frame:visible")
    frame.wait_for()
    assert frame.get_attribute("sandbox") == "allow-scripts"
    inner = frame.content_frame
    inner.locator("h1").first.wait_for()
    # The page has no origin: it can read nothing of this one, and ask for nothing.
    assert inner.locator("body").evaluate("() => self.origin") == "null"
    with desk.page.expect_download() as saved:
        desk.page.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename.startswith("audit-")
    picture(desk, "audit-page")
    assert desk.page.locator("img[src='x']").count() == 0


def test_a_limit_is_changed_and_the_audit_asked_again(desk):
    panel = section(desk, "audits")
    panel.get_by_role("button", name="Policy").click()
    editor = tab(desk).filter(has_text="Checks and their limits")
    editor.get_by_label("Filter checks").fill("selection_rate")
    check = editor.locator("[data-check='fairness.selection_rate']")
    assert check.get_attribute("data-set") == "false"
    check.get_by_role("button", name="Change").click()
    check.get_by_label("Fail at").fill("much")
    check.get_by_role("button", name="Save").click()
    check.get_by_role("alert").filter(has_text="must be a number").wait_for()
    check.get_by_label("Fail at").fill("0.1")
    check.get_by_label("Warn at").fill("0.2")
    check.get_by_label("Owner").fill("Risk")
    check.get_by_label("Reason").fill(HOSTILE)
    picture(desk, "policy")
    check.get_by_role("button", name="Save").click()
    editor.get_by_role("status").filter(has_text="fail 0.1").wait_for()
    assert check.get_attribute("data-set") == "true"
    assert HOSTILE in (desk.root / "policy.yaml").read_text()
    # Somebody else changes the file meanwhile.
    check.get_by_role("button", name="Change").click()
    check.get_by_label("Owner").fill("Board")
    trust(desk, "amend", "policy.yaml", "quality.duplicates", "--fail", "2")
    check.get_by_role("button", name="Save").click()
    check.get_by_role("alert").filter(has_text="somebody has changed it since").wait_for()
    check.get_by_role("button", name=re.compile("Read the file again")).click()
    check.get_by_role("alert").wait_for(state="detached")
    assert check.get_by_label("Owner").input_value() == "Board"
    check.get_by_role("button", name="Save").click()
    check.get_by_text("owner: Board").wait_for()
    assert "quality.duplicates" in (desk.root / "policy.yaml").read_text()
    # Somebody answers for a fail; the editor shows it when the form is done.
    editor.get_by_role("button", name="Waive a fail").click()
    form = tab(desk).filter(has=desk.page.get_by_role("button", name="Waiver", exact=True))
    form.get_by_label(re.compile("^check")).fill("fairness.selection_rate")
    for label, text in {"until": "2099-01-31", "owner": "Board", "reason": HOSTILE}.items():
        form.get_by_label(re.compile(f"^{label}")).fill(text)
    form.get_by_role("button", name="Waiver", exact=True).click()
    form.get_by_role("region", name="Result").wait_for()
    desk.page.get_by_role("tab", name="Policy", exact=True).click()
    editor.get_by_text("until 2099-01-31, Board").wait_for()
    picture(desk, "policy-waiver")
    before = rows(section(desk, "audits")).count()
    editor.get_by_role("button", name="Audit again by this policy").click()
    tab(desk).get_by_role("region", name="Result").wait_for(timeout=120_000)
    picture(desk, "policy-audited")
    panel = section(desk, "audits")
    rows(panel).nth(before).wait_for()
    assert desk.page.locator("img[src='x']").count() == 0


def test_a_training_shows_its_curves_and_stops_and_a_failure_says_why(desk):
    section(desk, "runs")
    # The tab lies beside: what is started there is seen here.
    start = (
        "([id, parameters]) => window.jupyterapp.commands.execute('trustlab:open-form', {operation: id, parameters})"
    )
    asked = {"data": "loans.csv", "target": "aproved", "recipe": "logistic", "name": "bad"}
    desk.page.evaluate(start, ["train", asked])
    tab(desk).get_by_role("button", name="Training", exact=True).click()
    panel = section(desk, "runs")
    failed = panel.get_by_role("region", name="Training, failed")
    failed.get_by_text("Did you mean 'approved'").wait_for(timeout=120_000)
    layers = "torch.nn.LazyLinear(256), torch.nn.ReLU(), torch.nn.Linear(256, 2)"
    code = f"import torch\nmodel = torch.nn.Sequential({layers})\n"
    (desk.root / "net.py").write_text(code)
    lines = (desk.root / "loans.csv").read_text().splitlines()
    (desk.root / "more.csv").write_text("\n".join([lines[0], *(lines[1:] * 80)]))
    asked = {"data": "more.csv", "target": "approved", "code": "net.py", "name": "net", "epochs": 2000}
    desk.page.evaluate(start, ["train", asked])
    tab(desk).get_by_role("button", name="Training", exact=True).click()
    panel = section(desk, "runs")
    running = panel.get_by_role("region", name="Training, running")
    running.locator("[data-kind='series']").wait_for(timeout=120_000)
    desk.page.wait_for_timeout(1500)
    picture(desk, "runs")
    assert re.search(r"loss \d", running.inner_text())
    running.get_by_role("button", name="Stop Training").click()
    running.wait_for(state="detached", timeout=60_000)
    panel.get_by_role("button", name=re.compile("^Put away")).first.click()
    failed.wait_for(state="detached")


def test_a_notebook_is_promoted_run_and_its_error_is_named(desk):
    notebook(
        desk,
        "weekly.ipynb",
        "import os\nprint(os.name)",
        "n = 1\nlabel = 'loans@main'\nprint(n)",
        "print('ratio', 1 / n)",
    )
    execute(desk, "docmanager:open", path="weekly.ipynb")
    toolbar_button(desk, "Promote", lambda button: button.click())
    dialog = desk.page.locator(".jp-Dialog")
    dialog.get_by_text("No cell is tagged as the parameters").wait_for()
    picture(desk, "promote-no-cell")
    dialog.get_by_role("button", name="Tag cell 2 as the parameters").click()
    dialog.get_by_text("Parameters, from cell 2").wait_for()
    assert '"parameters"' in (desk.root / "weekly.ipynb").read_text()
    dialog.get_by_label("When it runs by itself").fill("daily")
    dialog.get_by_role("alert").filter(has_text="five fields").wait_for()
    dialog.get_by_label("When it runs by itself").fill("0 6 * * MON")
    dialog.get_by_text("Let it run by itself at 0 6 * * MON").wait_for()
    picture(desk, "promote")
    dialog.get_by_role("button", name="Promote").click()
    tab(desk).get_by_role("region", name="Result").wait_for(timeout=60_000)
    panel = section(desk, "pipelines")
    row = rows(panel).filter(has_text="weekly")
    row.wait_for()
    row.locator(".tl-Virtual-cell").click()
    page = tab(desk).filter(has_text=re.compile(r"revision \d"))
    page.get_by_text("It has not run yet").wait_for()
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("button", name=re.compile("^Stop")).wait_for()
    page.locator(".tl-Finding > summary [data-status='pass']").wait_for(timeout=120_000)
    trust(desk, "promote", "weekly.ipynb", "--name", "weekly", "-p", "n=0")
    page.get_by_role("button", name="Run now").click()
    failed = page.locator(".tl-Finding").filter(has=desk.page.locator("summary [data-status='error']"))
    failed.wait_for(timeout=120_000)
    failed.locator("summary").click()
    failed.get_by_text(re.compile("Cell 3.* of the notebook raised ZeroDivisionError")).first.wait_for()
    failed.get_by_role("button", name="Log of weekly").click()
    failed.locator("pre").filter(has_text="ZeroDivisionError").wait_for()
    picture(desk, "pipeline")
    failed.get_by_role("button", name="Open the executed notebook").click()
    desk.page.locator(".jp-NotebookPanel:visible").get_by_text("ZeroDivisionError").first.wait_for()


def test_the_audit_button_fills_the_form_from_the_last_magic(desk):
    notebook(desk, "mine.ipynb", "data = 'loans.csv'", "%trust audit lender --data {data} --sensitive race")
    execute(desk, "docmanager:open", path="mine.ipynb")
    toolbar_button(desk, "Audit", lambda button: button.click())
    form = tab(desk).locator("form")
    form.wait_for()
    assert form.get_by_label("data", exact=True).input_value() == "loans.csv"
    assert form.get_by_label("model", exact=True).input_value() == "lender"
    assert form.get_by_label("sensitive", exact=True).input_value() == "race"
    picture(desk, "audit-form")


def test_what_a_dead_process_left_is_said_in_words(desk):
    """As a kernel that dies in the midst of a magic: what asked is gone, and the panel knows of it."""
    command = [sys.executable, "-m", "trustlab", "audit", "--data", "loans.csv", "--target", "approved"]
    asked = subprocess.Popen(
        [*command, "--prediction", "decision"], cwd=desk.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    notes = (desk.root / ".trust" / "running").glob
    # Its own note, and whole: the file is there a moment before its words are.
    while not any(f'"pid": {asked.pid}' in note.read_text() for note in notes("*.json")) and time.monotonic() < until:
        time.sleep(0.01)
    asked.kill()
    asked.wait()
    section(desk, "data")
    panel = section(desk, "runs")
    told = panel.get_by_role("region", name="Audit, cut short")
    told.get_by_text("its process ended; nothing was half-written").wait_for()
    picture(desk, "cut-short")
    told.get_by_role("button", name="Open its form").click()
    form = tab(desk).locator("form")
    form.wait_for()
    assert form.get_by_label("prediction", exact=True).input_value() == "decision"
    told.get_by_role("button", name=re.compile("^Put away")).click()
    told.wait_for(state="detached")


def test_a_server_that_is_gone_leaves_the_rows_and_comes_back(desk):
    panel = section(desk, "audits")
    rows(panel).first.wait_for()
    there = rows(panel).count()
    desk.page.route("**/trustlab/api/**", lambda route: route.abort())
    section(desk, "runs")
    panel = section(desk, "audits")
    panel.get_by_text("does not answer").wait_for()
    assert rows(panel).count() == there
    picture(desk, "server-gone")
    desk.page.unroute("**/trustlab/api/**")
    panel.locator(".tl-Teach button").first.click()
    panel.get_by_text("does not answer").wait_for(state="detached")
    assert rows(panel).count() == there


def test_ten_thousand_runs_are_drawn_and_fetched_as_they_are_seen(desk):
    section(desk, "pipelines")
    (database,) = (
        path for path in (desk.root / ".trust").glob("*.db") if "journal_runs" in path.read_bytes().decode("latin-1")
    )
    with sqlite3.connect(database) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(journal_runs)")]
        (one,) = connection.execute("select * from journal_runs limit 1").fetchall()
        kept = dict(zip(columns, one, strict=True))
        found = [
            {**kept, "id": f"{at:032x}", "started": f"2020-01-01T{at % 24:02}:00:00.000+00:00"} for at in range(MANY)
        ]
        names = ", ".join(f":{name}" for name in columns)
        connection.executemany(f"insert into journal_runs values ({names})", found)
    desk.requests.urls.clear()
    began = time.monotonic()
    panel = section(desk, "runs")
    panel.locator(f"[role='grid'][aria-rowcount='{MANY + 1}'], [role='grid']").first.wait_for()
    desk.page.wait_for_function(
        "most => Number(document.querySelector('#trustlab-section-runs [role=grid]')?.ariaRowCount ?? 0) >= most",
        arg=MANY,
    )
    assert time.monotonic() - began < FIRST_PAINT_SECONDS
    assert rows(panel).count() < 60
    rows(panel).first.focus()
    desk.page.keyboard.press("End")
    desk.page.wait_for_timeout(1500)
    last = panel.locator(f"[data-place='{int(panel.get_by_role('grid').get_attribute('aria-rowcount')) - 1}']")
    last.locator(".tl-Row-title").wait_for()
    asked = [url for url in desk.requests.urls if "/api/v1/runs" in url]
    assert len(asked) < 8
    picture(desk, "runs-many")


def test_hidden_sections_send_nothing(desk):
    section(desk, "operations")
    desk.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    desk.page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    desk.page.wait_for_timeout(1000)
    desk.requests.urls.clear()
    desk.page.wait_for_timeout(5000)
    assert [url for url in desk.requests.urls if "/trustlab/" in url] == []
