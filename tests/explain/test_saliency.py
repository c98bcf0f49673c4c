import numpy as np
import pytest
import torch

from tests.explain.networks import contributions, deep_subject, image_subject, judged, linear_subject
from trustlab.explain.saliency import saliency


@pytest.mark.parametrize("samples", [0, 5])
def test_a_linear_modules_gradient_is_its_weights(samples):
    result = judged(saliency, linear_subject(), row=1, samples=samples)
    assert contributions(result) == pytest.approx({"x0": 2.0, "x1": 1.0, "x2": 0.5}, abs=1e-5)


def test_it_is_the_derivative_of_the_probability():
    subject = deep_subject()
    found = contributions(judged(saliency, subject, row=4))
    x = subject.X.iloc[4].to_numpy(np.float32)
    code = int(subject.predict_proba(subject.X.iloc[[4]])[0].argmax())
    module, step = subject.predictor.native, 1e-2
    for at in range(len(x)):
        nudge = step * (np.arange(len(x)) == at).astype(np.float32)
        ends = [torch.from_numpy(x + sign * nudge)[None] for sign in (1, -1)]
        high, low = (float(module(end).detach().double().softmax(dim=1)[0, code]) for end in ends)
        assert found[f"x{at}"] == pytest.approx(abs(high - low) / (2 * step), abs=2e-3)


def test_an_image_has_a_heat_map_and_no_completeness():
    result = judged(saliency, image_subject(), row=2)
    assert "6 by 6 pixels" in result.view("heat_map").alt
    assert "completeness residual" not in result.view("quality").column("measure")
