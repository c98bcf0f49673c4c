"""A champion rests on what was looked at: an audit that left a blocking check out chooses nobody."""

from __future__ import annotations

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.core.execute import run
from trustlab.models.registry import Registry

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs


def audit(**asked):
    return run("audit", {"model": "lender@1", "data": "loans@main", **asked}, Context(progress=False))


@pytest.mark.parametrize(
    "asked", [{"only": ["quality"]}, {"only": ["performance", "quality"], "skip": ["performance"]}]
)
def test_a_check_that_was_left_out_is_no_pass(playground, asked):
    run("model.champion", {"model": "lender@1"}, Context())
    assert audit(**asked).status != "fail"
    with pytest.raises(InputError, match=r"it left out performance\.metrics"):
        run("model.choose", {"models": ["lender@1"], "policy": "policy.yaml"}, Context())


def test_the_default_policy_wants_every_check(playground):
    with pytest.raises(InputError, match=r"it left out .* and \d+ more"):
        run("model.choose", {"models": ["lender@1"]}, Context())


def test_what_the_policy_does_not_ask_is_no_gap(playground):
    answer = run("model.choose", {"models": ["lender@1"], "policy": "policy.yaml"}, Context())
    assert answer.payload["champion"] == "lender@1"
    assert Registry(Context().workspace).versions("lender")[0].champion
