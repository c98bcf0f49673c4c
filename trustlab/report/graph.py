"""Directed graphs: in layers from left to right where the names fit, else a row for each node, arrows leading down."""

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
# With more arrows over several layers, their ways cannot be told apart.
_FEW_LEAPS = 2
# In the ladder: how far a layer stands right of the one before, how far apart the ways down from one layer's boxes are,
# and the room that an arrow's head wants.
_INDENT, _LANE, _HEAD = 26.0, 7.0, 10.0

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
    alt = f"{view_title(view)}. Graph of {number(len(names))} nodes and {number(len(edges))} arrows: " + "; ".join(
        f"{names[source]} to {names[target]}" for source, target, _ in edges[:12]
    )
    layers = layered(list(names), edges)
    column = {node: at for at, layer in enumerate(layers) for node in layer}
    leaps = [abs(column[target] - column[source]) > 1 for source, target, _ in edges]
    if sum(leaps) > _FEW_LEAPS or max(map(len, names.values())) * CHARACTER + _PAD > _box_width(len(layers)):
        return _ladder(names, edges, column, alt)
    tall = max(len(layer) for layer in layers)
    height = tall * (_BOX_HEIGHT + _ROW_GAP) + 2 * _PAD
    boxes = _boxes(layers, height)
    arrows = [_arrow(boxes, edge, _BOW if leap else 0.0) for edge, leap in zip(edges, leaps, strict=True)]
    nodes = [_node(boxes[node], name) for node, name in names.items()]
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


def _box_width(layers: int) -> float:
    return min((WIDTH - 2 * _PAD) / layers * (0.7 if layers > 1 else 0.9), 170.0)


def _boxes(layers: Sequence[Sequence[str]], height: float) -> dict[str, tuple[float, float, float]]:
    step = (WIDTH - 2 * _PAD) / len(layers)
    width = _box_width(len(layers))
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


def _ladder(names: Mapping[str, str], edges: Sequence[Edge], column: Mapping[str, int], alt: str) -> Markup:
    """Draw a row for each node, further right by its layer; what leads to it, in words, stands at the right."""
    rows = {node: at for at, node in enumerate(_downward(list(names), edges, column))}
    widest = max(_ladder_width(name) for name in names.values())
    indent = min(_INDENT, (WIDTH - 2 * _PAD - widest - 12 * CHARACTER) / max(*column.values(), 1))
    boxes = {
        node: (_PAD + column[node] * indent, _PAD + row * (_BOX_HEIGHT + _ROW_GAP), _ladder_width(names[node]))
        for node, row in rows.items()
    }
    lanes: dict[str, int] = {}
    for node in rows:
        lanes[node] = sum(column[other] == column[node] for other in lanes)
    arrows = [_elbow(boxes, edge, lanes[edge[0]], names) for edge in edges]
    right = max(x + width for x, _, width in boxes.values()) + 12
    told: dict[str, list[str]] = {node: [] for node in rows}
    for _, target, words in edges:
        told[target] += [words] if words and words not in told[target] else []
    notes = [
        label(right, boxes[node][1] + 17, ", ".join(words), width=WIDTH - right, kind="tl-m")
        for node, words in told.items()
        if words
    ]
    height = len(rows) * (_BOX_HEIGHT + _ROW_GAP) - _ROW_GAP + 2 * _PAD
    return svg(height, alt, *arrows, *(_node(boxes[node], name) for node, name in names.items()), *notes)


def _ladder_width(name: str) -> float:
    return min(max(len(name) * 1.1 * CHARACTER + 14, 60.0), 240.0)


def _downward(nodes: Sequence[str], edges: Sequence[Edge], column: Mapping[str, int]) -> list[str]:
    """Return the nodes so that each comes after what leads to it, and as soon after it as may be."""
    forward = [(source, target) for source, target, _ in edges if column[source] < column[target]]
    wanted = {node: len({source for source, target in forward if target == node}) for node in nodes}
    ready = [node for node in reversed(nodes) if not wanted[node]]
    ordered = []
    while ready:
        node = ready.pop()
        ordered.append(node)
        for target in reversed(list(dict.fromkeys(target for source, target in forward if source == node))):
            wanted[target] -= 1
            if not wanted[target]:
                ready.append(target)
    return ordered


def _elbow(boxes: Mapping[str, tuple[float, float, float]], edge: Edge, lane: int, names: Mapping[str, str]) -> Markup:
    """Draw an arrow down from its source and right to its target, or straight down into it where that is below."""
    (x1, y1, width), (x2, y2, other) = boxes[edge[0]], boxes[edge[1]]
    lanes = max(int((width - 2 * _PAD) / _LANE), 1)
    down, bottom, middle = x1 + _PAD + lane % lanes * _LANE, y1 + _BOX_HEIGHT, y2 + _BOX_HEIGHT / 2
    if y2 <= y1:
        # It closes a cycle: around the right side, back up.
        start, end = (x1 + width, y1 + _BOX_HEIGHT / 2), x2 + other
        bend = f"{start[0] + 40:.1f} {start[1]:.1f} {end + 40:.1f} {middle:.1f}"
        path = f"M{start[0]:.1f} {start[1]:.1f} C{bend} {end + 6:.1f} {middle:.1f}"
        head = [(end, middle), (end + 7, middle - 4), (end + 7, middle + 4)]
    elif x2 - down >= _HEAD:
        path = f"M{down:.1f} {bottom:.1f} V{middle:.1f} H{x2 - 6:.1f}"
        head = [(x2, middle), (x2 - 7, middle - 4), (x2 - 7, middle + 4)]
    else:
        lanes = max(int((min(x1 + width, x2 + other) - x2 - 10) / _LANE), 1)
        down = x2 + 5 + lane % lanes * _LANE
        path = f"M{down:.1f} {bottom:.1f} V{y2 - 6:.1f}"
        head = [(down, y2), (down - 4, y2 - 7), (down + 4, y2 - 7)]
    said = f"{names[edge[0]]} to {names[edge[1]]}{f': {edge[2]}' if edge[2] else ''}"
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in head)
    drawn = el("path", el("title", short(said, 200)), d=path, _class="tl-e")
    return join([drawn, el("polygon", points=points, _class="tl-h")])
