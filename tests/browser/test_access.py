"""Who cannot see, who has no mouse, who did not open the sidebar: axe, and what an idle page asks for."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

REPOSITORY = Path(__file__).parents[2]
ARTEFACTS = REPOSITORY / "artefacts" / "browser"
AXE = REPOSITORY / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("JupyterLab Light", "JupyterLab Dark")
# JupyterLab's own frame is its makers' to mend: what is looked at is what this package draws.
OURS = ("#trustlab-sidebar .lm-AccordionPanel", ".tl-Document")

# What is higher than the room it has, and hidden beyond; a line that is cut by design ends in dots instead.
CUT = """places => places.flatMap(place => [...document.querySelectorAll(
        `${place} [role=row], ${place} button, ${place} input, ${place} select, ${place} .tl-Row-head`)])
    .filter(node => node.checkVisibility() && getComputedStyle(node).overflowY !== 'auto')
    .filter(node => node.scrollHeight > node.clientHeight + 1 && node.clientHeight > 0)
    .map(node => `${node.className} ${node.scrollHeight} > ${node.clientHeight}: ${node.textContent.slice(0, 60)}`)"""

pytestmark = [pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]


def axe(page, places, name):
    """Return what axe finds serious or critical in the places that are seen; all it finds is kept as an artefact."""
    if not AXE.exists():
        if os.environ.get("CI"):
            pytest.fail("axe-core is not installed: npm ci in labextension")
        pytest.skip("axe-core is not installed: npm ci in labextension")
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        """async places => {
            const seen = places.filter(place => document.querySelector(place));
            const {violations} = await window.axe.run({include: seen.map(place => [place])});
            return violations.map(one => ({
                id: one.id, impact: one.impact, help: one.help, nodes: one.nodes.map(node => node.html.slice(0, 300))
            }));
        }""",
        list(places),
    )
    (ARTEFACTS / f"axe-{name}.json").write_text(json.dumps(found, indent=1))
    return [(one["id"], one["nodes"][:3]) for one in found if one["impact"] in {"serious", "critical"}]


@pytest.fixture(scope="module")
def desk(start_lab, open_page, tmp_path_factory):
    """A JupyterLab whose workspace holds data, a model's audit and a drift."""
    requests = SimpleNamespace(urls=[])
    with start_lab(tmp_path_factory.mktemp("lab")) as lab:
        _fill(lab.root)
        with open_page(lab, requests, "access") as page:
            yield SimpleNamespace(lab=lab, page=page, requests=requests, root=lab.root)


def _fill(root):
    draw = random.Random(3)
    rows = ["group,income,approved,decision"]
    for _ in range(300):
        group, income = draw.choice("ab"), draw.gauss(50, 15)
        rows.append(f"{group},{income:.1f},{int(income > 48)},{int(income > (48 if group == 'a' else 56))}")
    (root / "loans.csv").write_text("\n".join(rows))
    audit = "--data loans@main --target approved --prediction decision --sensitive group --only fairness,quality"
    for words in ("init", "data commit loans loans.csv", f"audit {audit}"):
        command = [sys.executable, "-m", "trustlab", *words.split()]
        done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr


def asked(desk):
    """Return what the extension has asked the server for."""
    return [url for url in desk.requests.urls if "/trustlab/api/" in url]


def test_a_page_whose_sidebar_nobody_opened_asks_for_nothing(desk):
    desk.page.wait_for_timeout(3000)
    assert asked(desk) == []


