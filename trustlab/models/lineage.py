"""What a version was made from and what was made of it: commits, the models trained on them, and audits of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trustlab.core import journal
from trustlab.models.registry import PREFIX, Registry
from trustlab.store.lineage import Key, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustlab.core.workspace import Workspace
    from trustlab.models.registry import ModelVersion
    from trustlab.store import Store
    from trustlab.store.lineage import Edge, Node
    from trustlab.store.records import Commit

SHORT = 12
GONE = "gone (removed by gc, or never pulled)"


def lineage(workspace: Workspace, store: Store, start: Commit, depth: int, limit: int) -> dict[str, Any]:
    """Return the graph around a commit, as JSON data.

    Parameters
    ----------
    depth : int
        At most so many steps up and down.
    limit : int
        At most so many nodes: commits first, then models, then audits, the nearest and newest of each.

    Returns
    -------
    dict
        ``start``, the id of its node; ``nodes``, each with id, kind (commit, model, audit), label, distance (below 0
        for what it was made from), hidden (neighbours further on that are left out), time, code, parameters, pipeline
        and what else its kind has; ``edges``, each with source, target, kind (made, trained, audited) and inputs;
        ``left_out``, how many are known beyond the depth and beyond the limit.
    """
    found = walk(store, start, depth, limit)
    graph = _Graph(depth, limit)
    graph.beyond_depth, graph.beyond_limit = found.beyond_depth, found.beyond_limit
    for node in found.nodes:
        graph.nodes[_commit_id(node.key)] = _commit(node)
    graph.edges += [_made(edge) for edge in found.edges]
    below = {node.key: node.distance for node in found.nodes if node.distance >= 0}
    _add_models(graph, workspace, below)
    _add_audits(graph, workspace, below)
    return {
        "start": _commit_id(Key(start.repo, start.id)),
        "depth": depth,
        "limit": limit,
        "nodes": list(graph.nodes.values()),
        "edges": graph.edges,
        "left_out": {"beyond_depth": graph.beyond_depth, "beyond_limit": graph.beyond_limit},
    }


@dataclass(slots=True)
class _Graph:
    depth: int
    limit: int
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)
    beyond_depth: int = 0
    beyond_limit: int = 0

    def add(self, node: dict[str, Any], sources: Mapping[str, int], kind: str) -> None:
        """Add what was made of others, by their ids and distances; where there is no room for it, count it."""
        far = 1 + min(sources.values())
        left_out = True
        if far > self.depth:
            self.beyond_depth += 1
        elif len(self.nodes) >= self.limit:
            self.beyond_limit += 1
        else:
            left_out = False
            self.nodes[node["id"]] = {**node, "distance": far, "hidden": 0}
        for source in sources:
            if left_out and source in self.nodes:
                self.nodes[source]["hidden"] += 1
            elif not left_out and source in self.nodes:
                self.edges.append({"source": source, "target": node["id"], "kind": kind, "inputs": []})


def _add_models(graph: _Graph, workspace: Workspace, below: Mapping[Key, int]) -> None:
    registry = Registry(workspace)
    for commit in dict.fromkeys(key.commit for key in below):
        # The registry knows commits by their ids alone, which are the same in every repo that holds them.
        sources = {_commit_id(key): far for key, far in below.items() if key.commit == commit}
        for version in registry.trained_on(commit):
            graph.add(_model(version), sources, "trained")


def _add_audits(graph: _Graph, workspace: Workspace, below: Mapping[Key, int]) -> None:
    models = {(node["name"], node["version"]): node for node in graph.nodes.values() if node["kind"] == "model"}
    met = set()
    for document in _audits(workspace, {key.commit for key in below}, {name for name, _ in models}):
        audited = document.get("model") or {}
        model = models.get((audited.get("name"), audited.get("version")))
        commit = (document.get("data") or {}).get("commit")
        sources = {_commit_id(key): far for key, far in below.items() if key.commit == commit}
        if model is not None:
            sources[model["id"]] = model["distance"]
        run = document["provenance"]["run"]
        if sources and run not in met:
            met.add(run)
            graph.add(_audit(document), sources, "audited")


def _audits(workspace: Workspace, commits: set[str], models: set[str]) -> Iterator[dict[str, Any]]:
    yield from journal.about(workspace, "audit", ("data", "commit"), commits)
    yield from journal.about(workspace, "audit", ("model", "name"), models)


def _commit_id(key: Key) -> str:
    return f"commit:{key.repo}@{key.commit}"


def _commit(node: Node) -> dict[str, Any]:
    commit, label = node.commit, f"{node.key.repo}@{node.key.commit[:SHORT]}"
    told = commit.provenance if commit else {}
    inputs = told.get("inputs")
    return {
        "id": _commit_id(node.key),
        "kind": "commit",
        "label": label,
        "distance": node.distance,
        "hidden": node.hidden,
        "state": "kept" if commit else GONE,
        "repo": node.key.repo,
        "commit": node.key.commit,
        "time": commit.time if commit else None,
        "author": commit.author if commit else None,
        "message": commit.message if commit else None,
        "operation": told.get("operation"),
        "source": told.get("source"),
        "inputs_known": isinstance(inputs, list),
        **{name: told.get(name) for name in ("code", "parameters", "pipeline")},
    }


def _made(edge: Edge) -> dict[str, Any]:
    return {
        "source": _commit_id(edge.source),
        "target": _commit_id(edge.target),
        "kind": "made",
        "inputs": [{"path": item.path, "role": item.role} for item in edge.inputs],
    }


def _model(version: ModelVersion) -> dict[str, Any]:
    told = {name.removeprefix(PREFIX): value for name, value in version.tags.items() if name.startswith(PREFIX)}
    code, run = told.get("code_hash"), told.get("data.run")
    return {
        "id": f"model:{version.name}@{version.version}",
        "kind": "model",
        "label": f"{version.name} v{version.version}",
        "name": version.name,
        "version": version.version,
        "champion": version.champion,
        "time": version.created,
        "audit_status": told.get("audit_status"),
        "code": {"hash": code} if code else None,
        "parameters": dict(version.params),
        "pipeline": {"name": told.get("data.pipeline"), "run": run, "step": told.get("data.step")} if run else None,
    }


def _audit(document: Mapping[str, Any]) -> dict[str, Any]:
    told = document["provenance"]
    return {
        "id": f"audit:{told['run']}",
        "kind": "audit",
        "label": f"audit {told['run'][:8]}: {document['status']}",
        "run": told["run"],
        "status": document["status"],
        "time": told["started"],
        "summary": document["summary"],
        "policy": document.get("policy"),
        "model": document.get("model"),
        "code": None,
        "parameters": told.get("parameters"),
        "pipeline": told.get("pipeline"),
    }
