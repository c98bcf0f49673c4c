"""Views as plotly figures, one function per view kind, for the notebook's controls and dashboards."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from trustlab.core.views import Graph, Image, Matrix, Series, Text
from trustlab.report.curves import curves, drawable
from trustlab.report.graph import layered
from trustlab.report.pictures import draw_image
from trustlab.report.tables import readable
from trustlab.report.words import SERIES_COLOURS, between, short, view_title, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.core.views import View

MAX_ROWS = 200
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def said(text: object) -> str:
    """Return text for plotly, which reads some tags in its labels: here none is one."""
    return escape(visible(text), quote=False)


def figure(view: View) -> Any:
    """Return one view as a plotly figure.

    Parameters
    ----------
    view : View
        Any kind.

    Returns
    -------
    plotly.graph_objects.Figure
        Titled and captioned; nothing in it is fetched.
    """
    drawn = _FIGURES.get(view.kind, _table)(view)
    drawn.update_layout(title=said(view_title(view)), template="plotly_white", margin={"t": 50, "b": 60})
    if view.caption:
        place = {"xref": "paper", "yref": "paper", "x": 0, "y": -0.18, "showarrow": False, "align": "left"}
        drawn.add_annotation(text=said(short(view.caption, 160)), **place)
    return drawn


def _table(view: View) -> Any:
    import plotly.graph_objects as go

    shown = readable(view, MAX_ROWS)
    columns = [[said(row[at]) for row in shown.rows] for at in range(len(shown.headers))]
    align = ["right" if right else "left" for right in shown.numeric]
    headers = {"values": [said(name) for name in shown.headers], "align": align}
    return go.Figure(go.Table(header=headers, cells={"values": columns, "align": align}))


def _scalar(view: View) -> Any:
    import plotly.graph_objects as go

    shown = readable(view, 1)
    text = "  ".join(shown.rows[0]) if shown.rows else "no number"
    drawn = go.Figure()
    drawn.add_annotation(text=said(text), showarrow=False, font={"size": 24})
    return _bare(drawn, 160)


def _series(view: View) -> Any:
    import plotly.graph_objects as go

    assert isinstance(view, Series)
    drawn = go.Figure()
    for at, curve in enumerate(curves(view)):
        xs = [said(point[0]) if isinstance(point[0], str) else point[0] for point in curve.points]
        ys = [point[1] for point in curve.points]
        ends = [(point[2], point[3]) for point in curve.points]
        colour, dash = SERIES_COLOURS[at % len(SERIES_COLOURS)], _DASHES[at % len(_DASHES)]
        fields = {"x": xs, "y": ys, "name": said(curve.name)}
        fields["hovertext"] = [said(between(y, *end)) for y, end in zip(ys, ends, strict=True)]
        if any(low is not None for low, _ in ends):
            up = [None if y is None or high is None else high - y for y, (_, high) in zip(ys, ends, strict=True)]
            down = [None if y is None or low is None else y - low for y, (low, _) in zip(ys, ends, strict=True)]
            fields["error_y"] = {"type": "data", "symmetric": False, "array": up, "arrayminus": down}
        if view.mark == "bar":
            drawn.add_trace(go.Bar(**fields, marker_color=colour))
        else:
            mode = "markers" if view.mark == "point" else "lines+markers"
            drawn.add_trace(
                go.Scatter(**fields, mode=mode, line={"color": colour, "dash": dash}, marker_symbol=at % 10)
            )
    for name, level in drawable(view.reference).items():
        drawn.add_hline(level, line_dash="dash", annotation_text=said(name))
    return drawn.update_layout(xaxis_title=said(view.x), hovermode="closest")


def _matrix(view: View) -> Any:
    import plotly.graph_objects as go

    assert isinstance(view, Matrix)
    rows = view.rows[:MAX_ROWS]
    cells = [list(row[1:]) for row in rows]
    names = [said(row[0]) for row in rows]
    heat = go.Heatmap(z=cells, x=[said(name) for name in view.columns[1:]], y=names, colorscale="Cividis")
    drawn = go.Figure(heat).update_yaxes(autorange="reversed", title=said(view.row_axis))
    return drawn.update_xaxes(title=said(view.column_axis))


def _distribution(view: View) -> Any:
    import plotly.graph_objects as go

    rows = view.rows[:MAX_ROWS]
    bins = [said(row[0]) for row in rows]
    bars = [
        go.Bar(x=bins, y=[row[at] for row in rows], name=said(name), marker_color=SERIES_COLOURS[(at - 1) % 6])
        for at, name in enumerate(view.columns)
        if at
    ]
    return go.Figure(bars).update_layout(barmode="group", yaxis_title="share")


def _image(view: View) -> Any:
    import plotly.graph_objects as go

    assert isinstance(view, Image)
    drawn = go.Figure()
    # The same look at the bytes as everywhere: what is no PNG is words only.
    if draw_image(view) is None:
        drawn.add_annotation(text=said(short(view.alt, 200)), showarrow=False)
        return _bare(drawn, 160)
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "sizex": 1, "sizey": 1}
    drawn.add_layout_image(source=f"data:image/png;base64,{view.png}", **place)
    return _bare(drawn, 360)


def _text(view: View) -> Any:
    import plotly.graph_objects as go

    assert isinstance(view, Text)
    lines = [said(line) for line in view.text[:4000].split("\n")]
    drawn = go.Figure()
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "align": "left", "showarrow": False}
    drawn.add_annotation(text="<br>".join(lines), **place)
    return _bare(drawn, max(160, 20 * len(lines)))


def _graph(view: View) -> Any:
    import plotly.graph_objects as go

    assert isinstance(view, Graph)
    edges = [(str(row[0]), str(row[1]), "") for row in view.rows[:MAX_ROWS]]
    nodes = list(dict.fromkeys([*map(str, view.nodes), *(end for edge in edges for end in edge[:2])]))
    drawn = go.Figure()
    if not nodes:
        return _bare(drawn, 160)
    at = {
        node: (column, -(row - len(layer) / 2))
        for column, layer in enumerate(layered(nodes, edges))
        for row, node in enumerate(layer)
    }
    names = [said(view.nodes.get(node) or node) for node in nodes]
    xs, ys = [at[node][0] for node in nodes], [at[node][1] for node in nodes]
    drawn.add_trace(
        go.Scatter(x=xs, y=ys, text=names, mode="markers+text", textposition="top center", hoverinfo="text")
    )
    for source, target, _ in edges:
        (x, y), (ax, ay) = at[target], at[source]
        drawn.add_annotation(x=x, y=y, ax=ax, ay=ay, axref="x", ayref="y", showarrow=True, arrowhead=2, text="")
    return _bare(drawn, 360)


def _bare(drawn: Any, height: int) -> Any:
    return drawn.update_xaxes(visible=False).update_yaxes(visible=False).update_layout(height=height)


_FIGURES: dict[str, Callable[[View], Any]] = {
    "scalar": _scalar,
    "table": _table,
    "series": _series,
    "matrix": _matrix,
    "distribution": _distribution,
    "image": _image,
    "text": _text,
    "graph": _graph,
}