def test_hidden_again_it_asks_for_nothing_more(desk):
    under_way = set()
    desk.page.on("request", lambda sent: under_way.add(sent.url) if "/trustlab/api/" in sent.url else None)
    for end in ("requestfinished", "requestfailed"):
        desk.page.on(end, lambda sent: under_way.discard(sent.url))
    desk.page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    desk.page.locator("#trustlab-sidebar").get_by_text("loans").first.wait_for()
    desk.page.evaluate("() => window.jupyterapp.commands.execute('filebrowser:activate')")
    desk.page.locator("#trustlab-sidebar").wait_for(state="hidden")
    # What was being read step by step when it was hidden is read to its end.
    before = -1
    while under_way or before != len(asked(desk)):
        before = len(asked(desk))
        desk.page.wait_for_timeout(1000)
    # Longer than the panels wait between two looks.
    desk.page.wait_for_timeout(35_000)
    assert asked(desk)[before:] == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious(desk, theme):
    page = desk.page
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    for title in page.locator("#trustlab-sidebar .lm-AccordionPanel-title").all():
        if title.get_attribute("aria-expanded") != "true":
            title.click()
    page.wait_for_timeout(2000)
    name = theme.split()[-1].lower()
    page.screenshot(path=ARTEFACTS / f"access-sidebar-{name}.png")
    assert axe(page, OURS[:1], f"sidebar-{name}") == []
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:open-form', {operation: 'audit'})")
    page.locator(".tl-Form:visible").wait_for()
    page.locator(".tl-Form-more summary:visible").click()
    assert axe(page, OURS[1:], f"form-{name}") == []
    row = page.locator("#trustlab-section-audits [role=row]").first
    row.focus()
    page.keyboard.press("Enter")
    result = page.locator(".tl-Document:visible")
    result.locator(".tl-Finding").first.wait_for()
    if not result.get_by_text("What this means").first.is_visible():
        result.locator(".tl-Finding summary").first.click()
    result.get_by_text("What this means").first.wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=ARTEFACTS / f"access-result-{name}.png")
    assert axe(page, OURS[1:], f"result-{name}") == []


def test_what_is_opened_has_its_height_whatever_was_opened_before(desk):
    page = desk.page
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    titles = page.locator("#trustlab-sidebar .lm-AccordionPanel-title")
    names = [title.inner_text().strip().lower() for title in titles.all()]
    draw = random.Random(1)
    for _ in range(40):
        titles.nth(draw.randrange(len(names))).click()
        heights = {}
        for name, title in zip(names, titles.all(), strict=True):
            if title.get_attribute("aria-expanded") == "true":
                heights[name] = page.locator(f"#trustlab-section-{name}").bounding_box()["height"]
        assert all(height > 60 for height in heights.values()), heights
        assert max(heights.values(), default=0) - min(heights.values(), default=0) < 2, heights
    for title in titles.all():
        if title.get_attribute("aria-expanded") != "true":
            title.click()


def test_text_of_any_size_has_its_room(desk):
    page = desk.page
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    page.evaluate("() => window.jupyterapp.commands.execute('trustlab:show-sidebar')")
    row = page.locator("#trustlab-section-audits [role=row]").first
    row.wait_for()
    small = row.bounding_box()["height"]
    grown(page, "incr", lambda size: size >= 20)
    try:
        page.wait_for_timeout(500)
        assert row.bounding_box()["height"] >= small * 20 / 13 - 1
        cut = page.evaluate(CUT, list(OURS))
        page.screenshot(path=ARTEFACTS / "access-large.png")
        assert cut == []
        assert axe(page, OURS, "large") == []
    finally:
        grown(page, "decr", lambda size: size <= 13)


def grown(page, way, done):
    """Let JupyterLab's text grow or shrink step by step, as its menu does."""
    for _ in range(20):
        if done(page.evaluate("() => parseFloat(getComputedStyle(document.querySelector('.tl-Sidebar')).fontSize)")):
            return
        page.evaluate(f"() => window.jupyterapp.commands.execute('apputils:{way}-font-size', {{key: 'ui-font-size1'}})")
        page.wait_for_timeout(150)
    pytest.fail("the text keeps its size")


def test_nothing_left_the_machine(desk):
    assert [url for url in desk.requests.urls if "127.0.0.1" not in url and url.startswith(("http", "ws"))] == []
