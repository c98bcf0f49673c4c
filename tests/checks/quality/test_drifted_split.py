import numpy as np
import pandas as pd
import pytest
from scipy import stats

from trustlab.checks.quality.drifted_split import drifted_split
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=800, seed=0, moved=0.0):
    rng = np.random.default_rng(seed)
    a = rng.normal(moved, 1, n)
    return pd.DataFrame(
        {
            "id": np.arange(n) + 1000 * seed,
            "a": a,
            "b": rng.choice(["x", "y"], n),
            "y": (a + rng.normal(size=n) > 0) * 1,
        }
    )


def checked(frame, train, **parameters):
    subject = Subject.load(data=frame, target="y", train=train, context=Context())
    return evaluate(drifted_split, {"subject": subject}, Context(), parameters=parameters)


@pytest.mark.parametrize("seed", range(1, 6))
def test_halves_of_one_population_pass_though_row_numbers_differ(seed):
    result = checked(rows(seed=seed), rows(seed=seed + 50))
    assert result.status in {"pass", "warn"}
    assert result.interval[0] < 0.53
    assert "id" not in result.view("by_feature").column("feature")


def test_rows_that_moved_fail_and_the_feature_is_named():
    result = checked(rows(seed=1, moved=1.0), rows(seed=2))
    assert result.status == "fail"
    assert result.view("by_feature").rows[0][0] == "a"
    assert "alone, a" in result.reason


def test_what_moves_together_only_is_seen_by_the_classifier_alone():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 1500))
    frame = pd.DataFrame({"a": a, "b": b, "y": rng.integers(0, 2, 1500)})
    tied = frame.assign(b=0.9 * a + np.sqrt(1 - 0.81) * b)
    result = checked(tied, frame)
    assert result.status == "fail"
    assert "no feature moved by itself" in result.reason


def test_few_rows_and_gaps():
    assert checked(rows(20), rows()).status == "not_applicable"
    gaps = rows().assign(a=np.nan)
    assert checked(gaps, rows(seed=1)).status == "fail"


def test_the_p_value_is_the_headlines_and_holds_its_level():
    found = [checked(rows(200, seed), rows(200, seed + 90)).p_value for seed in range(40)]
    assert stats.kstest(found, "uniform").pvalue > 0.001, sorted(found)
    assert checked(rows(seed=1, moved=1.0), rows(seed=2)).p_value < 1e-6
