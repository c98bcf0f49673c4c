import pytest

from trustlab.core.errors import ConflictError, NotFoundError, UsageError
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
