"""Whatever the order of commits, branches, tags, merges, reverts, deletions, gc, push and pull: all reads back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from trustlab.core.errors import ConflictError
from trustlab.store import open_store
from trustlab.store.branches import branches, create_branch, delete_branch
from trustlab.store.checkout import checkout
from trustlab.store.commit import commit
from trustlab.store.diff import diff
from trustlab.store.gc import gc
from trustlab.store.log import log
from trustlab.store.ls import ls
from trustlab.store.merge import merge
from trustlab.store.read import read
from trustlab.store.refs import resolve
from trustlab.store.revert import return_to, revert
from trustlab.store.tags import create_tag, delete_tag, tags
from trustlab.store.threeway import Choice
from trustlab.store.transfer import transfer
from trustlab.store.verify import verify

TAGS = st.sampled_from(["v1", "v2"])
NAMES = st.sampled_from(["main", "a", "b"])
# Few distinct contents, so that commits share chunks and whole trees come again.
CONTENTS = {"empty": b"", "small": b"x", "runs": b"y" * 70_000, "big": bytes(range(256)) * 600}
FILES = st.dictionaries(st.sampled_from(["p", "q", "d/r", "d/e/s"]), st.sampled_from(sorted(CONTENTS)), min_size=1)


def three_way(bases, ours, theirs):
    """Return what a merge holds by the rule, ours in the paths that are in conflict; and those."""
    result, conflicts = dict(ours), []
    for path in sorted({*ours, *theirs}.union(*bases)):
        mine, other = ours.get(path), theirs.get(path)
        takers = {"other" if base.get(path) == mine else "mine" if base.get(path) == other else "?" for base in bases}
        if mine != other and takers == {"other"}:
            result[path] = other
        elif mine != other and takers != {"mine"}:
            conflicts.append(path)
    return {path: data for path, data in result.items() if data is not None}, conflicts


class StoreMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / ".trust")
        self.other = open_store(self.folder / "other")
        # What each branch must hold: its history of (id, files), oldest first.
        self.lines: dict[str, list[tuple[str, dict[str, bytes]]]] = {}
        # The same for each tag; and what every commit there ever was holds, with its parents.
        self.tags: dict[str, list[tuple[str, dict[str, bytes]]]] = {}
        self.commits: dict[str, tuple[dict[str, bytes], tuple[str, ...]]] = {}
        # The heads and tags that the other store must have.
        self.pushed: dict[str, str] = {}
        self.sent_tags: dict[str, str] = {}

    def before(self, *starts: str) -> set[str]:
        """Return commits and every one from which they descend."""
        found, todo = set(), list(starts)
        while todo:
            id_ = todo.pop()
            found.add(id_)
            todo += [parent for parent in self.commits[id_][1] if parent not in found]
        return found

    def add(self, branch, id_, files, *others):
        """Note a new commit on a branch, whose first parent was the head."""
        line = self.lines.setdefault(branch, [])
        self.commits[id_] = (files, (*(one for one, _ in line[-1:]), *others))
        line.append((id_, files))

    def named(self):
        return {**self.lines, **self.tags}

    def line_to(self, id_: str) -> list[tuple[str, dict[str, bytes]]]:
        """Return a commit's history along first parents, oldest first."""
        line = []
        while id_:
            files, parents = self.commits[id_]
            line.append((id_, files))
            id_ = parents[0] if parents else ""
        return line[::-1]

    def teardown(self):
        self.store.close()
        self.other.close()
        shutil.rmtree(self.folder)

    @rule(branch=NAMES, drawn=FILES)
    def commit(self, branch, drawn):
        files = {path: CONTENTS[name] for path, name in drawn.items()}
        line = self.lines.get(branch, [])
        done = commit(self.store, "r", list(files.items()), branch=branch)
        if line and line[-1][1] == files:
            assert (done.commit, done.bytes_added) == (line[-1][0], 0)
        else:
            assert done.parents == ((line[-1][0],) if line else ())
            self.add(branch, done.commit, files)

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

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), name=TAGS)
    def tag(self, data, name):
        old = data.draw(st.sampled_from(sorted(self.lines)))
        back = data.draw(st.integers(0, len(self.lines[old]) - 1))
        if name not in self.tags:
            line = self.lines[old][: len(self.lines[old]) - back]
            assert create_tag(self.store, name, f"r@{old}~{back}").commit == line[-1][0]
            self.tags[name] = line

    @precondition(lambda self: self.tags)
    @rule(data=st.data())
    def untag(self, data):
        name = data.draw(st.sampled_from(sorted(self.tags)))
        assert delete_tag(self.store, "r", name) == self.tags.pop(name)[-1][0]

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), side=st.sampled_from(["ours", "theirs"]), along=st.booleans())
    def merge(self, data, side, along):
        into = data.draw(st.sampled_from(sorted(self.lines)))
        source = data.draw(st.sampled_from(sorted(self.named())))
        (ours, held), (theirs, other) = self.lines[into][-1], self.named()[source][-1]
        common = self.before(ours) & self.before(theirs)
        bases = [one for one in common if not any(one != two and one in self.before(two) for two in common)]
        result, conflicts = three_way([self.commits[one][0] for one in bases] or [{}], held, other)
        chosen = {path: other.get(path) if side == "theirs" else held.get(path) for path in conflicts}
        files = {path: data for path, data in {**result, **chosen}.items() if data is not None}
        if not files:
            with pytest.raises(ConflictError, match="at least one file"):
                merge(self.store, f"r@{source}", into, choice=Choice(take=side), fast_forward=along)
            return
        done = merge(self.store, f"r@{source}", into, choice=Choice(take=side), fast_forward=along)
        if theirs in common:
            assert (done.kind, done.commit) == ("up_to_date", ours)
        elif ours in common and along:
            assert (done.kind, done.commit) == ("fast_forward", theirs)
            self.lines[into] = list(self.named()[source])
        else:
            assert set(done.combined.resolved) == set(conflicts)
            self.add(into, done.commit, files, theirs)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def revert(self, data):
        name = data.draw(st.sampled_from(sorted(self.lines)))
        line = self.lines[name]
        id_, files = line[data.draw(st.integers(0, len(line) - 1))]
        first = self.commits[id_][1][:1]
        before = self.commits[first[0]][0] if first else {}
        parent = 1 if len(self.commits[id_][1]) > 1 else None
        result, _ = three_way([files], line[-1][1], before)
        if not result:
            with pytest.raises(ConflictError, match="at least one file"):
                revert(self.store, f"r@{id_}", branch=name, parent=parent)
            return
        done = revert(self.store, f"r@{id_}", branch=name, parent=parent, choice=Choice(take="ours"))
        assert done.created == (result != line[-1][1])
        if done.created:
            self.add(name, done.commit, result)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def return_to(self, data):
        name = data.draw(st.sampled_from(sorted(self.lines)))
        line = self.named()[data.draw(st.sampled_from(sorted(self.named())))]
        id_, files = line[data.draw(st.integers(0, len(line) - 1))]
        done = return_to(self.store, f"r@{name}", f"r@{id_}")
        assert done.created == (files != self.lines[name][-1][1])
        if done.created:
            self.add(name, done.commit, files)

    @rule()
    def collect(self):
        gc(self.store)
        wanted = self.before(*(line[-1][0] for line in self.named().values()))
        assert verify(self.store).commits == len(wanted)

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), force=st.booleans())
    def push(self, data, force):
        name = data.draw(st.sampled_from(sorted(self.lines)))
        head, there = self.lines[name][-1][0], self.pushed.get(name)
        tags_now = {tag: line[-1][0] for tag, line in self.tags.items() if line[-1][0] in self.before(head)}
        ahead = there is not None and head in self.before(there)
        diverged = there is not None and not ahead and there not in self.before(head)
        other_tag = any(self.sent_tags.get(tag, id_) != id_ for tag, id_ in tags_now.items())
        if (diverged or other_tag) and not force:
            with pytest.raises(ConflictError):
                transfer(self.store, self.other, f"r@{name}")
            return
        transfer(self.store, self.other, f"r@{name}", force=force)
        if not ahead or force:
            self.pushed[name] = head
        self.sent_tags.update(tags_now)

    @precondition(lambda self: self.pushed)
    @rule(data=st.data())
    def pull(self, data):
        name = data.draw(st.sampled_from(sorted(self.pushed)))
        head, line = self.pushed[name], self.lines.get(name)
        coming = {tag: id_ for tag, id_ in self.sent_tags.items() if id_ in self.before(head)}
        other_tag = any(self.tags[tag][-1][0] != id_ for tag, id_ in coming.items() if tag in self.tags)
        mine = line[-1][0] if line else None
        diverged = mine is not None and mine not in self.before(head) and head not in self.before(mine)
        if diverged or other_tag:
            with pytest.raises(ConflictError):
                transfer(self.other, self.store, f"r@{name}")
            return
        transfer(self.other, self.store, f"r@{name}")
        if mine is None or mine in self.before(head):
            self.lines[name] = self.line_to(head)
        self.tags.update({tag: self.line_to(id_) for tag, id_ in coming.items() if tag not in self.tags})

    @rule()
    def collect_the_other(self):
        gc(self.other)
        assert verify(self.other).commits == len(self.before(*self.pushed.values(), *self.sent_tags.values()))

    @precondition(lambda self: self.pushed)
    @rule(data=st.data())
    def delete_there(self, data):
        name = data.draw(st.sampled_from(sorted(self.pushed)))
        assert delete_branch(self.other, "r", name) == self.pushed.pop(name)

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
    def every_name_reads_back(self):
        assert [one.name for one in branches(self.store)] == sorted(self.lines)
        assert [(one.name, one.commit) for one in tags(self.store)] == [
            (name, self.tags[name][-1][0]) for name in sorted(self.tags)
        ]
        for name, line in self.named().items():
            assert [one.id for one in reversed(log(self.store, f"r@{name}"))] == [id_ for id_, _ in line]
            id_, files = line[-1]
            assert {path: read(self.store, f"r@{id_}:{path}") for path in files} == files
            top = {path.partition("/")[0] for path in files}
            assert {one.path for one in ls(self.store, resolve(self.store, f"r@{name}"))} == top

    @invariant()
    def what_was_pushed_reads_back(self):
        assert {one.name: one.head for one in branches(self.other)} == self.pushed
        assert {one.name: one.commit for one in tags(self.other)} == self.sent_tags
        for name, head in self.pushed.items():
            assert [one.id for one in reversed(log(self.other, f"r@{name}"))] == [id_ for id_, _ in self.line_to(head)]
            files = self.commits[head][0]
            assert {path: read(self.other, f"r@{head}:{path}") for path in files} == files

    @invariant()
    def nothing_is_damaged(self):
        assert verify(self.store).ok
        assert verify(self.other).ok


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
