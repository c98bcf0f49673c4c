"""Each rule against a slow reference that looks at one value after another."""

import math
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.data.breaches import evaluate
from trustlab.data.documents import Place
from trustlab.data.rules import rules_from

WORDS = ["north", "nord", "", "1", "2.5", "-3", "1e3", "2024-01-31", "2024-02-30", "yes"]
NUMBERS = st.one_of(st.integers(-5, 5), st.sampled_from([0.5, -2.25, 1e6, math.inf, 3.0]))


def rules(**said):
    return rules_from(said, Place("rules"))


def column(**said):
    return rules(columns={"c": said})


def is_missing(value):
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def spelled(text):
    try:
        return float(text)
    except ValueError:
        return None


def numbers_of(values):
    """Return each value as a number or None, by the rule that the docstring states."""
    texts = [value for value in values if isinstance(value, str)]
    some_slip = any(spelled(text) is None for text in texts)
    found = []
    for value in values:
        if is_missing(value) or isinstance(value, bool | np.bool_):
            found.append(None)
        elif isinstance(value, str):
            found.append(spelled(value) if some_slip else None)
        else:
            found.append(float(value))
    return found


def date_of(value):
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if re.match(r"\d{4}-\d\d-\d\d", value) else None
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def text_of(value):
    if isinstance(value, float | int) and not isinstance(value, bool):
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    return str(value)


def expected(said, values):
    """Return the rows that break each rule, counted from 1."""
    there = [not is_missing(value) for value in values]
    rows, kind = range(len(values)), said.get("type")
    found = {}
    wrong = [False] * len(values)
    reads = numbers_of(values)
    if kind in {"integer", "number"}:
        whole = [read is not None and math.isfinite(read) and read == int(read) for read in reads]
        wrong = [there[i] and (reads[i] is None or (kind == "integer" and not whole[i])) for i in rows]
    elif kind == "datetime":
        wrong = [there[i] and date_of(values[i]) is None for i in rows]
    elif kind is not None:
        fits = {
            "text": lambda v: isinstance(v, str),
            "boolean": lambda v: isinstance(v, bool | np.bool_),
            "category": lambda v: isinstance(v, str | bool | np.bool_) or (math.isfinite(v) and v == int(v)),
        }[kind]
        wrong = [there[i] and not fits(values[i]) for i in rows]
    found["type"] = wrong
    low, high = said.get("min", -math.inf), said.get("max", math.inf)
    if {"min", "max"} & set(said):
        outside = [reads[i] is None or not low <= reads[i] <= high for i in rows]
        found["range"] = [there[i] and not wrong[i] and outside[i] for i in rows]
    if "values" in said:
        allowed = {text_of(value) for value in said["values"]}
        found["values"] = [there[i] and not wrong[i] and text_of(values[i]) not in allowed for i in rows]
    if "pattern" in said:
        found["pattern"] = [
            there[i] and not wrong[i] and not re.fullmatch(said["pattern"], text_of(values[i])) for i in rows
        ]
    if said.get("unique"):
        texts = [text_of(value) for value in values]
        found["unique"] = [there[i] and any(there[j] and texts[j] == texts[i] for j in range(i)) for i in rows]
    if "missing_share" in said:
        share = there.count(False) / len(values)
        found["missing_share"] = [share > said["missing_share"] and not there[i] for i in rows]
    return {rule: [i + 1 for i in rows if bad[i]] for rule, bad in found.items() if any(bad)}


KINDS_OF_COLUMN = {
    "floats": (st.one_of(st.none(), NUMBERS.map(float)), "float64"),
    "integers": (st.integers(-5, 5), "int64"),
    "nullable": (st.one_of(st.none(), st.integers(-5, 5)), "Int64"),
    "texts": (st.one_of(st.none(), st.sampled_from(WORDS)), "str"),
    "categories": (st.one_of(st.none(), st.sampled_from(WORDS)), "category"),
    "booleans": (st.booleans(), "bool"),
    "mixed": (st.one_of(st.none(), NUMBERS, st.sampled_from(WORDS), st.booleans()), "object"),
}
SAID = st.fixed_dictionaries(
    {},
    optional={
        "missing_share": st.sampled_from([0, 0.25, 0.5, 1]),
        "unique": st.booleans(),
        "values": st.lists(st.one_of(st.integers(-3, 3), st.sampled_from(["north", "2.5", "1"])), min_size=1),
        "pattern": st.sampled_from([r"[a-z]+", r"-?\d+", r"n.*", r"1|2\.5|"]),
        "min": st.integers(-4, 0),
        "max": st.integers(0, 4),
    },
)


