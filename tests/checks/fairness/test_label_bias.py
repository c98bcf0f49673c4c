import pytest

from tests.checks.fairness.audited import asked, counted, rows_of
from trustlab.checks.fairness.label_bias import label_bias
from trustlab.stats.intervals import proportion_ratio

UNEQUAL = {"a": (400, 0, 0, 600), "b": (700, 0, 0, 300)}


def test_labels_that_favour_a_group_warn_and_equal_ones_pass():
    result = asked(label_bias, counted(**UNEQUAL), named={"target": "y"})
    assert result.status == "warn"
    assert result.value == pytest.approx(0.5)
    assert result.interval == pytest.approx(proportion_ratio(300, 1000, 600, 1000).at(())[1:])
    assert "y is 1 less often for group b than for a: 0.50 times as often" in result.reason
    assert asked(label_bias, counted(a=(400, 0, 0, 600), b=(420, 0, 0, 580)), named={"target": "y"}).status == "pass"


def test_predictions_do_not_matter():
    frame = counted(a=(100, 100, 100, 100), b=(150, 150, 50, 50))
    assert asked(label_bias, frame).value == asked(label_bias, frame, named={"target": "y"}).value == 0.5


def test_who_is_missing_from_the_rows_is_named_against_the_population():
    frame = counted(a=(400, 0, 0, 500), b=(50, 0, 0, 50))
    result = asked(label_bias, frame, named={"target": "y"}, population={"a": "0.5", "b": "0.5"})
    assert "Under-represented, surely below four fifths: b (0.1 of the rows, 0.5 of the population)" in result.reason
    shares = rows_of(result, "representation", "group")
    assert shares.loc["b", ["share", "population"]].tolist() == [0.1, 0.5]
    fair = asked(label_bias, frame, named={"target": "y"}, population={"b": "0.11"})
    assert "Under-represented" not in fair.reason


@pytest.mark.parametrize(
    ("population", "said"),
    [
        ({"c": "0.1"}, "got 'c'"),
        ({"a": "much"}, "got 'much'"),
        ({"a": "0.9", "b": "0.9"}, "got 1.8"),
        ({"a": "0"}, "got '0'"),
    ],
)
def test_a_population_that_makes_no_sense_is_named(population, said):
    result = asked(label_bias, counted(**UNEQUAL), named={"target": "y"}, population=population)
    assert result.status == "error"
    assert said in result.reason
