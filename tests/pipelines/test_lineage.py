"""A pipeline of two steps through papermill: what its commits say of where they came from, and the walks both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.testing.playground import loans

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

CLEAN = (
    "# Clean",
    "most = 60\nword = 'x'",
    "import trustlab as tl\n%load_ext trustlab",
    "frame = tl.data.read('loans@main').value\nframe = frame[frame.income < most]",
    "%trust data commit clean frame -m cleaned",
)
SCORE = (
    "by = 2.0",
    "import pandas as pd, trustlab as tl",
    "early = tl.data.commit('early', pd.DataFrame({'a': [1]}))",
    "frame = pd.read_parquet('trust://clean@main/clean.parquet')\nframe['income'] *= by",
    "tl.data.commit('scored', frame, message='scored')",
    "tl.data.commit('alone', pd.DataFrame({'a': [1]}), input=['none'])",
    "tl.train(data='scored@main', target='approved', name='inner', recipe='logistic', drop=['decision', 'score'])",
    "frame.to_csv('out.csv')\nimport sys\n!{sys.executable} -m trustlab data commit child out.csv",
)


@pytest.fixture
def context(workspace: Workspace, notebook: Callable[..., Path]) -> Context:
    """Run the pipeline ``weekly`` once, and train and audit a model on what it made."""
    made = Context(folder=workspace.home, progress=False, notice=lambda _sentence: None)
    loans().to_csv(workspace.home / "loans.csv", index=False)
    run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "raw"}, made)
    notebook("clean.ipynb", *CLEAN)
    notebook("score.ipynb", *SCORE)
    run("promote", {"notebook": "clean.ipynb", "name": "weekly", "parameters": {"most": "70"}}, made)
    run("promote", {"notebook": "score.ipynb", "name": "weekly", "needs": ["clean"]}, made)
    done = run("pipeline.run", {"name": "weekly", "parameters": {"by": "3"}}, made)
    assert done.status == "pass", done.summary
    training = {"target": "approved", "name": "lender", "recipe": "logistic", "drop": ["decision", "score"]}
    run("train", {"data": "scored@main", **training}, made)
    run("audit", {"model": "lender@1", "data": "scored@main", "only": ["performance.metrics"]}, made)
    return made


def show(context: Context, ref: str, **asked: Any) -> dict[str, Any]:
    return run("data.show", {"ref": ref, **asked}, context).to_dict()


def test_the_commits_of_a_run_tell_their_origin_and_are_walked_both_ways(
    context: Context, workspace: Workspace
) -> None:
    raw, clean, scored = (show(context, name) for name in ("loans", "clean", "scored"))
    _check_origins(context, raw, clean, scored)
    kept = {blake3(path.read_bytes()).hexdigest() for path in (workspace.root / "pipelines/notebooks").iterdir()}
    assert {clean["origin"]["code"]["hash"], scored["origin"]["code"]["hash"]} == kept

    up = show(context, "scored", provenance=True)["lineage"]
    by_label = {node["label"]: node for node in up["nodes"]}
    names = {one["repo"]: f"{one['repo']}@{one['commit'][:12]}" for one in (raw, clean, scored)}
    assert (by_label[names["loans"]]["distance"], by_label[names["clean"]]["distance"]) == (-2, -1)
    assert by_label[names["scored"]]["pipeline"] == scored["origin"]["pipeline"]

    down = show(context, "loans", provenance=True)
    found = {node["label"]: node["distance"] for node in down["lineage"]["nodes"] if node["kind"] != "audit"}
    assert found == {names["loans"]: 0, names["clean"]: 1, names["scored"]: 2, "lender v1": 3, "inner v1": 3}
    audits = [node for node in down["lineage"]["nodes"] if node["kind"] == "audit"]
    assert [node["distance"] for node in audits] == [3], "an audit of the data and the model is below both"
    inner = next(node for node in down["lineage"]["nodes"] if node["label"] == "inner v1")
    assert inner["pipeline"]["run"] == scored["origin"]["pipeline"]["run"]
    assert "2 versions, 2 models, 1 audit" in down["summary"]
    assert json.loads(json.dumps(down)) == down


def _check_origins(context: Context, raw: dict[str, Any], clean: dict[str, Any], scored: dict[str, Any]) -> None:
    run_id = run("pipeline.show", {"name": "weekly"}, context).payload["runs"][0]["id"]
    assert clean["origin"] == {
        "operation": "data.commit",
        "source": {"kind": "variable", "name": "frame"},
        "inputs": [{"repo": "loans", "commit": raw["commit"], "path": "loans.csv", "role": "read"}],
        "code": {"hash": clean["origin"]["code"]["hash"], "file": "clean.ipynb"},
        "parameters": {"most": 70, "word": "x"},
        "pipeline": {"name": "weekly", "revision": 2, "run": run_id, "step": "clean"},
    }
    assert scored["origin"]["inputs"] == [
        {"repo": "clean", "commit": clean["commit"], "path": "clean.parquet", "role": "read"}
    ]
    assert (scored["origin"]["parameters"], scored["origin"]["code"]["file"]) == ({"by": 3}, "score.ipynb")
    assert scored["origin"]["pipeline"] == {**clean["origin"]["pipeline"], "step": "score"}
    # Read later, told that there is nothing, or made by another process: nothing is claimed that is not known.
    assert "inputs" not in show(context, "early")["origin"]
    assert show(context, "alone")["origin"]["inputs"] == []
    child = show(context, "child")["origin"]
    assert "inputs" not in child
    assert child["pipeline"] == scored["origin"]["pipeline"]
