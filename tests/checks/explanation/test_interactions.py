import numpy as np
import pandas as pd
import pytest

from tests.checks.explanation.subjects import asked, judged, linear
from trustlab.checks.explanation.interactions import interactions


def table(n=200):
    return pd.DataFrame(np.random.default_rng(0).normal(size=(n, 4)), columns=list("abcd"))


def test_a_product_is_all_interaction_and_a_sum_none():
    result = judged(interactions, asked(lambda rows: (rows["a"] * rows["b"] + 0.5 * rows["c"]).to_numpy(), table()))
    assert set(result.view("pairs").rows[0][:2]) == {"a", "b"}
    assert result.value > 0.9
    assert dict(zip(*(result.view("matrix").column(name) for name in ("input", "c")), strict=True))["a"] < 0.2
    assert judged(interactions, linear([1.0, 2.0, 3.0])).value == pytest.approx(0, abs=1e-6)


def test_one_input_and_no_effect():
    assert judged(interactions, linear([1.0])).status == "not_applicable"
    assert judged(interactions, linear([0.0, 0.0])).status == "not_applicable"
