"""Every library that reads tables reads a version, from the bare address or by the one call that it needs."""

import io
import os
import subprocess
import sys
from pathlib import Path

import dask
import dask.dataframe as dd
import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet
import pytest

import trustlab
from trustlab.core.errors import InputError, NotFoundError
from trustlab.data import duckdb_with_trust, open_dataset, open_file, scan_polars
from trustlab.store.commit import commit

# Dask calls pandas in a way that pandas gives up.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

YEARS = (2024, 2025, 2026)


def table(rows, start=0):
    return pd.DataFrame({"n": range(start, start + rows), "word": [f"w{n % 7}" for n in range(rows)]})


def parquet(frame):
    written = io.BytesIO()
    frame.to_parquet(written, index=False)
    return written.getvalue()


@pytest.fixture
def loans(home):
    """Three years of parts in folders, the whole as Parquet, CSV, Arrow and JSON lines; returns the whole."""
    whole = pd.concat([table(1000, 1000 * at) for at in range(len(YEARS))], ignore_index=True)
    arrow = io.BytesIO()
    pyarrow.feather.write_feather(whole, arrow)
    files = [(f"by/year={year}/part.parquet", parquet(table(1000, 1000 * at))) for at, year in enumerate(YEARS)]
    files += [
        ("whole.parquet", parquet(whole)),
        ("whole.csv", whole.to_csv(index=False).encode()),
        ("whole.arrow", arrow.getvalue()),
        ("whole.jsonl", whole.to_json(orient="records", lines=True).encode()),
        ("parts/_a.csv", b"n,word\n0,w0\n"),
        ("parts/b.csv", b"n,word\n1,w1\n"),
    ]
    commit(home.store, "loans", files)
    commit(home.store, "alone", [("whole.parquet", parquet(whole))])
    return whole


def same(read, whole):
    pd.testing.assert_frame_equal(pd.DataFrame(read)[["n", "word"]], whole, check_dtype=False)


BARE = {
    "pandas parquet": lambda at: pd.read_parquet(f"{at}/whole.parquet"),
    "pandas parquet by fastpath": lambda at: pd.read_parquet(f"{at}/whole.parquet", columns=["word", "n"]),
    "pandas parquet folder": lambda at: pd.read_parquet(f"{at}/by"),
    "pandas csv": lambda at: pd.read_csv(f"{at}/whole.csv"),
    "pandas csv by pyarrow": lambda at: pd.read_csv(f"{at}/whole.csv", engine="pyarrow"),
    "pandas feather": lambda at: pd.read_feather(f"{at}/whole.arrow"),
    "pandas json": lambda at: pd.read_json(f"{at}/whole.jsonl", lines=True),
    "polars parquet": lambda at: pl.read_parquet(f"{at}/whole.parquet", use_pyarrow=True).to_pandas(),
    "polars csv": lambda at: pl.read_csv(f"{at}/whole.csv", use_pyarrow=True).to_pandas(),
    "polars open file": lambda at: pl.read_parquet(open_file(f"{at}/whole.parquet")).to_pandas(),
    "polars open csv": lambda at: pl.read_csv(open_file(f"{at}/whole.csv")).to_pandas(),
    "polars lazy": lambda at: scan_polars(f"{at}/whole.parquet").collect().to_pandas(),
    "polars lazy folder": lambda at: scan_polars(f"{at}/by").collect().to_pandas(),
    "pyarrow address": lambda at: pyarrow.parquet.read_table(f"fsspec+{at}/whole.parquet").to_pandas(),
    "pyarrow data set address": lambda at: pyarrow.dataset.dataset(f"fsspec+{at}/by").to_table().to_pandas(),
    "pyarrow data set": lambda at: open_dataset(f"{at}/by").to_table().to_pandas(),
    "pyarrow csv": lambda at: open_dataset(f"{at}/whole.csv").to_table().to_pandas(),
    "pyarrow arrow": lambda at: open_dataset(f"{at}/whole.arrow").to_table().to_pandas(),
    "pyarrow pattern": lambda at: open_dataset(f"{at}/by/*/*.parquet").to_table().to_pandas(),
    "pyarrow open csv": lambda at: pyarrow.csv.read_csv(open_file(f"{at}/whole.csv")).to_pandas(),
    "duckdb parquet": lambda at: duckdb_with_trust(duckdb.connect()).sql(f"from '{at}/whole.parquet'").df(),
    "duckdb csv": lambda at: duckdb_with_trust(duckdb.connect()).sql(f"from '{at}/whole.csv'").df(),
    "duckdb pattern": lambda at: duckdb_with_trust(duckdb.connect()).sql(f"from '{at}/by/*/*.parquet' order by n").df(),
    "dask parquet": lambda at: dd.read_parquet(f"{at}/whole.parquet").compute(scheduler="sync"),
    "dask folder": lambda at: dd.read_parquet(f"{at}/by").compute(scheduler="threads").reset_index(drop=True),
    "dask repo": lambda at: dd.read_parquet(f"{at.replace('loans', 'alone')}").compute(scheduler="threads"),
    "dask csv": lambda at: (
        dd.read_csv(f"{at}/whole.csv", blocksize=5000).compute(scheduler="threads").reset_index(drop=True)
    ),
}


