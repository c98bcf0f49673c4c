import numpy as np
import pytest
import torch
from scipy.stats import ttest_ind

from tests.explain.networks import deep_subject, image_subject, judged, quality
from tests.explain.test_prototypes import subject_of
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain._network import network
from trustlab.explain.concepts import Directions, _direction, _rising, _tested, concepts, layer_gradients


@pytest.fixture(scope="module")
def subject():
    return deep_subject(n=300)


def test_gradients_by_a_layer_are_those_of_the_rest_of_the_module(subject):
    net = network(subject, subject.X.iloc[:7], Context(), "t")
    activations, gradients = layer_gradients(net, "1", 1)
    module = subject.predictor.native
    held = module[1](module[0](net.inputs)).detach().requires_grad_()
    (expected,) = torch.autograd.grad(module[2](held).softmax(dim=1)[:, 1].sum(), held)
    np.testing.assert_allclose(activations, held.detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(gradients, expected.numpy(), atol=1e-6)


def test_a_concept_that_decides_and_one_that_does_not(subject):
    before = subject.predictor.digest()
    decides = judged(concepts, subject, concept="x0 > 0.5")
    assert decides.value > 0.9
    assert decides.p_value < 0.05
    assert decides.provenance["layer"] == "1"
    assert quality(decides)["accuracy of the direction"] > 0.7
    against = judged(concepts, subject, concept="x0 > 0.5", outcome="0")
    assert against.value < 0.1
    idle = judged(concepts, subject, concept="x5 > 0")
    assert idle.p_value > 0.05
    assert "no more than random" in idle.reason
    assert subject.predictor.digest() == before


def test_the_score_counts_rows_and_the_tests_are_scipys_and_a_hand_count():
    slopes = np.array([[1.0, 0.0], [-1.0, 0.0], [2.0, 5.0], [0.0, 1.0]])
    assert _rising(slopes, np.array([1.0, 0.0])) == pytest.approx(((1 + 0 + 1 + 0.5) / 4, 0.5))
    rng = np.random.default_rng(0)
    made = Directions(*rng.normal(size=(5, 20)))
    welch, placed = _tested(made)
    assert welch == pytest.approx(ttest_ind(made.scores, made.random_scores, equal_var=False).pvalue)
    assert placed == (1 + sum(abs(rise) >= abs(made.rises.mean()) for rise in made.random_rises)) / 21


def test_the_direction_is_the_difference_of_means():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(30, 4)) + 5, rng.normal(size=(30, 4))])
    direction, accuracy = _direction(points, np.arange(30), np.arange(30, 60))
    assert direction == pytest.approx(points[:30].mean(axis=0) - points[30:].mean(axis=0))
    assert accuracy == 1
    assert _direction(points, np.arange(0, 60, 2), np.arange(1, 60, 2))[1] < 0.8


def test_what_it_cannot_ask(subject):
    assert judged(concepts, subject_of(), concept="a > 0").status == "not_applicable"
    assert "needs 10 rows with the concept" in judged(concepts, subject, concept="x0 > 99").reason
    with pytest.raises(UsageError, match="concept must be true or false"):
        concepts(subject, concept="x0 + 1", context=Context())
    with pytest.raises(UsageError, match="layer must be one of 0, 1, 2; got '7'"):
        concepts(subject, concept="x0 > 0", layer="7", context=Context())
    with pytest.raises(UsageError, match="outcome must be one of 0, 1; got 'yes'"):
        concepts(subject, concept="x0 > 0", outcome="yes", context=Context())


def test_an_image_by_its_brightness():
    assert judged(concepts, image_subject(n=120), concept="pixel_0 > 0.5", runs=5).n > 20
