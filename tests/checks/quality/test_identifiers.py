import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.quality.identifiers import identifiers
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

N = 600


def rows(seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=N)
    return pd.DataFrame({"a": a, "b": rng.choice(["x", "y"], N), "y": (a + rng.normal(size=N) > 0) * 1})


def checked(frame, **given):
    subject = Subject.load(data=frame, target="y", context=Context(), **given)
    return evaluate(identifiers, {"subject": subject}, Context())


def test_what_describes_rows_passes():
    rng = np.random.default_rng(1)
    result = checked(rows().assign(income=rng.choice(10_000_000, N, replace=False), sorted=np.sort(rng.normal(size=N))))
    assert (result.status, result.value) == ("pass", 0)


def test_names_counters_and_keys_are_found():
    rng = np.random.default_rng(2)
    frame = rows().assign(
        code=rng.permutation(N) + 70_000,
        name=[f"person {i}" for i in range(N)],
        row=np.arange(N) * 1.0,
        customer_id=rng.integers(0, 100, N),
    )
    result = checked(frame)
    assert result.status == "warn"
    assert result.view("features").column("feature") == ["code", "name", "row", "customer_id"]


def test_whether_the_model_uses_it():
    frame = rows().assign(row=np.arange(N) * 1.0).drop(columns="b")
    frame["y"] = (frame.row > 250) * 1
    features = frame[["a", "row"]]
    model = DecisionTreeClassifier(random_state=0).fit(features, frame.y)
    result = checked(frame, model=model)
    assert "The model uses it: shuffling row" in result.reason
    deaf = DecisionTreeClassifier(random_state=0).fit(features.assign(row=0.0), frame.y)
    assert checked(frame, model=deaf).view("features").rows[0][-1] == 0


def test_few_rows():
    assert checked(rows().head(20)).status == "not_applicable"
