import numpy as np
import pandas as pd
import pytest

from trustlab.checks.segments.worst_slice import worst_slice
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def checked(frame, context=None, **parameters):
    around = context or Context()
    subject = Subject.load(data=frame, target="y", prediction="said", context=around)
    return evaluate(worst_slice, {"subject": subject}, around, parameters=parameters)


def test_a_planted_slice_is_found_confirmed_and_named(people):
    frame = people()
    result = checked(frame)
    assert result.status == "warn"
    assert "debt_ratio > 0.7" in result.reason
    assert "self_employed = yes" in result.reason
    assert "confirmed on the held-out half" in result.reason
    assert result.interval[0] > 0
    assert result.p_value < 0.05
    assert result.value == pytest.approx(0.35, abs=0.12)
    assert result.view("slices").column("confirmed")[0] is True


def test_even_errors_pass(people):
    false_alarms = sum(checked(people(n=1200, bad=0.1, seed=seed)).status != "pass" for seed in range(20))
    assert false_alarms <= 3  # 5 % of 20, and two standard deviations
    result = checked(people(n=1200, bad=0.1))
    assert result.status == "pass"
    assert "No slice" in result.reason


def test_the_numbers_of_a_slice_can_be_counted_by_hand(people):
    frame = people(n=3000)
    result = checked(frame, order=1)
    row = dict(zip(result.view("slices").columns, result.view("slices").rows[0], strict=True))
    assert row["difference"] == pytest.approx(row["error"] - row["error_outside"])
    wrong = frame.said != frame.y
    mask = frame.self_employed == "yes" if row["slice"] == "self_employed = yes" else frame.debt_ratio > 0.74
    assert row["error"] == pytest.approx(wrong[mask].mean(), abs=0.06)
    assert row["n"] == pytest.approx(mask.sum() / 2, rel=0.15)


def test_regression_errors_are_in_the_units_of_the_target():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=2000), "g": rng.choice(list("uvw"), 2000), "y": rng.normal(size=2000)})
    frame["said"] = frame.y + rng.normal(size=2000) * np.where(frame.g == "w", 5.0, 1.0)
    result = checked(frame)
    assert result.status == "warn"
    assert "g = w" in result.reason
    assert "mean absolute error" in result.reason
    # the mean of |N(0, s)| is s * sqrt(2 / pi)
    assert result.value == pytest.approx(4 * np.sqrt(2 / np.pi), rel=0.15)


def test_too_few_rows_are_not_applicable_and_perfect_predictions_pass(people):
    assert checked(people(n=70)).status == "not_applicable"
    frame = people()
    result = checked(frame.assign(said=frame.y))
    assert result.status == "pass"
    assert result.value == 0


def test_many_features_and_odd_names_are_bounded_text(people):
    frame = people(n=1000)
    rng = np.random.default_rng(2)
    noise = pd.DataFrame(rng.normal(size=(1000, 60)), columns=[f"<img src=x onerror=alert({i})>" for i in range(60)])
    result = checked(frame.join(noise), max_features=10, candidates=5)
    assert result.status in {"pass", "warn"}
    assert len(result.view("slices").rows) <= 5


def test_same_seed_same_result(people):
    frame = people(n=1500)
    assert checked(frame, Context(seed=3)).value == checked(frame, Context(seed=3)).value


def test_sensitive_attributes_are_sliced_by_too(people):
    frame = people(n=2000, bad=0.1)
    group = pd.Series(np.random.default_rng(5).choice(["x", "y"], 2000), name="group")
    wrong = np.random.default_rng(6).random(2000) < np.where(group == "x", 0.5, 0.1)
    frame["said"] = np.where(wrong, 1 - frame.y, frame.y)
    subject = Subject.load(data=frame, target="y", prediction="said", sensitive=group, context=Context())
    result = evaluate(worst_slice, {"subject": subject}, Context())
    assert result.reason.startswith("group = x")


