import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustlab.checks.quality.near_duplicates import _bare, near_duplicates
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=800, seed=0, columns=6):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, columns)), columns=[f"x{i}" for i in range(columns)])
    return frame.assign(word=rng.choice(["North Bay", "South Bay"], n), y=rng.integers(0, 2, n))


def noisy(frame, seed=9):
    rng = np.random.default_rng(seed)
    numbers = [name for name in frame.columns if name.startswith("x")]
    changed = frame.copy()
    changed[numbers] += rng.uniform(-3e-4, 3e-4, changed[numbers].shape)
    return changed.assign(word=frame.word.str.upper() + " ")


def checked(frame, train=None, **parameters):
    subject = Subject.load(data=frame, target="y", train=train, context=Context())
    return evaluate(near_duplicates, {"subject": subject}, Context(), parameters=parameters)


@pytest.mark.parametrize("seed", range(1, 6))
def test_separate_rows_pass(seed):
    assert checked(rows(seed=seed), rows(seed=seed + 50)).value == 0
    assert checked(rows(seed=seed)).status == "pass"


@pytest.mark.parametrize("columns", [1, 6, 30])
def test_copies_of_training_rows_but_for_noise_fail(columns):
    train = rows(seed=1, columns=columns)
    audited = pd.concat([rows(300, columns=columns), noisy(train.head(100))])
    result = checked(audited, train)
    if columns > 1:
        assert result.status == "fail"
        assert result.value == pytest.approx(0.25, abs=0.01)
    else:  # one number alone is near another by chance
        assert "shuffled columns would bring" in result.reason


def test_copies_among_the_audited_rows_warn_and_are_listed():
    frame = rows(seed=2)
    result = checked(pd.concat([frame, noisy(frame.head(40))], ignore_index=True))
    assert result.status == "warn"
    assert result.value == pytest.approx(80 / 840)
    pairs = set(zip(result.view("pairs").column("row"), result.view("pairs").column("other row"), strict=True))
    assert pairs <= {(i, i + 800) for i in range(40)} | {(i + 800, i) for i in range(40)}
    assert " / " in result.view("pairs").rows[0][2]


def test_equal_rows_are_no_near_duplicates():
    frame = rows(seed=3)
    assert checked(pd.concat([frame, frame])).value == 0


def test_texts_alone_and_gaps():
    words = pd.DataFrame({"name": ["Ann Lee", "ann  lee", "Bob"] * 20, "y": [0, 1, 0] * 20})
    assert checked(words).status in {"pass", "warn"}
    assert checked(words).view("pairs").rows
    gaps = rows().assign(x0=np.nan, x1=np.inf, x2=3.0)
    assert checked(gaps).status == "pass"
    assert checked(rows(3).assign(y=[0, 1, 1])).status == "pass"


TEXTS = st.text(st.one_of(st.characters(max_codepoint=0x17F), st.sampled_from("ßİ²½_ -.\ud800")), max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=20))
def test_bare_texts_are_those_of_python(texts):
    by_hand = ["".join(filter(str.isalnum, text.casefold())) or text for text in texts]
    assert _bare(np.array(texts, dtype=object)).tolist() == by_hand


def test_dates_and_gaps_are_the_same_or_not():
    frame = rows(200).assign(day=pd.Timestamp("2026-01-01"))
    frame.loc[::2, "day"] = pd.NaT
    train, audited = frame, noisy(frame)
    assert checked(audited, train=train).value > 0.99
    assert checked(audited.assign(day=pd.Timestamp("2026-01-02")), train=train).value == 0


def test_rows_are_copied_a_column_at_a_time():
    import tracemalloc

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50_000, 40)), columns=[f"x{at}" for at in range(40)])
    frame["y"] = 0
    frame.loc[0, "y"] = 1
    subject = Subject.load(data=frame, target="y", train=frame.assign(x0=frame.x0 * 2), context=Context())
    tracemalloc.start()
    evaluate(near_duplicates, {"subject": subject}, Context())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * 2 * frame.size * 8, "a copy of all rows beside what is compared takes twice as much"