@pytest.mark.parametrize("of", KINDS_OF_COLUMN)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_every_rule_finds_the_rows_that_the_reference_finds(of, data):
    items, dtype = KINDS_OF_COLUMN[of]
    values = data.draw(st.lists(items, min_size=1, max_size=12))
    said = data.draw(SAID)
    kinds = ["integer", "number", "text", "boolean", "category"]
    if not {"min", "max", "pattern", "values"} & set(said):
        said = {**said, "type": data.draw(st.sampled_from(kinds))}
    elif {"min", "max"} & set(said) and not {"pattern", "values"} & set(said):
        said = {**said, "type": data.draw(st.sampled_from(["integer", "number"]))}
    frame = pd.DataFrame({"c": pd.Series(values, dtype=dtype)})
    plain = [None if is_missing(v) else v for v in frame["c"].astype(object).where(frame["c"].notna(), None)]
    wanted = expected(said, plain)
    found = evaluate(column(**said), frame, table="t")
    assert {breach.rule: breach.rows for breach in found} == {rule: len(rows) for rule, rows in wanted.items()}
    for breach in found:
        assert [row for row, _ in breach.examples] == wanted[breach.rule][:5]
        assert breach.of == len(values)


MOMENTS = [datetime(2024, 1, 31), datetime(2024, 3, 1, 12, 30), datetime(1999, 12, 31)]


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.sampled_from([*WORDS, "2024-03-01T12:30:00+02:00"])), min_size=1),
    native=st.booleans(),
)
def test_dates_are_read_from_text_and_from_dates(values, native):
    if native:
        values = [None if value is None else MOMENTS[len(value) % 3] for value in values]
    frame = pd.DataFrame({"c": pd.Series(values, dtype="datetime64[us]" if native else "str")})
    low, high = "2000-01-01", "2024-03-01T11:00:00"
    found = {b.rule: b.rows for b in evaluate(column(type="datetime", min=low, max=high), frame, table="t")}
    read = [date_of(value) for value in values if value is not None]
    wrong = sum(date is None for date in read)
    bounds = datetime.fromisoformat(low), datetime.fromisoformat(high)
    outside = sum(date is not None and not bounds[0] <= date <= bounds[1] for date in read)
    assert found == {rule: n for rule, n in (("type", wrong), ("range", outside)) if n}


def test_a_breach_is_a_sentence_with_counts_and_examples():
    income = pd.Series(np.linspace(1000, 90_000, 2380))
    income[[16, 203, 979]] = [-1, -5, 2e7]
    found = evaluate(
        rules(columns={"income": {"min": 0, "max": 1_000_000}}), pd.DataFrame({"income": income}), table="t"
    )
    assert [breach.sentence for breach in found] == [
        "income must lie in 0 to 1,000,000; 3 of 2,380 rows do not (rows 17, 204, 980: -1, -5, 20,000,000)"
    ]
    assert found[0].to_dict()["examples"][0] == {"row": 17, "value": -1.0}


@pytest.mark.parametrize(
    ("said", "values", "sentence"),
    [
        ({"type": "number"}, ["1", "x", "3"], "c must be a number; 1 of 3 rows is not (row 2: 'x')"),
        ({"type": "integer"}, [1.0, 2.5, None], "c must be a whole number; 1 of 3 rows is not (row 2: 2.5)"),
        ({"min": 0}, [1, -2, -3], "c must be at least 0; 2 of 3 rows are not (rows 2, 3: -2, -3)"),
        ({"values": ["a"]}, ["a", "b"], "c must be one of 'a'; 1 of 2 rows is not (row 2: 'b')"),
        ({"pattern": "[a-z]"}, ["a", "bb"], "c must match '[a-z]'; 1 of 2 rows does not (row 2: 'bb')"),
        ({"unique": True}, ["a", "b", "a"], "c must not repeat a value; 1 of 3 rows does (row 3: 'a')"),
        ({"missing_share": 0}, ["a", None], "c must have no missing value; 1 of 2 rows has none (row 2)"),
        (
            {"missing_share": 0.25},
            [1.0, None, None],
            "c must have at most 25% missing values; 2 of 3 rows, 66.7%, have none (rows 2, 3)",
        ),
        ({"unique": True}, ["x"] * 8, "(rows 2, 3, 4, 5, 6, …: 'x', 'x', 'x', 'x', 'x', …)"),
        ({"values": ["a"]}, ["b" * 90], f"(row 1: '{'b' * 39}…)"),
    ],
)
def test_each_rule_has_its_words(said, values, sentence):
    (found,) = evaluate(column(**said), pd.DataFrame({"c": values}), table="t")
    assert found.sentence.endswith(sentence) if sentence.startswith("(") else found.sentence == sentence