def planted(hard, n=6000, seed=0):
    """Errors of a tenth, and of a half where ``hard`` says so."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice(list("xyz"), n) for name in "abcd"}).assign(y=rng.integers(0, 2, n))
    wrong = rng.random(n) < np.where(hard(frame), 0.5, 0.1)
    return frame.assign(said=np.where(wrong, 1 - frame.y, frame.y))


def test_a_slice_of_three_features_is_found():
    frame = planted(lambda rows: (rows.a == "x") & (rows.b == "y") & (rows.c == "z"))
    result = checked(frame)
    assert result.reason.startswith("a = x and b = y and c = z: ")
    assert checked(frame, order=2).reason.split(":")[0].count(" and ") == 1


def test_slices_that_repeat_others_are_merged_and_two_faults_stay_two():
    frame = planted(lambda rows: ((rows.a == "x") & (rows.b == "y")) | ((rows.c == "z") & (rows.d == "x")))
    table = checked(frame).view("slices")
    confirmed = [row[0] for row in table.rows if row[table.columns.index("confirmed")]]
    assert set(confirmed) == {"a = x and b = y", "c = z and d = x"}
    assert sum(table.column("merged")) > 2


def test_what_confirmed_slices_hold_is_said():
    frame = planted(lambda rows: rows.a == "x")
    result = checked(frame)
    # a third of the rows, and 0.5 of 0.5 + 2 * 0.1 of the errors
    share, errors = (int(word.rstrip("%")) for word in result.reason.split() if word.endswith("%"))
    assert share == pytest.approx(33, abs=3)
    assert errors == pytest.approx(71, abs=4)


def test_rows_that_are_hard_by_the_models_own_word_pass_and_others_do_not():
    rng = np.random.default_rng(0)
    hard = rng.random(6000) < 0.2
    score = np.where(hard, 0.6, 0.95)
    frame = pd.DataFrame({"kind": np.where(hard, "hard", "easy"), "b": rng.normal(size=6000), "score": score})
    honest = frame.assign(y=(rng.random(6000) < score).astype(int))
    boasting = frame.assign(score=0.95, y=honest.y)
    for rows, status in ((honest, "pass"), (boasting, "warn")):
        subject = Subject.load(data=rows, target="y", score="score", context=Context())
        result = evaluate(worst_slice, {"subject": subject}, Context())
        assert result.status == status
        assert result.reason.startswith("kind = hard: error 0.39")
        assert ("no hidden weakness" in result.reason) == (status == "pass")


def test_the_log_loss_sees_what_is_said_too_surely():
    rng = np.random.default_rng(1)
    loud = rng.random(4000) < 0.2
    y = rng.integers(0, 2, 4000)
    right = rng.random(4000) < 0.8
    sure = np.where(loud, 0.999, 0.8)
    frame = pd.DataFrame({"loud": np.where(loud, "yes", "no"), "b": rng.normal(size=4000), "y": y})
    frame["score"] = np.where(right == (y == 1), sure, 1 - sure)
    subject = Subject.load(data=frame, target="y", score="score", context=Context())
    result = evaluate(worst_slice, {"subject": subject}, Context(), parameters={"loss": "log"})
    assert result.status == "warn"
    assert result.reason.startswith("loud = yes: log loss 1.")
    bare = Subject.load(data=frame.assign(said=y), target="y", prediction="said", drop=["score"], context=Context())
    assert evaluate(worst_slice, {"subject": bare}, Context(), parameters={"loss": "log"}).status == "not_applicable"


def test_names_of_rows_and_rare_values_are_left_out_with_a_word(people):
    frame = people(n=2000)
    rng = np.random.default_rng(0)
    frame["customer"] = 500_000 + rng.permutation(2000)
    frame["note"] = [f"note {at}" for at in range(2000)]
    frame["street"] = rng.choice([f"s{at}" for at in range(400)], 2000)
    reason = checked(frame).reason
    assert "customer (names rows)" in reason
    assert "note (names rows)" in reason
    assert "street (" in reason
    assert "none in 20 rows" in reason
    only = frame[["note", "y", "said"]]
    assert checked(only).status == "not_applicable"


def test_odd_data_end_in_a_word_never_in_an_error(people):
    frame = people(n=600)
    odd = frame.assign(
        nothing=np.nan,
        empty=pd.Series([None] * 600, dtype=object),
        one=1,
        endless=np.where(frame.income > 2000, np.inf, frame.income),
        truth=frame.income > 1000,
        when=pd.date_range("2024", periods=600),
        kind=pd.Categorical(frame.region),
    )
    assert checked(odd).status in {"pass", "warn"}
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 3000)), columns=[f"c{at}" for at in range(3000)])
    assert "Of 3,0" in checked(frame.iloc[:300].join(wide)).reason
    assert checked(frame.iloc[:3]).status == "not_applicable"


def test_few_false_alarms_on_even_errors_in_many_columns():
    rng = np.random.default_rng(9)
    alarms = 0
    for seed in range(15):
        frame = pd.DataFrame(rng.normal(size=(1500, 15)), columns=list("abcdefghijklmno"))
        y = rng.integers(0, 2, 1500)
        frame = frame.assign(y=y, said=np.where(rng.random(1500) < 0.15, 1 - y, y))
        alarms += checked(frame, Context(seed=seed)).status == "warn"
    assert alarms <= 1
