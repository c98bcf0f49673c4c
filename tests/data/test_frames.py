"""Reading tables: what goes in comes out, and what cannot be read says why."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.data.frames import check_frame, frame_digest, frame_to_parquet, read_frame

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "",
    "two\nlines",
    "größe 🙂",
    " padded ",
    'quo"te',
    "a,b;c\t|d",
    "`tick`",
    "class",
]

needs_sets = pytest.mark.skipif(
    not SETS.is_dir(), reason="the public data sets (../shared/data) are not beside the repo"
)

# No surrogates (not UTF-8), no NUL (binary) and no lone carriage return (csv's writer leaves it unquoted).
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)
WORDS = TEXT.map(lambda text: f"w{text}")


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 8))
    names = draw(st.lists(st.one_of(TEXT, st.sampled_from(HOSTILE)), min_size=1, max_size=5, unique=True))
    kinds = {
        "whole": st.integers(-(2**62), 2**62),
        "float": st.floats(allow_nan=False, allow_infinity=False),
        "text": WORDS,
    }
    columns = {}
    for name in names:
        kind = draw(st.sampled_from(sorted(kinds)))
        values = draw(st.lists(kinds[kind], min_size=rows, max_size=rows))
        # A leading fraction keeps a column of whole-valued floats a float column in text.
        columns[name] = [0.5, *values[1:]] if kind == "float" else values
    return pd.DataFrame(columns)


def read(data: bytes | str, name: str = "t.csv", **options: object) -> pd.DataFrame:
    raw = data.encode() if isinstance(data, str) else data
    return read_frame(io.BytesIO(raw), name=name, **options)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames(), separator=st.sampled_from([",", "\t"]))
def test_csv_round_trip(frame: pd.DataFrame, separator: str) -> None:
    text = frame.to_csv(index=False, sep=separator, quoting=csv.QUOTE_NONNUMERIC)
    name = "t.tsv" if separator == "\t" else "t.csv"
    pd.testing.assert_frame_equal(read(text, name), frame, check_exact=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames())
def test_parquet_round_trip_keeps_values_and_digest(frame: pd.DataFrame) -> None:
    data = frame_to_parquet(frame)
    back = read(data, "t.parquet")
    pd.testing.assert_frame_equal(back, frame, check_exact=True)
    assert frame_digest(back) == frame_digest(frame)
    assert frame_to_parquet(back) == data


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator: str) -> None:
    rows = [["a", "b b", "c"], ["1", "x, y" if separator != "," else "x", "2.5"], ["2", "z", "3.5"]]
    frame = read("\n".join(separator.join(row) for row in rows))
    assert list(frame.columns) == ["a", "b b", "c"]
    assert frame["c"].tolist() == [2.5, 3.5]


def test_one_column_without_separator() -> None:
    assert read("score\n1\n2\n")["score"].tolist() == [1, 2]


def test_nothing_is_stripped_and_none_is_a_word() -> None:
    frame = read("a, b\n x,None\nNA,\n")
    assert list(frame.columns) == ["a", " b"]
    assert frame["a"].tolist()[0] == " x"
    assert frame[" b"].tolist()[0] == "None"
    assert frame.isna().to_numpy().tolist() == [[False, False], [True, True]]


def test_hostile_names_survive_as_text() -> None:
    frame = pd.DataFrame([range(len(HOSTILE))], columns=HOSTILE)
    assert list(read(frame.to_csv(index=False)).columns) == HOSTILE
    assert list(read(frame_to_parquet(frame), "t.parquet").columns) == HOSTILE


def test_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert list(read(b"\xef\xbb\xbfa,b\n1,2\n").columns) == ["a", "b"]


def test_names_for_a_file_without_header() -> None:
    frame = read("1,2\n3,4\n", columns=["a", "b"])
    assert frame.to_numpy().tolist() == [[1, 2], [3, 4]]
    with pytest.raises(InputError, match="must have 3 fields like the header; line 1 has 2"):
        read("1,2\n3,4\n", columns=["a", "b", "c"])


def test_quotes_in_raw_tab_text_swallow_nothing() -> None:
    frame = read('label\ttext\nham\t"hello\nspam\tsay "yes" now\nham\tbye"\n', "sms.tsv")
    assert frame["text"].tolist() == ['"hello', 'say "yes" now', 'bye"']
    quoted = read('label\ttext\nham\t"two\nlines"\n', "sms.tsv")
    assert quoted["text"].tolist() == ["two\nlines"]
    assert read('"\n"\n0.5\n', "t.tsv")["\n"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "t.csv", "the file is empty"),
        (b" \n\n", "t.csv", "the file is empty"),
        (b"a,b\n", "t.csv", "header of 2 columns and 0 rows"),
        (b"a,b,a,c,b\n1,2,3,4,5\n", "t.csv", "'a', 'b' occur more than once"),
        (b'a,b\n1,2\n"x\ny",3\n1,2,3\n4\n', "t.csv", r"2 fields like the header; line 5 has 3 \(1 more such lines\)"),
        ("a,b\n1,é\n".encode("latin-1"), "t.csv", "byte 6 is 0xe9, so it is probably ISO-8859-1"),
        ("a,b\n1,“x”\n".encode("cp1252"), "t.csv", "byte 6 is 0x93, so it is probably WINDOWS-1252"),
        ("a,b\n1,2\n".encode("utf-16"), "t.csv", "probably UTF-16"),
        (b"a,b\n1,\x00\n", "t.csv", "byte 6 is NUL"),
        (b"\x89PNG\r\n\x1a\n123", "t.csv", "a PNG picture"),
        (b"PK\x03\x04abc", "t.csv", "a zip archive or an Excel workbook"),
        (b"PAR1abcdPAR1", "t.csv", "a Parquet file"),
        (b"PAR1abcdPAR1", "t.parquet", "must be a Parquet file"),
        (b"a,b\n1,2\n", "t.parquet", "must be a Parquet file"),
        (b"a,b\n1,2\n", "t.feather", "must be a Feather file"),
        (b'a,b\n1,"2\n', "t.csv", "EOF inside string"),
        (b"a\n" + b"x" * 200_000, "t.csv", "line 2 cannot be read"),
        (b"a,b\n1,2\n", "t.xlsx", r"suffix must be one of .*; got '\.xlsx'"),
        (b"a,b\n1,2\n", "t", "got no suffix"),
        (b'{"a": 1}\n{"a": \n', "t.jsonl", "line 2 must be one JSON object"),
        (b'[{"a": 1}]', "t.json", "line 1 must be one JSON object; got a list"),
        (b'{"a": 1, "a": 2}', "t.jsonl", "'a' occurs twice"),
        (b'{"a": [1]}', "t.jsonl", "'a' must hold text, a number, true, false or null; got a list"),
        (b"{}\n{}\n", "t.jsonl", "every object is empty"),
    ],
)
def test_bad_files_say_why(data: bytes, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(data, name)
    assert caught.value.message.startswith(f"{name}: ")


def test_the_hint_of_a_wrong_encoding_mends_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_bytes("name,n\nZoë,1\n".encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_frame(old, name="old.csv")
    assert "encoding='iso-8859-1'" in str(caught.value.hint)
    pd.read_csv(old, encoding="iso-8859-1").to_csv(new, index=False)
    assert read_frame(new, name="new.csv")["name"].tolist() == ["Zoë"]


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_frame(tmp_path / "gone.csv", name="gone.csv")
    with pytest.raises(InputError, match="got a folder"):
        read_frame(tmp_path, name="folder")
    path = tmp_path / "t.data"
    path.write_text("a;b\n1;2\n")
    for layout in (None, "csv", ".csv", ".CSV"):
        assert read_frame(path, name="t", format=layout)["b"].tolist() == [2]
    with pytest.raises(UsageError, match=r"got 'cvs'\. Did you mean 'csv'"):
        read_frame(path, name="t", format="cvs")
    with pytest.raises(UsageError, match="columns must be left out"):
        read_frame(path, name="t", format="jsonl", columns=["a"])


def test_json_lines_and_feather(tmp_path: Path) -> None:
    frame = read('{"a": 1, "b": "x\u2028y"}\n\n{"b": null, "c": true}\n', "t.jsonl")
    assert list(frame.columns) == ["a", "b", "c"]
    assert frame["b"].tolist()[0] == "x\u2028y"
    assert frame.isna().to_numpy().tolist() == [[False, False, True], [True, True, False]]
    path = tmp_path / "t.feather"
    pd.DataFrame({"a": [1.5, 2.5]}).to_feather(path)
    assert read_frame(path, name="t.feather")["a"].tolist() == [1.5, 2.5]


def test_parquet_with_repeated_names_no_rows_decimals_and_dates() -> None:
    from datetime import date
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    def stored(table: pa.Table) -> bytes:
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()

    with pytest.raises(InputError, match="'a' occur more than once"):
        read(stored(pa.table([[1], [2]], names=["a", "a"])), "t.parquet")
    with pytest.raises(InputError, match="0 rows"):
        read(stored(pa.table({"a": pa.array([], pa.int64())})), "t.parquet")
    frame = read(stored(pa.table({"price": [Decimal("1.25")], "day": [date(2026, 3, 1)]})), "t.parquet")
    assert frame["price"].dtype == np.float64
    assert frame["day"].tolist() == [pd.Timestamp("2026-03-01")]


def test_check_frame_makes_names_text_and_leaves_the_input() -> None:
    frame = pd.DataFrame({0: [1], "b": [2]})
    assert list(check_frame(frame, name="df").columns) == ["0", "b"]
    assert list(frame.columns) == [0, "b"]
    with pytest.raises(InputError, match="'1' occur more than once"):
        check_frame(pd.DataFrame([[1, 2]], columns=[1, "1"]), name="df")
    with pytest.raises(InputError, match="0 rows"):
        check_frame(frame.iloc[:0], name="df")


def test_an_edit_in_the_middle_keeps_most_pages() -> None:
    from pyfastcdc import FastCDC

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200_000, 3)), columns=list("abc"))
    edited = pd.concat([frame.iloc[:100_000], frame.iloc[:5] + 1, frame.iloc[100_000:]], ignore_index=True)

    def chunks(data: bytes) -> dict[bytes, int]:
        cut = FastCDC(65_536, min_size=32_768, max_size=262_144).cut_buf(data)
        return {data[chunk.offset : chunk.offset + chunk.length]: chunk.length for chunk in cut}

    before, after = chunks(frame_to_parquet(frame)), chunks(frame_to_parquet(edited))
    new = sum(length for content, length in after.items() if content not in before)
    assert new < 0.5 * sum(after.values())


def test_parquet_refuses_mixed_columns_by_name() -> None:
    with pytest.raises(InputError, match=r"one type a column.*mixed"):
        frame_to_parquet(pd.DataFrame({"mixed": [1, "a"]}))


def test_digest_sees_content_only() -> None:
    frame = pd.DataFrame({"a": [1.0, None, -0.0], "b": ["x", None, "z"], "c": [1, 2, 3]})
    digest = frame_digest(frame)
    assert len(digest) == 64
    pieces = pd.concat([frame.iloc[:1], frame.iloc[1:]], ignore_index=True)
    blocks = pd.DataFrame({name: frame[name] for name in frame})
    category = frame.assign(b=frame["b"].astype("category"), a=[1.0, np.nan, 0.0])
    assert digest == frame_digest(pieces) == frame_digest(blocks) == frame_digest(category)
    changed = [
        frame.rename(columns={"a": "A"}),
        frame.iloc[::-1].reset_index(drop=True),
        frame[["b", "a", "c"]],
        frame.assign(c=frame["c"].astype(float)),
        frame.assign(b=["x", "", "z"]),
        frame.assign(b=["xz", None, ""]),
        frame.set_index(pd.Index([5, 6, 7])),
        frame.rename_axis("id"),
        frame.iloc[:2],
    ]
    assert len({digest, *map(frame_digest, changed)}) == len(changed) + 1


def test_digest_knows_dates_mixed_objects_and_lists() -> None:
    def digest(*values: object) -> str:
        return frame_digest(pd.DataFrame({"x": pd.Series(values, dtype=object)}))

    assert digest(1, "1") != digest("1", 1)
    assert digest([1, 2], [3]) == digest([1, 2], [3]) != digest([1], [2, 3])
    days = pd.DataFrame({"x": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    assert frame_digest(days) == frame_digest(days.copy()) != frame_digest(days + pd.Timedelta("1s"))


@needs_sets
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("compas/compas.csv", (7214, 44)),
        ("hmda_boston/HMDA.csv", (2380, 15)),
        ("german_credit/german_data_credit_decoded.csv", (1000, 22)),
        ("elec2/elec.csv", (45312, 7)),
    ],
)
def test_public_sets(path: str, shape: tuple[int, int]) -> None:
    frame = read_frame(SETS / path, name=path)
    assert frame.shape == shape
    assert frame_digest(read(frame_to_parquet(frame), "t.parquet")) == frame_digest(frame)


@needs_sets
def test_public_sets_without_a_header() -> None:
    path = SETS / "adult" / "adult-train.csv"
    frame = read_frame(path, name="adult", columns=[f"c{at}" for at in range(15)])
    assert frame.shape == (32561, 15)
    assert (frame["c14"] == " >50K").mean() == pytest.approx(0.24081, abs=5e-6)
    sms = read_frame(SETS / "sms_spam" / "sms.tsv", name="sms", columns=["label", "text"])
    assert sms["label"].value_counts().to_dict() == {"ham": 4827, "spam": 747}
    with pytest.raises(InputError, match="occur more than once"):
        read_frame(SETS / "german_credit" / "german.csv", name="german.csv")


def test_rows_that_are_only_counted_are_the_same_however_they_are_counted() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    assert frame_digest(frame.set_axis(pd.Index([0, 1]))) == frame_digest(frame)
    assert frame_digest(frame.set_axis(pd.Index([1, 0]))) != frame_digest(frame)
    assert frame_digest(frame.set_axis(pd.Index(["0", "1"]))) != frame_digest(frame)


def test_parquet_refuses_numbers_that_it_cannot_hold() -> None:
    with pytest.raises(InputError, match="one type a column"):
        frame_to_parquet(pd.DataFrame({"big": [2**70, 1]}))


def test_identifiers_keep_their_digits():
    rows = "zip,long,month,small,y\n02139,9007199254740993,01,1,0.5\n94103,,12,,1.5\n00501,9007199254740995,2,3,2\n"
    frame = read_frame(io.BytesIO(rows.encode()), name="ids.csv")
    assert frame["zip"].tolist() == ["02139", "94103", "00501"]
    assert frame["long"].dropna().tolist() == ["9007199254740993", "9007199254740995"]
    assert frame["month"].tolist() == [1, 12, 2]
    assert frame["small"].dtype.kind == "f"
    assert frame["y"].tolist() == [0.5, 1.5, 2.0]
    whole = read_frame(io.BytesIO(b"long,x\n9007199254740993,1\n9007199254740995,2\n"), name="ids.csv")
    assert whole["long"].tolist() == [9007199254740993, 9007199254740995]
