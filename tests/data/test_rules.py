import pytest

from trustlab.core.errors import InputError
from trustlab.data.documents import Place, parse_document
from trustlab.data.rules import Rules, rules_from, with_settings

FULL = """\
schema: 1
applies_to: ["*.csv", "part/**"]
on_breach: quarantine
quarantine: held
extra_columns: refuse
key: [id, month]
rows: {min: 1, max: 100, max_drop: 0.2}
columns:
  id: {type: integer, unique: true, missing_share: 0}
  month: {type: category, values: [yes, 1, 2.0], required: false}
  seen: {type: datetime, min: 2020-01-01, max: "2024-06-30T12:00:00+02:00"}
  income: {type: number, min: 0, max: 1e6}
  email: {pattern: '[^@]+@[^@]+'}
"""


def read(text):
    return rules_from(*parse_document(text, "yaml", "r.yaml"))


def test_a_document_becomes_rules_and_is_written_back():
    rules = read(FULL)
    assert (rules.on_breach, rules.quarantine, rules.key, rules.max_drop) == (
        "quarantine",
        "held",
        ("id", "month"),
        0.2,
    )
    by_name = {column.name: column for column in rules.columns}
    assert by_name["month"].values == ("yes", "1", "2")
    assert (by_name["seen"].minimum, by_name["seen"].maximum) == ("2020-01-01", "2024-06-30T12:00:00+02:00")
    assert rules_from(rules.to_document(), Place("again")) == rules


def test_an_empty_document_rules_nothing():
    assert read("") == Rules()
    assert read("applies_to: a.csv").applies_to == ("a.csv",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums: {}", r"r\.yaml, line 1: colums: no such key\. Did you mean 'columns'\?"),
        ("columns:\n  a: {mn: 1}", r"line 2: columns\.a\.mn: no such key\. Did you mean 'min'\?"),
        ("columns:\n  a: {type: interger}", r"line 2: columns\.a\.type must be one of integer.*'interger'"),
        ("columns: [a]", "line 1: columns must be a mapping"),
        ("columns: {a: 3}", r"columns\.a must be a mapping"),
        ("- a", "r.yaml must be a mapping"),
        ("schema: 2", "schema must be 1; got 2"),
        ("on_breach: warn", "on_breach must be one of refuse, quarantine"),
        ("quarantine: a/b", "quarantine must be a branch's name"),
        ("extra_columns: true", "extra_columns must be one of allow, refuse; got True"),
        ("applies_to: [1]", "a text or a list of texts"),
        ("applies_to: ['']", "a text or a list of texts"),
        ("key: {a: 1}", "key must be a text or a list of texts"),
        ("extra_columns: refuse\nkey: [id]\ncolumns: {a: {}}", r"line 2: key\.0 must be one of the columns"),
        ("rows: {min: 5, max: 4}", r"rows\.min must be at most max, 4; got 5"),
        ("rows: {min: -1}", "a whole number of at least 0"),
        ("rows: {min: true}", "a whole number"),
        ("rows: {min: 1.5}", "a whole number"),
        ("rows: {max_drop: 20}", "a share from 0 to 1; got 20"),
        ("columns: {a: {missing_share: .nan}}", "a share from 0 to 1"),
        ("columns: {a: {required: 1}}", "true or false; got 1"),
        ("columns: {a: {unique: 'yes'}}", "true or false"),
        ("columns: {a: {min: 2, max: 1}}", r"columns\.a\.min must be at most max, 1; got 2"),
        ("columns: {a: {min: .inf}}", "a number or an ISO 8601 date; got inf"),
        ("columns: {a: {min: true}}", "a number or an ISO 8601 date; got True"),
        ("columns: {a: {type: number, min: x}}", "must be a number; got 'x'"),
        (f"columns: {{a: {{type: number, min: {'9' * 400}}}}}", "must be a number"),
        ("columns: {a: {type: datetime, min: 3}}", "an ISO 8601 date; got 3"),
        ("columns: {a: {min: 1, max: 2024-01-01}}", "of the same type as min"),
        ("columns: {a: {min: 2024-02-01, max: 2024-01-01}}", "at most max, 2024-01-01"),
        ("columns: {a: {type: integer, min: 0.2, max: 0.8}}", "a whole number lies between"),
        ("columns: {a: {type: text, min: 1}}", "left out: a text column has no range"),
        ("columns: {a: {values: []}}", "a list of 1 to 10,000 values"),
        ("columns: {a: {values: x}}", "a list of 1 to 10,000 values"),
        ("columns: {a: {values: [1, null]}}", r"values\.1 must be a text, a number"),
        ("columns: {a: {type: integer, values: [1, 1.5]}}", r"values\.1 must be of the column's type, integer"),
        ("columns: {a: {type: boolean, values: [yes]}}", "of the column's type, boolean; got 'yes'"),
        ("columns: {a: {type: datetime, values: [2024-01-01]}}", "has a range instead"),
        ("columns: {a: {pattern: '('}}", r"a regular expression .*missing"),
        ("columns: {a: {pattern: '(?=a)'}}", "perl operator"),
        ("columns: {a: {pattern: '(a{1000}){1000}'}}", "repetition"),
        (f"columns: {{a: {{pattern: '{'a' * 1001}'}}}}", "at most 1,000 characters"),
        ("columns: {a: {pattern: 5}}", "a regular expression"),
        ("columns: {a: {type: integer, pattern: '5'}}", "is no text"),
        ("columns: {[a]: {}}", "unhashable|words"),
    ],
)
def test_what_cannot_be_meant_is_named(text, message):
    with pytest.raises(InputError, match=message):
        read(text)


def test_single_keys_are_set_and_taken_away():
    before = read(FULL).to_document()
    changed = with_settings(
        before,
        {
            "on_breach": "refuse",
            "columns.income.max": "2e6",
            "columns.email": "null",
            "columns.a.b.type": "text",
            "columns.new col": "{type: boolean}",
            "rows.max_drop": "",
            "key": "[id]",
        },
    )
    rules = rules_from(changed, Place("set"))
    by_name = {column.name: column for column in rules.columns}
    assert by_name["income"].maximum == 2e6
    assert "email" not in by_name
    assert (by_name["a.b"].kind, by_name["new col"].kind) == ("text", "boolean")
    assert (rules.on_breach, rules.max_drop, rules.least_rows, rules.key) == ("refuse", None, 1, ("id",))
    assert before == read(FULL).to_document(), "the document itself stays"
    with pytest.raises(InputError, match=r"set: rows\.mn: no such key"):
        rules_from(with_settings({}, {"rows.mn": "1"}), Place("set"))
    with pytest.raises(InputError, match="valid YAML"):
        with_settings({}, {"rows": "{min"})
