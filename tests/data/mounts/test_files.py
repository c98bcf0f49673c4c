"""``trust://NAME/path`` for whoever reads through fsspec."""

from __future__ import annotations

import datetime as dt
import io
import multiprocessing
import os
import pickle
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import dask.dataframe as dd
import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

import trustlab
from trustlab.core.errors import ConflictError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.data import duckdb_with_trust, open_dataset, open_file, reads, scan_polars
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


FILES = ["inc/part/t.parquet", "pack/part/t.parquet", "db/t.parquet"]
READERS = {
    "open_file": lambda at: pl.read_parquet(open_file(f"trust://{at}")).to_pandas(),
    "open_dataset": lambda at: open_dataset(f"trust://{at}").to_table().to_pandas(),
    "of a folder": lambda at: open_dataset(f"trust://{at.partition('/')[0]}/*/*.parquet" if at[:2] != "db" else "db"),
    "scan_polars": lambda at: scan_polars(f"trust://{at}").collect().to_pandas(),
    "duckdb": lambda at: duckdb_with_trust(duckdb.connect()).sql(f"from 'trust://{at}'").df(),
    "duckdb pinned": lambda at: duckdb_with_trust(duckdb.connect(), pin=True).sql(f"from 'trust://{at}'").df(),
    "pyarrow address": lambda at: pyarrow.parquet.read_table(f"fsspec+trust://{at}").to_pandas(),
    "dask": lambda at: dd.read_parquet(f"trust://{at}").compute(scheduler="threads"),
}


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("reader", READERS)
def test_the_one_call_for_each_library_reads_mounts(fs, frame, reader, path):
    read = READERS[reader](path)
    if reader == "of a folder":
        read = read.to_table().to_pandas()
    pd.testing.assert_frame_equal(read[["n", "word"]], frame, check_dtype=False)


@pytest.mark.parametrize(
    "name", ["", "inc", "pack", "pack/part", "inc/part/t.csv", "db", "db/t.parquet", "inc/nothing"]
)
@pytest.mark.parametrize("maxdepth", [None, 1, 2])
@pytest.mark.parametrize("withdirs", [False, True])
def test_find_answers_as_walking_folder_by_folder_does(fs, name, maxdepth, withdirs):
    walked = fsspec.AbstractFileSystem.find(fs, name, maxdepth=maxdepth, withdirs=withdirs)
    assert fs.find(name, maxdepth=maxdepth, withdirs=withdirs) == walked


def test_the_usual_questions(fs, frame, tmp_path):
    csv, parquet = ((tmp_path / "in" / "part" / name).read_bytes() for name in ("t.csv", "t.parquet"))
    assert fs.du("inc") == len(csv) + len(parquet)
    assert fs.du("db") == fs.info("db/t.parquet")["size"] == len(fs.cat("db/t.parquet"))
    assert [(folder, sorted(files)) for folder, _, files in fs.walk("inc")] == [
        ("inc", []),
        ("inc/part", ["t.csv", "t.parquet"]),
    ]
    assert fs.cat("inc", recursive=True) == {"inc/part/t.csv": csv, "inc/part/t.parquet": parquet}
    ranges = fs.cat_ranges(["inc/part/t.csv", "pack/part/t.parquet", "kept/part/t.csv"], [2, -4, 0], [6, None, 1])
    assert ranges == [csv[2:6], b"PAR1", b"n"]
    out = tmp_path / "out"
    for name in ("inc", "pack", "db"):
        fs.get(name, str(out / name), recursive=True)
    assert (out / "inc" / "part" / "t.csv").read_bytes() == csv
    assert (out / "pack" / "part" / "t.parquet").read_bytes() == parquet
    pd.testing.assert_frame_equal(pd.read_parquet(out / "db" / "t.parquet"), frame)
    with pytest.raises(RefusedError, match="own folder"):
        fs.get("inc", str(tmp_path / ".trust" / "in"), recursive=True)


