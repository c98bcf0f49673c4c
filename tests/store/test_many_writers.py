"""Eight processes commit fifty times each: no commit is lost, and each branch is one line."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from trustlab.store import open_store
from trustlab.store.commit import commit
from trustlab.store.log import log
from trustlab.store.read import read
from trustlab.store.verify import verify

WRITERS, COMMITS = 8, 50

WRITER = """
import json, sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit
import trustlab.store.commit, pyfastcdc
root, url, me, count, branch = sys.argv[1:]
store = open_store(Path(root), url or None)
print("ready", flush=True)
sys.stdin.readline()
made = []
for n in range(int(count)):
    text = f"{me}:{n}"
    done = commit(store, "shared", [("who", text.encode()), ("same", b"s" * 1000)], message=text, branch=branch)
    assert done.created
    made.append(done.commit)
print(json.dumps(made))
"""


@pytest.mark.parametrize("branches", [1, WRITERS])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_commit_is_lost(tmp_path, spawn, request, kind, branches):
    url = request.getfixturevalue("database_url") if kind == "postgresql" else ""
    open_store(tmp_path, url or None).close()
    processes = [spawn(WRITER, tmp_path, url, me, COMMITS, f"b{me % branches}") for me in range(WRITERS)]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    made = []
    for process in processes:
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        made += json.loads(out)
    store = open_store(tmp_path, url or None)
    assert len(set(made)) == WRITERS * COMMITS
    found = []
    for branch in range(branches):
        line = log(store, f"shared@b{branch}")
        # Each commit's one parent is the next in the log: a line without forks, to its beginning.
        assert [one.parents for one in line] == [*[(one.id,) for one in line[1:]], ()]
        writers = Counter(one.message.split(":")[0] for one in line)
        assert set(writers.values()) == {COMMITS}
        for one in line:
            assert read(store, f"shared@{one.id}:who") == one.message.encode()
        # Each writer's own commits stand in its order.
        for writer in writers:
            mine = [int(one.message.split(":")[1]) for one in reversed(line) if one.message.startswith(f"{writer}:")]
            assert mine == list(range(COMMITS))
        found += [one.id for one in line]
    assert sorted(found) == sorted(made)
    assert verify(store).ok
    assert verify(store).unnamed == 0
    store.close()


ROUNDS = """
import sys
from pathlib import Path
from trustlab.store import open_store
from trustlab.store.commit import commit
import pyfastcdc
root, url, me = sys.argv[1:]
store = open_store(Path(root), url or None)
print("ready", flush=True)
for line in sys.stdin:
    branch = line.strip()
    commit(store, "shared", [("who", f"{me}:{branch}".encode())], message=me, branch=branch)
    print("done", flush=True)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_make_one_new_branch_in_a_repo_that_is_there(tmp_path, spawn, request, kind):
    url = request.getfixturevalue("database_url") if kind == "postgresql" else ""
    store = open_store(tmp_path, url or None)
    commit(store, "shared", [("a", b"0")])
    writers = [spawn(ROUNDS, tmp_path, url, me) for me in range(WRITERS)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n", writer.stderr.read()
    for branch in ("one", "two", "three", "four", "five"):
        for writer in writers:
            writer.stdin.write(f"{branch}\n")
            writer.stdin.flush()
        for writer in writers:
            assert writer.stdout.readline() == "done\n", writer.stderr.read()
        line = log(store, f"shared@{branch}")
        assert [one.parents for one in line] == [*[(one.id,) for one in line[1:]], ()]
        assert sorted(one.message for one in line) == sorted(map(str, range(WRITERS)))
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    store.close()
