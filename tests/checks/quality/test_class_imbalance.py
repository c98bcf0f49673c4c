import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.class_imbalance import class_imbalance
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.intervals import wilson


def checked(y, **given):
    frame = pd.DataFrame({"a": np.arange(len(y)) % 7, "g": ["u", "v"] * (len(y) // 2), "y": y})
    subject = Subject.load(data=frame, target="y", context=Context(), **given)
    return evaluate(class_imbalance, {"subject": subject}, Context())


def test_even_classes_pass():
    result = checked(["b", "c", "d", "e"] * 100)
    assert result.status == "pass"
    assert result.value == 0.25


def test_a_rare_class_warns_with_its_interval():
    result = checked([1] * 8 + [0] * 1992)
    assert result.status == "warn"
    assert result.interval == pytest.approx(wilson(8, 2000).at(())[1:])
    assert "8 of 2,000 rows" in result.reason
    assert "right in 99.6%" in result.reason


def test_the_thinnest_cell_of_class_and_group():
    y = np.zeros(400, int)
    y[::2] = np.arange(200) < 100
    y[1] = 1
    result = checked(y, sensitive="g")
    assert result.view("by_group").rows[0][:4] == ("g", "v", "1", 1)


def test_numbers_have_no_classes():
    assert checked(np.arange(100) / 7).status == "not_applicable"


def test_very_many_groups_are_bounded_and_counted():
    y = [0, 1, 2] * 4000
    frame = pd.DataFrame({"a": 1.0, "g": [f"g{place // 3}" for place in range(12_000)], "y": y})
    subject = Subject.load(data=frame, target="y", sensitive="g", context=Context())
    view = evaluate(class_imbalance, {"subject": subject}, Context()).view("by_group")
    assert len(view.rows) == 50
    assert "11,950 larger ones are left out" in view.caption
