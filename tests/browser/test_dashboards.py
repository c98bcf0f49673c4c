"""The pages for stakeholders as they meet them: the exported file, and a real Voilà, in a real browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from trustlab.dashboards.catalog import dashboards
from trustlab.testing.playground import copy, loans

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
HOSTILE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(2)</script>"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# One h1, headings without gaps, one main, every control and picture named, nothing wider than the page, and text that
# stands out from what is behind it (WCAG 2 AA, 1.4.3), as far as computed styles tell.
LOOK = """() => {
  const found = [];
  const seen = one => one.checkVisibility && one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const headings = [...document.querySelectorAll('h1,h2,h3,h4')].filter(seen).map(one => Number(one.tagName[1]));
  if (headings.filter(level => level === 1).length !== 1) found.push('h1: ' + headings);
  headings.forEach((level, at) => { if (at && level > headings[at - 1] + 1) found.push('a gap: ' + headings); });
  if (document.querySelectorAll('main').length !== 1) found.push('main');
  if (!document.documentElement.lang || !document.title) found.push('lang or title');
  for (const one of document.querySelectorAll('button,select,input,a,summary,[tabindex="0"]')) {
    const named = one.innerText || one.ariaLabel || one.title || (one.labels && one.labels.length);
    if (seen(one) && !named && !one.matches('div[tabindex]')) found.push('no name: ' + one.outerHTML.slice(0, 80));
  }
  for (const one of document.querySelectorAll('svg[role=img],img')) {
    if (!one.getAttribute('aria-label') && !one.getAttribute('alt')) found.push('picture without words');
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the page');
  const parse = text => { const at = text.match(/[\\d.]+/g).map(Number); return [at[0], at[1], at[2], at[3] ?? 1]; };
  const over = (top, under) => top.slice(0, 3).map((part, at) => part * top[3] + under[at] * (1 - top[3]));
  const behind = one => {
    const layers = [];
    for (let up = one; up; up = up.parentElement) layers.push(parse(getComputedStyle(up).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = color => color.map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(one) || one.closest('style,script,title,option')) continue;
    const style = getComputedStyle(one), ground = behind(one);
    const ink = over(parse(one.closest('svg') ? style.fill : style.color), ground);
    const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
    // Words on a coloured cell of a picture have that cell behind them, which is no ancestor.
    if ((high + 0.05) / (low + 0.05) < 4.5 && !one.closest('.tl-i,.tl-j')) {
      found.push(`contrast ${((high + 0.05) / (low + 0.05)).toFixed(2)}: ${walker.currentNode.data.slice(0, 40)}`);
    }
  }
  return [...new Set(found)];
}"""

pytestmark = [pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]


def trust(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trustlab", *words]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


@pytest.fixture(scope="module")
def workspace(playground_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which things failed, and in which names hold markup."""
    folder = tmp_path_factory.mktemp("stakeholders") / "work"
    copy(playground_template, folder)
    rows = loans(1500, seed=3).rename(columns={"race": HOSTILE})
    rows["decision"] = (rows["score"] - 0.25 * (rows[HOSTILE] == "Green") >= 0.5).astype(int)
    rows[HOSTILE] = rows[HOSTILE].replace("Green", SCRIPT)
    rows.to_csv(folder / "loans.csv", index=False)
    assert trust(folder, "data", "commit", "loans", "loans.csv", "-m", HOSTILE, "--author", SCRIPT).returncode == 0
    asked = ["--target", "approved", "--prediction", "decision", "--score", "score", "--sensitive", HOSTILE]
    done = trust(folder, "audit", "--data", "loans@main", *asked)
    assert done.returncode == 1, done.stderr
    return folder


@contextmanager
def browser(chromium: str, **options: object):
    """Give a page, what it asked for and what went wrong in it."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = opened.new_page(**options)
        page.set_default_timeout(60_000)
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda sent: asked.append(sent.url))
        page.on("websocket", lambda sent: asked.append(sent.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        try:
            yield page, asked, wrong
        finally:
            opened.close()


def elsewhere(asked: list[str], *here: str) -> list[str]:
    return [url for url in asked if not url.startswith((*here, "data:", "blob:"))]


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_the_exported_files_read_and_print_and_ask_for_nothing(chromium: str, workspace: Path) -> None:
    for name in dashboards():
        done = trust(workspace, "dashboard", "export", name, f"{name}.html")
        assert done.returncode == 0, done.stderr
        for theme, width in (("light", 1100), ("dark", 1100), ("dark", 390)):
            size = {"width": width, "height": 900}
            with browser(chromium, viewport=size, color_scheme=theme) as (page, asked, wrong):
                page.goto((workspace / f"{name}.html").as_uri())
                page.screenshot(path=ARTEFACTS / f"dashboard-{name}-{theme}-{width}.png", full_page=True)
                assert page.evaluate(LOOK) == [], (name, theme, width)
                assert elsewhere(asked, "file:") == []
                assert wrong == []
                assert page.locator("img[src=x], script").count() == 0
                if width == 390 or theme == "dark":
                    continue
                printed = page.pdf(path=ARTEFACTS / f"dashboard-{name}.pdf", prefer_css_page_size=True)
                assert pages_of(printed) <= 2, name
    said = (workspace / "verdict.html").read_text()
    assert "This model should not be used yet: " in said
    assert "&lt;img src=x onerror=alert(1)&gt;" in said


@contextmanager
def served(folder: Path, *words: str):
    """Give the address of a dashboard's Voilà, and the process that holds it."""
    command = [sys.executable, "-m", "trustlab", "dashboard", "serve", *words, "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        url = re.search(r"http://\S+", said)
        assert url, said + process.stderr.read()
        yield url[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


def status_of(url: str) -> int:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_told: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_voila_shows_the_moment_and_no_code_and_works_by_keyboard(chromium: str, workspace: Path) -> None:
    with served(workspace, "verdict", "--base-url", "/user/ann") as url:
        bare = url.partition("?")[0]
        assert bare.endswith("/user/ann/")
        assert status_of(bare) in {302, 403}, "without the token there is nothing to see"
        assert status_of(f"{bare}voila/files/verdict.ipynb?{url.partition('?')[2]}") in {403, 404}
        # The pool's kernels are warm by now; what happens after that must be on the page all the same.
        time.sleep(8)
        done = trust(workspace, "audit", "lender@1", "--data", "loans@main~1", "--only", "performance.metrics")
        assert done.returncode == 0, done.stderr
        with browser(chromium, viewport={"width": 1100, "height": 900}) as (page, asked, wrong):
            page.goto(url)
            heading = page.locator("h1:visible")
            heading.wait_for()
            assert heading.inner_text() == "Nothing here speaks against using this model: the one check passed."
            assert page.evaluate(LOOK) == []
            page.screenshot(path=ARTEFACTS / "dashboard-voila.png")
            assert "live.show" not in page.content()
            assert page.locator(".jp-InputArea-editor, .jp-InputArea pre").count() == 0
            # By keyboard alone: from the top of the page to the lists, and through them.
            page.evaluate("() => document.activeElement.blur()")
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.labels[0].innerText") == "Model"
            page.keyboard.press("ArrowDown")
            page.get_by_role("heading", name="This model should not be used yet").wait_for()
            whole = page.locator("main h2").count()
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.labels[0].innerText") == "Show"
            page.keyboard.press("ArrowDown")
            page.wait_for_function("() => document.querySelectorAll('main h2').length === 1")
            assert whole > 3
            assert page.locator("main h2").inner_text() == "What failed"
            assert page.get_by_text(HOSTILE).first.is_visible()
            page.screenshot(path=ARTEFACTS / "dashboard-voila-failed.png")
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.innerText") == "Look again"
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate(LOOK) == []
            page.screenshot(path=ARTEFACTS / "dashboard-voila-phone.png")
            assert page.locator("img[src=x]").count() == 0
            assert elsewhere(asked, bare, bare.replace("http:", "ws:")) == []
            assert [said for said in wrong if "Content Security Policy" in said] == []
            assert not [said for said in wrong if said in {"1", "2"}], "no name became a script"


def test_a_dark_voila_without_a_pool_and_a_workspace_with_nothing(
    chromium: str, workspace: Path, tmp_path: Path
) -> None:
    size = {"width": 1100, "height": 900}
    with (
        served(workspace, "data", "--theme", "dark", "--pool", "0", "--token", "") as url,
        browser(chromium, viewport=size, color_scheme="dark") as (page, asked, _),
    ):
        page.goto(f"{url}?about=nobody")
        page.get_by_role("alert").wait_for()
        assert "'nobody' must be a repo of this workspace" in page.get_by_role("alert").inner_text()
        page.goto(url)
        page.get_by_role("heading", name="loans has").wait_for()
        assert page.evaluate(LOOK) == []
        page.screenshot(path=ARTEFACTS / "dashboard-voila-dark.png")
        assert elsewhere(asked, url, url.replace("http:", "ws:")) == []
    assert trust(tmp_path, "init", "--yes").returncode == 0
    done = trust(tmp_path, "dashboard", "export", "verdict", "out.html")
    assert done.returncode == 2
    assert "nothing was audited in this workspace yet" in done.stderr