def test_columns_that_lack_or_are_too_many_are_named():
    frame = pd.DataFrame({"incme": [1], "b": [2]})
    said = rules(extra_columns="refuse", columns={"income": {}, "note": {"required": False}, "b": {}})
    assert [breach.sentence for breach in evaluate(said, frame, table="t")] == [
        "income must be a column; the table has none. Did you mean 'incme'?",
        "the columns must be those of the rules; beside them came incme",
    ]


def test_rows_are_counted_and_compared_with_those_before():
    frame = pd.DataFrame({"a": range(80)})
    said = rules(rows={"min": 100, "max_drop": 0.1})
    assert [breach.sentence for breach in evaluate(said, frame, table="t", rows_before=100)] == [
        "the table must have at least 100 rows; it has 80",
        "the table must have at most 10% fewer rows than the 100 at the branch's head; it has 80",
    ]
    assert evaluate(rules(rows={"max": 80, "max_drop": 0.2}), frame, table="t", rows_before=100) == []
    assert evaluate(rules(rows={"max_drop": 0}), frame, table="t") == []
    assert [b.rule for b in evaluate(rules(rows={"max": 79}), frame, table="t")] == ["rows"]


@settings(max_examples=80, deadline=None)
@given(pairs=st.lists(st.tuples(st.sampled_from([1.0, 2.0, None]), st.sampled_from(["a", "b", None])), min_size=1))
def test_a_key_repeats_where_all_of_it_does(pairs):
    frame = pd.DataFrame({"n": pd.Series([a for a, _ in pairs], dtype="float64"), "w": [b for _, b in pairs]})
    repeated = [at + 1 for at, pair in enumerate(pairs) if pair in pairs[:at]]
    found = evaluate(rules(key=["n", "w"]), frame, table="t")
    assert [row for breach in found for row, _ in breach.examples] == repeated[:5]
    assert sum(breach.rows for breach in found) == len(repeated)


def test_a_key_that_is_no_column_is_named():
    assert [b.column for b in evaluate(rules(key=["id"]), pd.DataFrame({"a": [1]}), table="t")] == ["id"]


def test_lists_and_bytes_are_values_like_others():
    frame = pd.DataFrame({"c": [[1, 2], [1, 2], {"a": 1}, b"x"]})
    found = evaluate(column(unique=True, type="text", missing_share=0), frame, table="t")
    assert {breach.rule: breach.rows for breach in found} == {"unique": 1, "type": 4}


def test_where_a_file_knows_no_types_a_number_is_text_too():
    frame = pd.DataFrame({"c": [12, 13]})
    said = column(type="text", pattern=r"\d\d")
    assert evaluate(said, frame, table="t.csv", typed=False) == []
    assert [b.rule for b in evaluate(said, frame, table="t.parquet")] == ["type"]


def test_a_regular_expression_that_explodes_elsewhere_answers_at_once():
    frame = pd.DataFrame({"c": ["a" * 50_000 + "b"]})
    (found,) = evaluate(column(pattern="(a+)+"), frame, table="t")
    assert found.rows == 1


def test_the_frame_is_left_as_it_was():
    frame = pd.DataFrame({"c": ["1", "x", None], "d": pd.Categorical(["a", "b", "a"])}, index=[5, 6, 7])
    before = frame.copy()
    evaluate(
        rules(key=["c", "d"], columns={"c": {"type": "number", "max": 0}, "d": {"unique": True}}), frame, table="t"
    )
    pd.testing.assert_frame_equal(frame, before)
