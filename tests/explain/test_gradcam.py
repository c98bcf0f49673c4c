import numpy as np
import pytest
import torch

from tests.explain.networks import deep_subject, image_subject, judged
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain._network import attributed, network
from trustlab.explain.gradcam import class_activation, gradcam


def test_it_is_the_maps_weighted_by_their_mean_gradient():
    subject = image_subject()
    net = network(subject, subject.X.iloc[:5], Context(), "t")
    found = attributed(net, lambda one: class_activation(one, "0"))
    module = subject.predictor.native
    maps = module[0](net.inputs).detach().requires_grad_()
    probability = module[3](module[2](module[1](maps))).softmax(dim=1).gather(1, net.target[:, None]).sum()
    (gradient,) = torch.autograd.grad(probability, maps)
    expected = (maps * gradient.mean(dim=(2, 3), keepdim=True)).sum(dim=1, keepdim=True).relu()
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-6)


def test_a_picture_and_a_quality():
    result = judged(gradcam, image_subject(), row=1)
    assert "6 by 6 pixels" in result.view("heat_map").alt
    assert "similarity to a random model" in result.view("quality").column("measure")


def test_a_module_without_convolutions_and_an_unknown_layer():
    assert judged(gradcam, deep_subject(), row=1).status == "not_applicable"
    with pytest.raises(UsageError, match="layer must be one of 0; got 'conv'"):
        gradcam(image_subject(), layer="conv", context=Context())
