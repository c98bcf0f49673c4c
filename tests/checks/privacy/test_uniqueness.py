import numpy as np
import pandas as pd
import pytest

from trustlab.checks.privacy._columns import is_personal, is_quasi, words_of
from trustlab.checks.privacy.uniqueness import uniqueness
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def people(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "sex": rng.choice(["f", "m"], n),
            "zip_code": rng.choice(["100", "101", "102", None], n),
            "income": rng.normal(size=n),
            "y": rng.integers(0, 2, n),
        }
    )


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(uniqueness, {"subject": subject}, Context(), parameters=parameters)


def measures(result):
    return {row[0]: row[1] for row in result.view("risks").rows}


def test_crowds_are_those_of_a_group_by():
    frame = people()
    result = checked(frame, k=5)
    size = frame.groupby(["age", "sex", "zip_code"], dropna=False).y.transform("size")
    kinds = frame.groupby(["age", "sex", "zip_code"], dropna=False).y.transform("nunique")
    found = measures(result)
    assert result.value == (size < 5).mean() == found["share below 5"]
    assert found["share unique"] == (size == 1).mean()
    assert (found["k"], found["l"]) == (size.min(), kinds.min())
    assert found["share of one value"] == (kinds == 1).mean()
    assert sum(result.view("crowds").column("share of rows")) == pytest.approx(1)
    assert result.view("quasi").column("column") == ["age", "sex", "zip_code"]
    assert "guessed" in result.reason
    assert result.status == "pass"  # shown, not judged


def test_named_columns_are_taken_and_unknown_ones_refused():
    frame = people()
    result = checked(frame, quasi="sex")
    assert (result.value, measures(result)["k"]) == (0, frame.sex.value_counts().min())
    assert "guessed" not in result.reason
    from trustlab.core.errors import UsageError

    subject = Subject.load(data=frame, target="y", context=Context())
    with pytest.raises(UsageError, match="sexx"):
        uniqueness(subject, quasi=["sexx"], context=Context())


def test_the_combination_and_the_population():
    frame = people(200).assign(ssn_like=np.arange(200))
    result = checked(frame, quasi="sex,ssn_like", population=2000)
    assert result.view("combination").rows == (("ssn_like", 200, 1.0),)
    assert measures(result)["chance of a true match"] == 1  # no pairs in the sample: nothing speaks against it
    assert "among 2,000 people" in result.reason


def test_a_crowd_that_agrees_tells_without_singling_out():
    frame = pd.DataFrame({"sex": ["f", "m"] * 50, "age": 30, "y": [0, 1] * 50})
    found = measures(checked(frame))
    assert (found["k"], found["l"], found["share of one value"], found["t"]) == (50, 1, 1, 0.5)


def test_odd_columns_do_not_break_it():
    frame = people(100).assign(age=np.nan, race=[[1]] * 100, region=pd.Categorical(["a"] * 100))
    assert checked(frame).status == "pass"
    assert checked(people(3).assign(y=[0, 1, 0])).status == "pass"
    none = checked(people()[["income", "y"]])
    assert none.status == "not_applicable"
    assert "--quasi" in none.reason


@pytest.mark.parametrize("name", ["age", "Age", "ageGroup", "maritalStatus", "native-country", "ZIP", "applicant_sex"])
def test_words_for_what_others_know(name):
    assert is_quasi(name)


@pytest.mark.parametrize("name", ["wage", "page", "message", "incomestate2x", "usage", 3])
def test_parts_of_words_are_no_words(name):
    assert not is_quasi(name)


def test_names_of_columns_are_read_in_any_style():
    assert words_of("firstName") == ["first", "name"]
    assert is_personal("firstName")
    assert is_personal("First_Name")
    assert is_personal("e_mail")
    assert not is_personal("file_name")
