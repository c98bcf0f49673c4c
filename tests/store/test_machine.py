"""Whatever the order of commits, branches, deletions and gc: every branch reads back as it was written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from trustlab.store import open_store
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit
from trustlab.store.diff import diff
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.ls import ls
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.verify import verify

NAMES = st.sampled_from(["main", "a", "b"])
# Few distinct contents, so that commits share chunks and whole trees come again.
CONTENTS = {"empty": b"", "small": b"x", "runs": b"y" * 70_000, "big": bytes(range(256)) * 600}
FILES = st.dictionaries(st.sampled_from(["p", "q", "d/r", "d/e/s"]), st.sampled_from(sorted(CONTENTS)), min_size=1)


class StoreMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / ".trust")
        # What each branch must hold: its history of (id, files), oldest first.
        self.lines: dict[str, list[tuple[str, dict[str, bytes]]]] = {}

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(branch=NAMES, drawn=FILES)
    def commit(self, branch, drawn):
        files = {path: CONTENTS[name] for path, name in drawn.items()}
        line = self.lines.setdefault(branch, [])
        done = commit(self.store, "r", list(files.items()), branch=branch)
        if line and line[-1][1] == files:
            assert (done.commit, done.bytes_added) == (line[-1][0], 0)
        else:
            assert done.parents == ((line[-1][0],) if line else ())
            line.append((done.commit, files))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), name=NAMES)
    def branch(self, data, name):
        old = data.draw(st.sampled_from(sorted(self.lines)))
        back = data.draw(st.integers(0, len(self.lines[old]) - 1))
        if name not in self.lines:
            create_branch(self.store, name, f"r@{old}~{back}")
            self.lines[name] = self.lines[old][: len(self.lines[old]) - back]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def delete(self, data):
        name = data.draw(st.sampled_from(sorted(self.lines)))
        assert delete_branch(self.store, "r", name) == self.lines.pop(name)[-1][0]

    @rule()
    def collect(self):
        gc(self.store)
        wanted = {id_ for line in self.lines.values() for id_, _ in line}
        assert verify(self.store).commits == len(wanted)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), force=st.booleans())
    def checkout(self, data, force):
        name = data.draw(st.sampled_from(sorted(self.lines)))
        target = Path(tempfile.mkdtemp(dir=self.folder))
        checkout(self.store, f"r@{name}", target, force=force)
        found = {file.relative_to(target).as_posix(): file.read_bytes() for file in target.rglob("*") if file.is_file()}
        assert found == self.lines[name][-1][1]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def diff(self, data):
        names = st.sampled_from(sorted(self.lines))
        one, two = data.draw(names), data.draw(names)
        left, right = self.lines[one][0][1], self.lines[two][-1][1]
        found = diff(self.store, f"r@{self.lines[one][0][0]}", f"r@{two}")
        assert [change.path for change in found.added] == sorted(right.keys() - left.keys())
        assert [change.path for change in found.removed] == sorted(left.keys() - right.keys())
        both = left.keys() & right.keys()
        assert [change.path for change in found.changed] == sorted(path for path in both if left[path] != right[path])

    @invariant()
    def every_branch_reads_back(self):
        if not self.lines:
            return
        assert [one.name for one in branches(self.store)] == sorted(self.lines)
        for name, line in self.lines.items():
            assert [one.id for one in reversed(log(self.store, f"r@{name}"))] == [id_ for id_, _ in line]
            id_, files = line[-1]
            assert {path: read(self.store, f"r@{id_}:{path}") for path in files} == files
            top = {path.partition("/")[0] for path in files}
            assert {one.path for one in ls(self.store, resolve(self.store, f"r@{name}"))} == top

    @invariant()
    def nothing_is_damaged(self):
        assert verify(self.store).ok


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
