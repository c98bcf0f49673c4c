import json
import logging
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.models import Registry, as_predictor, load_model, registered_names
from trustlab.train import build, fit, run_code

FRESH = """
import json, sys
from pathlib import Path
import numpy as np, pandas as pd
from trustlab.core.workspace import Workspace
from trustlab.models import load_model
workspace = Workspace(Path(sys.argv[1]))
answers = {}
for name in sys.argv[3:]:
    predictor = load_model(name, workspace)
    X = pd.read_parquet(sys.argv[2])
    answers[name] = [predictor.kind, predictor.classes, predictor.predict_proba(X).tolist(), dict(predictor.training)]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def registry(workspace):
    return Registry(workspace)


@pytest.fixture(scope="module")
def forest(diabetes):
    X, y = diabetes
    return as_predictor(RandomForestClassifier(10, random_state=0).fit(X, y))


@pytest.fixture(scope="module")
def lender(registry, forest, diabetes):
    return registry.log_training(
        forest,
        name="lender",
        example=diabetes[0].head(),
        params={"trees": 10},
        metrics={"accuracy": 0.75, "undefined": float("nan")},
        tags={"asked_by": "risk"},
        data={"ref": "loans@main", "target": "approved", "test_share": 0.25, "seed": 3, "training": {"loss": [1.0]}},
        code="model = RandomForestClassifier(10)\n",
        seed=3,
    )


def test_a_training_keeps_data_code_environment_and_seed(lender, registry):
    from blake3 import blake3

    assert (lender.name, lender.champion) == ("lender", False)
    assert lender.params == {"trees": "10"}
    assert lender.metrics == {"accuracy": 0.75}
    assert lender.tags["trustlab.data.ref"] == "loans@main"
    assert "trustlab.data.training" not in lender.tags
    assert load_model("lender@1", registry.workspace).training["training"] == {"loss": [1.0]}
    assert lender.tags["trustlab.seed"] == "3"
    assert lender.tags["asked_by"] == "risk"
    assert lender.tags["trustlab.code_hash"] == blake3(b"model = RandomForestClassifier(10)\n").hexdigest()
    files = {path.name: path for path in (registry.workspace.root / "artifacts" / lender.run_id).rglob("*.*")}
    assert files["code.py"].read_text() == "model = RandomForestClassifier(10)\n"
    environment = json.loads(files["environment.json"].read_text())
    assert environment["packages"]["numpy"] == np.__version__
    assert environment["python"] == ".".join(map(str, sys.version_info[:3]))


def test_versions_count_up_and_a_champion_is_chosen_and_replaced(registry, forest, diabetes):
    for _ in range(2):
        registry.log_training(forest, name="counted", example=diabetes[0].head())
    assert [version.version for version in registry.versions("counted")] == [2, 1]
    assert registry.champion("counted") is None
    with pytest.raises(NotFoundError, match="no champion yet"):
        load_model("counted@champion", registry.workspace)
    registry.set_champion("counted", 2)
    assert registry.set_champion("counted", 1).champion
    assert [version.champion for version in registry.versions("counted")] == [False, True]
    assert load_model("counted@champion", registry.workspace).name == "counted@1"
    assert load_model("counted", registry.workspace).name == "counted@2"
    assert load_model("models:/counted/1", registry.workspace).name == "models:/counted/1"


def test_an_audit_is_a_run_of_its_own_and_its_status_stands_on_the_version(lender, registry):
    run = registry.log_audit("lender", lender.version, status="warn", metrics={"fairness.ratio": 1.3})
    assert run != lender.run_id
    tags = registry.version("lender", lender.version).tags
    assert (tags["trustlab.audit_status"], tags["trustlab.audit_run"]) == ("warn", run)


def test_unknown_names_and_versions(lender, registry, tmp_path):
    from trustlab.core.workspace import Workspace

    assert "lender" in registered_names(registry.workspace)
    assert registered_names(Workspace.create(tmp_path)) == []
    with pytest.raises(NotFoundError, match=r"called 'lendr'\. Did you mean 'lender'"):
        load_model("lendr", registry.workspace)
    with pytest.raises(NotFoundError, match=r"no version '9'; it has 1"):
        load_model("lender@9", registry.workspace)
    with pytest.raises(UsageError, match="letters, digits"):
        registry.versions("lender'; drop")


def test_every_kind_comes_back_equal_in_a_fresh_process(registry, diabetes, tmp_path):
    X, y = diabetes
    X = X.assign(sex=X["sex"].map({1.0: "f", 2.0: "m"}))
    built = run_code(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first, self.last = torch.nn.Linear(11, 16), torch.nn.Linear(16, 2)\n"
        "    def forward(self, x):\n"
        "        return self.last(torch.relu(self.first(x)))\n"
        "class Branching(Net):\n"
        "    def forward(self, x):\n"
        "        return super().forward(x if x.sum() > 0 else x + 0.5)\n"
        "torch.manual_seed(0)\n"
        "model, other = Net(), Branching()\n"
    )
    models = {
        "wire-boosting": build("boosting", X, y, task="binary"),
        "wire-traced": built.model,
        "wire-by-value": built.namespace["other"],
    }
    before = {}
    for name, model in models.items():
        predictor = fit(model, X, y, task="binary", epochs=2)
        registry.log_training(predictor, name=name, example=X.head(), data={"ref": name})
        before[name] = predictor
    X.to_parquet(tmp_path / "rows.parquet")
    arguments = [str(registry.workspace.root), str(tmp_path / "rows.parquet"), *models]
    done = subprocess.run([sys.executable, "-c", FRESH, *arguments], capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    for name, predictor in before.items():
        kind, classes, proba, training = answers[name]
        assert (kind, classes, training) == (predictor.kind, [0, 1], {"ref": name})
        np.testing.assert_allclose(proba, predictor.predict_proba(X), atol=1e-6)
    stored = {path.name for path in (registry.workspace.root / "artifacts").rglob("model.*")}
    assert stored >= {"model.skops", "model.pt2", "model.pkl"}


class Stranger(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.resize(self.classes_, len(X))


def test_what_only_a_pickle_holds_opens_here_and_not_in_another_workspace(registry, diabetes, tmp_path):
    from trustlab.core.workspace import Workspace

    X, y = diabetes
    registry.log_training(as_predictor(Stranger().fit(X, y)), name="stranger", example=X.head())
    assert load_model("stranger", registry.workspace).predict(X).tolist()[:2] == [0, 1]
    other = Workspace.create(tmp_path)
    database = f"sqlite:///{registry.workspace.root / 'mlflow.db'}"
    (other.root / "config.toml").write_text(f'tracking_uri = "{database}"\n')
    from trustlab.core.errors import RefusedError

    with pytest.raises(RefusedError, match="from outside the workspace"):
        load_model("stranger", other)
    assert load_model("stranger", other, trust_pickle=True).classes == [0, 1]


def test_mlflow_itself_can_open_the_models(lender, registry, diabetes, forest, monkeypatch):
    from trustlab.models.tracking import mlflow_quietly

    X, _ = diabetes
    with mlflow_quietly(registry.workspace) as mlflow:
        estimator = mlflow.sklearn.load_model(f"models:/lender/{lender.version}")
        served = mlflow.pyfunc.load_model(f"models:/lender/{lender.version}")
    np.testing.assert_array_equal(estimator.predict(X), forest.predict(X))
    np.testing.assert_array_equal(served.predict(X), forest.predict(X))
    assert as_predictor(served, name="served").predict_proba(X).shape == (len(X), 2)


def test_what_another_tool_logged_opens_only_where_no_code_can_run(registry, diabetes, forest, tmp_path, monkeypatch):
    from trustlab.core.errors import RefusedError
    from trustlab.models.tracking import mlflow_quietly

    monkeypatch.chdir(tmp_path)
    X, _ = diabetes
    with mlflow_quietly(registry.workspace) as mlflow:
        home = mlflow.MlflowClient().create_experiment("elsewhere", artifact_location=tmp_path.as_uri())
        mlflow.start_run(experiment_id=home)
        safe = mlflow.sklearn.log_model(
            forest.native,
            name="safe",
            pip_requirements=[],
            serialization_format="skops",
            skops_trusted_types=["sklearn.tree._tree.Tree"],
        )
        unsafe = mlflow.sklearn.log_model(
            forest.native, name="unsafe", pip_requirements=[], serialization_format="cloudpickle"
        )
        mlflow.end_run()
    np.testing.assert_array_equal(load_model(safe.model_uri, registry.workspace).predict(X), forest.predict(X))
    with pytest.raises(RefusedError, match="trustlab did not write"):
        load_model(unsafe.model_uri, registry.workspace)
    opened = load_model(unsafe.model_uri, registry.workspace, trust_pickle=True)
    np.testing.assert_array_equal(opened.predict(X), forest.predict(X))


def test_mlflow_is_left_as_it_was_and_says_nothing(registry, forest, diabetes, capfd, monkeypatch, tmp_path):
    import mlflow

    monkeypatch.chdir(tmp_path)

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    level = logging.getLogger("mlflow").level
    before = mlflow.get_tracking_uri()
    registry.log_training(forest, name="silent", example=diabetes[0].head())
    assert mlflow.get_tracking_uri() == before
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "true"
    assert logging.getLogger("mlflow").level == level
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_training_leaves_no_version_and_no_running_run(registry, forest, diabetes, monkeypatch):
    from trustlab.models import flavour
    from trustlab.models.tracking import mlflow_quietly

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(flavour.bundle, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        registry.log_training(forest, name="halfway", example=diabetes[0].head())
    assert "halfway" not in registry.models()
    with mlflow_quietly(registry.workspace) as mlflow:
        found = mlflow.MlflowClient().get_experiment_by_name("trustlab")
        runs = mlflow.MlflowClient().search_runs([found.experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED", "KILLED"}


def test_requirements_name_versions_that_can_be_installed(registry, lender):
    [text] = {
        path.read_text()
        for path in (registry.workspace.root / "artifacts").rglob("requirements.txt")
        if "torch" not in path.read_text()
    }
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", line) for line in text.split())


def test_versions_are_found_by_the_commit_they_were_trained_on(registry, forest, diabetes):
    for name, commit in (("found", "a" * 64), ("other", "b" * 64), ("found", "a" * 64)):
        registry.log_training(forest, name=name, example=diabetes[0].head(), data={"commit": commit})
    assert [(one.name, one.version) for one in registry.trained_on("a" * 64)] == [("found", 2), ("found", 1)]
    assert registry.trained_on("c" * 64) == []
