"""The main job in JupyterLab, from a file to a pipeline that ran: once by mouse alone, once by keyboard alone."""

from __future__ import annotations

import json
import random
import re
from types import SimpleNamespace

import pytest

from tests.browser.sidebar import ARTEFACTS, toolbar_button

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LONG = 180_000

pytestmark = [pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def desk(start_lab, open_page, tmp_path, request):
    """A JupyterLab with a notebook in its folder and nothing else."""
    requests = SimpleNamespace(urls=[])
    with start_lab(tmp_path) as lab:
        notebook(lab.root / "weekly.ipynb")
        with open_page(lab, requests, request.node.name) as page:
            page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
            yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


def loans(rows=400):
    draw = random.Random(5)
    lines = ["income,age,group,approved"]
    for _ in range(rows):
        group, income = draw.choice("ab"), draw.gauss(50, 15)
        lines.append(f"{income:.1f},{draw.randint(18, 80)},{group},{int(income > (44 if group == 'a' else 58))}")
    return "\n".join(lines).encode()


def notebook(path):
    sources = [
        (["parameters"], 'data = "loans@main"'),
        ([], "%load_ext trustlab"),
        ([], "%trust data log {data.split('@')[0]}"),
    ]
    code = {"cell_type": "code", "execution_count": None, "outputs": []}
    cells = [
        {**code, "id": f"cell-{at}", "metadata": {"tags": tags}, "source": source}
        for at, (tags, source) in enumerate(sources)
    ]
    node = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNEL}, "cells": cells}
    path.write_text(json.dumps(node))


class Hand:
    """One way to use a page: points with a mouse."""

    def __init__(self, page):
        self.page = page

    def press(self, control):
        control.click()

    def write(self, control, text):
        control.click()
        control.press("Control+a")
        self.page.keyboard.type(text)

    def open(self, row):
        row.locator("[role=gridcell]").first.click()

    def sidebar(self):
        self.page.get_by_role("tab", name=re.compile("trustlab")).first.click()

    def file(self, name):
        self.page.get_by_role("tab", name=re.compile("File Browser")).first.click()
        self.page.locator(".jp-DirListing-item", has_text=name).dblclick()


class Keys(Hand):
    """Another: never points; what a key is meant for has the focus first, as the tab key gives it."""

    def reach(self, control):
        control.wait_for()
        control.focus()
        # What cannot be focused cannot be used by keyboard: that would be a fault.
        assert control.evaluate("node => node.getRootNode().activeElement === node || node.matches(':focus-within')")

    def press(self, control):
        self.reach(control)
        self.page.keyboard.press("Enter")

    def write(self, control, text):
        self.reach(control)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def open(self, row):
        self.press(row)

    def sidebar(self):
        self.press(self.page.get_by_role("tab", name=re.compile("trustlab")).first)

    def file(self, name):
        self.press(self.page.get_by_role("tab", name=re.compile("File Browser")).first)
        self.reach(self.page.locator(".jp-DirListing-item", has_text=name).locator(".jp-DirListing-itemText"))
        self.page.keyboard.type(name[:4])
        self.page.locator(".jp-DirListing-item.jp-mod-selected", has_text=name).wait_for()
        self.page.keyboard.press("Enter")


def section(desk, hand, name):
    hand.sidebar() if not desk.page.locator("#trustlab-sidebar").is_visible() else None
    sidebar = desk.page.locator("#trustlab-sidebar")
    sidebar.wait_for(state="visible")
    for title in sidebar.locator(".lm-AccordionPanel-title").all():
        if (title.get_attribute("aria-expanded") == "true") != (title.inner_text().strip().lower() == name):
            hand.press(title)
    return desk.page.locator(f"#trustlab-section-{name}")


def tab(desk):
    return desk.page.locator(".tl-Document:visible")


