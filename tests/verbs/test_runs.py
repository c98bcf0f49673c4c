"""``trust runs``: what ran here."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run


@pytest.mark.usefixtures("playground")
class TestInTheTinyWorkspace:
    def test_newest_first(self) -> None:
        document = run("runs", {})
        told = document.payload["runs"]
        assert [entry["operation"] for entry in told] == ["promote", "audit", "model.champion", "train"]
        assert (document.payload["total"], document.summary) == (4, "4 runs")
        assert [entry["started"] for entry in told] == sorted((entry["started"] for entry in told), reverse=True)
        assert document.views[0].column("run") == [entry["id"][:8] for entry in told]

    def test_a_page(self) -> None:
        first, second = (run("runs", {"limit": 3, "offset": offset}).payload for offset in (0, 3))
        assert [len(first["runs"]), len(second["runs"])] == [3, 1]
        assert not {entry["id"] for entry in first["runs"]} & {entry["id"] for entry in second["runs"]}
        assert second["total"] == 4

    def test_one_operation(self) -> None:
        document = run("runs", {"operation": "train"})
        assert [entry["operation"] for entry in document.payload["runs"]] == ["train"]
        assert document.payload["total"] == 1

    def test_all_words_must_occur(self) -> None:
        for words, operations in {
            "PASS audit": ["audit"],
            "lender": ["audit", "model.champion", "train"],
            "audit lender fail": [],
            "100%_": [],
        }.items():
            told = run("runs", {"matching": words}).payload
            assert [entry["operation"] for entry in told["runs"]] == operations, words
            assert told["total"] == len(operations)
        assert run("runs", {"matching": "lender", "operation": "train"}).payload["total"] == 1

    def test_one_run_whole(self) -> None:
        (entry,) = run("runs", {"operation": "audit"}).payload["runs"]
        whole = run("runs", {"run": entry["id"][:6]}).payload["document"]
        assert whole["provenance"]["run"] == entry["id"]
        assert [result["id"] for result in whole["results"]] == ["performance.metrics"]

    def test_one_run_with_what_its_findings_mean(self) -> None:
        (entry,) = run("runs", {"operation": "audit"}).payload["runs"]
        told = run("runs", {"run": entry["id"], "guide": True}).payload["guide"]["performance.metrics"]
        assert told["meaning"]
        assert told["code"].startswith("%trust ")
        assert "performance.metrics" in told["code"]
        assert told["advice"]
        assert all(isinstance(one, str) for one in told["references"])
        assert "guide" not in run("runs", {"run": entry["id"]}).payload

    def test_looking_leaves_no_trace(self) -> None:
        run("status", {})
        assert run("runs", {}).payload["total"] == run("runs", {}).payload["total"] == 4

    def test_a_run_that_is_none(self) -> None:
        with pytest.raises(NotFoundError, match="no run begins with 'zz'"):
            run("runs", {"run": "zz"})
        with pytest.raises(UsageError, match="limit must be a whole number from 1 to 500; got 0"):
            run("runs", {"limit": 0})


def test_where_nothing_ran_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    context = Context(folder=tmp_path)
    with pytest.raises(NotFoundError, match="no workspace in"):
        run("runs", {}, context)
    run("init", {}, context)
    assert run("runs", {}, context).payload == {"runs": [], "total": 0, "limit": 20, "offset": 0, "interrupted": []}


def test_an_audit_is_found_by_what_stood_against_it_and_by_nothing_else(tmp_path: Path) -> None:
    context = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    run("init", {"yes": True}, context)
    (tmp_path / "l.csv").write_text("g,approved,decision\n" + "a,1,1\nb,0,1\na,1,1\nb,0,0\n" * 50)
    asked = {"data": "l.csv", "target": "approved", "prediction": "decision", "sensitive": "g"}
    for only in ("fairness.selection_rate", "quality.duplicates"):
        run("audit", {**asked, "only": [only]}, context)
    counts = {
        words: run("runs", {"matching": words}, context).payload["total"]
        for words in ("fail fairness", "selection", "passed", "waivers", "counts")
    }
    assert counts == {"fail fairness": 1, "selection": 1, "passed": 0, "waivers": 0, "counts": 0}
