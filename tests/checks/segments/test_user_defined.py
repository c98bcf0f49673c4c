import numpy as np
import pytest

from trustlab.checks.segments.user_defined import user_defined
from trustlab.core.context import Context
from trustlab.core.execute import evaluate, run
from trustlab.models.subject import Subject
from trustlab.stats.intervals import newcombe

HARD = "debt_ratio > 0.75 and self_employed == 'yes'"


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", prediction="said", context=Context())
    return evaluate(user_defined, {"subject": subject}, Context(), parameters=parameters)


def test_a_segment_that_errs_more_warns_with_counts_that_can_be_done_by_hand(people):
    frame = people()
    result = checked(frame, segments={"hard": HARD})
    inside = ((frame.debt_ratio > 0.75) & (frame.self_employed == "yes")).to_numpy()
    wrong = (frame.said != frame.y).to_numpy()
    expected = newcombe(wrong[inside].sum(), inside.sum(), wrong[~inside].sum(), (~inside).sum()).at(())
    assert result.status == "warn"
    assert (result.value, *result.interval) == pytest.approx(tuple(expected))
    assert result.view("segments").column("verdict") == ["errs more"]
    assert result.reason.startswith("hard: error 0.4")


def test_beyond_its_limit_it_fails_and_within_it_passes(people):
    frame = people()
    assert checked(frame, segments={"hard": HARD}, limits={"hard": 0.1}).status == "fail"
    fine = checked(frame, segments={"hard": HARD}, limits={"hard": "0.9"})
    assert fine.status == "pass"
    assert fine.view("segments").column("limit") == [0.9]


def test_more_than_its_limit_but_within_noise_warns(people):
    frame = people(n=300, bad=0.1, seed=4)
    small = frame[(frame.debt_ratio > 0.8)]
    wrong = (small.said != small.y).mean() - (frame.said != frame.y).drop(small.index).mean()
    segments = {"s": "debt_ratio > 0.8"}
    limit = 0.0 if wrong > 0 else None
    if limit is None:
        segments, limit = {"s": "not (debt_ratio > 0.8)"}, 0.0
    result = checked(frame, segments=segments, limits={"s": limit})
    assert result.status == "warn"
    assert "could be noise" in result.reason


def test_even_errors_pass_in_every_seed(people):
    segments = {"debt": "debt_ratio > 0.5", "north": "region == 'north'", "unknown": "isnull(region)"}
    statuses = [checked(people(n=800, bad=0.1, seed=seed), segments=segments).status for seed in range(40)]
    assert statuses.count("warn") <= 4  # 2.5 % on this side, all segments together


def test_small_segments_are_named_not_judged(people):
    frame = people(n=500)
    result = checked(frame, segments={"few": "debt_ratio > 0.98", "none": "debt_ratio > 2", "half": "debt_ratio > 0.5"})
    assert "Not judged, fewer than 20 rows inside or outside: few" in result.reason
    assert result.view("segments").column("verdict").count("not judged") == 2
    assert checked(frame, segments={"none": "debt_ratio > 2"}).status == "not_applicable"


def test_without_segments_it_does_not_apply_and_mistakes_are_errors_that_say_so(people):
    frame = people(n=200)
    assert checked(frame).status == "not_applicable"
    assert "Did you mean 'region'" in checked(frame, segments={"a": "regoin == 'north'"}).reason
    assert checked(frame, segments={"a": "debt_ratio + 1"}).status == "error"
    assert "Did you mean 'hard'" in checked(frame, segments={"hard": HARD}, limits={"hrad": 1}).reason
    assert "number of at least 0" in checked(frame, segments={"hard": HARD}, limits={"hard": "much"}).reason


def test_regression_errors_are_in_the_units_of_the_target(people):
    rng = np.random.default_rng(0)
    frame = people().drop(columns="said")
    frame["y"] = rng.normal(size=len(frame))
    frame["said"] = frame.y + rng.normal(size=len(frame)) * np.where(frame.region == "north", 3, 1)
    result = checked(frame, segments={"north": "region == 'north'"})
    assert result.unit == "mean absolute error"
    assert result.value == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.15)


def test_a_policy_names_the_segments(people, tmp_path):
    frame = people()
    policy = {
        "name": "ours",
        "only": ["segments.user_defined"],
        "checks": {"segments.user_defined": {"parameters": {"segments": {"hard": HARD}, "limits": {"hard": 0.2}}}},
    }
    document = run(
        "audit", {"data": frame, "target": "y", "prediction": "said", "policy": policy}, Context(folder=tmp_path)
    )
    assert [result.status for result in document.results] == ["fail"]
