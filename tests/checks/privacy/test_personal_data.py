import numpy as np
import pandas as pd
import pytest

from trustlab.checks.privacy.personal_data import personal_data
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject
from trustlab.stats.identifiers import luhn

N = 60


def with_check(stem):
    return next(stem + str(digit) for digit in range(10) if luhn(stem + str(digit)))


def clean():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "income": rng.normal(50, 9, N).round(2),
            "when": pd.date_range("2024-01-01", periods=N),
            "day": pd.date_range("2024-01-01", periods=N).astype(str),
            "stamp": np.arange(N) + 1_700_000_000_000,
            "region": rng.choice(["North West", "South East"], N),
            "country name": rng.choice(["New Zealand", "South Korea"], N),
            "code": [f"{k:02d}-{k:02d}-{k:02d}" for k in range(N)],
            "empty": np.nan,
            "y": rng.integers(0, 2, N),
        }
    )


PLANTED = {
    "contact": ([f"person.{k}@example.org" for k in range(N)], "e-mail address"),
    "account": (["DE89370400440532013000", "GB82WEST12345698765432"] * (N // 2), "bank account (IBAN)"),
    "paid with": ([int(with_check(f"411111{k:09d}")) for k in range(N)], "payment card"),
    "number": ([f"+49 30 90{k:04d}" for k in range(N)], "telephone number"),
    "from": ([f"10.0.{k}.7" for k in range(N)], "IP address"),
    "social": ([f"219-09-{k + 1000}" for k in range(N)], "social security number"),
    "surname": ([f"person{k}" for k in range(N)], "by its name"),
    "name": ([f"{chr(65 + k % 26)}da {chr(65 + k // 26)}yron" for k in range(N)], "name of a person"),
    "note": (
        [f"called about the loan, wrote to person.{k}@example.org in the evening" for k in range(N)],
        "e-mail address within text",
    ),
}


def checked(frame, **load):
    subject = Subject.load(data=frame, target="y", context=Context(), **load)
    return evaluate(personal_data, {"subject": subject}, Context())


def test_ordinary_columns_pass():
    result = checked(clean())
    assert (result.status, result.value) == ("pass", 0), result.reason


@pytest.mark.parametrize("column", PLANTED)
def test_each_kind_is_found_and_never_shown(column):
    values, kind = PLANTED[column]
    result = checked(clean().assign(**{column: values}))
    assert result.status == "warn"
    assert result.value == 1
    assert result.view("columns").rows[0][:2] == (column, kind)
    text = str(result.to_dict())
    assert str(values[0]) not in text
    assert str(values[-1]) not in text


def test_gaps_and_a_few_odd_values_do_not_matter():
    emails = [None if k % 3 else f"p{k}@example.org" for k in range(N)]
    assert checked(clean().assign(contact=emails)).value == 1
    one = ["p@example.org"] + ["none"] * (N - 1)
    assert checked(clean().assign(contact=one)).value == 0


def test_columns_that_the_model_does_not_take_are_told():
    frame = clean().assign(contact=PLANTED["contact"][0])
    assert checked(frame).view("columns").rows[0][-1] is True
    assert checked(frame, drop=["contact"]).view("columns").rows[0][-1] is False
    assert "0 of them are inputs" in checked(frame, drop=["contact"]).reason


def test_many_columns_and_few_rows():
    wide = pd.DataFrame({f"c{k}": ["x", "y", "z"] for k in range(3000)} | {"y": [0, 1, 0]})
    assert checked(wide).value == 0


def test_long_runs_without_an_address_are_walked_once():
    import time

    frame = pd.DataFrame({"blob": ["a" * 200_000] * 30, "y": [0, 1] * 15})
    clock = time.process_time()
    assert checked(frame).value == 0
    assert time.process_time() - clock < 5
    frame["blob"] = [f"{'a ' * 300}write to jo.doe@mail.example now" for _ in range(30)]
    assert "e-mail address within text" in checked(frame).reason
