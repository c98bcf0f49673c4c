"""Text from outside is text in every renderer: whatever a name, a label, a log or a cell's output holds."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import pytest

from trustlab.core.result import Result, Status, document_from_dict
from trustlab.report import html, plotly, terminal, words
from trustlab.report.controls import widget
from trustlab.report.markdown import to_markdown
from trustlab.report.notebook import fragment, mimebundle

CORPUS = {
    "image": "<img src=x onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "style": "</style><style>*{display:none}</style>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "comment": "--><svg onload=alert(1)><!--",
    "cdata": "]]><iframe src=javascript:alert(1)></iframe>",
    "entity": "&lt;b&gt;&#x3C;script&#x3E;",
    "link": "[a](javascript:alert(1)) ![b](http://example.org/x.png) <http://example.org>",
    "code": "` `` ``` ```\n<b>x</b>",
    "template": "{{constructor}} ${alert(1)} <%= 1 %> $x^2$",
    "table": "a | b\n|---|\n| <i>c</i> |",
    "colour": "\x1b[31mred\x1b[0m \x1b]8;;http://example.org\x07click\x1b]8;;\x07 \x9b2J",
    "cursor": "a\r\x08\x08b\x00c\x7f\x0b\x85",
    "direction": "\u202eevil\u2066\u200f \u2028line",
    "halves": "\udc80 \ufffe \ud800",
}
ELEMENTS = {"img", "svg", "rect", "text", "line", "path", "circle", "polygon", "polyline", "title"}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe]")


class Seen(HTMLParser):
    """Elements, what could act in them, and the text."""

    def __init__(self):
        super().__init__()
        self.elements, self.acts, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag == "a" and dict(attrs).get("href", "").startswith("#"):
            return  # a heading's own anchor
        self.elements.append(tag)
        for name, value in attrs:
            acts = name.startswith("on") and not (value or "").startswith("var b=this")
            leads = name in {"href", "src", "action", "style"} and re.search(
                r"javascript:|https?:|expression", value or ""
            )
            if acts or leads:
                self.acts.append((tag, name, value))

    def handle_data(self, data):
        self.text.append(data)


def seen(text):
    reader = Seen()
    reader.feed(text)
    reader.close()
    return reader


def of_widget(document):
    """Return everything that the live view shows once each row is open."""
    box = widget(document)
    rows = box.children[-1]
    for at in range(len(rows.children)):
        rows.selected_index = at
    waiting, found = [box], []
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "children", ())
        if type(one).__name__ == "HTML":
            found.append(one.value)
    return "\n".join(found)


IN_HTML = {"page": html.to_html, "notebook": fragment, "live": of_widget}


def document_of(making, views, text):
    """Return a document with a finding for each view, ``text`` wherever text can stand."""
    common = {"id": text, "title": text, "reason": text, "unit": text, "advice": [text]}
    findings = [Result(**common, status=Status.FAIL, value=0.3, views=[view]) for view in views]
    made = making(findings, title=text, summary=text, views=views, advice=[text], provenance={"author": text})
    # As it comes out of the journal, of an upload or of a server.
    return document_from_dict(json.loads(json.dumps(made.to_dict())))


def pytest_generate_tests(metafunc):
    if "hostile_name" in metafunc.fixturenames:
        metafunc.parametrize("hostile_name", CORPUS)


@pytest.mark.parametrize("render", IN_HTML)
def test_html_holds_the_elements_that_harmless_text_gives_and_no_other(hostile_name, render, making, every_view):
    text, draw = CORPUS[hostile_name], IN_HTML[render]
    page, tame = (draw(document_of(making, every_view(said), said)) for said in (text, "word"))
    found, expected = seen(page), seen(tame)
    assert set(found.elements) - ELEMENTS <= set(expected.elements) | {"br"}
    for only in ("script", "style"):
        assert found.elements.count(only) == expected.elements.count(only)
    assert found.acts == []
    assert not CONTROL.search(page)
    page.encode("utf-8")
    pictures = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page)
    assert len(pictures) > 1 or "<svg" in page
    for source in pictures:
        drawn = seen(base64.b64decode(source).decode())
        assert set(drawn.elements) <= ELEMENTS | {"style"}
        assert drawn.acts == []
    shown = " ".join(words.visible(text).split())
    assert shown[:20] in " ".join("".join(found.text).split()), "what was written can be read"


def test_terminals_and_plain_text_get_no_control_characters(hostile_name, making, every_view):
    text = CORPUS[hostile_name]
    document = document_of(making, every_view(text), text)
    painted = terminal.to_text(document, colour=True)
    said = [terminal.to_text(document, everything=True), mimebundle(document)["text/plain"]]
    for one in (*said, re.sub(r"\x1b\[[0-9;]*m", "", painted)):
        assert not CONTROL.search(one)
        one.encode("utf-8")


def test_markdown_and_model_cards_get_no_markup(hostile_name, making, every_view):
    text = CORPUS[hostile_name]
    card = to_markdown(document_of(making, every_view(text), text), everything=True)
    assert not CONTROL.search(card)
    drawn = seen(as_html(card))
    assert not set(drawn.elements) & {"img", "script", "style", "svg", "iframe", "a", "b", "i"}
    assert drawn.acts == []


def as_html(card):
    """Return Markdown as nbconvert's reader draws it, which lets HTML through."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(card)


def test_plotly_figures_get_no_tags(hostile_name, every_view):
    for view in every_view(CORPUS[hostile_name]):
        drawn = json.loads(plotly.figure(view).to_json())
        texts = strings({"data": drawn["data"], "layout": {**drawn["layout"], "template": None}})
        marks = {"<br>", "<b>", "</b>"}
        tags = {tag for one in texts if not one.startswith("data:image/png") for tag in re.findall(r"<[^>]*>", one)}
        assert tags <= marks, (view.kind, tags)


def strings(value):
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings(part)]
