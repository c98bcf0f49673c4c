from __future__ import annotations

import json

import pytest

from trustlab.core.views import VIEW_KINDS, Series
from trustlab.report import plotly
from trustlab.report.plotly import figure


def test_every_kind_has_a_function_of_its_own():
    assert set(plotly._FIGURES) == set(VIEW_KINDS)
    assert len(set(plotly._FIGURES.values())) == len(VIEW_KINDS)


def test_every_view_is_a_figure_and_hostile_text_is_escaped(every_view, hostile_text):
    for view in every_view(hostile_text):
        drawn = json.loads(figure(view).to_json())
        said = json.dumps({key: drawn[key] for key in ("data", "layout")} | {"template": None})
        assert "<img" not in said.replace(json.dumps(drawn["layout"].get("template")), "")
        assert "&lt;img" in said, view.kind


def test_a_series_carries_its_numbers_and_its_interval():
    view = Series(
        name="s", columns=["x", "y", "y_lo", "y_hi"], rows=[[0, 1.0, 0.5, 2.0], [1, None, None, None]], x="x", y=["y"]
    )
    trace = figure(view).data[0]
    assert list(trace.y) == [1.0, None]
    assert trace.error_y.array[0] == pytest.approx(1.0)
    assert trace.error_y.arrayminus[0] == pytest.approx(0.5)
