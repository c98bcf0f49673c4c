from __future__ import annotations

import base64
import re
from xml.dom import minidom

import pytest

from trustlab.report import words
from trustlab.report.notebook import mimebundle, widget


def test_pictures_survive_a_notebook_that_is_not_trusted(audit):
    text = mimebundle(audit)["text/html"]
    assert "<svg" not in text
    assert "<script" not in text
    sources = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', text)
    assert len(sources) >= 6
    for source, alt in sources:
        whole = minidom.parseString(base64.b64decode(source))
        assert whole.documentElement.tagName == "svg"
        assert len(alt) > 10


def test_hostile_pictures_are_well_formed(hostile):
    for source in re.findall(r"svg\+xml;base64,([^\"]+)", mimebundle(hostile)["text/html"]):
        names = {node.tagName for node in minidom.parseString(base64.b64decode(source)).getElementsByTagName("*")}
        assert names <= {"svg", "title", "style", "rect", "text", "line", "circle", "polygon", "polyline", "path"}


def test_the_same_words_as_everywhere(audit):
    bundle = mimebundle(audit)
    for said in (words.verdict(audit),):
        assert said in bundle["text/html"]
        assert said in bundle["text/plain"]


@pytest.fixture
def shown(audit):
    return widget(audit)


def test_filters_narrow_the_list_and_a_choice_opens(shown):
    _, filters, listed, inside = shown.children
    family, status = filters.children
    assert len(listed.options) == 9
    assert inside.children
    status.value = "warn"
    assert [label[0] for label, _ in listed.options] == ["!", "!"]
    family.value = "drift"
    assert len(listed.options) == 1
    assert len(inside.children) == 3
    family.value = "quality"
    assert listed.options == ()
    assert list(inside.children) == []


def test_a_widget_of_hostile_text_holds_no_markup_of_its_own(hostile):
    head, _, _, inside = widget(hostile).children
    for text in (head.value, inside.children[0].value):
        assert "<img" not in text
        assert "<script" not in text
