"""A form, its job in the status bar, its end as a notification: a verb from elsewhere, with no TypeScript."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
HOSTILE = "<img src=x onerror=alert(1)>"
VERB = '''\
"""A verb that takes its time."""

import time
from typing import Annotated, Literal

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Outcome


@operation("verb", "Nap", example={"word": "z"})
def nap(
    word: str,
    seconds: Annotated[float, Range(0.0, 600.0)] = 1.0,
    deep: bool = False,
    place: Literal["bed", "chair"] = "bed",
    dreams: list[str] | None = None,
    *,
    context: Context,
) -> Outcome:
    """Sleep, and say so.

    Parameters
    ----------
    word : str
        What is said.
    seconds : float
        How long it lasts.
    deep : bool
        Whether nothing wakes it.
    place : str
        Where it is.
    dreams : list of str, optional
        What it is about.
    """
    for step in context.track(range(20), f"sleeping {word}", 20):
        time.sleep(seconds / 20)
    context.notice(f"woke up {word}")
    return Outcome(payload={}, summary=f"{word} for {seconds} s")
'''

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def lab(start_lab, tmp_path_factory):
    """Start JupyterLab beside a package that brings a verb."""
    site = tmp_path_factory.mktemp("site")
    (site / "acme_verbs" / "acme").mkdir(parents=True)
    (site / "acme_verbs" / "acme" / "nap.py").write_text(VERB)
    known = site / "acme_verbs-1.0.dist-info"
    known.mkdir()
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-verbs\nVersion: 1.0\n")
    (known / "entry_points.txt").write_text("[trustlab.operations]\nacme = acme_verbs\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])]))
        with start_lab(tmp_path_factory.mktemp("jobs")) as made:
            yield made


def run(page, command, arguments):
    page.evaluate("([id, args]) => window.jupyterapp.commands.execute(id, args)", [command, arguments])


def picture(page, name):
    """Keep the page in both themes."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        run(page, "apputils:change-theme", {"theme": theme})
        page.wait_for_timeout(700)
        page.screenshot(path=ARTEFACTS / f"{name}-{theme.split()[1].lower()}.png")


def ask(page, **parameters):
    """Open the form, filled in, and submit it."""
    run(page, "trustlab:open-form", {"operation": "acme.nap", "parameters": parameters})
    form = page.locator(".tl-Form:visible")
    form.get_by_role("button", name="Nap", exact=True).click()
    return page.locator(".tl-Document:visible")


def test_a_form_a_job_a_stop_and_a_notification(page, requests):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    asked = [url for url in requests.urls if "/trustlab/api/" in url]
    assert asked == []

    run(page, "trustlab:open-form", {"operation": "acme.nap"})
    tab = page.locator(".tl-Document:visible")
    tab.get_by_role("button", name="Nap", exact=True).click()
    tab.get_by_text("This is needed.").wait_for()
    tab.get_by_label("word").fill(HOSTILE)
    tab.get_by_text(re.compile("^More")).click()
    tab.get_by_label("seconds").fill("900")
    tab.get_by_role("button", name="Nap", exact=True).click()
    page.locator("[aria-invalid='true'][id$='seconds']").wait_for()
    picture(page, "form")

    tab.get_by_label("seconds").fill("14")
    tab.get_by_role("button", name="Nap", exact=True).click()
    item = page.get_by_role("button", name=re.compile("^trustlab: Nap"))
    item.wait_for()
    ask(page, word="other", seconds=60)
    page.get_by_role("button", name=re.compile("^trustlab: 2 jobs")).click()
    popup = page.locator(".tl-Jobs.jp-StatusBar-HoverItem")
    popup.get_by_text("sleeping other").wait_for()
    picture(page, "jobs")
    second = popup.locator("li", has_text="sleeping other")
    second.get_by_role("button", name="Stop Nap").click()
    popup.locator("li", has_text="stopped").wait_for()
    page.keyboard.press("Escape")
    popup.wait_for(state="detached")

    told = page.locator(".Toastify__toast", has_text="Nap: ")
    told.wait_for()
    assert re.search(r"Nap: ✓ pass, after \d+ s", told.inner_text())
    picture(page, "notification")
    told.get_by_role("button", name="Open").click()
    page.locator(".tl-Document:visible", has_text=f"{HOSTILE} for 14").wait_for()
    item.wait_for(state="hidden")
    assert page.locator("img[src='x']").count() == 0
    assert dialogs == []
    assert requests.elsewhere() == []
    before = len(requests.urls)
    page.wait_for_timeout(3000)
    assert [url for url in requests.urls[before:] if "/trustlab/api/" in url] == []


def test_a_tab_is_a_link_and_survives_a_reload(page, lab):
    page.goto(
        f"{lab.url}lab?token={lab.token}&trustlab-form=acme.nap&trustlab-parameters=%7B%22word%22%3A%22linked%22%7D"
    )
    page.locator(".tl-Form:visible input[value='linked']").wait_for()
    page.wait_for_url(lambda url: "trustlab-form" not in url)
    field = page.locator(".tl-Form:visible").get_by_label("word")
    field.fill("kept")
    page.locator(".tl-Form:visible").get_by_text(re.compile("^More")).click()
    page.locator(".tl-Form:visible").get_by_label("seconds").fill("20")
    page.locator(".tl-Form:visible").get_by_role("button", name="Nap", exact=True).click()
    page.locator(".tl-Document:visible progress").wait_for()
    page.wait_for_timeout(1500)
    page.reload()
    page.locator(".tl-Document:visible .tl-Job", has_text="sleeping kept").wait_for()
    page.get_by_role("button", name=re.compile("^trustlab: Nap")).wait_for()
    page.locator(".tl-Document:visible", has_text="kept for 20").wait_for()


def test_every_command_says_what_it_takes(page):
    said = page.evaluate(
        """async () => {
            const { commands } = window.jupyterapp;
            const ours = commands.listCommands().filter(id => id.startsWith('trustlab:'));
            return Promise.all(ours.map(async id => [id, (await commands.describedBy(id)).args]));
        }"""
    )
    assert len(said) > 10
    assert [name for name, args in said if args is None] == []