@pytest.mark.parametrize("way", [Hand, Keys], ids=["mouse", "keyboard"])
def test_from_a_file_to_a_pipeline_that_ran(desk, way):
    page, hand = desk.page, way(desk.page)
    name = "loop-" + ("keyboard" if way is Keys else "mouse")

    # Import and commit.
    data = section(desk, hand, "data")
    with page.expect_file_chooser() as chooser:
        hand.press(data.get_by_role("button", name="Import a file").last)
    chooser.value.set_files([{"name": "loans.csv", "mimeType": "text/csv", "buffer": loans()}])
    hand.press(tab(desk).get_by_role("button", name="Commit", exact=True))
    rows = data.locator(".tl-Virtual-row")
    rows.filter(has_text="loans").first.wait_for(timeout=LONG)

    # Train from the form.
    runs = section(desk, hand, "operations")
    hand.write(runs.get_by_label("Filter operations"), "train model")
    hand.press(runs.locator(".tl-Row").filter(has_text="Training").first)
    form = tab(desk).filter(has=page.get_by_role("button", name="Training", exact=True))
    for label, text in {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"}.items():
        control = form.get_by_label(re.compile(f"^{label}( required)?$"))
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(text)
        else:
            hand.write(control, text)
    hand.press(form.get_by_role("button", name="Training", exact=True))
    form.get_by_role("region", name="Result").wait_for(timeout=LONG)
    page.screenshot(path=ARTEFACTS / f"{name}-trained.png")

    # Audit it.
    hand.write(runs.get_by_label("Filter operations"), "audit checks worst")
    hand.press(runs.locator(".tl-Row").filter(has=page.get_by_text("Audit", exact=True)).first)
    form = tab(desk).filter(has=page.get_by_role("button", name="Audit", exact=True))
    for label, text in {"model": "lender", "data": "loans@main", "sensitive": "group", "only": "fairness"}.items():
        hand.write(form.get_by_label(re.compile(f"^{label}( required)?$")), text)
    hand.press(form.get_by_role("button", name="Audit", exact=True))
    form.get_by_role("region", name="Result").wait_for(timeout=LONG)

    # Open a failing check and see its picture.
    failing = form.locator(".tl-Finding", has=page.locator("[data-status='fail']")).first
    hand.press(failing.locator("summary").first)
    failing.locator("svg.tl-Picture, img").first.wait_for()
    failing.get_by_role("heading", name="What to do").wait_for(timeout=LONG)
    page.screenshot(path=ARTEFACTS / f"{name}-failing.png")

    # Change a limit in the policy, and audit again.
    audits = section(desk, hand, "audits")
    hand.press(audits.get_by_role("button", name="Policy"))
    editor = tab(desk).filter(has_text="Checks and their limits")
    hand.write(editor.get_by_label("Filter checks"), "selection_rate")
    check = editor.locator("[data-check='fairness.selection_rate']")
    hand.press(check.get_by_role("button", name="Change"))
    hand.write(check.get_by_label("Fail at"), "0.1")
    hand.write(check.get_by_label("Warn at"), "0.2")
    hand.write(check.get_by_label("Owner"), "Risk")
    hand.write(check.get_by_label("Reason"), "agreed for the trial")
    hand.press(check.get_by_role("button", name="Save"))
    editor.get_by_role("status").filter(has_text="fail 0.1").wait_for()
    hand.press(editor.get_by_role("button", name="Audit again by this policy"))
    tab(desk).get_by_role("region", name="Result").wait_for(timeout=LONG)
    audits.locator(".tl-Virtual-row").nth(1).wait_for(timeout=LONG)

    # Promote the notebook, run the pipeline, watch it finish.
    hand.file("weekly.ipynb")
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first.wait_for()
    toolbar_button(desk, "Promote", hand.press)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Parameters, from cell 1").wait_for(timeout=LONG)
    hand.write(dialog.get_by_label("Name of the pipeline"), "weekly")
    dialog.get_by_text("What is going to happen").wait_for()
    page.screenshot(path=ARTEFACTS / f"{name}-promote.png")
    hand.press(dialog.get_by_role("button", name="Promote"))
    pipelines = section(desk, hand, "pipelines")
    row = pipelines.locator(".tl-Virtual-row").filter(has_text="weekly").first
    row.wait_for(timeout=LONG)
    hand.open(row)
    whole = tab(desk).filter(has=page.get_by_role("button", name="Run now"))
    hand.press(whole.get_by_role("button", name="Run now"))
    whole.locator("[data-status='pass']").first.wait_for(timeout=LONG)
    page.screenshot(path=ARTEFACTS / f"{name}-pipeline.png")
    assert [url for url in desk.requests.urls if url.startswith(("http", "ws")) and "127.0.0.1" not in url] == []
