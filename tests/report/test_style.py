from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from trustlab.report.style import DARK, LIGHT, report_css, standalone_css

_spec = importlib.util.spec_from_file_location("contrast_of_words", Path(__file__).with_name("test_words.py"))
_words = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_words)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("ink", ["ink", "soft", "link"])
@pytest.mark.parametrize("paper", ["page", "box"])
def test_text_is_readable_on_light_and_dark(palette, ink, paper):
    assert _words.contrast(palette[ink], palette[paper]) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize(
    "css", [report_css(notebook=True), report_css(notebook=False), standalone_css({"tl-t", "tl-f0"})]
)
def test_styles_fetch_nothing_and_are_balanced(css):
    assert "url(" not in css
    assert "@import" not in css
    assert css.count("{") == css.count("}")


def test_a_notebook_keeps_its_own_look_outside_the_report():
    css = report_css(notebook=True)
    assert "var(--jp-content-font-color1, #1b1f24)" in css
    lines = [line for line in css.splitlines() if line and line[0] not in "@}"]
    foreign = [line for line in lines if "{" in line and not line.startswith((".trustlab", ".tl-"))]
    assert foreign == []
