import numpy as np
import pandas as pd
import pytest
import torch

from tests.explain.networks import contributions, deep_subject, judged, linear_subject, quality
from trustlab.core.context import Context
from trustlab.explain._network import network
from trustlab.explain.deep_shap import deep_shap
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def test_a_linear_module_is_the_closed_form():
    subject = linear_subject()
    pool = network(subject, subject.X.iloc[[5]], Context(), "explain.deep_shap").pool[:50].numpy().mean(axis=0)
    far = subject.X.iloc[5].to_numpy() - pool
    result = judged(deep_shap, subject, row=5)
    assert contributions(result) == pytest.approx({"x0": 2 * far[0], "x1": -far[1], "x2": 0.5 * far[2]}, abs=1e-4)


def test_units_that_act_alone_have_exact_shap_values():
    # sum of relu(w x) has no interactions: a contribution is its own unit's mean difference
    module = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.ReLU(), torch.nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        module[0].weight.copy_(torch.diag(torch.tensor([1.0, -2.0])))
        module[2].weight.copy_(torch.tensor([[3.0, 1.0]]))
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["a", "b"])
    predictor = as_predictor(module, task="regression", features=["a", "b"])
    subject = Subject.load(model=predictor, data=X, target=X.a, task="regression", context=Context())
    units = np.stack([3 * np.maximum(X.a, 0), np.maximum(-2 * X.b, 0)], axis=1)
    result = judged(deep_shap, subject, row=7)
    assert [contributions(result)[name] for name in "ab"] == pytest.approx(units[7] - units.mean(axis=0), abs=1e-4)
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-4)


def test_a_classifier_adds_up_in_its_score():
    result = judged(deep_shap, deep_subject())
    assert result.unit == "the module's score"
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-3)
    assert result.view("importance").column("feature")[0] == "x0"


def test_an_activation_without_a_layer_shows_in_the_residual_or_is_refused():
    class Bare(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = torch.nn.Linear(2, 8), torch.nn.Linear(8, 1)

        def forward(self, rows):
            return self.last(self.first(rows).relu())

    torch.manual_seed(0)
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["a", "b"])
    predictor = as_predictor(Bare(), task="regression", features=["a", "b"])
    subject = Subject.load(model=predictor, data=X, target=X.a, task="regression", context=Context())
    assert abs(quality(judged(deep_shap, subject))["completeness residual"]) > 1e-3
