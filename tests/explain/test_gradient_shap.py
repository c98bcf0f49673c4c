import numpy as np
import pytest

from tests.explain.networks import contributions, deep_subject, judged, linear_subject, quality
from trustlab.explain.gradient_shap import gradient_shap


def test_a_linear_module_has_exact_shap_values():
    subject = linear_subject()
    far = subject.X.iloc[5] - subject.X.mean()
    result = judged(gradient_shap, subject, row=5, samples=2000)
    assert contributions(result) == pytest.approx({"x0": 2 * far.x0, "x1": -far.x1, "x2": 0.5 * far.x2}, abs=0.15)
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=0.2)


def test_it_is_integrated_gradients_averaged_over_the_data():
    import torch
    from captum.attr import IntegratedGradients

    subject = deep_subject(d=4)
    found = contributions(judged(gradient_shap, subject, row=3, samples=2000))
    module, pool = subject.predictor.native, torch.tensor(subject.X.to_numpy(np.float32))
    code = int(subject.predict_proba(subject.X.iloc[[3]])[0].argmax())
    expected = IntegratedGradients(lambda rows: module(rows).softmax(dim=1)).attribute(
        pool[3].expand_as(pool).contiguous(), pool, target=code, n_steps=100
    )
    np.testing.assert_allclose([found[name] for name in subject.X.columns], expected.mean(dim=0), atol=0.1)


def test_the_module_is_left_as_it_was():
    subject = deep_subject()
    before = subject.predictor.digest()
    judged(gradient_shap, subject, samples=20)
    assert subject.predictor.digest() == before
    assert all(part.grad is None for part in subject.predictor.native.parameters())
