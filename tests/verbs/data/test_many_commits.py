"""With 10,000 versions in a repo, what one looks at all day still answers at once."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.data.dataset import store_of
from trustlab.store.records import to_row
from trustlab.store.refs import repo_number, resolve
from trustlab.store.schema import BRANCHES, COMMITS
from trustlab.store.sink import ChunkSink
from trustlab.store.tags import create_tag
from trustlab.store.trees import Entry, Extent, line_of, write_tree

MANY = 10_000
LIMIT = 0.3


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """A repo of 10,000 commits, all real but written down in one transaction, and a tag in the middle."""
    around = Context(folder=tmp_path_factory.mktemp("many"), progress=False, notice=lambda _sentence: None)
    run("data.commit", {"repo": "r", "source": [("n", b"0"), ("same", b"x")]}, around)
    store = store_of(around.workspace)
    head = resolve(store, "r")
    rows = []
    with ChunkSink(store) as sink, store.read() as connection:
        repo = repo_number(connection, "r")
        same = Entry("same", 1, executable=False, level=0, extents=[Extent(sink.put(b"x"), 1)])
        for number in range(1, MANY):
            text = str(number).encode()
            extents = [Extent(sink.put(text), len(text))]
            tree = write_tree(
                sink, map(line_of, [Entry("n", len(text), executable=False, level=0, extents=extents), same])
            )
            blank = replace(
                head, id="", tree=tree.name, parents=(head.id,), message=f"number {number}", bytes=tree.bytes
            )
            head = replace(blank, id=blank.computed_id())
            rows.append(to_row(head, repo))
        sink.finish()
    with store.write() as connection:
        sink.index(connection)
        connection.execute(insert(COMMITS), rows)
        connection.execute(update(BRANCHES).values(head=head.id))
    create_tag(store, "middle", f"r~{MANY // 2}")
    yield around
    store.close()


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("data.log", {"ref": "r"}),
        ("data.log", {"ref": f"r~{MANY // 2}"}),
        ("data.show", {"ref": "r"}),
        ("data.show", {"ref": f"r~{MANY - 2}"}),
        ("data.show", {"ref": "r@middle"}),
        ("data.diff", {"before": "r~1", "after": "r"}),
        ("data.diff", {"before": f"r~{MANY - 1}", "after": "r"}),
        ("data.branches", {"repo": "r"}),
        ("data.tag", {"ref": "r"}),
    ],
)
def test_it_answers_at_once(context, operation, parameters):
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run(operation, parameters, context)
        times.append(time.perf_counter() - start)
    # The best of five: what else the machine does is not what is measured.
    assert min(times) < LIMIT, times


def test_the_answers_are_right(context):
    commits = run("data.log", {"ref": "r", "limit": 3}, context).payload["commits"]
    assert [one["message"] for one in commits] == [f"number {MANY - n}" for n in (1, 2, 3)]
    shown = run("data.show", {"ref": "r@middle"}, context).payload
    assert (shown["message"], shown["tags"]) == (f"number {MANY - 1 - MANY // 2}", ["middle"])
    assert run("data.show", {"ref": f"r@{shown['commit'][:12]}"}, context).payload["commit"] == shown["commit"]
    assert shown["changes"]["changed"] == ["n"]
