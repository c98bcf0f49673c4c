import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.schema import schema
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject

N = 40


def tidy():
    return pd.DataFrame(
        {"a": np.arange(N) / 7, "b": ["x", "y"] * (N // 2), "flag": [True, False] * (N // 2), "y": [0, 1] * (N // 2)}
    )


def checked(frame, **given):
    subject = Subject.load(data=frame, target="y", context=Context(), **given)
    return evaluate(schema, {"subject": subject}, Context())


def findings(result):
    view = result.view("by_column")
    return {name: text for name, text in zip(view.column("column"), view.column("finding"), strict=True) if text}


def test_tidy_columns_pass():
    result = checked(tidy())
    assert result.status == "pass"
    assert result.value == 0
    assert findings(result) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([np.nan] * N, "all missing"),
        ([None] * N, "all missing"),
        ([3.0] * N, "constant: always '3.0'"),
        ([3.0, None] * (N // 2), "constant: always '3.0', or missing (20 rows)"),
        ([1, "one"] * (N // 2), "mixed types: number (20), text (20)"),
        (["1", "2.5"] * (N // 2), "numbers stored as text"),
        (["1", "2"] * (N // 2 - 1) + ["?", "n/a"], "numbers with other words among them: '?', 'n/a'"),
        (["u", " ?"] * (N // 2), "' ?' in 20 rows, which looks like a mark for missing"),
        ([np.inf, 1.0] * (N // 2), "infinite in 20 rows"),
    ],
)
def test_an_odd_column_is_named_with_what_is_odd(values, expected):
    result = checked(tidy().assign(odd=pd.Series(values)))
    assert result.status == "warn"
    assert findings(result) == {"odd": expected}
    assert f"odd: {expected}" in result.reason


def test_what_training_never_saw():
    audited = tidy().assign(b=["x", "z"] * (N // 2), only_here=np.arange(N), was_text=np.arange(N))
    train = tidy().assign(only_there=1, was_text=["u", "v"] * (N // 2))
    found = findings(checked(audited, train=train))
    assert found["b"] == "a category that training never saw: 'z' (20 rows)"
    assert found["only_here"] == "training does not have it"
    assert found["only_there"] == "training has it, these data do not"
    assert found["was_text"] == "number here, text in training"


def test_identifiers_have_no_unknown_categories():
    audited = tidy().assign(name=[f"new {i}" for i in range(N)])
    train = tidy().assign(name=[f"old {i}" for i in range(N)])
    assert findings(checked(audited, train=train)) == {}


def test_lists_long_texts_and_markup_in_names_are_just_values():
    frame = tidy().assign(**{"<img src=x onerror=alert(1)>": ["<b>" * 50] * N, "lists": [[1], [2]] * (N // 2)})
    result = checked(frame)
    assert result.value == 1
    assert "<img src=x onerror=alert(1)>" in findings(result)
    assert len(result.reason) < 200


def test_many_numbers_at_once_are_what_pandas_counts():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 9, (60, 70)).astype(float), columns=[f"x{i}" for i in range(70)])
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    frame["x3"], frame["x4"] = np.nan, 2.0
    frame["whole"] = 10**18 + np.arange(60)  # too large for a float to tell apart
    frame["x5"] = frame.x5.where(frame.index != 7, np.inf)
    frame["y"] = rng.integers(0, 2, 60)
    view = evaluate(schema, {"subject": Subject.load(data=frame, target="y", context=Context())}, Context()).view(
        "by_column"
    )
    rows = {row[0]: row for row in view.rows}
    for name, column in frame.items():
        assert rows[name][2] == pytest.approx(column.isna().mean())
        assert rows[name][3] == column.nunique()
    said = {name: row[4] for name, row in rows.items() if row[4]}
    assert said == {"x3": "all missing", "x4": "constant: always '2.0'", "x5": "infinite in 1 rows"}


def test_of_very_many_rows_it_says_how_many_were_counted(monkeypatch):
    from importlib import import_module

    monkeypatch.setattr(import_module("trustlab.checks.quality.schema"), "COUNTED", 50)
    frame = pd.DataFrame({"a": np.arange(200.0), "b": [1.0] * 199 + [2.0], "y": [0, 1] * 100})
    result = evaluate(schema, {"subject": Subject.load(data=frame, target="y", context=Context())}, Context())
    view = result.view("by_column")
    assert dict(zip(view.column("column"), view.column("distinct"), strict=True))["a"] == 50
    assert "Different numbers are counted on 50 rows." in view.caption
    assert result.status == "pass", "b is constant on no less than all rows"


def test_very_many_texts_are_read_as_numbers_where_they_are(monkeypatch):
    from trustlab.checks.quality import schema as module

    monkeypatch.setattr(module, "COUNTED", 50)
    n = 400
    frame = pd.DataFrame(
        {
            "number": [str(at * 1.5) for at in range(n)],
            "mostly": [str(at) if at % 4 else f"about {at}" for at in range(n)],
            "word": [f"word {at}" for at in range(n)],
            "common": ["7"] * (n - 60) + [f"w{at}" for at in range(60)],
            "y": [0, 1] * (n // 2),
        }
    )
    found = findings(checked(frame))
    assert found["number"] == "numbers stored as text"
    assert found["mostly"].startswith("numbers with other words among them: 'about 0'")
    assert found["common"].startswith("numbers with other words among them: 'w0'")
    assert "word" not in found
