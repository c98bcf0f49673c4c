import numpy as np
import pytest
import torch
from torch import nn

from trustlab.core.errors import InputError, UsageError
from trustlab.models import as_predictor
from trustlab.models.torch_model import TorchEngine, log_probabilities, output_of


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(9000, 4)).astype(np.float32)


def module(*last, width=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, width), *last)


@pytest.mark.parametrize("last", [(), (nn.Softmax(dim=1),), (nn.LogSoftmax(dim=1),)], ids=["logits", "soft", "log"])
def test_probabilities_are_the_softmax_whatever_the_last_layer(rows, last):
    network = module(*last)
    predictor = as_predictor(network)
    logits = network[:5].eval()(torch.from_numpy(rows)).detach().double().numpy()
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predictor.predict_proba(rows), expected, atol=1e-6)
    np.testing.assert_array_equal(predictor.predict(rows), expected.argmax(axis=1))
    assert (predictor.task, predictor.classes) == ("multiclass", [0, 1, 2])


@pytest.mark.parametrize("last", [(), (nn.Sigmoid(),)], ids=["logit", "sigmoid"])
def test_one_output_is_the_second_class(rows, last):
    network = module(*last, width=1)
    predictor = as_predictor(network, task="binary", classes=["no", "yes"])
    chance = torch.sigmoid(network[:5].eval()(torch.from_numpy(rows))).detach().double().numpy()[:, 0]
    np.testing.assert_allclose(predictor.predict_proba(rows)[:, 1], chance, atol=1e-6)
    assert set(predictor.predict(rows)) == {"no", "yes"}


def test_a_softmax_that_is_no_layer_is_recognised_by_its_sums():
    soft = torch.tensor([[0.2, 0.8], [0.6, 0.4]])
    torch.testing.assert_close(log_probabilities(soft, "logits").exp(), soft)


def test_asking_changes_neither_mode_nor_state_and_the_digest_sees_one_weight(rows):
    network = module().train()
    network[1].eval()
    predictor = as_predictor(network)
    before = predictor.digest()
    predictor.predict_proba(rows)
    assert [part.training for part in network] == [True, False, True, True, True]
    assert predictor.digest() == before
    with torch.no_grad():
        network[0].weight[0, 0] += 1e-6
    assert predictor.digest() != before


def test_a_module_of_half_precision_has_a_digest():
    network = module().to(torch.bfloat16)
    assert as_predictor(network).digest() != as_predictor(module()).digest()


def test_pixels_become_the_image_that_the_convolution_takes():
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    pixels = np.random.default_rng(0).random((5, 48), dtype=np.float32)
    shaped = network(torch.from_numpy(pixels.reshape(5, 3, 4, 4))).softmax(dim=1).detach().numpy()
    np.testing.assert_allclose(as_predictor(network).predict_proba(pixels), shaped, atol=1e-6)
    np.testing.assert_allclose(as_predictor(network).predict_proba(pixels.reshape(5, 3, 4, 4)), shaped, atol=1e-6)
    with pytest.raises(InputError, match=r"square image of 3 channels.*got 47 columns"):
        as_predictor(network).predict(pixels[:, :47])


def test_regression_turns_the_target_back(rows):
    network = module(width=1)
    engine = TorchEngine(module=network, output="logits", task="regression", target_mean=100.0, target_scale=10.0)
    raw = network.eval()(torch.from_numpy(rows)).detach().double().numpy()
    np.testing.assert_allclose(engine.predict(rows), raw * 10 + 100)


def test_what_a_module_does_not_tell_must_be_given(rows):
    with pytest.raises(UsageError, match="task must be given"):
        as_predictor(module(width=1))
    assert as_predictor(module(nn.Sigmoid(), width=1)).task == "binary"
    assert output_of(module(nn.LogSoftmax(dim=1))) == "log_probabilities"
    with pytest.raises(InputError, match=r"\(rows, 3\)"):
        as_predictor(module(width=2), classes=["a", "b", "c"]).predict(rows)


def test_a_module_that_raises_names_itself(rows):
    with pytest.raises(InputError, match=r"model 'Sequential'.*9000 rows.*RuntimeError"):
        as_predictor(module()).predict(rows[:, :3])
