"""``trust://NAME/path`` for whoever reads through fsspec."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import zipfile
from contextlib import closing

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

from trustlab.core.errors import NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.data.filesystem import TrustFileSystem


@pytest.fixture
def frame():
    return pd.DataFrame({"n": range(20_000), "word": [f"w{n % 97}" for n in range(20_000)]})


@pytest.fixture
def fs(mount, frame, tmp_path, context):
    """A workspace with a repo and the same table in a folder, in a zip and in a database."""
    fsspec.register_implementation("trust", TrustFileSystem, clobber=True)
    folder = tmp_path / "in" / "part"
    folder.mkdir(parents=True)
    frame.to_parquet(folder / "t.parquet")
    frame.to_csv(folder / "t.csv", index=False)
    with zipfile.ZipFile(tmp_path / "pack.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "t.parquet", "part/t.parquet")
    with closing(sqlite3.connect(tmp_path / "d.db")) as database:
        frame.to_sql("t", database, index=False)
    mount("inc", "in")
    mount("pack", "pack.zip")
    mount("db", "sqlite:///d.db")
    run("data.commit", {"repo": "kept", "source": "in"}, context)
    found = fsspec.filesystem("trust")
    yield found
    found.store.close()


def test_listing(fs):
    assert fs.ls("", detail=False) == ["db", "inc", "kept", "pack"]
    assert fs.ls("trust://inc", detail=False) == ["inc/part"]
    assert fs.find("inc") == ["inc/part/t.csv", "inc/part/t.parquet"]
    assert fs.glob("pack/**/*.parquet") == ["pack/part/t.parquet"]
    assert fs.ls("db", detail=False) == ["db/t.parquet"]
    assert fs.info("inc/part/t.csv")["size"] == len(fs.cat("inc/part/t.csv"))
    assert fs.isdir("inc")
    assert fs.isdir("pack/part/")
    assert fs.isfile("inc:part/t.csv")
    assert fs.isfile("db/t.parquet")
    assert fs.isfile("db/t")
    assert not fs.exists("inc/nothing")
    before = dt.datetime.now(dt.UTC)
    assert fs.modified("inc/part/t.csv") < before < fs.modified("db/t.parquet")


@pytest.mark.parametrize("path", ["inc/part/t.parquet", "pack/part/t.parquet", "db/t.parquet", "kept/part/t.parquet"])
def test_every_reader_reads_every_kind(fs, frame, path):
    pd.testing.assert_frame_equal(pd.read_parquet(f"trust://{path}"), frame)
    with fs.open(path) as file:
        assert pl.read_parquet(file).equals(pl.from_pandas(frame))
    dataset = pyarrow.dataset.dataset(path, filesystem=fs)
    assert dataset.to_table(filter=pyarrow.dataset.field("n") >= 19_990).num_rows == 10
    with duckdb.connect() as connection:
        connection.register_filesystem(fs)
        query = f"select count(*), sum(n), count(distinct word) from 'trust://{path}'"
        assert connection.sql(query).fetchall() == [(20_000, sum(range(20_000)), 97)]


@pytest.mark.parametrize("path", ["inc/part/t.csv", "pack/part/t.parquet", "db/t"])
def test_pieces(fs, path):
    data = fs.cat(path)
    assert fs.cat_file(path, 10, 20) == data[10:20]
    assert fs.cat_file(path, -7) == data[-7:]
    with fs.open(path, block_size=1000) as file:
        assert file.size == len(data)
        file.seek(30_000)
        assert file.read(5000) == data[30_000:35_000]
        file.seek(-3, io.SEEK_END)
        assert file.read() == data[-3:]


def test_a_copy_of_a_table_serves_one_reader_and_no_later_one(fs, frame, tmp_path, monkeypatch):
    from trustlab.data.mounts import files

    def add_row():
        with closing(sqlite3.connect(tmp_path / "d.db")) as database:
            database.execute("INSERT INTO t VALUES (-1, 'new')")
            database.commit()

    size = fs.info("db/t.parquet")["size"]
    with fs.open("db/t") as file:
        add_row()
        assert file.size == size
        assert len(fs.cat("db/t")) == size
        monkeypatch.setattr(files, "COPY_SECONDS", 0.0)
        assert len(pd.read_parquet("trust://db/t.parquet")) == len(frame) + 1
        with fs.open("db/t") as later:
            assert len(pd.read_parquet(later)) == len(frame) + 1
        assert len(pd.read_parquet(file)) == len(frame)
    folder = fs._copies._folder
    assert len(list(folder.iterdir())) == 1
    del fs.__dict__["_copies"]
    assert not folder.exists()


def test_a_seek_reads_only_what_is_asked_for(fs, monkeypatch):
    from trustlab.data.mounts import files

    asked = []
    real = files._read

    def spy(file, start, size):
        asked.append((start, size))
        return real(file, start, size)

    monkeypatch.setattr(files, "_read", spy)
    with fs.open("inc/part/t.csv", block_size=1000) as file:
        file.seek(100_000)
        file.read(100)
    assert len(asked) == 1
    assert asked[0][0] == 100_000
    assert asked[0][1] <= 1100


def test_what_names_nothing_says_so_in_both_tongues(fs):
    for path, message in [("inc/prt", "Did you mean 'part'"), ("db/u", "must hold 'u'"), ("inx/part", "inx")]:
        for ask in (fs.info, fs.ls, fs.open):
            with pytest.raises(NotFoundError, match=message) as caught:
                ask(path)
            assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(IsADirectoryError):
        fs.open("inc/part")
    for path in ("inc@main/part/t.csv", "inc~1/part/t.csv"):
        with pytest.raises(UsageError, match="a mount has no versions"):
            fs.open(path)


def test_nothing_is_written(fs, tmp_path):
    for write in (
        lambda: fs.open("inc/x", "wb"),
        lambda: fs.pipe("inc/x", b"x"),
        lambda: fs.rm("inc/part", recursive=True),
    ):
        with pytest.raises(RefusedError):
            write()
    assert (tmp_path / "in" / "part" / "t.csv").exists()