def test_what_names_a_state_changes_with_it(fs, tmp_path, monkeypatch):
    from trustlab.data.mounts import files

    monkeypatch.setattr(files, "COPY_SECONDS", 0.0)
    paths = ["inc", "inc/part/t.csv", "pack/part/t.parquet", "db", "db/t.parquet", "kept", ""]
    before = [fs.checksum(path) for path in paths]
    assert [fs.checksum(path) for path in paths] == before
    assert fs.ukey("db/t") == fs.ukey("db/t.parquet")
    assert len(set(before)) == len(paths)
    with (tmp_path / "in" / "part" / "t.csv").open("a") as file:
        file.write("-1,new\n")
    with closing(sqlite3.connect(tmp_path / "d.db")) as database:
        database.execute("UPDATE t SET word = 'w1' WHERE n = 0")
        database.commit()
    changed = [path for path, one in zip(paths, before, strict=True) if fs.checksum(path) != one]
    assert changed == ["inc", "inc/part/t.csv", "db", "db/t.parquet", ""]


def test_a_mount_has_nothing_to_pin_and_leaves_no_version_read(fs, tmp_path):
    reads.forget()
    pinned = TrustFileSystem(pin=True)
    assert pinned.cat("kept/part/t.csv") == pinned.cat("inc/part/t.csv")
    (tmp_path / "in" / "part" / "t.csv").write_bytes(b"new")
    assert pinned.cat("inc/part/t.csv") == b"new"
    assert [(one.repo, one.path) for one in reads.seen(fs.store)] == [("kept", "part/t.csv")]


@pytest.mark.parametrize("path", ["inc/part/t.csv", *FILES])
def test_an_open_file_can_be_sent_to_another_process_unless_it_changed(fs, tmp_path, path):
    with fs.open(path) as file:
        file.seek(100)
        sent = pickle.loads(pickle.dumps(file))
        assert sent.read(50) == file.read(50)
        sent.close()
        packed = pickle.dumps(file)
    (tmp_path / "in" / "part" / "t.csv").write_bytes(b"new")
    if path == "inc/part/t.csv":
        with pytest.raises(ConflictError, match="changed meanwhile"):
            pickle.loads(packed)


def _read(fs, file, answers):
    try:
        file.seek(0)
        file.read(10)
    except ConflictError as error:
        answers.put(str(error))
    answers.put(len(fs.cat("db/t")))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_its_own_and_leaves_its_parents_copies(fs):
    size = len(fs.cat("db/t"))
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with fs.open("db/t") as file:
        child = context.Process(target=_read, args=(fs, file, answers))
        child.start()
        assert "in the process that opened it" in answers.get(timeout=60)
        assert answers.get(timeout=60) == size
        child.join()
    assert [place.stat().st_size for place in fs._copies._folder.iterdir()] == [size]


WORKERS = """
import dask, dask.dataframe as dd, os
if __name__ == "__main__":
    frames = [dd.read_parquet(f"trust://{path}") for path in ("inc/part/*.parquet", "pack/part/t.parquet", "db")]
    frames.append(dd.read_csv("trust://inc/part/t.csv", blocksize=50_000))
    os.chdir("/")
    with dask.config.set(scheduler="processes", num_workers=2):
        print(*(int(frame.n.sum().compute()) for frame in frames), frames[-1].npartitions > 1)
"""


def test_workers_read_mounts_from_another_folder(fs, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WORKERS)
    environment = {**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [str(sum(range(20_000)))] * 4 + ["True"], done.stderr


def test_what_cannot_be_looked_at_is_not_nothing(fs, tmp_path):
    (tmp_path / "in").rename(tmp_path / "away")
    for ask in (fs.find, fs.ls, fs.info, fs.isdir, fs.du):
        with pytest.raises(NotFoundError, match="must lead to something") as caught:
            ask("inc")
        assert not isinstance(caught.value, FileNotFoundError)


def test_what_is_refused_is_in_no_table_and_never_copied(fs, mount, tmp_path):
    (tmp_path / "in" / "part" / "secret.csv").symlink_to("/etc/hostname")
    with pytest.raises(RefusedError, match=r"inc/part/secret\.csv"):
        open_dataset("trust://inc/part/*.csv")
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../../evil", "x")
        archive.writestr("good", "y")
    mount("evil", "evil.zip")
    for name in ("inc", "evil"):
        with pytest.raises((RefusedError, ValueError)):
            fs.get(name, str(tmp_path / "deep" / "out"), recursive=True)
    assert not [path for path in tmp_path.rglob("*") if path.name in {"evil", "secret.csv"} and "in" not in path.parts]
