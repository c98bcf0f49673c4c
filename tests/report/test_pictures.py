from __future__ import annotations

import re
from itertools import pairwise
from xml.dom import minidom

import pytest

from trustlab.core.result import Result, Threshold
from trustlab.core.views import Distribution, Graph, Matrix, Scalar, Series, Table, Text
from trustlab.report.graph import layered
from trustlab.report.pictures import picture
from trustlab.report.rowplot import draw_headline
from trustlab.report.svg import Scale, scale


def shapes(drawn, tag, kind=None):
    found = minidom.parseString(drawn).getElementsByTagName(tag)
    return [one for one in found if kind is None or one.getAttribute("class") == kind]


def number(node, name):
    return float(node.getAttribute(name))


def test_every_view_kind_draws_well_formed_xml(every_view, hostile_text):
    for view in every_view(hostile_text):
        drawn = picture(view)
        assert (drawn is None) == isinstance(view, Text)
        if drawn:
            minidom.parseString(drawn)


@pytest.mark.parametrize(
    "view",
    [
        Table(name="t", columns=["a", "a_lo", "a_hi"]),
        Table(name="t", columns=["a"], rows=[[1]]),
        Table(name="t", columns=["a", "a_lo", "a_hi"], rows=[["x", None, None]]),
        Scalar(name="s", columns=["value"], rows=[[None]]),
        Series(name="s", columns=["x", "y"], x="x", y=["y"]),
        Series(name="s", columns=["x", "y"], rows=[[1, None]], x="x", y=["y"]),
        Series(name="s", columns=["x", "y"], rows=[[1, 2]], x="absent", y=["y", "absent"]),
        Series(name="s", columns=["x", "y"], rows=[[1, None]], x="x", y=["y"], mark="bar"),
        Matrix(name="m", columns=["a"], rows=[["x"]]),
        Distribution(name="d", columns=["bin", "now"], rows=[["a", None]]),
        Graph(name="g", columns=["source", "target", "label"]),
    ],
)
def test_numbers_that_make_no_picture_make_none(view):
    assert picture(view) is None


@pytest.mark.parametrize("value", [0, 1, -3, 1e-12, 1e18, 0.5])
@pytest.mark.parametrize("mark", ["line", "point", "bar"])
def test_one_value_or_equal_values_still_draw(value, mark):
    view = Series(
        name="s",
        columns=["x", "y"],
        rows=[["a", value], ["b", value]],
        x="x",
        y=["y"],
        mark=mark,
        reference={"no": float("nan")},
    )
    drawn = picture(view)
    assert "nan" not in drawn
    assert "inf" not in drawn
    minidom.parseString(drawn)


def test_bars_are_as_long_as_their_numbers():
    view = Series(name="s", columns=["f", "y"], rows=[["a", 1.0], ["b", 2.0], ["c", -1.0]], x="f", y=["y"], mark="bar")
    one, two, minus = shapes(picture(view), "rect", "tl-f0")
    assert number(two, "width") == pytest.approx(2 * number(one, "width"), rel=0.01)
    assert number(minus, "x") + number(minus, "width") == pytest.approx(number(one, "x"), abs=0.1)


def test_columns_are_as_tall_as_their_shares():
    view = Distribution(name="d", columns=["bin", "then", "now"], rows=[["a", 0.1, 0.2], ["b", 0.4, 0.3]])
    drawn = picture(view)
    heights = [number(one, "height") for kind in ("tl-f0", "tl-f1") for one in shapes(drawn, "rect", kind)]
    then_a, then_b, now_a, now_b = heights
    assert then_b == pytest.approx(4 * then_a, rel=0.01)
    assert now_b == pytest.approx(1.5 * now_a, rel=0.01)


def test_points_stand_between_the_ends_of_their_interval():
    view = Table(name="t", columns=["g", "r", "r_lo", "r_hi"], rows=[["a", 0.2, 0.1, 0.4]])
    drawn = picture(view)
    (point,) = shapes(drawn, "circle")
    whisker = shapes(drawn, "line", "tl-s0")[0]
    low, high, at = number(whisker, "x1"), number(whisker, "x2"), number(point, "cx")
    assert (at - low) / (high - low) == pytest.approx(1 / 3, abs=0.01)


def test_a_gap_in_the_numbers_is_a_gap_in_the_line():
    rows = [[0, 1.0], [1, 2.0], [2, None], [3, 1.0], [4, 2.0]]
    drawn = picture(Series(name="s", columns=["x", "y"], rows=rows, x="x", y=["y"]))
    assert len(shapes(drawn, "polyline")) == 2


def test_size_does_not_follow_the_rows():
    def size(rows):
        line = Series(name="s", columns=["x", "y"], rows=[[at, at % 7] for at in range(rows)], x="x", y=["y"])
        bars = Series(
            name="s", columns=["x", "y"], rows=[[f"n{at}", at % 7] for at in range(rows)], x="x", y=["y"], mark="bar"
        )
        table = Table(
            name="t", columns=["g", "r", "r_lo", "r_hi"], rows=[[f"g{at}", 0.2, 0.1, 0.4] for at in range(rows)]
        )
        wide = Matrix(
            name="m", columns=["r", *map(str, range(rows))], rows=[[f"r{at}", *range(rows)] for at in range(rows)]
        )
        return [len(picture(view) or "") for view in (line, bars, table, wide)]

    assert max(size(1000)) < 150_000
    assert all(large <= 1.6 * small for small, large in zip(size(300), size(1200), strict=True))


