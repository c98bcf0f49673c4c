import numpy as np
import pytest

from tests.explain.networks import deep_subject, linear_subject
from trustlab.core.context import Context
from trustlab.explain._network import masks, network, random_twin, scores


def test_masks_mix_the_row_and_the_baseline():
    subject = linear_subject()
    net = network(subject, subject.X.iloc[:4], Context(), "t")
    keep = np.zeros((4, 2, 3), dtype=bool)
    keep[:, 1] = True
    found = masks(net)(keep)
    np.testing.assert_allclose(found[:, 1], subject.predict(subject.X.iloc[:4]), atol=1e-6)
    np.testing.assert_allclose(found[:, 0], found[0, 0], atol=1e-6)


def test_the_random_twin_is_another_and_the_module_stays():
    subject = deep_subject()
    before = subject.predictor.digest()
    twin = random_twin(subject.predictor.engine, 3)
    assert subject.predictor.digest() == before
    assert twin.digest() != before
    assert random_twin(subject.predictor.engine, 3).digest() == twin.digest()


def test_one_output_speaks_for_the_second_class():
    import torch

    assert scores(torch.tensor([[2.0], [-1.0]]), regression=False).tolist() == [[-2.0, 2.0], [1.0, -1.0]]
    assert scores(torch.tensor([2.0]), regression=True).tolist() == [[2.0]]


@pytest.mark.parametrize("row", [0, None])
def test_every_gradient_method_says_how_far_it_can_be_trusted(row):
    from tests.explain.networks import judged, quality
    from trustlab.explain.integrated_gradients import integrated_gradients

    result = judged(integrated_gradients, deep_subject(), row=row)
    measures = quality(result)
    assert measures["faithfulness over random"] > 0
    assert measures["stability over reruns"] == pytest.approx(1)
    assert measures["stability under noise"] > 0.8
    assert measures["similarity to a random model"] < measures["stability over reruns"]
    assert "against random orders" in result.view("quality").caption
    assert {"taken away, in this order", "put back, at random"} <= set(result.view("faithfulness").column("order"))
