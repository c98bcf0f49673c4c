"""Contests, ranks with ties and the front, on candidates whose order is known."""

import numpy as np
import pytest

from trustlab.checks.comparison import Bench, against, front, ranks
from trustlab.checks.measures import Answers, measures_of
from trustlab.stats.paired import delong, mcnemar


def answers(*spreads, n=600, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    shared = 1.5 * y + rng.normal(size=n)
    found = {}
    for at, spread in enumerate(spreads):
        score = 1 / (1 + np.exp(-(shared - 0.75 + spread * rng.normal(size=n))))
        proba = np.column_stack([1 - score, score])
        found["abcdefgh"[at]] = Answers(y, (score >= 0.5).astype(int), proba, 2)
    return found


def measure(name):
    return next(found for found in measures_of("binary", scores=True) if found.name == name)


def test_contests_are_delongs_and_mcnemars():
    found = answers(0.2, 3.0)
    bench = Bench(found, np.random.default_rng(0))
    area, accuracy = against(bench, "b", [measure("roc_auc"), measure("accuracy")], 0.95)
    one, two = (found[name] for name in "ab")
    expected = delong(one.y, one.proba[:, 1], two.proba[:, 1])
    assert tuple(area.found.difference) == pytest.approx(tuple(expected.difference))
    assert area.found.p_value == pytest.approx(expected.p_value)
    assert (area.candidate, area.verdict) == ("a", "better")
    exact = mcnemar(one.y_pred == one.y, two.y_pred == two.y)
    assert accuracy.found.p_value == pytest.approx(exact.p_value)
    assert accuracy.adjusted == pytest.approx(max(accuracy.found.p_value, min(1, 2 * area.found.p_value)))


def test_equal_candidates_share_a_rank_and_a_worse_one_has_its_own():
    bench = Bench(answers(0.3, 0.3, 4.0), np.random.default_rng(0))
    assert ranks(bench, measure("roc_auc"), 0.95) == {"a": 1, "b": 1, "c": 3}
    assert ranks(bench, measure("log_loss"), 0.95)["c"] == 3
    verdicts = {contest.candidate: contest.verdict for contest in against(bench, "a", [measure("f1")], 0.95)}
    assert verdicts == {"b": "could be noise", "c": "worse"}


def test_false_alarms_among_many_equal_candidates_are_held():
    alarms = 0
    for seed in range(80):
        bench = Bench(answers(*[0.5] * 6, n=200, seed=seed), np.random.default_rng(seed))
        alarms += len(set(ranks(bench, measure("roc_auc"), 0.95).values())) > 1
    assert alarms / 80 <= 0.125


def test_a_candidate_and_itself_are_the_same():
    (one,) = answers(0.5).values()
    bench = Bench({"a": one, "b": one}, np.random.default_rng(0))
    assert [contest.verdict for contest in against(bench, "a", measures_of("binary", scores=True), 0.95)].count(
        "the same"
    ) >= 5
    assert set(ranks(bench, measure("accuracy"), 0.95).values()) == {1}


def test_the_front_is_who_nobody_beats():
    points = {"a": (0.9, 0.2), "b": (0.8, 0.5), "c": (0.8, 0.4), "d": (0.1, 0.1), "e": (0.8, 0.5)}
    assert front(points) == {"a", "b", "e"}
    assert front({}) == set()
