import io
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError
from trustlab.data import arrow
from trustlab.data.arrow import is_arrow, write_parquet


def written(value):
    sink = io.BytesIO()
    rows = write_parquet(value, sink, name="source")
    return rows, sink.getvalue()


def back(value):
    return pq.read_table(io.BytesIO(written(value)[1]))


@pytest.fixture
def table():
    return pa.table(
        {
            "i8": pa.array([1, None, 3], pa.int8()),
            "u64": pa.array([2**64 - 1, 0, 1], pa.uint64()),
            "f32": pa.array([0.1, None, 2], pa.float32()),
            "dec": pa.array([Decimal("1.10"), None, Decimal("-2.00")], pa.decimal128(10, 2)),
            "day": pa.array([0, 1, None], pa.date32()),
            "zone": pa.array([0, 1, None], pa.timestamp("us", "Europe/Berlin")),
            "span": pa.array([0, 1, None], pa.duration("us")),
            "at": pa.array([1, 2, None], pa.time64("ns")),
            "word": pa.array(["a", "b", None]).dictionary_encode(),
            "list": pa.array([[1], [], None], pa.large_list(pa.int16())),
            "rec": pa.array([{"x": 1}, {"x": None}, None], pa.struct([("x", pa.int32())])),
            "raw": pa.array([b"a", None, b"c"], pa.large_binary()),
            "no": pa.array([None, None, None], pa.null()),
        }
    ).replace_schema_metadata({"who": "Ann"})


def test_types_and_values_are_kept_exactly(table):
    read = back(table)
    assert read.schema.remove_metadata().equals(table.schema.remove_metadata(), check_metadata=False)
    assert read.equals(table)
    assert read.schema.metadata[b"who"] == b"Ann"


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=8), group=st.integers(3, 50))
def test_the_batches_of_a_stream_do_not_show(sizes, group):
    rows = sum(sizes)
    whole = pa.table({"n": np.arange(rows), "w": [f"w{i % 7}" for i in range(rows)]})
    starts = np.cumsum([0, *sizes[:-1]])
    parts = [batch for at, size in zip(starts, sizes, strict=True) for batch in whole.slice(at, size).to_batches()]
    kept, arrow.GROUP_ROWS = arrow.GROUP_ROWS, group
    try:
        if rows == 0:
            with pytest.raises(InputError, match="at least one row"):
                written(whole)
            return
        stream = pa.RecordBatchReader.from_batches(whole.schema, iter(parts))
        assert written(stream) == written(whole)
        count, data = written(whole)
    finally:
        arrow.GROUP_ROWS = kept
    file = pq.ParquetFile(io.BytesIO(data))
    assert (count, file.num_row_groups) == (rows, -(-rows // group))
    assert file.read().equals(whole)


@pytest.mark.parametrize("kind", ["frame", "lazy", "series", "table", "batch", "reader", "dataset", "capsule"])
def test_each_kind_of_table_is_taken(kind, tmp_path):
    plain = pa.table({"n": [1, 2, 3]})
    frame = pl.DataFrame({"n": [1, 2, 3]})
    pq.write_table(plain, tmp_path / "part.parquet")

    class Capsule:
        def __arrow_c_stream__(self, requested_schema=None):
            return plain.__arrow_c_stream__(requested_schema)

    value = {
        "frame": frame,
        "lazy": frame.lazy().filter(pl.col("n") > 0),
        "series": frame["n"],
        "table": plain,
        "batch": plain.to_batches()[0],
        "reader": plain.to_reader(),
        "dataset": pyarrow.dataset.dataset(tmp_path),
        "capsule": Capsule(),
    }[kind]
    assert is_arrow(value)
    assert back(value).to_pydict() == {"n": [1, 2, 3]}


@pytest.mark.parametrize("value", [pd.DataFrame({"a": [1]}), pd.Series([1]), np.ones(2), "a", b"a", None, [1]])
def test_others_are_not(value):
    assert not is_arrow(value)


def test_polars_types_come_back_as_they_were():
    frame = pl.DataFrame(
        {
            "c": pl.Series(["x", "y", None], dtype=pl.Categorical),
            "e": pl.Series(["lo", "hi", "lo"], dtype=pl.Enum(["lo", "hi"])),
            "d": pl.Series(["1.5", "2", None]).cast(pl.Decimal(12, 3)),
            "t": pl.Series([1, 2, None], dtype=pl.Time),
            "u": pl.Series([1, 2, 3], dtype=pl.UInt8),
            "l": [[1.0], [], None],
            "s": [{"a": 1}, {"a": 2}, {"a": None}],
        }
    )
    for value in (frame, frame.lazy()):
        read = pl.read_parquet(io.BytesIO(written(value)[1]))
        assert read.schema == frame.schema
        assert read.equals(frame)


def test_a_stream_larger_than_a_group_is_not_held_in_memory():
    rows, batch = 0, pa.record_batch({"n": np.zeros(1 << 16)})
    before = pa.total_allocated_bytes()
    peak = 0

    def batches():
        nonlocal rows, peak
        for _ in range(64):
            rows += batch.num_rows
            peak = max(peak, pa.total_allocated_bytes() - before)
            yield pa.record_batch({"n": np.random.default_rng(rows).random(1 << 16)})

    count, _ = written(pa.RecordBatchReader.from_batches(batch.schema, batches()))
    assert count == rows == 1 << 22
    assert peak < 16 << 20, "the stream has 32 MiB"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda: pa.table({"a": [1]}).slice(0, 0), "at least one row and one column"),
        (lambda: pa.table({}), "at least one row and one column"),
        (lambda: pl.DataFrame(), "at least one row and one column"),
        (lambda: pa.table([[1], [2]], names=["a", "a"]), "'a' occur more than once"),
        (lambda: pa.table({"a": pa.array([None], pa.month_day_nano_interval())}), "Parquet can hold"),
        (lambda: pl.DataFrame({"o": pl.Series([object()], dtype=pl.Object)}), "'o' holds Python objects"),
        (lambda: pl.DataFrame({"o": pl.Series([1], dtype=pl.Int128)}), "Parquet can hold"),
        (lambda: pl.DataFrame({"a": [1]}).lazy().select("b"), "Parquet can hold"),
        (lambda: pl.DataFrame({"a": ["x"]}).lazy().select(pl.col("a").cast(pl.Int64)), "Parquet can hold"),
        (lambda: pa.chunked_array([[1, 2]]), "Parquet can hold"),
    ],
)
def test_what_cannot_be_kept_is_named(value, message):
    with pytest.raises(InputError, match=message):
        written(value())
