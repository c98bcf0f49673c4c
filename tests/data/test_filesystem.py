import io
import pickle
import threading
import time

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet
import pytest
from fsspec import AbstractFileSystem

from trustlab.core.errors import InputError, NotFoundError, RefusedError, UsageError
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


FILES = {"a": b"1", "d/b": b"22", "d/e/c.csv": b"333", "d/e/f/g": b"", "d0/h": b"4444", "d.x": b"5"}


@pytest.fixture
def deep(head, monkeypatch):
    # Leaves of a few entries, so that folders lie in several.
    monkeypatch.setattr("trustlab.store.trees._LEAF_ENTRIES", 2)
    found = TrustFileSystem()
    commit(found.store, "deep", list(FILES.items()))
    return found


@pytest.mark.parametrize("withdirs", [False, True])
@pytest.mark.parametrize("maxdepth", [None, 1, 2, 3])
@pytest.mark.parametrize(
    "path", ["deep", "deep@main/d", "trust://deep/d/e/", "deep/d/e/c.csv", "deep/x", "deep/d/", "no"]
)
def test_find_answers_as_walking_folder_by_folder_does(deep, path, maxdepth, withdirs):
    walked = AbstractFileSystem.find(deep, path, maxdepth=maxdepth, withdirs=withdirs, detail=True)
    found = deep.find(path, maxdepth=maxdepth, withdirs=withdirs, detail=True)
    assert list(found) == list(walked) == deep.find(path, maxdepth=maxdepth, withdirs=withdirs)
    # Of a file itself fsspec's own find says nothing more than its name.
    assert all(found[name] == info for name, info in walked.items() if info)


def test_the_usual_questions(deep):
    assert deep.find("deep/d") == ["deep/d/b", "deep/d/e/c.csv", "deep/d/e/f/g"]
    assert deep.glob("deep/**/*.csv") == ["deep/d/e/c.csv"]
    assert deep.glob("deep/d*") == ["deep/d", "deep/d.x", "deep/d0"]
    assert deep.glob("*/d/b") == ["deep/d/b"]
    assert deep.du("deep") == sum(map(len, FILES.values()))
    assert deep.du("deep/d", total=False) == {"deep/d/b": 2, "deep/d/e/c.csv": 3, "deep/d/e/f/g": 0}
    assert [(folder, sorted(files)) for folder, _, files in deep.walk("deep/d")] == [
        ("deep/d", ["b"]),
        ("deep/d/e", ["c.csv"]),
        ("deep/d/e/f", ["g"]),
    ]
    assert deep.cat("deep/d", recursive=True) == {f"deep/{path}": FILES[path] for path in FILES if path[:2] == "d/"}
    assert deep.cat_ranges(["deep/d0/h", "deep/d/b"], [1, 0], [3, 1]) == [b"44", b"2"]
    assert deep.head("deep/d0/h", 2) == deep.tail("deep/d0/h", 2) == b"44"
    assert deep.ukey("deep/a") == deep.ukey("deep@main/a") != deep.ukey("deep/d.x")
    assert {folder for folder in ("", "deep", "loans") if deep.isdir(folder)} == {"", "deep", "loans"}
    with pytest.raises(ValueError, match="at least 1"):
        deep.find("deep", maxdepth=0)


def test_get_copies_a_folder_and_nothing_outside_it(deep, tmp_path):
    target, outside = tmp_path / "out", tmp_path / "outside"
    deep.get("deep", str(target), recursive=True)
    assert {
        path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()
    } == FILES
    buffer = io.BytesIO()
    deep.get_file("deep/d0/h", buffer)
    assert buffer.getvalue() == b"4444"
    outside.mkdir()
    (outside / "b").write_bytes(b"precious")
    (target / "d" / "b").unlink()
    (target / "d" / "b").symlink_to(outside / "b")
    deep.get("deep/d/b", str(target / "d" / "b"))
    assert (target / "d" / "b").read_bytes() == b"22"
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "d").symlink_to(outside)
    with pytest.raises(RefusedError, match="must not follow links"):
        deep.get("deep", str(tmp_path / "linked"), recursive=True)
    assert [path.read_bytes() for path in outside.iterdir()] == [b"precious"]
    commit(deep.store, "evil", [(".trust/evil", b"x"), ("good", b"y")])
    for names, targets in [("evil/", "."), (["evil/good"], [".trust/evil"]), (["evil/good"], ["d/../.trust/evil"])]:
        with pytest.raises(RefusedError, match="own folder"):
            deep.get(names, targets, recursive=names == "evil/")
    assert not (tmp_path / ".trust" / "evil").exists()


