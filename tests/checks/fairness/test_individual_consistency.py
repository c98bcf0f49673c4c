import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from tests.checks.fairness.audited import asked, lenders
from trustlab.checks.fairness.individual_consistency import individual_consistency


def test_the_value_is_zemels_as_aif360_computes_it():
    rng = np.random.default_rng(0)
    frame = lenders(rng, 300, more=rng.normal(size=300))
    X = frame[["merit", "more"]].to_numpy()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    nearest = NearestNeighbors(n_neighbors=5).fit(X).kneighbors(X, return_distance=False)
    said = frame.said.to_numpy()
    expected = 1 - np.mean(np.abs(said - said[nearest].mean(axis=1)))
    result = asked(individual_consistency, frame)
    assert result.value == pytest.approx(expected)
    assert result.interval[0] < result.value < result.interval[1]


def test_arbitrary_decisions_are_less_consistent_than_those_by_merit():
    rng = np.random.default_rng(1)
    frame = lenders(rng, 500)
    by_merit = asked(individual_consistency, frame.assign(said=(frame.merit > 0).astype(int)))
    by_lot = asked(individual_consistency, frame.assign(said=rng.integers(0, 2, 500)))
    assert by_merit.value > 0.98
    assert by_lot.value < 0.75


def test_the_sensitive_attribute_is_no_part_of_likeness_and_gaps_survive():
    frame = lenders(np.random.default_rng(2), 200)
    frame.loc[:20, "merit"] = np.nan
    frame["nothing"] = np.nan
    frame["word"] = pd.Series(["x", None] * 100)
    assert asked(individual_consistency, frame).status == "pass"
    only = asked(individual_consistency, frame[["y", "said", "group"]])
    assert only.status == "not_applicable"
    assert asked(individual_consistency, frame.head(4)).status == "not_applicable"


def test_numbers_and_several_classes_have_one_too():
    rng = np.random.default_rng(3)
    frame = lenders(rng, 300)
    numbers = frame.assign(y=frame.merit, said=frame.merit * 2)
    assert asked(individual_consistency, numbers).value > 0.97
    classes = frame.assign(y=pd.cut(frame.merit, 3, labels=["x", "y", "z"]).astype(str))
    assert asked(individual_consistency, classes.assign(said=classes.y)).value > 0.95
    assert asked(individual_consistency, classes.assign(said=classes.y), max_rows=100).n == 100


def test_of_many_categories_the_most_frequent_tell_who_is_alike():
    rng = np.random.default_rng(4)
    rare = [f"a{place:03}" for place in range(60)]  # first by their letters, one row each
    word = np.r_[rare, rng.choice(["yes", "zero"], 540)]
    frame = pd.DataFrame({"y": word == "yes", "said": word == "yes", "word": word, "group": "a"}).astype({"y": int})
    assert asked(individual_consistency, frame.assign(said=frame.said.astype(int))).value > 0.9
