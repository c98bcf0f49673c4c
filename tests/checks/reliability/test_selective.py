import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from trustlab.checks.reliability.selective import selective
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, n)
    return pd.DataFrame({"x": rng.normal(size=n), "p": p, "y": (rng.random(n) < p).astype(int)})


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", score="p", context=Context())
    return evaluate(selective, {"subject": subject}, Context(), parameters=parameters)


def test_a_model_that_knows_when_it_errs_passes_with_its_promise():
    frame = rows(40_000)
    result = checked(frame, risk=0.1)
    sure, right = np.maximum(frame.p, 1 - frame.p), (frame.p >= 0.5) == frame.y
    assert result.status == "pass"
    assert result.value == pytest.approx(roc_auc_score(right, sure))
    risk, _, coverage, n, least, seen, bound = result.view("guarantee").rows[0]
    kept = sure >= least
    assert (n, coverage) == (kept.sum(), pytest.approx(kept.mean()))
    assert seen == pytest.approx(1 - right[kept].mean())
    assert seen < bound <= risk == 0.1
    # the rows above p >= t err (1 - t) / 2 of the time: 0.1 is reached at about 0.82, a third of the rows
    assert 0.25 < coverage < 0.36
    assert "err at most 10.0%" in result.reason


def test_confidence_without_meaning_warns():
    frame = rows()
    wrong = (frame.p >= 0.5) != frame.y
    upside_down = frame.assign(p=np.where(frame.p >= 0.5, np.where(wrong, 0.95, 0.6), np.where(wrong, 0.05, 0.4)))
    result = checked(upside_down)
    assert result.status == "warn"
    assert result.value < 0.1
    assert "No share of the answers" in result.reason


def test_the_curve_counts_the_surest_rows():
    frame = rows(1000)
    view = checked(frame).view("risk_by_coverage")
    sure, wrong = np.maximum(frame.p, 1 - frame.p), (frame.p >= 0.5) != frame.y
    for coverage, risk, lo, hi, n, least in view.rows:
        assert (sure >= least).sum() == n == round(coverage * 1000)
        assert risk == pytest.approx(wrong[sure >= least].mean())
        assert lo <= risk <= hi
    assert view.rows[-1][0] == 1


@pytest.mark.parametrize("n", [3, 30])
def test_without_errors_enough_it_is_not_applicable(n):
    frame = rows(400).head(n)
    result = checked(frame.assign(p=frame.y * 0.9 + 0.05)) if frame.y.nunique() > 1 else None
    assert result is None or (result.status == "not_applicable" and "wrong" in result.reason)


def test_a_constant_confidence_cannot_be_ordered():
    frame = rows(500).assign(p=0.5)
    result = checked(frame)
    assert result.value == pytest.approx(0.5)
    assert len(result.view("risk_by_coverage").rows) == 1
