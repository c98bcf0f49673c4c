import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.sample_size import sample_size
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.power import detectable_drop


def checked(sizes, y=None):
    group = np.repeat([f"g{i}" for i in range(len(sizes))], sizes)
    frame = pd.DataFrame({"a": 1.0, "group": group, "y": np.arange(len(group)) % 2 if y is None else y})
    subject = Subject.load(data=frame, target="y", sensitive="group", context=Context())
    return evaluate(sample_size, {"subject": subject}, Context())


def test_large_groups_pass():
    result = checked([4000, 4000])
    assert result.status == "pass"
    assert result.value == pytest.approx(detectable_drop(0.5, 4000, 4000) / 0.5)


def test_a_small_group_is_named():
    result = checked([4000, 4000, 30])
    assert result.status == "warn"
    assert "group = g2 (n 30)" in result.reason
    assert "1 of 3 groups" in result.reason


def test_one_row_one_group_and_one_answer():
    assert "not even if it is 0" in checked([500, 1]).reason
    assert checked([500]).status == "not_applicable"


def test_an_attribute_of_one_group_has_nobody_to_differ_from():
    frame = pd.DataFrame({"a": 1.0, "all": "x", "half": ["u", "v"] * 4000, "y": [0, 1, 1, 0] * 2000})
    subject = Subject.load(data=frame, target="y", sensitive="all,half", context=Context())
    result = evaluate(sample_size, {"subject": subject}, Context())
    assert result.status == "pass"
    assert set(result.view("by_group").column("attribute")) == {"half"}
