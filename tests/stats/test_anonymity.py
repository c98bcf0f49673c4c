import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.stats.anonymity import closeness, combine, crowd, diversity, match_chance, singling_out


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_crowds_are_pandas_groups(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "s"])
    group = combine(frame[["a", "b"]].to_numpy().T)
    grouped = frame.groupby(["a", "b"]).s
    assert crowd(group).tolist() == grouped.transform("size").tolist()
    assert diversity(group, frame.s)[group].tolist() == grouped.transform("nunique").tolist()
    whole = frame.s.value_counts(normalize=True)
    far = grouped.transform(lambda part: part.value_counts(normalize=True).sub(whole, fill_value=0).abs().sum() / 2)
    assert closeness(group, frame.s)[group] == pytest.approx(far.to_numpy())


def test_li_s_example_of_a_group_that_tells():
    group, disease = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    assert diversity(group, disease).tolist() == [1, 2]
    assert closeness(group, disease).tolist() == [0.25, 0.25]


def test_the_combination_that_singles_out_is_found_step_by_step():
    columns = {"sex": [0, 0, 1, 1, 0, 1], "age": [0, 1, 0, 1, 2, 2], "same": [0] * 6}
    steps = singling_out(columns)
    assert [(step.column, step.unique) for step in steps] == [("age", 0), ("sex", 6)]
    assert singling_out({}) == []
    assert singling_out({"same": [0, 0]}) == []


def test_the_chance_of_a_match_by_hand():
    k = np.array([1, 1, 1, 2, 2, 5, 5, 5, 5, 5])
    assert match_chance(k, 1.0) == 1
    assert match_chance(k, 0.1) == pytest.approx(0.3 / (0.3 + 2 * 0.9 * 1))
    assert np.isnan(match_chance([2, 2], 0.1))


def test_a_sample_of_a_known_population():
    rng = np.random.default_rng(5)
    population = rng.integers(0, 3000, 10_000)
    size = np.bincount(population, minlength=3000)
    guessed, true = [], []
    for _ in range(40):
        sample = rng.choice(population, 1000, replace=False)
        held = np.bincount(sample, minlength=3000)
        alone = held == 1
        guessed.append(match_chance(crowd(combine([sample])), 0.1))
        true.append(alone.sum() / size[alone].sum())  # a claimed match picks one of the population's equals
    assert np.mean(guessed) == pytest.approx(np.mean(true), rel=0.1)
