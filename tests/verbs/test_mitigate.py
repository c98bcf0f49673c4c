from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import trustlab as tl
from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.models.registry import Registry

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs


def applicants(seed=0, n=3000):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], n)
    merit = rng.normal(size=n)
    y = (merit + 1.0 * (group == "a") + rng.normal(0, 0.5, n) > 0.5).astype(int)
    return pd.DataFrame({"merit": merit, "proxy": (group == "a") + rng.normal(0, 0.4, n), "group": group, "y": y})


@pytest.fixture
def lender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tl.init(yes=True)
    applicants().to_csv("people.csv", index=False)
    tl.train(data="people.csv", target="y", name="lender", recipe="logistic", drop=["group"])
    return tmp_path


def test_a_candidate_narrows_the_gap_and_is_registered_only_on_request(lender: Path) -> None:
    registry = Registry(Context().workspace)
    before = registry.version("lender", 1).tags["trustlab.digest"]
    words = {"model": "lender", "data": "people.csv", "sensitive": "group", "for_": "fairness.selection_rate"}
    shown = tl.mitigate(**words, methods=["reweighing", "threshold"], max_loss=0.2)
    table = shown.to_dict()["views"][1]
    candidates = pd.DataFrame(table["rows"], columns=table["columns"])
    first, chosen = candidates.iloc[0], candidates[candidates.chosen].iloc[0]
    assert first.method == "as it is"
    assert chosen.gap < 0.5 * first.gap
    assert chosen.gap_lo <= chosen.gap <= chosen.gap_hi
    assert chosen.accuracy_lo < chosen.accuracy < chosen.accuracy_hi
    assert len(registry.versions("lender")) == 1
    assert "--register" in shown.to_dict()["advice"][0]
    kept = tl.mitigate(**words, methods=["threshold"], max_loss=0.2, register=True)
    assert kept.to_dict()["registered"] == {"name": "lender", "version": 2}
    assert registry.version("lender", 1).tags["trustlab.digest"] == before
    audit = tl.audit("lender@2", data="people.csv", sensitive="group", only=["fairness.selection_rate"])
    old = tl.audit("lender@1", data="people.csv", sensitive="group", only=["fairness.selection_rate"])
    found, was = (report["fairness.selection_rate"] for report in (audit, old))
    assert found.n == was.n < 1000  # both on the rows held out
    assert found.value > was.value


def test_a_model_from_elsewhere_is_looked_at_on_a_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = applicants()
    model = LogisticRegression().fit(frame[["merit", "proxy"]], frame.y)
    report = tl.mitigate(model, data=frame, target="y", sensitive=["group"], methods=["grid"], max_loss=0.3)
    assert "a half of the rows" in report.to_dict()["views"][0]["caption"]
    assert report.to_dict()["rows"] == {"fitted": 1500, "held_out": 1500}


def test_what_does_not_apply_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = applicants(n=400).assign(sex="f")
    words = {"data": frame, "target": "y"}
    model = LogisticRegression().fit(frame[["merit", "proxy"]], frame.y)
    with pytest.raises(UsageError, match="one attribute"):
        tl.mitigate(model, **words, sensitive=["group", "sex"])
    with pytest.raises(UsageError, match="Did you mean 'threshold'"):
        tl.mitigate(model, **words, sensitive=["group"], methods=["treshold"])

    def decide(X: pd.DataFrame) -> np.ndarray:
        return (X["merit"] > 0).to_numpy(int)

    with pytest.raises(UsageError, match="cannot be trained again"):
        tl.mitigate(decide, **words, sensitive=["group"], task="binary")
    multi = tl.mitigate(
        LogisticRegression().fit(frame[["merit"]], np.arange(400) % 3),
        data=frame.assign(y=np.arange(400) % 3),
        target="y",
        sensitive=["group"],
    )
    assert str(multi.status) == "not_applicable"


@pytest.mark.parametrize("group", ["alone", np.nan, "few"])
def test_groups_that_cannot_be_compared_are_refused(
    group: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = applicants(n=400)
    model = LogisticRegression().fit(frame[["merit", "proxy"]], frame.y)
    groups = [*["b"] * 10, *["a"] * 390] if group == "few" else group
    with pytest.raises(InputError, match="must have two groups of 20 rows or more on a half of the rows"):
        tl.mitigate(model, data=frame.assign(group=groups), target="y", sensitive="group", methods=["threshold"])


def test_a_group_of_one_label_refuses_the_method_that_needs_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = applicants(n=600)
    model = LogisticRegression().fit(frame[["merit", "proxy"]], frame.y)
    frame["y"] = frame.y.where(frame.group == "a", 0)
    words = {"data": frame, "target": "y", "sensitive": "group"}
    with pytest.raises(InputError, match="threshold: it cannot be fitted to these rows"):
        tl.mitigate(model, **words, methods=["threshold"])
    told = tl.mitigate(model, **words, methods=["threshold", "reweighing"]).to_dict()
    assert "cannot be fitted" in told["refused"]["threshold"]
    assert {row[0] for row in told["views"][1]["rows"]} == {"as it is", "reweighing"}
