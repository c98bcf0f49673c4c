"""Attacks against models whose margins are known, and a victim that stays as it was."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from statsmodels.stats.proportion import proportion_confint

from trustlab.checks.robustness._hopskipjump import smallest_by_questions
from trustlab.checks.robustness._numbers import numbers_of
from trustlab.checks.robustness._pgd import numeric_inputs
from trustlab.checks.robustness.adversarial_perturbation import adversarial_perturbation
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.seeding import seeded
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def rows(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(0, 5, n)})
    return X, (X.a + X.b / 5 > 0).astype(int)


def judged(subject, **parameters):
    return evaluate(adversarial_perturbation, {"subject": subject}, Context(), parameters=parameters)


def facts(result):
    view = result.view("attack")
    return dict(zip(view.column("fact"), view.column("value"), strict=True))


def margin(model, subject, numbers):
    """The exact smallest largest-change that turns a linear model, in standard deviations."""
    step = np.abs(model.coef_[0] * numbers.deviation).sum()
    return np.abs(model.decision_function(subject.X)) / step


def test_by_questions_alone_it_nears_the_exact_margin_of_a_linear_model():
    X, y = rows()
    model = LogisticRegression().fit(X, y)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    numbers = numbers_of(subject)
    with seeded(0):
        found = smallest_by_questions(subject, numbers, range(12))
    # no change can be smaller than the smallest there is; a few hundred questions come near it
    ratio = found / margin(model, subject, numbers)[:12]
    assert (ratio >= 1 - 1e-3).all()
    assert np.median(ratio) < 1.02


def test_the_finding_counts_right_rows_and_bounds_them():
    X, y = rows()
    model = LogisticRegression().fit(X, y)
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    result = judged(subject, max_rows=8, budget=3.0)
    assert facts(result)["attack"] == "HopSkipJump"
    assert result.n == 8
    assert result.value > 0.8
    view = result.view("by_budget")
    assert view.column("turned") == sorted(view.column("turned"))
    assert result.interval == pytest.approx(proportion_confint(result.value * 8, 8, method="wilson"))


def test_text_stays_and_a_model_of_text_alone_cannot_be_turned():
    X, _ = rows(100)
    X = X.assign(town=np.where(np.arange(100) % 2, "x", "y"))
    y = (X.town == "x").astype(int)
    model = make_pipeline(ColumnTransformer([("t", OneHotEncoder(), ["town"])]), LogisticRegression()).fit(X, y)
    result = judged(Subject.load(model=model, data=X, target=y, context=Context()), max_rows=5)
    assert result.value == 0
    assert facts(result)["rows never turned"] == 5


def torch_subject(altering=False):
    import torch

    X, y = rows()
    weights = torch.tensor([[1.0, 0.2]])

    class Linear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)
            self.layer.weight.data, self.layer.bias.data = weights.clone(), torch.zeros(1)
            self.register_buffer("asked", torch.zeros(1))

        def forward(self, rows):
            if altering:
                self.asked += 1
            return self.layer(rows)

    predictor = as_predictor(Linear(), task="binary", features=["a", "b"])
    return Subject.load(model=predictor, data=X, target=y, context=Context())


def test_along_the_gradient_it_finds_the_exact_margin():
    subject = torch_subject()
    assert numeric_inputs(subject) == slice(None)
    before = subject.predictor.digest()
    result = judged(subject, max_rows=200)
    assert subject.predictor.digest() == before
    assert facts(result)["attack"] == "Projected gradient descent"
    numbers = numbers_of(subject)
    score = subject.X.to_numpy() @ [1.0, 0.2]
    exact = np.abs(score) / (np.array([1.0, 0.2]) * numbers.deviation).sum()
    view = result.view("by_budget")
    for budget, turned in zip(view.column("budget"), view.column("turned"), strict=True):
        # the observed range stops some of the outermost rows
        assert turned <= (exact <= budget + 1e-3).mean()
        assert turned == pytest.approx((exact <= budget).mean(), abs=0.03)


def test_a_victim_that_changes_is_an_error():
    result = judged(torch_subject(altering=True), max_rows=5)
    assert result.status == "error"
    assert "altered" in result.reason


def test_trained_modules_move_by_their_numbers_only():
    from trustlab.train.fit import fit
    from trustlab.train.recipes import build

    X, y = rows(150)
    X = X.assign(town=np.where(np.arange(150) % 2, "x", "y"))
    trained = fit(build("mlp", X, y, task="binary"), X, y, task="binary", epochs=15)
    subject = Subject.load(model=trained, data=X, target=y, context=Context())
    assert numeric_inputs(subject) == slice(0, 2)
    result = judged(subject, max_rows=40, budget=1.0)
    assert result.value > 0.3
    assert result.view("by_budget").column("turned")[0] < 0.2


def test_the_same_seed_turns_the_same_rows():
    X, y = rows(60)
    subject = Subject.load(model=LogisticRegression().fit(X, y), data=X, target=y, context=Context())
    assert judged(subject, max_rows=4).views == judged(subject, max_rows=4).views


def test_no_right_prediction_is_not_applicable():
    X, y = rows(60)
    subject = Subject.load(model=LogisticRegression().fit(X, 1 - y), data=X, target=y, context=Context())
    wrong = subject.take((subject.y != subject.y_pred).nonzero()[0])
    assert judged(wrong).status == "not_applicable"


def test_an_image_with_pixels_that_never_vary_is_attacked():
    import torch

    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(200, 4)).astype(np.float32)
    pixels[:, 0] = 0
    labels = (pixels[:, 1] > 0).astype(int)
    module = torch.nn.Linear(4, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.0, -4.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0]]))
        module.bias.zero_()
    frame = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(4)])
    model = as_predictor(module, task="binary", classes=[0, 1], features=list(frame.columns))
    subject = Subject.load(model=model, data=frame.assign(y=labels), target="y", context=Context(progress=False))
    result = evaluate(adversarial_perturbation, {"subject": subject}, Context(progress=False))
    assert result.status != "error", result.reason
    assert result.value is not None
    assert 0 < result.value < 0.5


def test_gradients_that_a_module_holds_stay_as_they_were():
    import torch

    X, y = rows()
    module = torch.nn.Sequential(torch.nn.Linear(2, 2))
    held = torch.ones(2, 2)
    module[0].weight.grad = held
    model = as_predictor(module, task="binary", classes=[0, 1], features=["a", "b"])
    subject = Subject.load(model=model, data=X, target=y, context=Context())
    judged(subject, max_rows=5)
    assert module[0].weight.grad is held
    assert torch.equal(held, torch.ones(2, 2))
    assert module[0].bias.grad is None
