import fsspec
import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.data import filesystem, reads  # noqa: F401 - filesystem is what trust:// opens
from trustlab.data.dataset import store_of
from trustlab.store.branches import branches


@pytest.fixture(autouse=True)
def _anew():
    reads.forget()
    yield
    reads.forget()


@pytest.fixture
def context(playground):
    return Context(folder=playground, progress=False, notice=lambda _sentence: None)


def seen(context):
    return [(item.repo, item.commit, item.path, item.role) for item in reads.seen(store_of(context.workspace))]


def head(context, repo="loans"):
    return branches(store_of(context.workspace), repo)[0].head


@pytest.mark.parametrize(
    "read",
    [
        lambda _: run("data.read", {"data": "loans@main"}),
        lambda _: run("data.read", {"data": "trust://loans@main/loans.csv"}),
        lambda _: run("data.cat", {"ref": "loans@main"}),
        lambda _: pd.read_csv("trust://loans@main/loans.csv"),
        lambda _: fsspec.filesystem("trust").cat_file("loans@main/loans.csv", 0, 10),
        lambda _: run("audit", {"data": "loans@main", "target": "approved", "only": ["quality.missing"]}),
    ],
    ids=["read", "address", "cat", "pandas", "fsspec", "audit"],
)
def test_every_way_to_read_a_version_is_noted(context, read):
    read(context)
    assert seen(context) == [("loans", head(context), "loans.csv", "read")]


def test_a_checkout_is_a_reading_of_the_whole(context):
    run("data.checkout", {"ref": "loans@main", "target": "out"}, context)
    assert seen(context) == [("loans", head(context), None, "read")]


def test_looking_is_not_reading(context):
    for operation in ("data.log", "data.ls", "data.show"):
        run(operation, {"ref": "loans@main"}, context)
    run("data.read", {"data": "loans.csv"}, context)
    fsspec.filesystem("trust").ls("loans@main")
    assert seen(context) == []


def test_of_many_files_only_the_version_is_kept(context):
    store = store_of(context.workspace)
    for n in range(reads.MOST_PATHS + 1):
        assert len(seen(context)) == n
        reads.note(store, "many", "a" * 64, f"{n:03}")
    reads.note(store, "many", "a" * 64, "later")
    assert seen(context) == [("many", "a" * 64, None, "read")]


def test_another_store_has_read_nothing(context, tmp_path):
    from trustlab.store import open_store

    run("data.read", {"data": "loans@main"}, context)
    other = open_store(tmp_path / "other" / ".trust")
    assert reads.seen(other) == []
    other.close()