def test_a_heat_map_tells_plus_from_minus_and_missing():
    drawn = picture(Matrix(name="m", columns=["r", "a", "b", "c"], rows=[["x", 1.0, -1.0, None]]))
    kinds = [one.getAttribute("class") for one in shapes(drawn, "rect")]
    assert kinds == ["tl-q8", "tl-w8", "tl-k"]


def test_arrows_lead_forward_and_cycles_end():
    edges = [("a", "b", ""), ("b", "c", ""), ("a", "c", ""), ("c", "d", "")]
    assert layered(list("abcd"), edges) == [["a"], ["b"], ["c"], ["d"]]
    cycle = [("a", "b", ""), ("b", "a", ""), ("b", "b", "")]
    assert sorted(node for layer in layered(["a", "b"], cycle) for node in layer) == ["a", "b"]
    chain = [(str(at), str(at + 1), "") for at in range(5000)]
    assert len(layered([str(at) for at in range(5001)], chain)) == 5001


def test_nodes_of_a_graph_are_all_drawn():
    view = Graph(
        name="g", columns=["source", "target", "label"], rows=[["a", "b", "go"]], nodes={"a": "first", "z": "alone"}
    )
    drawn = picture(view)
    assert len(shapes(drawn, "rect", "tl-n")) == 3
    assert len(shapes(drawn, "path", "tl-e")) == 1
    assert {"first", "b", "alone", "go"} <= set(re.findall(r">([^<]+)</text>", drawn))


def ladder(edges, **nodes):
    names = {end: f"a name that no column has room for {end}" for edge in edges for end in edge[:2]} | nodes
    return picture(Graph(name="g", columns=["source", "target", "label"], rows=edges, nodes=names))


def test_names_that_fit_no_column_get_a_row_each():
    edges = [("a", "b", "go"), ("b", "d", ""), ("a", "c", "no"), ("c", "d", ""), ("d", "e", "go")]
    drawn = ladder(edges)
    boxes = {one.getElementsByTagName("title")[0].firstChild.data[-1]: one for one in shapes(drawn, "rect", "tl-n")}
    tops = {name: float(box.getAttribute("y")) for name, box in boxes.items()}
    assert len(set(tops.values())) == 5, "no two share a row"
    assert all(tops[source] < tops[target] for source, target, _ in edges), "arrows lead down"
    starts = {name: float(box.getAttribute("x")) for name, box in boxes.items()}
    assert starts["a"] < starts["b"] == starts["c"] < starts["d"] < starts["e"]
    said = [one.getElementsByTagName("title")[0].firstChild.data for one in shapes(drawn, "path", "tl-e")]
    assert len(said) == 5
    assert said[0].endswith(": go")
    assert {"go", "no"} <= set(re.findall(r">([^<]+)</text>", drawn))


def test_ways_down_of_one_layer_do_not_lie_on_each_other():
    edges = [(f"s{n}", f"t{n % 2}", "") for n in range(6)]
    drawn = ladder(edges)
    ways = [re.match(r"M([0-9.]+) ", one.getAttribute("d")).group(1) for one in shapes(drawn, "path", "tl-e")]
    assert len(set(ways)) == 6


def test_a_long_chain_and_a_cycle_stay_within_the_picture():
    chain = [(f"n{at}", f"n{at + 1}", "step") for at in range(50)]
    for edges in (chain, [*chain[:10], ("n9", "n2", "back"), ("n3", "n3", "")]):
        drawn = ladder(edges)
        width, height = (float(number) for number in re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn).groups())
        for box in shapes(drawn, "rect", "tl-n"):
            x, y, wide, high = (float(box.getAttribute(name)) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert x + wide <= width
            assert y + high <= height
        for way in shapes(drawn, "path", "tl-e"):
            assert all(float(number) >= 0 for number in re.findall(r"-?[0-9.]+", way.getAttribute("d")))


def test_ticks_are_round_and_inside():
    assert Scale(0, 1, 0, 100).ticks() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert Scale(-3, 17, 0, 1).ticks() == pytest.approx([0, 5, 10, 15])
    assert scale([0.2, 0.9], 0, 1).high <= 1
    assert scale([2.0, 2.0], 0, 1).low < 2 < scale([2.0, 2.0], 0, 1).high


def test_a_headline_is_drawn_against_its_limits():
    result = Result(id="a.b", value=0.3, interval=(0.2, 0.4), threshold=Threshold(0.1, 0.25, "a law"))
    drawn = draw_headline(result)
    assert len(shapes(drawn, "line", "tl-r")) == 2
    assert "a law" in drawn
    assert draw_headline(Result(id="a.b", value=0.3)) is None


def test_large_numbers_have_room_and_times_do_not_overlap():
    times = [f"2026-11-{day:02d}T06:00:03.120456+00:00" for day in range(1, 29)]
    rows = [[time, 30_000_000 * at] for at, time in enumerate(times, 1)]
    drawn = picture(Series(name="growth", columns=["time", "bytes"], rows=rows, x="time", y=["bytes"]))
    labels = re.findall(r'<text x="([^"]+)" y="([^"]+)" text-anchor="(\w+)"[^>]*>([^<]*)</text>', drawn)
    upright = [(float(x), said) for x, _, anchor, said in labels if anchor == "end" and "," in said]
    assert min(x - 6.6 * len(said) for x, said in upright) >= 0
    below = sorted((float(x), said) for x, _, _, said in labels if said.startswith("2026-11-"))
    assert len(below) > 3
    assert all(len(said) == 10 for _, said in below)
    assert all(after - before > 10 * 5.5 for (before, _), (after, _) in pairwise(below))
