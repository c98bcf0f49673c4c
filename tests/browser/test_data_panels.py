"""The sections Data, Drift and Models in a real Chromium: one JupyterLab, walked through by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, update

from tests.browser.sidebar import ARTEFACTS, HOSTILE, execute, picture, section, trust
from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.data.dataset import store_of
from trustlab.store.records import to_row
from trustlab.store.refs import repo_number, resolve
from trustlab.store.schema import BRANCHES, COMMITS

pytestmark = [pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def desk(start_lab, open_page, tmp_path_factory):
    """A JupyterLab with nothing in it, and a page; each test leaves them to the next."""
    requests = SimpleNamespace(urls=[])
    with (
        start_lab(tmp_path_factory.mktemp("lab")) as lab,
        open_page(lab, requests, "data-panels") as page,
    ):
        page.set_default_timeout(30_000)
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


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
    row = data.get_by_role("row").filter(has_text="loans")
    row.wait_for()
    assert "repo" in row.inner_text()


def test_versions_are_compared_and_dragged_into_a_cell(desk):
    for rows, first, message in ((400, 0, "October"), (400, 100, HOSTILE)):
        (desk.root / "loans.csv").write_text(loans(rows, first))
        trust(desk, "data", "commit", "loans", "loans.csv", "--message", message, "--author", "Ann")
    data = section(desk, "data")
    data.get_by_role("row").filter(has_text="loans").click()
    october = data.get_by_role("row").filter(has_text="October")
    october.wait_for()
    assert re.search(r"Ann · [\d.]+ kB", october.inner_text())
    hostile = data.get_by_role("row").filter(has_text=HOSTILE)
    hostile.hover()
    picture(desk, "data-versions")
    hostile.hover()
    hostile.get_by_role("button", name=re.compile("^What changed")).click()
    result = desk.page.locator(".tl-Document:visible")
    result.get_by_text("100 rows added").wait_for()
    picture(desk, "data-diff")
    desk.page.evaluate("() => void window.jupyterapp.commands.execute('notebook:create-new', {kernelName: 'python3'})")
    cell = desk.page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content").first
    cell.wait_for()
    desk.page.wait_for_timeout(500)
    start, end = october.locator(".tl-Row-title").bounding_box(), cell.bounding_box()
    desk.page.mouse.move(start["x"] + 8, start["y"] + 8)
    desk.page.mouse.down()
    for step in range(1, 13):
        share = step / 12
        desk.page.mouse.move(
            start["x"] + (end["x"] + 30 - start["x"]) * share, start["y"] + (end["y"] + 8 - start["y"]) * share
        )
        desk.page.wait_for_timeout(60)
    desk.page.screenshot(path=ARTEFACTS / "data-drag.png")
    desk.page.mouse.up()
    cell.get_by_text("pd.read_csv").wait_for()
    assert re.search(r'pd\.read_csv\("trust://loans@[0-9a-f]{12}/loans\.csv"\)', cell.inner_text())
    assert desk.page.locator("img[src='x']").count() == 0


def test_the_keyboard_alone_finds_a_version_and_writes_it_into_a_cell(desk):
    data = section(desk, "data")
    search = data.get_by_role("searchbox")
    search.focus()
    desk.page.keyboard.type("october ann")
    data.get_by_role("row").filter(has_text=HOSTILE).wait_for(state="detached")
    desk.page.keyboard.press("Tab")
    keys = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.getAttribute('role')"
    assert desk.page.evaluate(keys) == "row"
    for _ in range(9):
        desk.page.keyboard.press("ArrowRight")
        if str(desk.page.evaluate(keys)).startswith("Insert"):
            break
    desk.page.keyboard.press("Enter")
    cells = desk.page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content")
    cells.filter(has_text="import pandas as pd").wait_for()
    search.fill("")
    data.get_by_role("row").filter(has_text=HOSTILE).wait_for()
    trail = data.get_by_role("navigation")
    trail.get_by_role("button", name="all data").focus()
    desk.page.keyboard.press("Enter")
    data.get_by_role("row").filter(has_text="repo").wait_for()


def test_the_server_goes_and_comes_back_and_nothing_is_lost(desk):
    data = section(desk, "data")
    data.get_by_role("row").filter(has_text="loans").wait_for()
    desk.page.route("**/trustlab/api/**", lambda route: route.abort())
    section(desk, "models")
    data = section(desk, "data")
    data.get_by_role("alert").wait_for()
    assert "does not answer" in data.get_by_role("alert").inner_text()
    assert data.get_by_role("row").filter(has_text="loans").count() == 1
    picture(desk, "data-gone")
    desk.page.unroute("**/trustlab/api/**")
    data.get_by_role("button", name="Try again").click()
    data.get_by_role("alert").wait_for(state="detached")


def test_drift_between_two_versions(desk):
    drift = section(desk, "drift")
    drift.get_by_text("Nothing was compared yet").wait_for()
    picture(desk, "drift-empty")
    drift.get_by_label("Later").select_option(index=1)
    drift.get_by_label("Earlier").select_option(index=3)
    drift.get_by_role("button", name="Look for drift").click()
    result = desk.page.locator(".tl-Document:visible")
    result.locator(".tl-Finding").first.wait_for()
    result.locator(".tl-Finding summary").first.click()
    drift.get_by_role("row").first.wait_for()
    assert re.search("loans@", drift.get_by_role("row").first.inner_text())
    picture(desk, "drift")


def test_models_are_trained_compared_and_one_is_made_champion_with_a_reason(desk):
    models = section(desk, "models")
    models.get_by_text("No model is registered here yet").wait_for()
    for recipe in ("logistic", "forest"):
        trust(desk, "train", "--data", "loans@main", "--target", "approved", "--name", "lender", "--recipe", recipe)
    trust(desk, "audit", "lender@1", "--data", "loans@main", "--only", "performance.metrics")
    section(desk, "data")
    models = section(desk, "models")
    first = models.get_by_role("row").filter(has_text="lender@1")
    first.wait_for()
    second = models.get_by_role("row").filter(has_text="lender@2")
    assert "not audited" in second.inner_text()
    first.hover()
    picture(desk, "models")
    first.hover()
    first.get_by_role("button", name=re.compile("champion")).click()
    form = desk.page.locator(".tl-Document:visible")
    form.get_by_text("More").click()
    form.get_by_label("reason").fill(f"simpler {HOSTILE}")
    form.get_by_role("button", name=re.compile("^(Run|Champion)")).first.click()
    first.get_by_text("champion").wait_for()
    first.locator(".tl-Virtual-cell").first.click()
    story = desk.page.locator(".tl-Document:visible")
    story.get_by_text("Who put which version in use").wait_for()
    assert HOSTILE in story.inner_text()
    picture(desk, "models-story")
    first.hover()
    first.get_by_role("button", name="The audits of lender@1").click()
    models.get_by_role("row").filter(has_text="on loans@main").wait_for()
    assert desk.page.locator("img[src='x']").count() == 0


def test_what_one_tab_changes_another_shows(desk):
    models = section(desk, "models")
    second = models.get_by_role("row").filter(has_text="lender@2")
    if desk.page.get_by_role("button", name="all models").is_visible():
        desk.page.get_by_role("button", name="all models").click()
    second.wait_for()
    page = desk.page.context.browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{desk.lab.url}lab?token={desk.lab.token}")
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.restored")
    try:
        other = SimpleNamespace(lab=desk.lab, page=page, root=desk.root)
        theirs = section(other, "models").get_by_role("row").filter(has_text="lender@2")
        theirs.hover()
        theirs.get_by_role("button", name=re.compile("Make .* champion")).click()
        page.locator(".tl-Document:visible").get_by_role("button", name=re.compile("^Champion")).click()
        theirs.get_by_text("champion", exact=False).first.wait_for()
        second.get_by_text("champion").wait_for(timeout=10_000)  # followed, not found at the next look
        # Both change it at once: each is done in turn, and both tabs end up showing the same.
        forms = [desk.page, page]
        for shown, version in zip(forms, ("lender@1", "lender@2"), strict=True):
            execute(
                SimpleNamespace(page=shown),
                "trustlab:open-form",
                operation="model.champion",
                parameters={"model": version},
            )
            shown.locator(".tl-Document:visible").get_by_role("button", name=re.compile("^Champion")).wait_for()
        for shown in forms:
            shown.locator(".tl-Document:visible").get_by_role("button", name=re.compile("^Champion")).click()
        for shown in forms:
            shown.locator(".tl-Document:visible").get_by_role("region", name="Result").wait_for()
        told = json.loads(trust(desk, "model", "list", "--json"))["models"]
        (champion,) = [f"lender@{one['version']}" for one in told if one["champion"]]
        for seen in (models, section(other, "models")):
            seen.get_by_role("row").filter(has_text=champion).get_by_text("champion").wait_for(timeout=10_000)
    finally:
        page.close()


def test_a_cell_says_that_its_data_have_moved_on(desk):
    desk.page.locator(".lm-TabBar-tab").filter(has_text="Untitled.ipynb").click()
    desk.page.evaluate(
        """async () => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            await panel.sessionContext.ready;
            panel.content.activeCellIndex = 0;
            panel.content.activeCell.model.sharedModel.setSource('%load_ext trustlab\\n%trust data read loans@main');
            await app.commands.execute('notebook:run-cell');
        }"""
    )
    cell = desk.page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first
    cell.locator(".jp-OutputArea-output").first.wait_for()
    assert cell.locator(".tl-Superseded").count() == 0
    trust(desk, "data", "commit", "loans", "loans.csv", "--message", "now")  # the same: no version
    (desk.root / "loans.csv").write_text(loans(300, 50))
    trust(desk, "data", "commit", "loans", "loans.csv", "--message", "November")
    desk.page.locator(".lm-TabBar-tab").filter(has_text="Launcher").click()
    desk.page.locator(".lm-TabBar-tab").filter(has_text="Untitled.ipynb").click()
    badge = cell.get_by_role("note")
    badge.get_by_text("main has moved on since, by one version").wait_for()
    picture(desk, "superseded")
    desk.page.wait_for_timeout(1500)
    before = len(desk.requests.urls)
    desk.page.wait_for_timeout(4000)
    asked = [url for url in desk.requests.urls[before:] if "data.newer" in url]
    assert asked == [], "to look whether data have moved on is no reason to look again"
    badge.get_by_role("button", name="What changed").click()
    desk.page.locator(".tl-Document:visible").get_by_text("rows added").first.wait_for()


def test_ten_thousand_versions_are_fetched_as_they_are_seen(desk):
    many_versions(desk.root)
    data = section(desk, "data")
    data.get_by_role("row").filter(has_text="many").click()
    data.get_by_text("number 9999").wait_for()
    table = data.get_by_role("grid")
    assert table.get_attribute("aria-rowcount") == "10000"
    assert data.get_by_role("row").count() < 80
    before = len(desk.requests.urls)
    data.get_by_role("row").first.focus()
    desk.page.keyboard.press("End")
    data.get_by_text("no message").wait_for()
    assert len([url for url in desk.requests.urls[before:] if "operations/data.log" in url]) < 6
    picture(desk, "data-many")


def many_versions(folder):
    """Write a repo of 10,000 versions, all real, in one transaction."""
    around = Context(folder=folder, progress=False, notice=lambda _sentence: None)
    run("data.commit", {"repo": "many", "source": [("n", b"0")]}, around)
    store = store_of(around.workspace)
    head, rows = resolve(store, "many"), []
    with store.read() as connection:
        repo = repo_number(connection, "many")
    for number in range(1, 10_000):
        blank = replace(head, id="", parents=(head.id,), message=f"number {number}")
        head = replace(blank, id=blank.computed_id())
        rows.append(to_row(head, repo))
    with store.write() as connection:
        connection.execute(insert(COMMITS), rows)
        connection.execute(update(BRANCHES).where(BRANCHES.c.repo == repo).values(head=head.id))
    store.close()


def test_hidden_sections_ask_for_nothing(desk):
    desk.page.evaluate("() => window.jupyterapp.commands.execute('filebrowser:activate')")
    desk.page.wait_for_timeout(1000)
    before = len(desk.requests.urls)
    trust(desk, "data", "commit", "loans", "loans.csv", "--branch", "later", "--message", "later")
    desk.page.wait_for_timeout(4000)
    assert [url for url in desk.requests.urls[before:] if "/trustlab/api/" in url] == []
    assert [url for url in desk.requests.urls if not re.match(r"(http|ws)://127\.0\.0\.1|data:|blob:", url)] == []
