import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


def test_what_takes_space_is_said(context):
    run("data.commit", {"repo": "twin", "source": "loans.csv"}, context)
    document = run("data.stats", {}, context).to_dict()
    loans, twin = document["repos"]
    sizes = [one["bytes"] for one in run("data.log", {"ref": "loans"}, context).payload["commits"]]
    assert (loans["repo"], loans["commits"], loans["logical_bytes"]) == ("loans", 2, sum(sizes))
    # October's file and its tree are the twin's too; the two repos share all that the twin has.
    assert (twin["own_bytes"], twin["shared_bytes"]) == (0, twin["stored_bytes"])
    assert loans["shared_bytes"] == twin["stored_bytes"]
    assert loans["factor"] == loans["logical_bytes"] / loans["stored_bytes"]
    store = document["store"]
    assert store["chunk_bytes"] == loans["stored_bytes"]
    assert store["mean_chunk_bytes"] == store["chunk_bytes"] / store["chunks"]
    assert store["free_bytes"] == 0
    assert [one["bytes_added"] for one in document["growth"]][-1] == 0
    assert document["growth"][-1]["stored_bytes"] == store["chunk_bytes"]
    assert [view["name"] for view in document["views"]] == ["repos", "store", "growth", "largest"]
    assert document["views"][2]["kind"] == "series"
    assert document["largest"] == [{"repo": "loans", "path": "loans.csv", "own_bytes": sizes[1]}]


def test_one_repo_and_what_a_gc_could_free(context):
    run("data.commit", {"repo": "loans", "source": [("x", b"gone")], "branch": "side"}, context)
    run("data.branches", {"repo": "loans", "delete": "side"}, context)
    document = run("data.stats", {"repo": "loans", "largest": 1}, context)
    assert [one["repo"] for one in document.payload["repos"]] == ["loans"]
    assert document.payload["store"]["free_commits"] == 1
    assert f"a gc could free {document.payload['store']['free_bytes']:,} bytes" in document.summary
    assert document.advice == ["%trust data gc"]
    freed = run("data.gc", {}, context).payload
    assert freed["bytes"] == document.payload["store"]["free_bytes"]


def test_a_long_history_is_drawn_in_few_points(context):
    for n in range(7):
        run("data.commit", {"repo": "many", "source": [("n", str(n).encode())]}, context)
    from trustlab.verbs.data import stats

    whole = run("data.stats", {"repo": "many"}, context).payload["growth"]
    before, stats.POINTS = stats.POINTS, 3
    try:
        few = run("data.stats", {"repo": "many"}, context).payload["growth"]
    finally:
        stats.POINTS = before
    assert [one["versions"] for one in few] == [3, 3, 1]
    assert sum(one["bytes_added"] for one in few) == sum(one["bytes_added"] for one in whole)
    assert [one["commit"] for one in few] == [whole[2]["commit"], whole[5]["commit"], whole[6]["commit"]]
    assert few[-1]["stored_bytes"] == whole[-1]["stored_bytes"]


def test_nothing_yet_and_unknown_repos(context):
    with pytest.raises(NotFoundError, match="Did you mean 'loans'"):
        run("data.stats", {"repo": "lions"}, context)
    run("data.branches", {"repo": "loans", "delete": "main"}, context)
    assert run("data.stats", {}, context).payload["repos"] == []
    assert run("data.stats", {"repo": "loans"}, context).payload["repos"] == []
