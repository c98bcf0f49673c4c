"""``import trustlab as tl``: the verbs as functions, the subpackages as before."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

import trustlab as tl
from trustlab.core import registry
from trustlab.core.errors import TrustlabError, UsageError
from trustlab.core.operation import Operation
from trustlab.core.result import Result, Status
from trustlab.report.report import Report
from trustlab.testing.playground import loans

pytestmark = pytest.mark.usefixtures("playground")
FRAME = loans()
X, Y = FRAME[["income", "age"]], FRAME["approved"]
MODEL = LogisticRegression().fit(X, Y)


def test_a_model_its_rows_and_labels() -> None:
    report = tl.audit(MODEL, X, Y, sensitive=FRAME["race"], train=(X, Y), only=["performance", "fairness"])
    assert isinstance(report, Report)
    assert report.status in set(Status)
    metrics = report["performance.metrics"]
    assert metrics.value == pytest.approx(balanced_accuracy_score(Y, MODEL.predict(X)))
    assert metrics.interval is not None
    assert metrics.interval[0] < metrics.value < metrics.interval[1]
    assert metrics.n == len(FRAME)
    rates = report["fairness.error_rates"].view("by_group")
    assert {row[1] for row in rates.rows if row[0] == "race"} == {"Blue", "Green"}
    assert report["performance.train_test_gap"].value == pytest.approx(0)


def test_a_model_that_is_only_known_by_its_predictions() -> None:
    report = tl.audit(data=FRAME, target="approved", prediction="decision", sensitive=["race"], only=["fairness"])
    table = report["fairness.selection_rate"].view("by_group")
    rates = dict(zip(table.column("group"), table.column("selection_rate"), strict=True))
    for group, part in FRAME.groupby("race"):
        assert rates[group] == pytest.approx(part["decision"].mean())


def test_bare_arrays() -> None:
    bare = LogisticRegression().fit(X.to_numpy(), Y.to_numpy())
    groups = FRAME[["race", "region"]]
    report = tl.audit(bare, X.to_numpy(), Y.to_numpy(), sensitive=groups, only=["performance.metrics", "fairness"])
    assert report["performance.metrics"].value == pytest.approx(balanced_accuracy_score(Y, bare.predict(X.to_numpy())))
    features = {row[0] for row in report["fairness.error_rates"].view("by_group").rows}
    assert {"race", "region"} <= features


def test_drift_between_two_frames() -> None:
    later = loans(seed=1, shift=0.8)
    report = tl.drift(FRAME, later, detector=["ks"])
    (result,) = report.results
    table = result.view("by_feature")
    rows = dict(zip(table.column("feature"), table.column("statistic"), strict=True))
    assert rows["income"] == pytest.approx(stats.ks_2samp(FRAME["income"], later["income"]).statistic)
    assert result.p_value is not None
    assert result.p_value < 1e-6
    assert (result.status, report.status) == (Status.FAIL, Status.FAIL)


def test_a_report_carries_the_document_in_every_form(tmp_path: Path) -> None:
    report = tl.drift(FRAME, loans(seed=1, shift=0.8))
    told = report.to_dict()
    assert [result["id"] for result in told["results"]] == [result.id for result in report.results]
    assert json.loads(str(report.to_json())) == told
    frame = report.to_frame()
    assert frame["id"].tolist() == [result.id for result in report.results]
    assert frame["p_value"].tolist()[0] == pytest.approx(report.results[0].p_value)
    first: Result = report.results[0]
    assert [view.kind for view in first.views] == [view["kind"] for view in told["results"][0]["views"]]
    page = report.to_html(tmp_path / "drift.html")
    assert Path(page).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(Path(report.to_json(tmp_path / "drift.json")).read_text(encoding="utf-8")) == told


def test_a_verb_of_two_words() -> None:
    report = tl.data.commit("frames", FRAME, message="from memory")
    assert report.to_dict()["repo"] == "frames"
    log = tl.data.log("frames").to_dict()["commits"]
    assert [entry["message"] for entry in log] == ["from memory"]
    back = tl.data.read("frames").value
    pd.testing.assert_frame_equal(back, FRAME, check_dtype=False)
    assert tl.model.list().to_dict()["models"][0]["name"] == "lender"


def test_a_check_alone() -> None:
    report = tl.fairness.selection_rate(data=FRAME, target="approved", prediction="decision", sensitive="race")
    assert [result.id for result in report.results] == ["fairness.selection_rate"]


def test_paths_are_names(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.csv"
    FRAME.to_csv(file, index=False)
    report = tl.audit(data=file, target="approved", prediction="decision", only=["performance.metrics"])
    assert report.document.payload["data"]["file"] == str(file)


def test_training_gives_the_model_back() -> None:
    report = tl.train(LogisticRegression(), data=X.assign(approved=Y), target="approved", name="mine")
    assert set(np.unique(report.value.predict(X))) <= {0, 1}
    again = tl.audit(report.value, X, Y, only=["performance.metrics"])
    assert again.results[0].value == pytest.approx(balanced_accuracy_score(Y, report.value.predict(X)))


def test_inputs_are_not_changed() -> None:
    before = FRAME.copy()
    groups = FRAME["age"].copy()
    tl.audit(data=FRAME, target="approved", prediction="decision", sensitive=groups, derive=["x = income * 2"])
    pd.testing.assert_frame_equal(FRAME, before)
    pd.testing.assert_series_equal(groups, before["age"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: tl.audit(MODEL, X, Y, targt="approved"),
            "audit: no parameter is called 'targt'. Did you mean 'target'",
        ),
        (lambda: tl.audit(MODEL, X, data=X), "audit: data came twice, by place and by name"),
        (lambda: tl.data.log(*range(40)), "data.log: at most"),
        (lambda: tl.audit(MODEL, X, Y[:5]), "target must have 400 values, one a row; got 5"),
        (lambda: tl.data(), "no operation is called 'data'"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(call: object, message: str) -> None:
    with pytest.raises(TrustlabError) as caught:
        call()  # type: ignore[operator]
    assert message in caught.value.message


def test_a_model_that_raises_is_an_error_of_the_checks_that_ask_it() -> None:
    class Model:
        classes_ = (0, 1)

        def predict(self, rows: object) -> object:
            raise RuntimeError("boom")

    report = tl.audit(Model(), X, Y, only=["performance.metrics", "quality.duplicates"])
    assert report["performance.metrics"].status == "error"
    assert "it raised RuntimeError: boom" in str(report["performance.metrics"].reason)
    assert report["quality.duplicates"].status in {"pass", "warn"}
    with pytest.raises(UsageError):
        tl.audit(MODEL)


def test_an_unknown_name_is_no_attribute() -> None:
    for words in ("nonsense", "_private"):
        with pytest.raises(AttributeError, match=f"module 'trustlab' has no attribute '{words}'"):
            getattr(tl, words)
    with pytest.raises(AttributeError):
        _ = tl.model.nonsense
    with pytest.raises(AttributeError):
        _ = tl.data.nonsense


def test_verbs_explain_themselves() -> None:
    assert tl.audit.__doc__ == registry.get("audit").doc
    assert repr(tl.audit) == f"<trustlab verb audit: {registry.get('audit').summary}>"
    assert repr(tl.data) == "<trustlab verb data>"
    assert {"audit", "data", "train", "fairness"} <= set(dir(tl))
    assert {"commit", "log", "verify"} <= set(dir(tl.data))
    assert callable(tl.drift)


def test_subpackages_of_the_same_name_still_import() -> None:
    """In a process of its own, where nothing has been imported yet."""
    code = """
import trustlab.drift.ks as m
from trustlab.drift import ks as module
import trustlab.data.frames as frames
import trustlab.drift
import trustlab as tl
print(type(module).__name__, m.ks is module.ks, frames.read_frame.__name__, callable(tl.drift), tl.data.commit)
from trustlab import data, drift, audit
print(drift, audit)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("module True read_frame True <trustlab verb data.commit")
    assert second.startswith("<trustlab verb drift")
    import trustlab.drift.ks as here

    assert isinstance(here.ks, Operation)
    assert isinstance(sys.modules["trustlab.drift.ks"], ModuleType)
    assert inspect.ismodule(sys.modules["trustlab.drift"])