def test_a_name_that_leads_out_is_refused_wherever_it_shows(head, tmp_path, monkeypatch):
    """As another's store, pulled, could hold."""
    fs = TrustFileSystem()
    with monkeypatch.context() as patch:
        patch.setattr("trustlab.store.sources.check_paths", lambda _paths: None)
        commit(fs.store, "evil", [("../../evil", b"x"), ("good", b"y")])
    for ask in (fs.find, fs.ls, fs.glob, fs.du):
        with pytest.raises(InputError, match="plain relative path"):
            ask("evil/**" if ask == fs.glob else "evil")
    with pytest.raises(InputError, match="plain relative path"):
        fs.get("evil", str(tmp_path / "deep" / "out"), recursive=True)
    assert not list(tmp_path.rglob("evil"))


def test_an_open_file_and_a_call_stay_one_version_while_others_commit(head, tmp_path):
    """Each version holds its own number everywhere; what is read must never hold two."""
    writer = open_store(tmp_path / ".trust")
    live = TrustFileSystem()

    def put(number):
        files = [(f"part-{at}", b"%04d\n" % number * 100_000) for at in range(3)]
        commit(writer, "moving", [*files, ("in" + f"/{number:04}" * 3, b"")])

    put(0)
    stop = threading.Event()

    def keep_committing():
        number = 0
        while not stop.is_set():
            number += 1
            put(number)

    thread = threading.Thread(target=keep_committing)
    thread.start()
    try:
        seen = [(name, _versions(read(live))) for _ in range(12) for name, read in ONE_VERSION.items()]
    finally:
        stop.set()
        thread.join()
        writer.close()
    assert [(name, versions) for name, versions in seen if len(versions) != 1] == []
    assert len(set().union(*(versions for _, versions in seen))) > 3


def _slowly(live):
    with live.open("moving/part-0") as file:
        while data := file.read(30_000):
            yield data
            time.sleep(0.001)


def _by_folder(live):
    for _, folders, files in live.walk("moving/in"):
        time.sleep(0.005)
        yield "\n".join([*folders, *files, ""]).encode()


ONE_VERSION = {
    "open": lambda live: b"".join(_slowly(live)),
    "cat": lambda live: b"".join(live.cat("moving/part-*").values()),
    "cat_ranges": lambda live: b"".join(live.cat_ranges([f"moving/part-{at}" for at in range(3)], 0, 10)),
    "walk": lambda live: b"".join(_by_folder(live)),
    "address": lambda _: (
        pd.read_csv("trust://moving/part-0", header=None, dtype=str)[0]
        .drop_duplicates()
        .to_csv(index=False, header=False)
        .encode()
    ),
}


def _versions(data):
    return frozenset(data.split())


def test_pins(head, frame):
    live, pinned = TrustFileSystem(), TrustFileSystem(pin=True)
    addressed, _ = fsspec.url_to_fs("trust://loans/part")
    chosen, _ = fsspec.url_to_fs("trust://loans/part", pin=False)
    before = [fs.info("loans/part/f.csv")["commit"] for fs in (live, pinned, addressed, chosen)]
    sent = pickle.loads(pickle.dumps(pinned))
    assert (sent, hash(sent)) == (pinned, hash(pinned))
    assert live != pinned
    after = commit(live.store, "loans", [("part/f.csv", b"new")]).commit
    assert before == [head] * 4
    now = [fs.info("loans/part/f.csv")["commit"] for fs in (live, pinned, addressed, chosen, sent)]
    assert now == [after, head, head, after, head]
    pinned.invalidate_cache()
    assert pinned.info("loans/part/f.csv")["commit"] == after


def test_it_stays_in_its_workspace_when_the_folder_changes_or_it_is_sent(head, tmp_path, tmp_path_factory, monkeypatch):
    used, unused, sent_unused = TrustFileSystem(), TrustFileSystem(), pickle.dumps(TrustFileSystem())
    assert used.exists("loans")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    Workspace.create(elsewhere)
    monkeypatch.chdir(elsewhere)
    sent = pickle.loads(pickle.dumps(used))
    monkeypatch.setenv("TRUSTLAB_HOME", str(elsewhere / ".trust"))
    assert [fs.exists("loans") for fs in (used, sent, pickle.loads(sent_unused))] == [True] * 3
    monkeypatch.delenv("TRUSTLAB_HOME")
    assert unused.exists("loans")
    (tmp_path / ".trust").rename(tmp_path / "away")
    with pytest.raises(NotFoundError, match="no folder"):
        pickle.loads(sent_unused).ls("")
    assert not (tmp_path / ".trust").exists()
