import torch
from torch import nn

from trustlab.train.plans import Eager


def test_it_changes_nothing():
    plan, module, rows = Eager(), nn.Linear(2, 2), torch.ones(3, 2)
    assert plan.prepare(module) is module
    assert plan.rows(rows) is rows
    with plan.precision():
        assert module(rows).dtype == torch.float32
