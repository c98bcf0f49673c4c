"""A notebook with reports in it, executed by a real kernel, as others read it: converted, on a code host, as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import pytest

pytestmark = pytest.mark.timeout(300)

CELLS = {
    "setup": "%load_ext trustlab",
    "audit": "report = %trust audit lender --data loans@main --sensitive race --only fairness.metrics\nreport",
    "controls": "report.widget()",
    "explain": "%trust explain lender --data loans@main --row 17",
    "drift": "%trust drift loans@main~1 loans_later.csv",
    "diff": "%trust data diff loans@main~1 loans@main",
    "commit": "%trust data commit kept loans_later.csv",
    "checkout": "%trust data checkout loans@main into_here",
    "verify": "%trust data verify",
    "hostile": (
        "import pandas as pd\n"
        "bad = '<img src=x onerror=alert(1)>'\n"
        "frame = pd.DataFrame({bad: [1.0, 2.0] * 60, 'y': [0, 1] * 60, 'p': [0, 1] * 60, 'g': [bad, 'b'] * 60})\n"
        "%trust audit --data frame --target y --prediction p --sensitive g --only fairness.selection_rate"
    ),
}
# What long work shows while it runs is gone afterwards.
LONG = ["audit", "explain", "drift", "diff", "commit", "checkout", "verify"]
SHOWN = [name for name in CELLS if name not in {"setup", "commit", "checkout", "verify"}]
# What GitHub's own pages let through of a cell's HTML; the rest goes, of scripts and styles with what they hold.
KEPT = {
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "i",
}
KEPT |= {"img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th"}
KEPT |= {"thead", "tr", "ul", "section"}
EMPTIED = {"script", "style", "title", "iframe", "noscript"}


@pytest.fixture(scope="module")
def saved(playground_template, tmp_path_factory):
    """The notebook as papermill, a scheduler or a person leaves it."""
    from nbclient import NotebookClient

    from trustlab.testing.playground import copy

    folder = tmp_path_factory.mktemp("saved") / "playground"
    copy(playground_template, folder)
    cells = [nbformat.v4.new_code_cell(code, metadata={"tags": [name]}) for name, code in CELLS.items()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()


def outputs(notebook, name):
    cell = next(cell for cell in notebook.cells if name in cell.metadata.tags)
    return [output for output in cell.outputs if "data" in output]


class CodeHost(HTMLParser):
    """What is left of HTML where scripts, styles, classes and addresses of other kinds are taken out."""

    def __init__(self):
        super().__init__()
        self.text, self.elements, self.alts, self.inside = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag in EMPTIED:
            self.inside.append(tag)
        elif tag in KEPT and not self.inside:
            self.elements.append(tag)
            self.alts += [value for name, value in attrs if name == "alt" and tag == "img"]

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def read(html):
    reader = CodeHost()
    reader.feed(html)
    reader.close()
    return reader


def words_of(html):
    return " ".join(" ".join(read(html).text).split())


def html_of(notebook, name):
    (found,) = [one.data["text/html"] for one in outputs(notebook, name) if "text/html" in one.data]
    return found


@pytest.mark.parametrize("name", SHOWN)
def test_a_code_host_shows_the_sentence_the_numbers_and_the_table(saved, name):
    html = html_of(saved, name)
    seen = read(html)
    text = words_of(html)
    assert "{" not in text.replace("{'", ""), "no style or script is left as text"
    assert "✕" in text or "✓" in text or "!" in text or name in {"explain", "diff"}
    assert {"table", "td"} <= set(seen.elements)
    assert all(len(alt) > 5 for alt in seen.alts), "a picture that is not shown has its words"
    assert re.search(r"\d", text)
    assert not re.search(r"(src|href)=\"https?:", html), "nothing is fetched"
    assert "<svg" not in html
    assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", html)


@pytest.mark.parametrize("name", SHOWN)
def test_text_alone_says_the_same(saved, name):
    said = [one.data["text/plain"] for one in outputs(saved, name) if "text/html" in one.data]
    assert len(said) == 1
    assert not re.search(r"</?(div|p|span|table|h1|svg|style)\b", said[0])
    assert "\x1b" not in said[0]
    found = words_of(html_of(saved, name))
    numbers = [one for one in re.findall(r"\d+\.\d+", said[0]) if one in found]
    assert numbers or name == "diff", "text and page have numbers in common"


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_nbconvert_shows_every_report_without_a_script(saved, template):
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(template_name=template).from_notebook_node(saved)
    text = words_of(page)
    at = -1
    for name in SHOWN:
        heading = re.search(r"<h1>(.*?)</h1>", html_of(saved, name))
        assert heading, name
        found = text.find(" ".join(read(heading[1]).text).strip(), at + 1)
        assert found > at, f"{name} is missing in {template}"
        at = found
    assert "alert(1)" in text
    assert not re.search(r"<img[^>]+src=['\"]?x[ >]", page)


def test_nbconvert_to_markdown_keeps_them_too(saved):
    from nbconvert import MarkdownExporter

    page, _ = MarkdownExporter().from_notebook_node(saved)
    for name in SHOWN:
        assert re.search(r"<h1>(.*?)</h1>", html_of(saved, name))[0] in page


def test_the_live_view_hides_the_still_one_only_where_it_lives(saved):
    live, still = outputs(saved, "controls")
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert "text/html" not in live.data
    mark = re.search(r'class="(tl-still-[0-9a-f]+)"', still.data["text/html"])[1]
    states = saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    values = [str(one["state"].get("value", "")) for one in states]
    assert [value for value in values if f".{mark} {{ display: none }}" in value]
    assert mark not in html_of(saved, "audit")


def test_each_output_tells_its_run_and_its_versions(saved):
    told = {name: outputs(saved, name)[-1].metadata["trustlab"] for name in SHOWN}
    assert told["audit"]["operation"] == "audit"
    assert [one["asked"] for one in told["audit"]["refs"]] == ["loans@main"]
    assert [one["asked"] for one in told["diff"]["refs"]] == ["loans@main~1", "loans@main"]
    assert told["controls"] == told["audit"]
    assert told["hostile"]["refs"] == []
    assert all(
        first != second for first, second in pairwise(told[name]["run"] for name in ("audit", "explain", "drift"))
    )


def test_no_progress_bar_is_left_behind(saved):
    for name in LONG:
        (report,) = [one for one in outputs(saved, name) if one.data != {"text/plain": ""}]
        assert "text/html" in report.data
