"""The journal: what ran, newest first, and each run's whole document."""

from pathlib import Path

import pytest

from trustlab.core import journal
from trustlab.core.errors import DamagedError, NotFoundError
from trustlab.core.result import Document, Result, Status
from trustlab.core.views import Table
from trustlab.core.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    return Workspace.create(tmp_path)


def document(run: str, second: int, operation: str = "audit", status: Status = Status.PASS) -> Document:
    return Document(
        operation=operation,
        title=operation.title(),
        status=status,
        results=[Result(id="a.b", title="A", status=status, value=float("nan"), n=3)],
        payload={"rows": second},
        summary=f"run {second}",
        views=[Table(name="t", columns=("a",), rows=[("ä",)])],
        advice=[],
        provenance={"run": run, "started": f"2026-11-21T06:00:{second:02d}+00:00", "seconds": second / 10},
        value=object(),
    )


def test_an_empty_journal_reads_as_empty(workspace: Workspace) -> None:
    assert journal.read(workspace) == ([], 0)
    with pytest.raises(NotFoundError, match="no run begins with 'ab'"):
        journal.document(workspace, "ab")


def test_runs_come_newest_first_in_pages(workspace: Workspace) -> None:
    for second in (3, 1, 2):
        journal.write(workspace, document(f"run{second}", second))
    found, total = journal.read(workspace, limit=2)
    assert ([run["id"] for run in found], total) == (["run3", "run2"], 3)
    rest, _ = journal.read(workspace, limit=2, offset=2)
    assert rest == [
        {
            "id": "run1",
            "operation": "audit",
            "title": "Audit",
            "status": "pass",
            "started": "2026-11-21T06:00:01+00:00",
            "seconds": 0.1,
            "summary": "run 1",
        }
    ]


def test_runs_of_one_operation(workspace: Workspace) -> None:
    journal.write(workspace, document("a1", 1, "audit"))
    journal.write(workspace, document("d2", 2, "drift", Status.FAIL))
    found, total = journal.read(workspace, operation="drift")
    assert total == 1
    assert (found[0]["id"], found[0]["status"]) == ("d2", "fail")
    assert journal.read(workspace, operation="train") == ([], 0)


def test_the_document_comes_back_as_it_was_printed(workspace: Workspace) -> None:
    written = document("0123abcd", 4)
    journal.write(workspace, written)
    assert journal.document(workspace, "0123") == written.to_dict()
    assert journal.document(Workspace(workspace.root), "0123abcd")["views"][0]["rows"] == [["ä"]]


def test_a_beginning_must_lead_to_one_run(workspace: Workspace) -> None:
    for name in ("abc1", "abd2"):
        journal.write(workspace, document(name, 1))
    assert journal.document(workspace, "abc")["provenance"]["run"] == "abc1"
    with pytest.raises(NotFoundError, match="more than one run begins with 'ab'"):
        journal.document(workspace, "ab")
    with pytest.raises(NotFoundError, match="no run begins with '%'"):
        journal.document(workspace, "%")


def test_documents_are_found_by_what_they_hold(workspace: Workspace) -> None:
    assert list(journal.about(workspace, "audit", ("rows",), ["1"])) == []
    for second in range(4):
        journal.write(workspace, document(f"{second:032d}", second))
    journal.write(workspace, document("f" * 32, 2, operation="train"))
    found = journal.about(workspace, "audit", ("provenance", "run"), [f"{1:032d}", f"{3:032d}", "f" * 32, "' OR 1"])
    assert [one["rows"] for one in found] == [3, 1]
    assert list(journal.about(workspace, "audit", ("no", "such", "place"), ["1"])) == []
    assert list(journal.about(workspace, "audit", ("rows",), [])) == []


def test_a_database_that_is_none_is_said_to_be(workspace: Workspace) -> None:
    journal.write(workspace, document("a1", 1))
    workspace.engine.dispose()
    for file in workspace.root.glob("metadata.db*"):
        file.write_bytes(b"no database " * 500)
    for ask in (
        lambda: journal.read(workspace),
        lambda: journal.document(workspace, "a1"),
        lambda: list(journal.about(workspace, "audit", ("rows",), ["1"])),
    ):
        with pytest.raises(DamagedError, match="must be a database that trustlab wrote"):
            ask()
