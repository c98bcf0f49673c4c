"""Which refs a run asked for: each once, as it was first, and those of runs inside it too."""

from __future__ import annotations

import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.resolved import collecting, note

OLD, NEW = "a" * 64, "b" * 64


def test_a_block_within_a_block_tells_both():
    with collecting() as outer:
        note("loans", "loans", OLD)
        with collecting() as inner:
            note("loans", "loans", NEW)
            note("other@main", "other", OLD)
        note(f"loans@{OLD}~0", "loans", OLD)
    assert inner == {
        "loans": {"asked": "loans", "repo": "loans", "commit": NEW},
        "other@main": {"asked": "other@main", "repo": "other", "commit": OLD},
    }
    assert {name: told["commit"] for name, told in outer.items()} == {"loans": OLD, "other@main": OLD}
    note("nobody", "listens", OLD)


@pytest.mark.usefixtures("playground")
def test_documents_tell_their_refs_and_the_journal_keeps_them():
    commits = [one["commit"] for one in run("data.log", {"ref": "loans"}).payload["commits"]]
    told = run("drift", {"reference": "loans@main~1", "current": "loans", "detector": ["ks"]}).provenance
    assert told["refs"] == [
        {"asked": "loans@main~1", "repo": "loans", "commit": commits[1]},
        {"asked": "loans", "repo": "loans", "commit": commits[0]},
    ]
    (last,) = run("runs", {"limit": 1}).payload["runs"]
    kept = run("runs", {"run": last["id"]}, Context()).payload["document"]
    assert kept["provenance"]["refs"] == told["refs"]
    assert "refs" not in run("operations", {}).provenance
