"""Directed graphs drawn in layers: what comes first stands left, arrows lead right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustlab.report.markup import Markup, el, join
from trustlab.report.svg import CHARACTER, WIDTH, label, rect, svg
from trustlab.report.words import number, short, view_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import Graph

MAX_NODES = 60
_BOX_HEIGHT, _ROW_GAP, _PAD = 26.0, 14.0, 8.0
# How far an arrow over several layers bends down, to pass below the boxes between its ends.
_BOW = 50.0

Edge = tuple[str, str, str]


def draw_graph(view: Graph) -> Markup | None:
    """Return a picture of the graph, or None where it has no nodes or too many to tell apart."""
    edges = [
        (str(row[0]), str(row[1]), str(row[2]) if len(row) > 2 and row[2] is not None else "") for row in view.rows
    ]
    names = {node: node for edge in edges for node in edge[:2]}
    names = {
        **{str(node): str(text or node) for node, text in view.nodes.items()},
        **{node: name for node, name in names.items() if node not in view.nodes},
    }
    if not names or len(names) > MAX_NODES:
        return None
    layers = layered(list(names), edges)
    tall = max(len(layer) for layer in layers)
    column = {node: at for at, layer in enumerate(layers) for node in layer}
    leaps = [abs(column[target] - column[source]) > 1 for source, target, _ in edges]
    height = tall * (_BOX_HEIGHT + _ROW_GAP) + 2 * _PAD
    boxes = _boxes(layers, height)
    arrows = [_arrow(boxes, edge, _BOW if leap else 0.0) for edge, leap in zip(edges, leaps, strict=True)]
    nodes = [_node(boxes[node], name) for node, name in names.items()]
    alt = f"{view_title(view)}. Graph of {number(len(names))} nodes and {number(len(edges))} arrows: " + "; ".join(
        f"{names[source]} to {names[target]}" for source, target, _ in edges[:12]
    )
    return svg(height + (_BOW / 2 if any(leaps) else 0), alt, *arrows, *nodes)


def layered(nodes: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Return the nodes in layers so that arrows lead forward; one that closes a cycle leads back.

    A node's layer is the length of the longest path to it; within a layer, nodes stand in the order of the middle of
    what leads to them, which keeps arrows from crossing more than they must.
    """
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target, _ in edges:
        if source != target:
            before[target].append(source)
    depth: dict[str, int] = {}
    for node in nodes:
        _settle(node, before, depth)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    place = {node: float(at) for at, node in enumerate(nodes)}
    for layer in layers:
        layer.sort(key=lambda node: _middle(before[node], place))
        place.update({node: at - len(layer) / 2 for at, node in enumerate(layer)})
    return layers


def _middle(sources: Sequence[str], place: Mapping[str, float]) -> float:
    return sum(place[source] for source in sources) / len(sources) if sources else 0.0


def _settle(start: str, before: Mapping[str, Sequence[str]], depth: dict[str, int]) -> None:
    """Give ``start`` and all that leads to it a layer, without recursion; an arrow on the open path counts as back."""
    path, waiting = {start}, [start]
    while waiting:
        node = waiting[-1]
        ahead = next((source for source in before[node] if source not in depth and source not in path), None)
        if ahead is not None:
            path.add(ahead)
            waiting.append(ahead)
            continue
        depth.setdefault(node, 1 + max((depth[source] for source in before[node] if source in depth), default=-1))
        path.discard(node)
        waiting.pop()


def _boxes(layers: Sequence[Sequence[str]], height: float) -> dict[str, tuple[float, float, float]]:
    step = (WIDTH - 2 * _PAD) / len(layers)
    width = min(step * (0.7 if len(layers) > 1 else 0.9), 170.0)
    boxes = {}
    for column, layer in enumerate(layers):
        row = (height - 2 * _PAD) / len(layer)
        for at, node in enumerate(layer):
            boxes[node] = (_PAD + column * step, _PAD + row * (at + 0.5) - _BOX_HEIGHT / 2, width)
    return boxes


def _node(box: tuple[float, float, float], name: str) -> Markup:
    x, y, width = box
    middle = label(x + width / 2, y + 17, name, anchor="middle", width=width - 8)
    return join([rect(x, y, width, _BOX_HEIGHT, "tl-n", short(name, 200)), middle])


def _arrow(boxes: Mapping[str, tuple[float, float, float]], edge: Edge, bow: float) -> Markup:
    (x1, y1, width), (x2, y2, _) = boxes[edge[0]], boxes[edge[1]]
    start, end = (x1 + width, y1 + _BOX_HEIGHT / 2), (x2, y2 + _BOX_HEIGHT / 2)
    bend = max(abs(end[0] - start[0]) * (0.25 if bow else 0.5), 18)
    path = (
        f"M{start[0]:.1f} {start[1]:.1f} C{start[0] + bend:.1f} {start[1] + bow:.1f} "
        f"{end[0] - bend:.1f} {end[1] + bow:.1f} {end[0] - 6:.1f} {end[1]:.1f}"
    )
    head = f"{end[0]:.1f},{end[1]:.1f} {end[0] - 7:.1f},{end[1] - 4:.1f} {end[0] - 7:.1f},{end[1] + 4:.1f}"
    parts = [el("path", d=path, _class="tl-e"), el("polygon", points=head, _class="tl-h")]
    if edge[2]:
        room = max(abs(end[0] - start[0]) - 4, 5 * CHARACTER)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.75 * bow - 4)
        parts.append(label(*middle, edge[2], anchor="middle", width=room, kind="tl-m"))
    return join(parts)
