"""How `trust data show` tells where a version came from: rows, a picture and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.core.counted import counted
from trustlab.core.views import Graph, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustlab.core.views import View

NOT_RECORDED = "not recorded"
DIGITS, PICTURE_DIGITS = 12, 8


def origin_rows(origin: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a provenance as pairs of what it says and in which words; what it is silent on is said too."""
    known = {
        "operation": str(origin.get("operation") or NOT_RECORDED),
        "source": _source(origin.get("source")),
        "made from": _inputs(origin.get("inputs")),
        "code": _code(origin.get("code")),
        "parameters": _parameters(origin.get("parameters")),
        "pipeline": _pipeline(origin.get("pipeline")),
    }
    shape = ("operation", "source", "inputs", "code", "parameters", "pipeline")
    return [*known.items(), *((str(name), str(value)) for name, value in origin.items() if name not in shape)]


def lineage_views(lineage: Mapping[str, Any]) -> list[View]:
    """Return what `trustlab.models.lineage.lineage` found as a picture and a table."""
    nodes = sorted(lineage["nodes"], key=lambda node: (node["distance"], str(node["time"])))
    names = {node["id"]: node for node in nodes}
    edges = [(edge["source"], edge["target"], _relation(edge, names)) for edge in lineage["edges"]]
    return [
        Graph(
            name="lineage",
            title="Lineage",
            columns=("source", "target", "label"),
            rows=edges,
            nodes={node["id"]: _short(node, node["id"] == lineage["start"]) for node in nodes},
            caption=_left_out(lineage["left_out"]) or None,
        ),
        Table(
            name="lineage_table",
            title="What it was made from, and what was made of it",
            columns=("where", "what", "from", "by", "code", "parameters", "time"),
            rows=[_row(node, lineage["edges"], names) for node in nodes],
            caption="read: the same process had read it before; given: its author named it.",
        ),
    ]


def sentence(lineage: Mapping[str, Any]) -> str:
    """Return in words how much there is above and below, and what was left out."""
    above = [node for node in lineage["nodes"] if node["distance"] < 0]
    below = [node for node in lineage["nodes"] if node["distance"] > 0]
    start = next(node for node in lineage["nodes"] if node["id"] == lineage["start"])
    silent = "no inputs" if start["inputs_known"] else "inputs not recorded"
    said = f"Above it: {_counts(above) or silent}. Below it: {_counts(below) or 'nothing'}."
    return " ".join(filter(None, (said, _left_out(lineage["left_out"]))))


def further(lineage: Mapping[str, Any]) -> list[str]:
    """Return the commands that walk on: deeper where something is left out, then to the nearest neighbours."""
    start = next(node for node in lineage["nodes"] if node["id"] == lineage["start"])
    deeper = []
    if lineage["left_out"]["beyond_depth"]:
        deeper = [f"%trust data show {start['label']} --provenance --depth {min(2 * lineage['depth'] + 1, 100)}"]
    near = [node for node in lineage["nodes"] if abs(node["distance"]) == 1 and node["kind"] == "commit"]
    kept = [node["label"] for node in near if node["state"] == "kept"]
    return [*deeper, *(f"%trust data show {label} --provenance" for label in kept[:2])]


def _counts(nodes: Sequence[Mapping[str, Any]]) -> str:
    words = {"commit": "version", "model": "model", "audit": "audit"}
    numbers = {word: sum(node["kind"] == kind for node in nodes) for kind, word in words.items()}
    return ", ".join(counted(number, word) for word, number in numbers.items() if number)


def _left_out(left_out: Mapping[str, int]) -> str:
    parts = []
    if left_out["beyond_depth"]:
        parts.append(f"{left_out['beyond_depth']:,} more further away (--depth)")
    if left_out["beyond_limit"]:
        parts.append(f"{left_out['beyond_limit']:,} more over the limit (--limit)")
    return f"Left out: {' and '.join(parts)}, and what may lie behind them." if parts else ""


def _short(node: Mapping[str, Any], is_start: bool) -> str:
    name = _name(node, PICTURE_DIGITS)
    name += " (this)" if is_start else " (gone)" if node.get("state", "kept") != "kept" else ""
    return f"{name} +{node['hidden']}" if node["hidden"] else name


def _relation(edge: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    pipeline = nodes[edge["target"]]["pipeline"]
    step = str(pipeline.get("step") or "") if isinstance(pipeline, dict) else ""
    if edge["kind"] == "made":
        return step
    return f"{edge['kind']} in {step}" if step else str(edge["kind"])


def _row(node: Mapping[str, Any], edges: Sequence[Mapping[str, Any]], names: Mapping[str, Any]) -> tuple[Any, ...]:
    distance = node["distance"]
    where = "this" if not distance else f"{abs(distance)} {'up' if distance < 0 else 'down'}"
    sources = [f"{names[edge['source']]['label']}{_how(edge)}" for edge in edges if edge["target"] == node["id"]]
    what = _name(node, DIGITS)
    if node["kind"] == "commit":
        what = f"{what} {node['message'] or ''}".strip() if node["state"] == "kept" else f"{what}: {node['state']}"
    by = _pipeline(node["pipeline"]) if node["pipeline"] else node.get("operation")
    # An audit's are in its own document (trust runs RUN).
    given = _parameters(node["parameters"]) if node["parameters"] and node["kind"] != "audit" else ""
    time = f"{str(node['time'])[:19]}Z" if node["time"] else None
    return (where, what, ", ".join(sources), by, _code(node["code"], ""), given, time)


def _name(node: Mapping[str, Any], digits: int) -> str:
    if node["kind"] == "commit":
        return f"{node['repo']}@{node['commit'][:digits]}"
    return f"model {node['label']}" if node["kind"] == "model" else str(node["label"])


def _how(edge: Mapping[str, Any]) -> str:
    told = [item["path"] for item in edge["inputs"] if item["path"]]
    roles = sorted({item["role"] for item in edge["inputs"] if item["role"]})
    return (f":{told[0]}" if len(told) == 1 else f" ({counted(len(told), 'file')})" if told else "") + (
        f" ({', '.join(roles)})" if roles else ""
    )


def _source(source: Any) -> str:
    if not isinstance(source, dict):
        return str(source or NOT_RECORDED)
    more = [f"{name}={value}" for name, value in source.items() if name not in {"kind", "name"}]
    return " ".join([str(source.get("kind", "")), str(source.get("name", "")), *more]).strip()


def _inputs(inputs: Any) -> str:
    from trustlab.store.lineage import inputs_of

    if not isinstance(inputs, list):
        return NOT_RECORDED
    found = [
        f"{item.repo}@{item.commit[:DIGITS]}"
        + (f":{item.path}" if item.path else "")
        + (f" ({item.role})" if item.role else "")
        for item in inputs_of({"inputs": inputs})
    ]
    return ", ".join(found) or ("none" if not inputs else NOT_RECORDED)


def _code(code: Any, silent: str = NOT_RECORDED) -> str:
    if not isinstance(code, dict):
        return str(code or silent)
    return f"{code.get('file') or ''} {str(code.get('hash'))[:DIGITS]}".strip()


def _parameters(parameters: Any) -> str:
    if not isinstance(parameters, dict):
        return str(parameters or NOT_RECORDED)
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "none"


def _pipeline(pipeline: Any) -> str:
    if not isinstance(pipeline, dict):
        return str(pipeline or "none")
    revision = f" revision {pipeline['revision']}," if pipeline.get("revision") is not None else ""
    return f"{pipeline.get('name')},{revision} step {pipeline.get('step')}, run {pipeline.get('run')}"
