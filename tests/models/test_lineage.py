from types import SimpleNamespace

import pytest

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.data.dataset import store_of
from trustlab.models.lineage import GONE, lineage
from trustlab.store.branches import delete_branch
from trustlab.store.gc import gc
from trustlab.store.refs import resolve


@pytest.fixture
def tiny(playground):
    """The tiny workspace: lender v1 is trained on the newest loans, and audited on them."""
    context = Context(folder=playground, progress=False, notice=lambda _sentence: None)
    workspace = context.workspace
    return SimpleNamespace(context=context, workspace=workspace, store=store_of(workspace))


def graph(tiny, ref, depth=5, limit=50):
    return lineage(tiny.workspace, tiny.store, resolve(tiny.store, ref), depth, limit)


def edges(found):
    labels = {node["id"]: node["label"].split(":")[0].split(" ")[0].split("@")[0] for node in found["nodes"]}
    return sorted((labels[edge["source"]], labels[edge["target"]], edge["kind"]) for edge in found["edges"])


def test_models_and_audits_hang_below_the_data_they_come_from(tiny):
    found = graph(tiny, "loans@main")
    assert [(node["kind"], node["distance"]) for node in found["nodes"]] == [("commit", 0), ("model", 1), ("audit", 1)]
    assert edges(found) == [
        ("lender", "audit", "audited"),
        ("loans", "audit", "audited"),
        ("loans", "lender", "trained"),
    ]
    model, audit = found["nodes"][1:]
    assert (model["name"], model["version"], model["champion"], len(model["code"]["hash"])) == ("lender", 1, True, 64)
    assert (audit["status"], audit["policy"], audit["model"]["version"]) == ("pass", "performance", 1)
    assert [node["kind"] for node in graph(tiny, "loans@main~1")["nodes"]] == ["commit"]


def test_an_audit_on_other_data_hangs_below_its_model_alone(tiny):
    run("audit", {"model": "lender@1", "data": "loans_later.csv", "only": ["performance.metrics"]}, tiny.context)
    found = graph(tiny, "loans@main")
    assert edges(found).count(("lender", "audit", "audited")) == 2
    assert edges(found).count(("loans", "audit", "audited")) == 1
    assert sorted(node["distance"] for node in found["nodes"]) == [0, 1, 1, 2]


def test_what_is_above_has_no_models_of_its_own(tiny):
    run("data.commit", {"repo": "made", "source": [("f", b"f")], "input": ["loans@main"]}, tiny.context)
    found = graph(tiny, "made")
    assert [(node["kind"], node["distance"]) for node in found["nodes"]] == [("commit", 0), ("commit", -1)]
    assert found["edges"][0]["inputs"] == [{"path": None, "role": "given"}]


def test_depth_and_limit_count_models_and_audits_too(tiny):
    shallow = graph(tiny, "loans@main", depth=0)
    assert [node["hidden"] for node in shallow["nodes"]] == [2]
    assert shallow["left_out"] == {"beyond_depth": 2, "beyond_limit": 0}
    tight = graph(tiny, "loans@main", limit=2)
    assert [(node["kind"], node["hidden"]) for node in tight["nodes"]] == [("commit", 1), ("model", 1)]
    assert tight["left_out"] == {"beyond_depth": 0, "beyond_limit": 1}


def test_an_input_that_gc_removed_is_named_as_gone(tiny):
    lost = run("data.commit", {"repo": "loans", "source": [("f", b"f")], "branch": "scratch"}, tiny.context).value
    run("data.commit", {"repo": "made", "source": [("g", b"g")], "input": ["loans@scratch"]}, tiny.context)
    delete_branch(tiny.store, "loans", "scratch")
    gc(tiny.store)
    (above,) = (node for node in graph(tiny, "made")["nodes"] if node["distance"] < 0)
    assert (above["commit"], above["state"], above["message"]) == (lost, GONE, None)


def test_a_workspace_without_models_needs_no_mlflow(tmp_path, monkeypatch):
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    context = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    run("data.commit", {"repo": "r", "source": [("f", b"f")]}, context)
    store = store_of(context.workspace)
    found = lineage(context.workspace, store, resolve(store, "r"), 5, 50)
    assert len(found["nodes"]) == 1
    assert not (context.workspace.root / "mlflow.db").exists()


def test_many_audits_are_counted_and_not_all_shown(tiny):
    template = journal.document(tiny.workspace, next(iter(_runs(tiny))))
    for n in range(60):
        _write_audit(tiny, template, f"{n:032x}", n)
    found = graph(tiny, "loans@main", limit=10)
    assert len(found["nodes"]) == 10
    assert found["left_out"]["beyond_limit"] == 61 - 8
    times = [node["time"] for node in found["nodes"] if node["kind"] == "audit"]
    assert times == sorted(times, reverse=True)


def _runs(tiny):
    return [row["id"] for row in journal.read(tiny.workspace, operation="audit")[0]]


def _write_audit(tiny, template, run_id, second):
    payload = {name: template[name] for name in ("model", "data", "policy")}
    provenance = {**template["provenance"], "run": run_id, "started": f"2027-01-01T00:00:{second:02d}+00:00"}
    document = Document(
        operation="audit",
        title="Audit",
        status=Status.PASS,
        results=[],
        payload=payload,
        summary="",
        views=[],
        advice=[],
        provenance=provenance,
    )
    journal.write(tiny.workspace, document)
