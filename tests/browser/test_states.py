"""Every section of the sidebar where something is wrong: in plain words, with what to do, and nothing is lost."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest

from tests.browser.sidebar import ARTEFACTS, section, trust

API = "**/trustlab/api/**"

pytestmark = [pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def desk(start_lab, open_page, tmp_path_factory):
    """A JupyterLab whose workspace holds one thing of each kind."""
    requests = SimpleNamespace(urls=[])
    with start_lab(tmp_path_factory.mktemp("lab")) as lab:
        lines = [f"{at % 60},{at * 7 % 41},{int(at % 60 > 30)}" for at in range(240)]
        (lab.root / "loans.csv").write_text("\n".join(["income,age,approved", *lines]))
        trust(lab, "data", "commit", "loans", "loans.csv")
        fit = ["--data", "loans@main", "--target", "approved", "--name", "lender", "--recipe", "logistic"]
        trust(lab, "train", *fit)
        trust(lab, "audit", "lender", "--data", "loans@main", "--only", "performance.metrics")
        trust(lab, "drift", "loans@main", "loans@main")
        with open_page(lab, requests, "states") as page:
            yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


def sections(desk):
    """Return the names of all sections, as the sidebar has them: a new one is in the tests at once."""
    section(desk, "")
    found = desk.page.locator("#trustlab-sidebar").locator("[id^='trustlab-section-']")
    return [node.get_attribute("id").removeprefix("trustlab-section-") for node in found.all()]


def show(desk, name):
    """Show one section alone, anew: it reads again."""
    section(desk, "")
    return section(desk, name)


def test_the_server_goes_and_comes_back_under_every_section(desk):
    names = sections(desk)
    assert {"data", "runs", "audits", "drift", "pipelines", "models", "operations"} <= set(names)
    for name in names:
        show(desk, name)
        desk.page.wait_for_timeout(1500)
        before = desk.page.locator(f"#trustlab-section-{name}").inner_text()
        desk.page.route(API, lambda route: route.abort())
        panel = show(desk, name)
        said = panel.get_by_role("alert").filter(has_text="does not answer").first
        said.wait_for()
        assert "nothing is lost" in said.inner_text()
        desk.page.unroute(API)
        panel.get_by_role("button", name="Try again").first.click()
        said.wait_for(state="detached")
        # What stood there stands there again; how long ago it was may have changed.
        kept = [line for line in before.splitlines() if len(line) > 3 and not line.endswith("ago") and line != "now"]
        now = panel.inner_text()
        assert [line for line in kept if line not in now] == [], name


@contextmanager
def misspelt(folder):
    """Spoil the settings."""
    settings = folder / "config.toml"
    kept = settings.read_text() if settings.exists() else ""
    settings.write_text('databse_url = "sqlite:///elsewhere.db"\n')
    yield
    settings.write_text(kept)


@contextmanager
def newer(folder):
    """Let a later version of the store have written it."""

    def say(version):
        with closing(sqlite3.connect(folder / "metadata.db")) as database:
            (was,) = database.execute("select value from store_meta where key = 'schema_version'").fetchone()
            database.execute("update store_meta set value = ? where key = 'schema_version'", [version])
            database.commit()
        return was

    was = say(99)
    yield
    say(was)


@contextmanager
def damaged(folder):
    """Put something else in the database's place."""
    aside = folder.with_name("aside")
    aside.mkdir()
    for file in folder.glob("metadata.db*"):
        file.rename(aside / file.name)
    (folder / "metadata.db").write_bytes(b"no database at all " * 300)
    yield
    for file in folder.glob("metadata.db*"):
        file.unlink()
    for file in aside.iterdir():
        file.rename(folder / file.name)
    aside.rmdir()


@pytest.mark.parametrize(
    ("spoilt", "concerned", "words"),
    [
        (misspelt, {"data", "drift", "runs", "audits", "pipelines", "models"}, "databse_url.*database_url"),
        (newer, {"data", "drift"}, "at most 2; the database has 99.*Upgrade trustlab"),
        (damaged, {"data", "drift", "runs", "audits", "pipelines"}, "damaged|not a database"),
    ],
    ids=["misspelt", "newer", "damaged"],
)
def test_a_workspace_that_cannot_be_used_is_said_in_words(desk, spoilt, concerned, words):
    with spoilt(desk.root / ".trust"):
        for name in sorted(concerned):
            said = show(desk, name).get_by_role("alert").first
            said.wait_for()
            assert re.search(words, said.inner_text(), re.DOTALL), (name, said.inner_text())
            assert "Traceback" not in said.inner_text(), name
        desk.page.screenshot(path=ARTEFACTS / f"states-{spoilt.__name__}.png")
    for name in sorted(concerned):
        panel = show(desk, name)
        panel.get_by_role("alert").first.wait_for(state="detached")
        panel.locator(".tl-Virtual-row, .tl-Teach").first.wait_for()


def test_an_operation_whose_library_is_missing_says_which_to_install(desk):
    sentence = "it needs what is not installed: pip install 'trustlab[onnx]'"

    def lacking(route):
        answer = route.fetch()
        (found,) = answer.json()["operations"]
        route.fulfill(response=answer, json={"operations": [{**found, "unavailable": sentence}]})

    record = re.compile(r"/trustlab/api/v1/operations/train(\?|$)")
    desk.page.route(record, lacking)
    desk.page.evaluate("() => void window.jupyterapp.commands.execute('trustlab:open-form', {operation: 'train'})")
    form = desk.page.locator(".tl-Form:visible")
    form.get_by_text(sentence).wait_for()
    assert form.locator("button[type=submit]").is_disabled()
    desk.page.unroute(record)


def test_a_form_offers_what_the_workspace_holds(desk):
    asked = "{operation: 'audit', parameters: {data: 'loans@main'}}"
    desk.page.evaluate(f"() => void window.jupyterapp.commands.execute('trustlab:open-form', {asked})")
    form = desk.page.locator(".tl-Form:visible")
    form.locator("summary").click()
    for label, text, offered in (("model", "le", "lender@1"), ("target", "", "approved"), ("data", "lo", "loans@main")):
        form.get_by_label(label, exact=True).fill(text)
        form.locator(f"datalist option[value='{offered}']").wait_for(state="attached")
