from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_info, threadpool_limits

from trustlab.models.adapt import as_predictor
from trustlab.models.threads import few_cells, few_products, threads


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
    assert few_products(torch.nn.Conv2d(1, 64, 5), image)
    assert not few_products(torch.nn.Conv2d(1, 64, 5), torch.zeros(2000, 1, 28, 28))


class Watcher(ClassifierMixin, BaseEstimator):
    """Notes how many threads it was asked with."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        self.threads_ = pools()
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X):
        self.threads_ = pools()
        return np.tile([0.75, 0.25], (len(X), 1))


@pytest.mark.parametrize("what", ["predict", "predict_proba"])
def test_small_questions_take_one_thread_and_large_ones_all(two_threads, what):
    watcher = Watcher().fit(None, [0, 1])
    predictor = as_predictor(watcher, task="binary")
    getattr(predictor, what)(np.zeros((100, 5)))
    assert watcher.threads_ == {1}
    getattr(predictor, what)(np.zeros((200_000, 5)))
    assert 2 in watcher.threads_


class Listening(torch.nn.Linear):
    """Notes how many threads it was asked with."""

    def forward(self, inputs):
        self.heard = torch.get_num_threads()
        return super().forward(inputs)


def test_a_small_module_answers_on_one_thread_and_a_large_one_on_all(two_threads):
    small, large = Listening(4, 3), Listening(300, 3000)
    as_predictor(small, task="multiclass", classes=[0, 1, 2]).predict(np.zeros((100, 4), dtype="float32"))
    as_predictor(large, task="multiclass", classes=list(range(3000))).predict(np.zeros((1200, 300), dtype="float32"))
    assert (small.heard, large.heard) == (1, 2)
