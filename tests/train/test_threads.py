from __future__ import annotations

import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from threadpoolctl import threadpool_info, threadpool_limits

from trustlab.train.fit import fit
from trustlab.train.threads import few_cells, few_products, threads


def pools() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    with threadpool_limits(limits=2):
        torch.set_num_threads(2)
        yield
        torch.set_num_threads(before)


def test_one_thread_in_the_block_and_as_before_after_it(two_threads):
    before = pools()
    with threads(few=True):
        assert torch.get_num_threads() == 1
        assert pools() == {1}
    assert torch.get_num_threads() == 2
    assert pools() == before


def test_an_error_puts_the_threads_back_too(two_threads):
    with pytest.raises(ZeroDivisionError), threads(few=True):
        _ = 1 / 0
    assert torch.get_num_threads() == 2


def test_large_work_keeps_its_threads(two_threads):
    with threads(few=False):
        assert torch.get_num_threads() == 2


def test_what_is_small():
    assert few_cells(300, 12)
    assert not few_cells(50_000, 30)
    table, image = torch.zeros(8, 20), torch.zeros(8, 1, 28, 28)
    assert few_products(torch.nn.Linear(20, 64), table, batch=32)
    assert not few_products(torch.nn.Linear(4096, 4096), torch.zeros(8, 4096), batch=32)
    # The same kernel is small where it is used once, and not where it passes over 784 positions.
    assert not few_products(torch.nn.Conv2d(1, 64, 5), image, batch=512)


class Watcher(ClassifierMixin, BaseEstimator):
    """Notes how many threads it was fitted with."""

    def fit(self, X, y):
        self.classes_ = sorted(set(y))
        self.threads_ = torch.get_num_threads()
        return self

    def predict(self, X):
        return [self.classes_[0]] * len(X)


class Listening(torch.nn.Sequential):
    """Notes how many threads it was trained with."""

    def forward(self, inputs):
        if self.training:
            self.heard = torch.get_num_threads()
        return super().forward(inputs)


def test_small_trainings_take_one_thread(two_threads):
    X, y = load_iris(return_X_y=True, as_frame=True)
    assert fit(Watcher(), X, y, task="multiclass").native.threads_ == 1
    module = Listening(torch.nn.Linear(4, 3))
    assert fit(module, X, y, task="multiclass", epochs=1).record["threads"] == 1
    assert module.heard == 1
    assert torch.get_num_threads() == 2


def test_large_trainings_take_all(two_threads):
    X = pd.DataFrame({f"x{i}": range(10_000) for i in range(20)})
    assert fit(Watcher(), X, [0, 1] * 5_000, task="binary").native.threads_ == 2
