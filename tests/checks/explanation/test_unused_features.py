from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.unused_features import unused_features


def test_inputs_without_weight_are_named():
    result = judged(unused_features, linear([3.0, 0.0, 1.0, 0.0]))
    assert result.status == "warn"
    assert result.value == 2
    assert "x1, x3" in result.reason
    view = result.view("importance")
    assert dict(zip(view.column("feature"), view.column("note"), strict=True)) == {
        "x0": "",
        "x1": "unused",
        "x2": "",
        "x3": "unused",
    }


def test_one_that_must_be_used_fails():
    subject = linear([3.0, 0.0, 1.0])
    result = judged(unused_features, subject, expected=["x0", "x1"])
    assert result.status == "fail"
    assert result.reason.startswith("The model should use x1 and does not. ")
    assert judged(unused_features, subject, expected=["income"]).status == "fail"
    assert judged(unused_features, subject, expected=["x0"]).status == "warn"


def test_weak_inputs_are_used():
    result = judged(unused_features, linear([1.0, 0.05, 1.0]), expected=["x1"])
    assert result.status == "pass"
    assert result.value == 0
