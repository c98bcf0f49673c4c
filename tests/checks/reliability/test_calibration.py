import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from trustlab.checks.reliability.calibration import calibration
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=4000, seed=0, bend=lambda p: p):
    """Probabilities that are right once bent."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, n)
    return pd.DataFrame({"x": rng.normal(size=n), "p": p, "y": (rng.random(n) < bend(p)).astype(int)})


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", score="p", context=Context())
    return evaluate(calibration, {"subject": subject}, Context(), parameters=parameters)


def test_right_probabilities_pass_nearly_always():
    found = [checked(rows(n=1000, seed=seed), draws=200) for seed in range(60)]
    # 2.5 % for the interval and 1 % for the test: 2.1 of 60
    assert sum(result.status == "warn" for result in found) <= 5
    assert sum(result.p_value < 0.05 for result in found) <= 8


def test_a_little_too_sure_is_still_found():
    found = [checked(rows(n=1000, seed=seed, bend=lambda p: 0.5 + (p - 0.5) * 0.7), draws=200) for seed in range(20)]
    assert all(result.status == "warn" for result in found)


def test_a_policys_own_limit_is_heard():
    from trustlab.core.result import Threshold

    subject = Subject.load(data=rows(bend=lambda p: p * 0.9), target="y", score="p", context=Context())
    for limit, status in ((0.2, "pass"), (0.005, "warn")):
        limits = Threshold(limit, None, "ours")
        assert evaluate(calibration, {"subject": subject}, Context(), threshold=limits).status == status


def test_probabilities_that_run_high_warn_with_where_and_how_much():
    result = checked(rows(bend=lambda p: np.where(p > 0.5, p - 0.15, p)))
    assert result.status == "warn"
    assert result.value == pytest.approx(0.075, abs=0.02)
    assert result.interval[0] > 0.01
    assert "15 points high between 0." in result.reason
    assert "ECE 0.0" in result.reason
    assert result.p_value < 1e-6
    low = checked(rows(bend=lambda p: np.sqrt(p)))
    assert "points low between" in low.reason


def test_the_debiased_error_of_a_constant_shift_is_the_shift():
    result = checked(rows(n=20_000, bend=lambda p: np.clip(p + 0.1, 0, 1)))
    assert result.value == pytest.approx(0.098, abs=0.01)
    assert result.interval[0] < 0.098 < result.interval[1]


def test_the_curve_counts_shares_and_the_brier_score_is_scikit_learns():
    frame = rows()
    result = checked(frame)
    view = result.view("reliability")
    assert sum(view.column("n")) == len(frame)
    first = frame[(frame.p >= view.column("from")[0]) & (frame.p <= view.column("to")[0])]
    assert view.column("observed")[0] == pytest.approx(first.y.mean())
    assert view.column("predicted")[0] == pytest.approx(first.p.mean())
    assert view.column("observed_lo")[0] < first.y.mean() < view.column("observed_hi")[0]
    assert result.view("brier").column("value")[0] == pytest.approx(brier_score_loss(frame.y, frame.p))


def test_several_classes_ask_about_the_most_probable_one():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    y = np.argmax(X.to_numpy() + rng.gumbel(size=(3000, 3)), axis=1)
    fair = LogisticRegression().fit(X, y)
    subject = Subject.load(model=fair, data=X, target=y, task="multiclass", context=Context())
    result = evaluate(calibration, {"subject": subject}, Context())
    assert result.interval[0] < 0.01
    assert sum(result.view("reliability").column("n")) == 3000
    sharp = LogisticRegression().fit(X, y)
    sharp.coef_ = sharp.coef_ * 4
    subject = Subject.load(model=sharp, data=X, target=y, task="multiclass", context=Context())
    overconfident = evaluate(calibration, {"subject": subject}, Context())
    assert overconfident.status == "warn"
    assert "high between" in overconfident.reason


def test_few_rows_and_probabilities_of_zero_and_one():
    assert checked(rows(39)).status == "not_applicable"
    frame = rows(200)
    sure = checked(frame.assign(p=frame.y.astype(float)))
    assert sure.value == 0
    assert sure.status == "pass"
    assert "No miscalibration beyond chance" in sure.reason
    assert sure.p_value is None or np.isnan(sure.p_value)


def test_row_order_does_not_matter():
    frame = rows(500)
    one, two = checked(frame), checked(frame.sample(frac=1, random_state=2))
    assert one.value == pytest.approx(two.value)
    assert one.interval == pytest.approx(two.interval)


def test_it_says_which_way_the_model_errs():
    frame = rows(bend=lambda p: np.clip(0.5 + (p - 0.5) * 0.5, 0, 1))
    over = checked(frame)
    said = over.view("confidence").rows
    sure, right = np.maximum(frame.p, 1 - frame.p), (frame.p >= 0.5) == frame.y
    assert said[0][1] == pytest.approx(sure.mean())
    assert said[1][1] == pytest.approx(right.mean())
    assert said[2][1] == pytest.approx(sure.mean() - right.mean())
    assert said[2][2] > 0
    assert "Overconfident" in over.reason
    under = checked(rows(bend=lambda p: np.clip(0.5 + (p - 0.5) * 2, 0, 1)))
    assert "Underconfident" in under.reason
    assert "confident:" not in checked(rows(seed=3)).reason


def test_the_parts_without_bias_are_smaller_and_classes_are_asked_one_by_one():
    parts = checked(rows(seed=1)).view("brier")
    fair = dict(zip(parts.column("part"), parts.column("without bias"), strict=True))
    raw = dict(zip(parts.column("part"), parts.column("value"), strict=True))
    assert fair["reliability"] < raw["reliability"]
    assert fair["reliability"] == pytest.approx(0, abs=0.002)
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    y = np.argmax(X.to_numpy() + rng.gumbel(size=(3000, 3)), axis=1)
    model = LogisticRegression().fit(X, y)
    model.intercept_ = model.intercept_ + np.array([1.0, -1.0, 0.0])
    subject = Subject.load(model=model, data=X, target=y, task="multiclass", context=Context())
    by_class = evaluate(calibration, {"subject": subject}, Context()).view("by_class")
    assert by_class.column("class")[2] == "2"
    assert min(by_class.column("ECE")[:2]) > 0.1
    assert sum(by_class.column("n")) == 3000