@pytest.mark.parametrize("library", BARE)
def test_every_library_reads_the_address(loans, library):
    same(BARE[library]("trust://loans@main"), loans)


def test_polars_own_readers_take_the_address_for_a_local_path(loans):
    """The day this fails, polars asks fsspec: then the docs of the readers can be simpler."""
    for read in (pl.read_parquet, pl.scan_parquet, pl.read_csv):
        with pytest.raises(FileNotFoundError, match="No such file"):
            pl.DataFrame(read("trust://loans/whole.parquet").lazy().collect())


def test_folders_make_columns_and_filters_choose_files(loans, fetched):
    lazy = scan_polars("trust://loans/by").filter(pl.col("year") == 2025).select(pl.col("n").sum())
    opened = len(fetched)
    assert lazy.collect().item() == sum(range(1000, 2000))
    assert len(fetched) - opened <= 1
    assert open_dataset("trust://loans/by", partitioning=None).schema.names == ["n", "word"]
    connection = duckdb_with_trust(duckdb.connect())
    query = "select year, count(*) from read_parquet('trust://loans/by/*/*.parquet', hive_partitioning = true)"
    assert connection.sql(f"{query} group by year order by year").fetchall() == [(year, 1000) for year in YEARS]


def test_names_with_an_underscore_are_files_too(loans):
    assert open_dataset("trust://loans/parts").to_table().to_pandas()["n"].tolist() == [0, 1]


def test_what_cannot_be_read_as_one_table_says_why(loans):
    with pytest.raises(InputError, match=r"\.arrow, \.csv, \.jsonl, \.parquet") as caught:
        open_dataset("trust://loans")
    assert "pattern" in caught.value.hint
    for ask, message in [
        (lambda: open_dataset("trust://loans/bye"), "must hold 'bye'"),
        (lambda: open_dataset("trust://loans/*.orc"), r"\*\.orc"),
        (lambda: open_file("trust://lones/whole.csv"), "Did you mean 'loans'"),
        (lambda: scan_polars("trust://loans@mian/by"), "Did you mean 'main'"),
    ]:
        with pytest.raises(NotFoundError, match=message):
            ask()


def test_duckdb_sees_a_new_version_unless_pinned_and_can_be_told_twice(home, loans):
    live = duckdb_with_trust(duckdb_with_trust(duckdb.connect()))
    pinned = duckdb_with_trust(duckdb.connect(), pin=True)
    query = "select count(*) from 'trust://loans/whole.parquet'"
    assert live.sql(query).fetchall() == pinned.sql(query).fetchall() == [(3000,)]
    commit(home.store, "loans", [("whole.parquet", parquet(table(11)))])
    assert live.sql(query).fetchall() == [(11,)]
    assert pinned.sql(query).fetchall() == [(3000,)]
    assert live.sql("select count(*) from 'trust://loans~1/whole.parquet'").fetchall() == [(3000,)]


def test_a_data_set_and_a_dask_frame_stay_one_version(home, loans):
    arrow, lazy = open_dataset("trust://loans/by"), scan_polars("trust://loans/by")
    frame, text = dd.read_parquet("trust://loans/by"), dd.read_csv("trust://loans/whole.csv", blocksize=5000)
    commit(home.store, "loans", [("by/year=2024/part.parquet", parquet(table(5)))])
    assert arrow.count_rows() == lazy.collect().height == 3000
    with dask.config.set(scheduler="sync"):
        assert (len(frame.compute()), len(text.compute())) == (3000, 3000)
        # Asked again, the address is the new version: nothing may remember the old one by its name.
        assert len(dd.read_parquet("trust://loans/by").compute()) == 5


WORKERS = """
import sys
import dask, dask.dataframe as dd
if __name__ == "__main__":
    frame = dd.read_parquet("trust://loans@main/by/*/*.parquet")
    text = dd.read_csv("trust://loans@main/whole.csv", blocksize=5000)
    import os
    os.chdir("/")
    with dask.config.set(scheduler="processes", num_workers=2):
        print(len(frame.compute()), int(frame.n.sum().compute()), text.npartitions > 1, len(text.compute()))
"""


def test_dask_workers_find_the_workspace_from_another_folder(home, loans, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WORKERS)
    environment = {**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=home.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["3000", str(sum(range(3000))), "True", "3000"], done.stderr


def test_any_workspace_can_be_named(home, loans, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    options = {"workspace": str(home.folder)}
    same(pd.read_csv("trust://loans/whole.csv", storage_options=options), loans)
    same(scan_polars("trust://loans/whole.parquet", workspace=home.folder).collect().to_pandas(), loans)
    with open_file("loans@main/whole.csv", workspace=home.folder) as file:
        assert file.readline() == b"n,word\n"
    with fsspec.open("trust://loans/whole.csv", "rt", **options) as file:
        assert file.readline() == "n,word\n"
    with pytest.raises(NotFoundError, match="no workspace"):
        pd.read_csv("trust://loans/whole.csv")
