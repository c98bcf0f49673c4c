import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score
from statsmodels.stats.proportion import proportion_confint

from trustlab.checks.performance.class_errors import class_errors
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=900, seed=0, right=0.8):
    rng = np.random.default_rng(seed)
    y = rng.choice(list("abcd"), n)
    return pd.DataFrame(
        {"x": rng.normal(size=n), "y": y, "said": np.where(rng.random(n) < right, y, rng.choice(list("abcd"), n))}
    )


def judged(frame):
    subject = Subject.load(data=frame, target="y", prediction="said", context=Context())
    return evaluate(class_errors, {"subject": subject}, Context())


def test_a_model_that_knows_its_classes_passes():
    frame = rows()
    result = judged(frame)
    assert result.status == "pass"
    recall = recall_score(frame.y, frame.said, average=None)
    assert result.value == pytest.approx(recall.min())
    assert result.view("picture").column("recall") == pytest.approx(recall)
    worst = "abcd"[int(recall.argmin())]
    own = frame[frame.y == worst]
    expected = proportion_confint((own.said == worst).sum(), len(own), 0.05 / 4, "wilson")
    assert result.interval == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_a_class_that_is_never_found_warns(seed):
    frame = rows(seed=seed)
    frame["said"] = frame.said.where(frame.said != "c", "d")
    result = judged(frame)
    assert result.status == "warn"
    assert result.value == 0
    assert "Found less often than by a guess: c" in result.reason
    assert "c is called d" in result.reason


def test_a_class_that_is_guessed_warns():
    rng = np.random.default_rng(1)
    frame = rows(4000, right=1.0)
    frame.loc[frame.y == "b", "said"] = rng.choice(list("acd"), (frame.y == "b").sum())
    frame.loc[(frame.y != "b") & (rng.random(4000) < 0.3), "said"] = "b"
    result = judged(frame)
    assert result.status == "warn"
    assert "guess: b." in result.reason


def test_confusions_are_counted_from_the_most_frequent_down():
    frame = rows(seed=2)
    table = judged(frame).view("pairs")
    counts = pd.crosstab(frame.y, frame.said)
    for true, called, count, n, share, lo, hi in table.rows:
        assert count == counts.loc[true, called]
        assert n == (frame.y == true).sum()
        assert share == pytest.approx(count / n)
        assert lo < share < hi
    assert table.column("rows") == sorted(table.column("rows"), reverse=True)
    assert len(table.rows) == 12


def test_few_rows_do_not_accuse():
    frame = pd.DataFrame({"x": range(4), "y": list("abca"), "said": list("aaaa")})
    assert judged(frame).status == "pass"


def test_many_classes_stay_bounded():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.normal(size=3000), "y": [f"c{k}" for k in rng.integers(0, 120, 3000)]})
    result = judged(frame.assign(said=rng.permutation(frame.y)))
    assert len(result.view("picture").rows) == 30
    assert len(result.view("pairs").rows) == 20
