import numpy as np
import pandas as pd
import pytest

from trustlab.checks.segments.error_tree import error_tree
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.data.expressions import where
from trustlab.models.subject import Subject


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", prediction="said", context=Context())
    return evaluate(error_tree, {"subject": subject}, Context(), parameters=parameters)


def test_the_tree_asks_what_parts_the_errors(people):
    result = checked(people())
    assert result.status == "pass"  # shown, not judged
    assert "debt_ratio > 0.7" in result.reason
    assert "self_employed = yes" in result.reason
    assert result.value == pytest.approx(0.35, abs=0.12)
    assert result.interval[0] > 0
    tree = result.view("tree")
    assert tree.kind == "graph"
    assert len(tree.nodes) == len(tree.rows) + 1
    paths = result.view("nodes").column("rows where")
    assert all(any(path.endswith(question) for path in paths) for question in tree.column("label"))


def test_numbers_are_of_rows_that_did_not_grow_it(people):
    frame = people()
    nodes = checked(frame).view("nodes")
    root = dict(zip(nodes.columns, nodes.rows[0], strict=True))
    wrong = (frame.said != frame.y).to_numpy()
    assert root["n"] == 2000
    assert root["error"] == pytest.approx(wrong.mean(), abs=0.03)
    leaves = [row for row in nodes.rows if row[-1]]
    assert sum(row[3] for row in leaves) == 2000
    for row in leaves:
        asked = row[2].replace("self_employed = yes", "self_employed == 'yes'")
        asked = asked.replace("self_employed = no", "self_employed == 'no'")
        if "region" in asked or "missing" in asked:
            continue
        inside = where(frame, asked)
        assert row[3] == pytest.approx(len(inside) / 2, rel=0.2)
        assert row[4] == pytest.approx((inside.said != inside.y).mean(), abs=0.1)


def test_even_errors_grow_no_tree(people):
    result = checked(people(bad=0.1, seed=1))
    assert result.value == 0
    assert "No question" in result.reason
    assert len(result.view("nodes").rows) == 1


def test_regression_names_the_errors_unit():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=2000), "g": rng.choice(list("uvw"), 2000), "y": rng.normal(size=2000)})
    frame["said"] = frame.y + rng.normal(size=2000) * np.where(frame.g == "w", 5.0, 1.0)
    result = checked(frame)
    assert "g = w" in result.reason
    assert result.unit == "mean absolute error"
    # the mean of |N(0, s)| is s * sqrt(2 / pi)
    assert result.value == pytest.approx(4 * np.sqrt(2 / np.pi), rel=0.15)


def test_few_rows_and_names_of_rows(people):
    assert checked(people(n=60)).status == "not_applicable"
    frame = people().assign(customer=[f"c{at}" for at in range(4000)])
    assert "Not parted by: customer (names rows)" in checked(frame).reason
