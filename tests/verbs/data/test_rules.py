"""Rules from end to end: set, shown, inferred, and what becomes of a commit that breaks them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import trustlab
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.data.dataset import store_of
from trustlab.store.branches import branches
from trustlab.store.log import log
from trustlab.store.verify import verify

RULES = """\
columns:
  n: {type: integer, min: 0, max: 99, unique: true, missing_share: 0}
  word: {type: text, pattern: '[a-z]+'}
"""
BAD = pd.DataFrame({"n": [1, 100, 1], "word": ["a", "B", "c"]})
GOOD = pd.DataFrame({"n": [7, 8, 9], "word": list("xyz")})


@pytest.fixture
def ruled(context):
    """Return a workspace whose repo loans has rules that its versions keep."""
    context.path("rules.yaml").write_text(RULES)
    run("data.rules", {"repo": "loans", "file": "rules.yaml", "author": "Ann"}, context)
    return context


def commit(context, source, **parameters):
    return run("data.commit", {"repo": "loans", "source": source, **parameters}, context)


def fingerprint(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def heads(context):
    return {branch.name: branch.head for branch in branches(store_of(context.workspace), "loans")}


def test_rules_are_shown_set_written_and_cleared(ruled):
    document = run("data.rules", {"repo": "loans"}, ruled)
    assert document.payload["rules"]["columns"]["n"]["max"] == 99
    assert document.summary.startswith("loans: rules by Ann")
    run("data.rules", {"repo": "loans", "set": {"columns.n.max": "1e3", "on_breach": "quarantine"}}, ruled)
    run("data.rules", {"repo": "loans", "write": "again.yaml"}, ruled)
    again = run("data.rules", {"repo": "loans", "file": "again.yaml"}, ruled)
    assert again.payload["set"]
    assert again.payload["rules"]["columns"]["n"]["max"] == 1000
    assert again.payload["rules"]["on_breach"] == "quarantine"
    assert list(again.payload["rules"]["columns"]) == ["n", "word"]
    assert run("data.rules", {"repo": "loans", "clear": True}, ruled).payload["rules"] is None
    assert "no rules" in run("data.rules", {"repo": "loans"}, ruled).summary
    commit(ruled, BAD)


def test_what_is_refused_leaves_every_byte_as_it_was(ruled):
    store_of(ruled.workspace).close()
    before = fingerprint(ruled.workspace.root)
    with pytest.raises(InputError) as caught:
        commit(ruled, BAD, branch="new")
    assert caught.value.message.splitlines() == [
        "a commit to loans must keep its rules; it breaks 3, and nothing was committed:",
        "  loans.parquet: n must lie in 0 to 99; 1 of 3 rows does not (row 2: 100)",
        "  loans.parquet: n must not repeat a value; 1 of 3 rows does (row 3: 1)",
        "  loans.parquet: word must match '[a-z]+'; 1 of 3 rows does not (row 2: 'B')",
    ]
    assert "--ignore-rules" in caught.value.hint
    store_of(ruled.workspace).close()
    assert fingerprint(ruled.workspace.root) == before


def test_what_keeps_the_rules_lands_and_says_so(ruled):
    document = commit(ruled, GOOD)
    assert (document.status, document.payload["rules"]["outcome"]) == ("pass", "kept")
    assert document.payload["rules"]["tables"] == ["loans.parquet"]
    assert run("data.show", {"ref": "loans"}, ruled).payload["origin"]["rules"] == {"outcome": "kept"}


def test_quarantine_takes_what_breaks_them_and_main_stays(ruled):
    run("data.rules", {"repo": "loans", "set": {"on_breach": "quarantine"}}, ruled)
    main = heads(ruled)["main"]
    document = commit(ruled, BAD, message="odd")
    assert document.status == "fail", "in quarantine is not on main"
    assert document.payload["branch"] == "quarantine"
    assert document.payload["parents"] == [main]
    assert document.payload["rules"]["meant_for"] == "main"
    assert document.summary.startswith("3 rules are broken: main stays as it was")
    assert heads(ruled) == {"main": main, "quarantine": document.payload["commit"]}
    assert "%trust data merge loans@quarantine --into main --reason 'WHY'" in document.advice
    origin = run("data.show", {"ref": "loans@quarantine"}, ruled).payload["origin"]["rules"]
    assert (origin["outcome"], origin["meant_for"], len(origin["breaches"])) == ("quarantined", "main", 3)
    second = commit(ruled, BAD.iloc[::-1].reset_index(drop=True))
    assert (second.payload["branch"], second.payload["parents"]) == ("quarantine-2", [main])
    again = commit(ruled, BAD)
    assert (again.payload["branch"], again.payload["created"]) == ("quarantine", False)
    assert sorted(heads(ruled)) == ["main", "quarantine", "quarantine-2"]
    assert verify(store_of(ruled.workspace)).ok
    read = run("data.read", {"data": "loans@quarantine"}, ruled).value
    pd.testing.assert_frame_equal(read, BAD)


def test_of_two_in_quarantine_one_is_let_in_alone(ruled):
    run("data.rules", {"repo": "loans", "set": {"on_breach": "quarantine"}}, ruled)
    first = commit(ruled, BAD, path="first.parquet").payload
    commit(ruled, GOOD)
    second = commit(ruled, BAD.iloc[::-1].reset_index(drop=True)).payload
    done = run("data.merge", {"source": f"loans@{second['branch']}", "reason": "seen by eye"}, ruled)
    assert done.status == "warn"
    assert done.summary.endswith("3 rules are broken, let in because: seen by eye")
    files = [one["path"] for one in run("data.ls", {"ref": "loans"}, ruled).payload["entries"]]
    assert files == ["loans.parquet"]
    known = run("data.log", {"ref": "loans"}, ruled).payload["commits"]
    assert first["commit"] not in {one["commit"] for one in known}
    shown = run("data.show", {"ref": "loans"}, ruled)
    assert shown.payload["origin"]["rules"]["reason"] == "seen by eye"
    assert len(shown.payload["parents"]) == 2, "a branch that moves along has no place for the reason"
    assert any("seen by eye" in str(cell) for row in shown.views[0].rows for cell in row)


def test_who_commits_to_the_quarantine_itself_gets_what_was_asked_for(ruled):
    run("data.rules", {"repo": "loans", "set": {"on_breach": "quarantine"}}, ruled)
    document = commit(ruled, BAD, branch="quarantine")
    assert (document.status, document.payload["rules"]["meant_for"]) == ("warn", None)
    assert document.summary.endswith("3 rules are broken")
    numbered = commit(ruled, BAD.iloc[::-1].reset_index(drop=True), branch="quarantine-2")
    assert (numbered.status, numbered.payload["branch"]) == ("warn", "quarantine-2")


def test_the_first_commit_of_a_repo_may_be_put_in_quarantine(empty):
    empty.path("rules.yaml").write_text("on_breach: quarantine\nquarantine: held\nrows: {min: 9}\n")
    done = run("data.rules", {"repo": "loans", "file": "rules.yaml"}, empty)
    assert "no such repo yet" in done.summary
    document = commit(empty, "loans.csv")
    assert list(heads(empty)) == ["held"]
    assert "%trust data branches loans --create main --at loans@held" in document.advice
    run("data.branches", {"repo": "loans", "create": "main", "at": "loans@held"}, empty)
    assert heads(empty)["main"] == document.payload["commit"]


def test_who_ignores_them_says_why_and_it_is_kept(ruled):
    with pytest.raises(UsageError, match="ignore_rules must say why"):
        commit(ruled, BAD, ignore_rules=" ")
    document = commit(ruled, BAD, ignore_rules="a known slip")
    assert (document.status, document.payload["branch"]) == ("warn", "main")
    assert "ignored because: a known slip" in document.summary
    origin = run("data.show", {"ref": "loans"}, ruled).payload["origin"]["rules"]
    assert (origin["outcome"], origin["reason"], len(origin["breaches"])) == ("ignored", "a known slip", 3)


def test_nothing_to_look_at_is_not_nothing_found(ruled):
    with pytest.raises(InputError, match=r"must hold a table; it holds 'a\.bin'"):
        commit(ruled, [("a.bin", b"x")])
    run("data.rules", {"repo": "loans", "set": {"applies_to": "part/*.csv"}}, ruled)
    with pytest.raises(InputError, match=r"a table that matches 'part/\*\.csv'; it holds 'loans\.csv'"):
        commit(ruled, "loans.csv")
    commit(ruled, "loans.csv", path="part/loans.csv")


@pytest.mark.parametrize("data", [b"", b"n,word\n", b"PAR1 cut short", b"\xff\xfe\0"])
def test_a_table_that_cannot_be_read_breaks_them(ruled, data):
    with pytest.raises(InputError, match="it must be a table that can be read"):
        commit(ruled, [("t.csv", data)])
    with pytest.raises(InputError, match="it must be a table that can be read"):
        commit(ruled, [("t.parquet", data or b"x")])


def test_each_table_of_a_folder_is_looked_at(ruled):
    folder = ruled.path("month")
    folder.mkdir()
    GOOD.to_csv(folder / "a.csv", index=False)
    BAD.to_parquet(folder / "b.parquet")
    (folder / "note.md").write_text("not a table")
    with pytest.raises(InputError) as caught:
        commit(ruled, "month")
    assert all("b.parquet: " in line for line in caught.value.message.splitlines()[1:])
    GOOD.to_parquet(folder / "b.parquet")
    assert commit(ruled, "month").payload["rules"]["tables"] == ["a.csv", "b.parquet"]


def test_polars_and_streams_are_looked_at_and_then_committed_whole(ruled):
    with pytest.raises(InputError, match="n must lie in"):
        commit(ruled, pl.from_pandas(BAD))
    commit(ruled, pl.from_pandas(GOOD).lazy())
    pd.testing.assert_frame_equal(run("data.read", {"data": "loans"}, ruled).value, GOOD)


def test_fewer_rows_than_before_are_seen(context):
    run("data.rules", {"repo": "loans", "set": {"rows.max_drop": "0.1"}}, context)
    commit(context, pd.DataFrame({"n": range(100)}), path="loans.csv.parquet")
    with pytest.raises(InputError, match="at most 10% fewer rows than the 100 at the branch's head; it has 80"):
        commit(context, pd.DataFrame({"n": range(80)}), path="loans.csv.parquet")
    commit(context, pd.DataFrame({"n": range(80)}), path="loans.csv.parquet", branch="other")
    commit(context, pd.DataFrame({"n": range(95)}), path="loans.csv.parquet")
    checked = run("data.rules", {"repo": "loans", "check": "loans@main"}, context)
    assert checked.status == "pass"


def test_a_file_that_changes_after_it_was_looked_at_is_not_committed(ruled, monkeypatch):
    from trustlab.store import commit as module

    head = heads(ruled)["main"]
    honest = module.commit

    def late(store, repo, source, **rest):
        BAD.to_csv(ruled.path("loans.csv"), index=False)
        return honest(store, repo, source, **rest)

    GOOD.to_csv(ruled.path("loans.csv"), index=False)
    monkeypatch.setattr(module, "commit", late)
    with pytest.raises(InputError, match="must hold still while it is looked at"):
        commit(ruled, "loans.csv")
    assert heads(ruled)["main"] == head


def test_a_version_is_checked_without_a_commit(ruled):
    assert run("data.rules", {"repo": "loans", "check": "loans@main"}, ruled).status == "pass"
    before = len(log(store_of(ruled.workspace), "loans"))
    commit(ruled, BAD, ignore_rules="to be checked")
    found = run("data.rules", {"repo": "loans", "check": "loans@main"}, ruled)
    assert (found.status, found.summary) == ("fail", "loans@main, 1 table: breaks 3 rules")
    lenient = {"repo": "loans", "check": "loans@main", "set": {"columns": "null"}}
    assert run("data.rules", lenient, ruled).status == "pass"
    assert run("data.rules", {"repo": "loans"}, ruled).payload["rules"]["columns"], "a check changes nothing"
    assert len(log(store_of(ruled.workspace), "loans")) == before + 1


def test_a_proposal_is_shown_and_set_only_on_demand(context):
    shown = run("data.rules", {"repo": "loans", "infer": "loans@main", "write": "r.yaml"}, context)
    assert not shown.payload["set"]
    assert run("data.rules", {"repo": "loans"}, context).payload["rules"] is None
    proposed = run("data.rules", {"repo": "loans", "infer": "loans@main"}, context)
    assert proposed.advice == [
        "%trust data rules loans --infer loans@main --apply",
        "%trust data rules loans --infer loans@main --write rules.yaml",
    ]
    taken = {"repo": "loans", "infer": "loans@main", "apply": True, "set": {"on_breach": "quarantine"}}
    assert run("data.rules", taken, context).payload["set"]
    kept = run("data.rules", {"repo": "loans"}, context).payload["rules"]
    assert kept == {**shown.payload["rules"], "on_breach": "quarantine"}
    assert run("data.rules", {"repo": "loans", "check": "loans@main"}, context).status == "pass"
    one = run("data.rules", {"repo": "loans", "infer": "loans@main:loans.csv"}, context)
    assert one.payload["rules"]["applies_to"] == ["loans.csv"]
    frame = pd.DataFrame({"a": np.arange(3)})
    from_memory = run("data.rules", {"repo": "loans", "infer": frame}, context)
    assert from_memory.advice == []
    from_memory = from_memory.payload["rules"]
    assert list(from_memory["columns"]) == ["a"]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"repo": "loan"}, NotFoundError, "Did you mean 'loans'"),
        ({"repo": "a/b"}, UsageError, "repo"),
        ({"file": "rule.yaml"}, NotFoundError, r"Did you mean 'rules\.yaml'"),
        ({"file": "broken.yaml"}, InputError, r"broken\.yaml, line 2: columns\.n\.mn: no such key.*'min'"),
        ({"file": "loans.csv"}, UsageError, "suffix"),
        ({"file": "rules.yaml", "infer": "loans"}, UsageError, "one of file and infer"),
        ({"apply": True}, UsageError, "apply goes with infer"),
        ({"infer": "loans@mian"}, NotFoundError, "Did you mean 'main'"),
        ({"set": {"on_breach": "warn"}}, InputError, "on_breach must be one of"),
        ({"set": {"columns.n.min": "500"}}, InputError, "at most max, 99"),
        ({"clear": True, "write": "x"}, UsageError, "clear must come alone"),
        ({"check": "loans", "write": "x.yaml"}, UsageError, "check changes nothing"),
        ({"check": "loans:loans.csv"}, UsageError, "without a path"),
        ({"check": "loans@mian"}, NotFoundError, "Did you mean 'main'"),
        ({"repo": "none", "clear": True}, NotFoundError, "it has none"),
        ({"write": "rules.yaml"}, ConflictError, "is there already"),
        ({"write": "no/such/folder.yaml"}, InputError, "can be written"),
        ({"file": "rules.yaml", "author": "\0"}, InputError, "NUL"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(ruled, parameters, error, message):
    ruled.path("broken.yaml").write_text("columns:\n  n: {mn: 3}\n")
    kept = run("data.rules", {"repo": "loans"}, ruled).payload
    with pytest.raises(error, match=message):
        run("data.rules", {"repo": "loans", **parameters}, ruled)
    assert run("data.rules", {"repo": "loans"}, ruled).payload == kept


def test_a_repo_without_rules_has_none_to_check_or_write(context):
    for parameters in ({"check": "loans"}, {"write": "x.yaml"}):
        with pytest.raises(ConflictError, match="it has none"):
            run("data.rules", {"repo": "loans", **parameters}, context)
    assert not context.path("x.yaml").exists()


def test_asking_makes_no_workspace(empty):
    for parameters in ({}, {"infer": "loans.csv"}, {"clear": True}):
        with pytest.raises(NotFoundError, match="no workspace"):
            run("data.rules", {"repo": "loans", **parameters}, empty)
    assert not empty.path(".trust").exists()


def test_the_command_line_ends_with_a_status_that_a_script_sees(ruled):
    BAD.to_csv(ruled.path("bad.csv"), index=False)
    environment = {**os.environ, "PYTHONPATH": str(Path(trustlab.__file__).parents[1])}

    def trust(*words):
        command = [sys.executable, "-m", "trustlab", "data", *words]
        return subprocess.run(command, cwd=ruled.folder, capture_output=True, env=environment, text=True, check=False)

    refused = trust("commit", "loans", "bad.csv", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (2, "bad_input")
    assert trust("rules", "loans", "--set", "on_breach=quarantine", "--set", "rows.min=2").returncode == 0
    held = trust("commit", "loans", "bad.csv", "--json")
    assert (held.returncode, json.loads(held.stdout)["status"]) == (1, "fail")
    assert trust("commit", "loans", "bad.csv", "--ignore-rules", "we know").returncode == 0
    assert trust("rules", "loans", "--check", "loans@main").returncode == 1
    assert trust("rules", "loans", "--check", "loans@main~1").returncode == 0


def test_a_magic_looks_at_a_variable(ruled):
    around = replace(ruled, namespace={"frame": BAD})
    with pytest.raises(InputError, match="must keep its rules"):
        commit(around, ["frame"])
