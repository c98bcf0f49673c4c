import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.leaky_format import leaky_format
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(50, 10, n).round(2)
    y = (a + rng.normal(0, 10, n) > 50).astype(int)
    word = np.where(rng.random(n) < 0.5 + 0.2 * y, "yes", "no")
    names = pd.Series([f"scan_{i}.png" for i in rng.integers(0, 10**6, n)])
    return pd.DataFrame({"a": a, "word": word, "file": names, "y": y})


def checked(frame):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(leaky_format, {"subject": subject}, Context())


@pytest.mark.parametrize("seed", range(20))
def test_values_that_tell_are_no_leak(seed):
    result = checked(rows(seed=seed))
    assert (result.status, result.value) == ("pass", 0), result.reason


@pytest.mark.parametrize(
    "form", ["the number of decimals", "the case", "blanks before or after", "the file ending", "being there"]
)
def test_a_form_that_gives_the_class_away_is_named(form):
    frame = rows()
    positive = (frame.y == 1) & (np.arange(1000) % 10 > 0)
    if form == "the number of decimals":
        frame["a"] = np.where(positive, frame.a, frame.a.round(0))
    elif form == "the case":
        frame["word"] = frame.word.where(~positive, frame.word.str.upper())
    elif form == "blanks before or after":
        frame["word"] = frame.word.where(~positive, frame.word + " ")
    elif form == "the file ending":
        frame["file"] = frame.file.where(~positive, frame.file.str.replace("png", "jpg"))
    else:
        frame["word"] = frame.word.where(positive)
    result = checked(frame)
    assert result.status == "warn"
    assert form in result.view("forms").column("form")


def test_numbers_many_classes_and_few_rows():
    frame = rows()
    assert checked(frame.assign(y=frame.a + 1)).status == "pass"
    assert checked(frame.assign(y=pd.cut(frame.a, 4, labels=list("pqrs")).astype(str))).status == "pass"
    assert checked(frame.head(50)).status == "not_applicable"
    assert checked(frame.assign(a=np.nan, word=None)).status == "pass"
