import io
import pickle

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet
import pytest

from trustlab.core.errors import NotFoundError, RefusedError, UsageError
from trustlab.core.workspace import Workspace
from trustlab.data.filesystem import TrustFileSystem
from trustlab.store import open_store
from trustlab.store.branches import create_branch
from trustlab.store.commit import commit


@pytest.fixture
def frame():
    return pd.DataFrame({"n": range(50_000), "word": [f"w{n % 97}" for n in range(50_000)]})


@pytest.fixture
def head(tmp_path, monkeypatch, frame):
    """A workspace with two versions of ``loans``; its folder is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    store = open_store(Workspace.create().root)
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    commit(store, "loans", [("part/old.csv", b"n\n1\n")])
    done = commit(
        store, "loans", [("part/f.csv", frame.to_csv(index=False).encode()), ("part/f.parquet", parquet.getvalue())]
    )
    create_branch(store, "side", "loans~1")
    store.close()
    # The installed package announces itself by an entry point; a checkout may not be installed.
    fsspec.register_implementation("trust", TrustFileSystem, clobber=True)
    return done.commit


@pytest.fixture
def fs(head):
    found = fsspec.filesystem("trust")
    yield found
    found.store.close()


def test_pandas_reads_it(head, frame):
    pd.testing.assert_frame_equal(pd.read_csv("trust://loans@main/part/f.csv"), frame)
    pd.testing.assert_frame_equal(pd.read_parquet(f"trust://loans@{head[:12]}/part/f.parquet"), frame)
    assert pd.read_csv("trust://loans@main~1/part/old.csv")["n"].tolist() == [1]


def test_polars_reads_it(fs, frame):
    with fs.open("loans/part/f.parquet") as file:
        assert pl.read_parquet(file).equals(pl.from_pandas(frame))
    with fsspec.open("trust://loans/part/f.csv") as file:
        assert pl.read_csv(file).equals(pl.from_pandas(frame))
    dataset = pyarrow.dataset.dataset("loans/part/f.parquet", filesystem=fs)
    assert pl.scan_pyarrow_dataset(dataset).filter(pl.col("n") < 7).collect().height == 7


def test_pyarrow_reads_it(fs):
    dataset = pyarrow.dataset.dataset("loans@main/part/f.parquet", filesystem=fs)
    assert dataset.to_table(filter=pyarrow.dataset.field("n") >= 49_990).num_rows == 10
    assert pyarrow.parquet.read_metadata("loans/part/f.parquet", filesystem=fs).num_rows == 50_000


def test_duckdb_reads_it(fs, frame):
    with duckdb.connect() as connection:
        connection.register_filesystem(fs)
        for name in ("f.parquet", "f.csv"):
            query = f"select count(*), sum(n), count(distinct word) from 'trust://loans@main/part/{name}'"
            assert connection.sql(query).fetchall() == [(50_000, sum(range(50_000)), 97)]


def test_files_read_like_files(fs, frame):
    data = frame.to_csv(index=False).encode()
    assert fs.cat("loans/part/f.csv") == data
    assert fs.cat_file("trust://loans/part/f.csv", 10, 20) == data[10:20]
    assert fs.cat_file("loans/part/f.csv", -7) == data[-7:]
    with fs.open("loans/part/f.csv", block_size=1000) as file:
        assert file.size == len(data)
        file.seek(300_000)
        assert file.read(5000) == data[300_000:305_000]
        file.seek(-3, 2)
        assert file.read() == data[-3:]
    with fs.open("loans/part/f.csv", "r") as file:
        assert next(iter(file)) == "n,word\n"


def test_a_seek_fetches_only_what_is_read(fs, monkeypatch):
    fetched = []
    real = type(fs.store.packs).read

    def spy(self, pack, offset, length):
        fetched.append(length)
        return real(self, pack, offset, length)

    with fs.open("loans/part/f.csv", block_size=1000) as file:
        monkeypatch.setattr(type(fs.store.packs), "read", spy)
        file.seek(200_000)
        file.read(100)
    assert 1 <= len(fetched) <= 2


def test_listing(fs, head):
    assert fs.ls("", detail=False) == ["loans"]
    assert fs.ls("trust://loans", detail=False) == ["loans/part"]
    assert fs.ls("loans@main/part", detail=False) == ["loans@main/part/f.csv", "loans@main/part/f.parquet"]
    assert fs.find("loans@side") == ["loans@side/part/old.csv"]
    assert fs.glob("loans/*/*.csv") == ["loans/part/f.csv"]
    assert fs.isdir("loans")
    assert fs.isdir("loans/part/")
    assert fs.isfile("loans:part/f.csv")
    assert not fs.exists("loans/par")
    assert not fs.exists("lions")
    info = fs.info("loans/part/f.csv")
    assert (info["type"], info["commit"]) == ("file", head)
    assert fs.created("loans/part/f.csv").utcoffset().total_seconds() == 0


def test_what_names_nothing_says_so_in_both_tongues(fs):
    for path, message in [
        ("loan/part", "Did you mean 'loans'"),
        ("loans@mian/part", "Did you mean 'main'"),
        ("loans/part/x", "must hold 'part/x'"),
    ]:
        for ask in (fs.info, fs.ls, fs.open):
            with pytest.raises(NotFoundError, match=message) as caught:
                ask(path)
            assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(IsADirectoryError):
        fs.open("loans/part")
    with pytest.raises(UsageError, match="a ref must be"):
        fs.open("loans@@x/part")


@pytest.mark.parametrize(
    "write",
    [
        lambda fs: fs.open("loans/x", "wb"),
        lambda fs: fs.open("loans/x", "w"),
        lambda fs: fs.open("loans/x", "ab"),
        lambda fs: fs.pipe("loans/x", b"x"),
        lambda fs: fs.touch("loans/x"),
        lambda fs: fs.rm("loans/part/f.csv"),
        lambda fs: fs.rm("loans/part", recursive=True),
        lambda fs: fs.rm_file("loans/part/f.csv"),
        lambda fs: fs.mv("loans/part/f.csv", "loans/x"),
        lambda fs: fs.cp_file("loans/part/f.csv", "loans/x"),
        lambda fs: fs.mkdir("loans/d"),
        lambda fs: fs.makedirs("loans/d/e"),
        lambda fs: fs.rmdir("loans/part"),
        lambda fs: fs.put_file("pyproject.toml", "loans/x"),
    ],
)
def test_every_write_is_refused(fs, write):
    with pytest.raises(RefusedError, match="written by commits only") as caught:
        write(fs)
    assert "trust data commit" in caught.value.hint


def test_it_can_be_sent_to_another_process(fs, tmp_path):
    sent = pickle.loads(pickle.dumps(TrustFileSystem(workspace=tmp_path)))
    assert sent.cat("loans~1/part/old.csv") == b"n\n1\n"
    sent.store.close()


def test_without_a_workspace_it_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    with pytest.raises(NotFoundError, match="workspace"):
        TrustFileSystem(workspace=tmp_path).ls("")
