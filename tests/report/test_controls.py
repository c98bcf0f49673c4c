from __future__ import annotations

import pytest
from ipywidgets import HTML

from trustlab.report.controls import widget
from trustlab.report.notebook import metadata
from trustlab.report.report import Report


@pytest.fixture
def parts(audit):
    _, filters, rows = widget(audit).children
    return (*filters.children, rows)


def test_filters_narrow_the_list(parts):
    family, status, search, count, rows = parts
    assert (len(rows.children), count.value) == (9, "9 of 9")
    status.value = "warn"
    assert [title[0] for title in rows.titles] == ["!", "!"]
    family.value = "drift"
    assert (len(rows.children), count.value) == (1, "1 of 9")
    status.value = family.value = "all"
    search.value = "WORST slice"
    assert len(rows.children) == 1
    search.value = "no such words"
    assert rows.children == ()


def test_a_row_is_made_when_it_is_opened_and_not_before(audit, monkeypatch):
    made = []
    monkeypatch.setattr("trustlab.report.controls._picture", lambda view, _medium: made.append(view) or HTML())
    rows = widget(audit).children[-1]
    assert made == []
    assert all(not row.children for row in rows.children)
    for _ in range(2):
        rows.selected_index = 1
        rows.selected_index = None
    assert len(made) == 1
    assert [bool(row.children) for row in rows.children].count(True) == 1


def test_an_opened_row_has_its_picture_numbers_words_and_code(audit):
    rows = widget(audit).children[-1]
    rows.selected_index = 0
    top, below = rows.children[0].children
    picture, numbers = top.children
    assert "Error rates by group" in picture.value
    assert "1.68 to 2.55" in numbers.value
    for heading in ("What this means", "What to do", "Reference"):
        assert heading in below.value
    rows.selected_index = 1
    (figure,) = rows.children[1].children[0].children[0].children
    assert figure.data[0].type == "bar"


def test_a_saved_notebook_still_shows_the_report(audit):
    bundle, told = widget(audit)._repr_mimebundle_()
    assert told == metadata(audit)
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "What failed" in bundle["text/html"]
    assert "✕" in bundle["text/plain"]


def test_without_widgets_the_report_itself_is_shown(audit, monkeypatch):
    monkeypatch.setattr("trustlab.report.controls.find_spec", lambda _name: None)
    report = Report(audit)
    assert report.widget() is report


def test_hostile_text_holds_no_markup_of_its_own(hostile):
    head, _, rows = widget(hostile).children
    rows.selected_index = 0
    top, below = rows.children[0].children
    for text in (head.value, below.value, top.children[1].value):
        assert "<img src=x" not in text
        assert "<script" not in text
