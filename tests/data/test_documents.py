import json
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.data.documents import LARGEST, Place, dump_yaml, parse_document, read_document


def value_of(text):
    return parse_document(text, "yaml", "doc")[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[yes, no, on, off]", ["yes", "no", "on", "off"]),
        ("[true, False]", [True, False]),
        ("[1e6, 1.5, -.5, 2.E3, .inf]", [1e6, 1.5, -0.5, 2000.0, float("inf")]),
        ("[0, -12, 1_000, 0123, 0x1f, 12:30]", [0, -12, 1000, "0123", "0x1f", "12:30"]),
        ("[2024-01-31, ~, null]", [date(2024, 1, 31), None, None]),
        ("", None),
        ('{"a": [1, "b"]}', {"a": [1, "b"]}),
    ],
)
def test_plain_words_are_read_as_yaml_1_2_does(text, value):
    assert value_of(text) == value


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["yes", "no", "1e6", "0123", "0x1f", "~", "", "true", "2024-01-31", "12:30", "1_0", ".5", "=", "<<"]
    )
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc.é ", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(data=PLAIN)
def test_what_is_dumped_is_read_back_here_and_by_yaml_1_1(data):
    text = dump_yaml(data)
    assert value_of(text) == data
    assert yaml.safe_load(text) == data


def test_a_complaint_names_line_and_key():
    _, place = parse_document("a: 1\nb:\n  c:\n    - 5\n    - 6\n", "yaml", "doc.yaml")
    assert str(place.at("b").at("c").at(1)) == "doc.yaml, line 5: b.c.1"
    assert str(place.at("b").at("missing")) == "doc.yaml, line 2: b.missing"
    assert str(place) == "doc.yaml"
    with pytest.raises(InputError, match=r"doc\.yaml, line 1: a: no such key\. Did you mean 'aa'\?"):
        place.mapping({"a": 1}, ["aa", "b"])
    with pytest.raises(InputError, match="a mapping of keys to values; got 3"):
        place.mapping(3)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 2: an alias"),
        ("a: &a\n  <<: *a\n", "an alias"),
        ("a: 1\nb: 2\na: 3\n", "line 3: a must come once"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a: [1, 2", "line 1: expected"),
        ("a: 2024-13-45", "month must be in"),
        ("---\na: 1\n---\nb: 2\n", "but found another document"),
        ("[" * 5000, "not be nested so deeply"),
        ("a: " + "x" * LARGEST, "at most 262,144 bytes"),
        ("? [a, b]\n: 1", "unhashable key"),
        ("a: \x00", "unacceptable character"),
        ("a: " + "9" * 5000, "valid YAML"),
    ],
)
def test_hostile_yaml_is_refused_at_once(text, message):
    with pytest.raises(InputError, match=message):
        parse_document(text, "yaml", "doc")


def test_files_are_read_by_their_suffix(tmp_path):
    said = {"rows": {"min": 1}}
    for name, text in {"r.toml": "[rows]\nmin = 1\n", "r.json": json.dumps(said), "r.yml": "rows: {min: 1}"}.items():
        (tmp_path / name).write_text(text)
        assert read_document(tmp_path / name, name)[0] == said
    (tmp_path / "r.yaml").write_bytes(b"\xff\xfea")
    (tmp_path / "bad.toml").write_text("a = [1,")
    (tmp_path / "long.toml").write_text("a = 1 #" + "x" * LARGEST)
    (tmp_path / "d.yaml").mkdir()
    for name, error, message in (
        ("r.yaml", InputError, "UTF-8"),
        ("bad.toml", InputError, "valid TOML"),
        ("long.toml", InputError, "at most 262,144"),
        ("d.yaml", InputError, "cannot be read"),
        ("r.tml", UsageError, "suffix"),
        ("r.ymll.yaml", NotFoundError, "no such file"),
    ):
        with pytest.raises(error, match=message):
            read_document(tmp_path / name, name)


def test_a_place_without_lines_names_the_key_alone():
    assert str(Place("set").at("rows").at("min").error("a number", "x")) == "set: rows.min must be a number; got 'x'"
