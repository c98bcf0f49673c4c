import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
from trustlab.store import mounts as mounts_module
from trustlab.store import open_store, publish
from trustlab.store.branches import repos
from trustlab.store.commit import commit
from trustlab.store.mounts import Mount, add_mount, find_mount, mounts, remove_mount
from trustlab.store.refs import resolve


def test_mounts_are_kept_listed_and_forgotten(store):
    assert mounts(store) == []
    assert not add_mount(
        store, Mount(name="b", url="/b", options={"x": {"y": [1, None]}}, query="SELECT 1", author="Ann")
    )
    assert not add_mount(store, Mount(name="a", url="/a", author="Ann"))
    first, second = mounts(store)
    assert (first.name, second.name) == ("a", "b")
    assert (second.url, second.options, second.query, second.author) == (
        "/b",
        {"x": {"y": [1, None]}},
        "SELECT 1",
        "Ann",
    )
    assert second.time.endswith("+00:00")
    assert find_mount(store, "b") == second
    assert find_mount(store, "c") is None
    assert remove_mount(store, "b") == second
    assert [one.name for one in mounts(store)] == ["a"]
    with pytest.raises(NotFoundError, match="must exist to be removed"):
        remove_mount(store, "b")


def test_a_name_leads_to_one_place(store):
    add_mount(store, Mount(name="a", url="/a"))
    assert not add_mount(store, Mount(name="a", url="/a", author="someone else"))
    for other in (
        Mount(name="a", url="/b"),
        Mount(name="a", url="/a", query="q"),
        Mount(name="a", url="/a", options={"x": 1}),
    ):
        with pytest.raises(ConflictError, match="leads elsewhere"):
            add_mount(store, other)
    assert find_mount(store, "a").url == "/a"
    assert add_mount(store, Mount(name="a", url="/b"), force=True)
    assert find_mount(store, "a").url == "/b"
    for bad in ("a b", "a@b", "a:b", "", "-x"):
        with pytest.raises(UsageError, match="mount's name"):
            add_mount(store, Mount(name=bad, url="/a"))


def test_repos_and_mounts_share_their_names(store):
    commit(store, "repo", [("a", b"1")])
    add_mount(store, Mount(name="mount", url="/a"))
    with pytest.raises(ConflictError, match="'repo' is a repo"):
        add_mount(store, Mount(name="repo", url="/a"), force=True)
    for content in (b"1", bytes(100_000)):
        with pytest.raises((ConflictError, UsageError), match="'mount' is a mount"):
            commit(store, "mount", [("a", content)])
    assert repos(store) == ["repo"]
    for ref in ("mount", "mount@main", "mount~1", "mount:a"):
        with pytest.raises(UsageError, match="a mount has no versions"):
            resolve(store, ref)


@pytest.mark.parametrize("first", ["mount", "repo"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_mount_and_a_repo_that_come_at_once_do_not_share_a_name(tmp_path, request, monkeypatch, kind, first):
    url = request.getfixturevalue("database_url") if kind == "postgresql" else None
    stores = [open_store(tmp_path / ".trust", url) for _ in range(2)]
    looked, go_on = threading.Event(), threading.Event()

    def held_up(module, name):
        """Stop whoever comes first between its look at the names and its own entry."""
        real = getattr(module, name)

        def wait(*given):
            result = real(*given)
            looked.set()
            assert go_on.wait(60)
            return result

        monkeypatch.setattr(module, name, wait)

    work = {
        "mount": lambda: add_mount(stores[0], Mount(name="n", url="/a")),
        "repo": lambda: commit(stores[1], "n", [("a", b"1")]),
    }
    held_up(*{"mount": (mounts_module, "_to_row"), "repo": (publish, "refuse_mount_name")}[first])
    second = next(name for name in work if name != first)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(work[first])
        assert looked.wait(60)
        two = pool.submit(work[second])
        with pytest.raises(TimeoutError):
            two.result(timeout=1)
        go_on.set()
        one.result(timeout=60)
        with pytest.raises((ConflictError, UsageError), match=f"'n' is a {first}"):
            two.result(timeout=60)
    assert (repos(stores[0]), [mount.name for mount in mounts(stores[0])]) == (
        ([], ["n"]) if first == "mount" else (["n"], [])
    )
    for store in stores:
        store.close()
