import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from torch import nn

from trustlab.core.errors import InputError, UsageError
from trustlab.train import build, fit
from trustlab.train.loop import Examples, batches


def test_the_table_network_learns_from_text_gaps_and_numbers(clinic):
    X, y, _ = clinic
    train, test = train_test_split(range(len(X)), test_size=0.3, random_state=0)
    model = build("mlp", X.iloc[train], y.iloc[train], task="binary")
    predictor = fit(model, X.iloc[train], y.iloc[train], task="binary", name="net")
    assert (predictor.name, predictor.kind, predictor.classes) == ("net", "torch", [0, 1])
    # A logistic regression on the same split reaches 0.83.
    assert roc_auc_score(y.iloc[test], predictor.predict_proba(X.iloc[test])[:, 1]) > 0.75
    losses = predictor.record["loss"]
    assert losses[-1] < losses[0]
    assert predictor.record["plan"] == "eager"


def test_the_image_network_reads_digits(digits):
    (X, y), (unseen, truth) = digits
    predictor = fit(build("cnn", X, y, task="multiclass"), X, y, task="multiclass", epochs=12)
    assert (predictor.predict(unseen) == truth).mean() > 0.9
    assert predictor.record["preprocessing"] == "pixels shaped to (1, 8, 8), divided by 16"


def test_regression_predicts_in_the_targets_unit(clinic):
    X, _, target = clinic
    train, test = train_test_split(range(len(X)), test_size=0.3, random_state=0)
    model = build("mlp", X.iloc[train], target.iloc[train], task="regression")
    predictor = fit(model, X.iloc[train], target.iloc[train], task="regression")
    assert r2_score(target.iloc[test], predictor.predict(X.iloc[test])) > 0.25


def test_the_same_seed_gives_the_same_network_and_the_global_one_is_left_alone(clinic):
    X, y, _ = clinic
    before = torch.random.get_rng_state()
    made = [
        fit(build("mlp", X, y, task="binary", seed=seed), X, y, task="binary", seed=seed, epochs=3).digest()
        for seed in (5, 5, 6)
    ]
    assert made[0] == made[1] != made[2]
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)),
        nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid()),
        nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(dim=1)),
        nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2), nn.LogSoftmax(dim=1)),
    ],
    ids=["logit", "sigmoid", "softmax", "log_softmax"],
)
def test_every_usual_ending_learns(network):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(401, 2)), columns=["a", "b"])
    y = np.where(X["a"] + X["b"] > 0, "up", "down")
    predictor = fit(network, X, y, task="binary", epochs=30, learning_rate=0.02)
    assert predictor.classes == ["down", "up"]
    assert (predictor.predict(X) == y).mean() > 0.95


def test_training_stops_when_held_out_rows_get_no_better_and_keeps_the_best():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 20)))
    X.columns = [f"x{i}" for i in range(20)]
    noise = rng.integers(0, 2, 300)
    predictor = fit(build("mlp", X, noise, task="binary"), X, noise, task="binary", epochs=200, learning_rate=0.01)
    record = predictor.record
    assert record["epochs"] == record["best_epoch"] + 10 < 200
    assert record["held_out_loss"][record["best_epoch"] - 1] == min(record["held_out_loss"])
    assert record["held_out"] == 45


def test_an_interrupt_puts_the_network_back(clinic):
    X, y, _ = clinic
    network = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 2))
    before = {key: value.clone() for key, value in network.state_dict().items()}

    def interrupted(epochs, _label):
        yield next(iter(epochs))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(network, X[["age", "bmi"]], y, task="binary", progress=interrupted)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_no_epochs_take_the_network_as_it_is(clinic):
    X, y, _ = clinic
    network = nn.Linear(2, 2)
    predictor = fit(network, X[["age", "bmi"]], y, task="binary", epochs=0)
    rows = torch.tensor(X[["age", "bmi"]].to_numpy(), dtype=torch.float32)
    expected = network(rows).softmax(dim=1).detach().numpy()
    np.testing.assert_allclose(predictor.predict_proba(X), expected, atol=1e-6)
    assert predictor.record["already_fitted"]


def test_networks_that_do_not_fit_the_data_say_what_they_should_take_and_return(clinic, digits):
    X, y, _ = clinic
    with pytest.raises(InputError, match=r"inputs of shape \('n', 14\).*RuntimeError") as caught:
        fit(nn.Linear(12, 2), X, y, task="binary")
    assert "LazyLinear" in caught.value.hint
    with pytest.raises(InputError, match=r"2 logits, one per class per row; got shape \(4, 3\)"):
        fit(nn.Linear(14, 3), X, y, task="binary")
    (pixels, labels), _ = digits
    with pytest.raises(InputError, match=r"square image of 1 channels.*got 63 columns"):
        fit(build("cnn", pixels, labels, task="multiclass"), pixels.iloc[:, :63], labels, task="multiclass")
    with pytest.raises(InputError, match="must stay finite"):
        fit(nn.Linear(14, 2), X, y, task="binary", learning_rate=1e30)
    with pytest.raises(UsageError, match="learning_rate must be positive"):
        fit(nn.Linear(14, 2), X, y, task="binary", learning_rate=0)


def test_batches_hold_every_row_once():
    examples = Examples(torch.arange(10.0), torch.arange(10))
    parts = [part.targets.tolist() for part in batches(examples, 4)]
    assert parts == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_an_infinite_number_is_named():
    X = pd.DataFrame({"a": [np.inf, *range(49)], "b": range(50)})
    with pytest.raises(InputError, match="infinity"):
        fit(nn.Sequential(nn.LazyLinear(2)), X, [0, 1] * 25, task="binary", epochs=1)
