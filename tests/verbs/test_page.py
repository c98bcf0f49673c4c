"""``trust page``: a run's report as one file, from the journal."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    around = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    run("init", {"yes": True}, around)
    (tmp_path / "loans.csv").write_text(f'"{HOSTILE}",approved,decision\n' + "a,1,1\nb,0,1\na,1,0\nb,0,0\n" * 20)
    asked = {"data": "loans.csv", "target": "approved", "prediction": "decision", "sensitive": HOSTILE}
    run("audit", {**asked, "only": ["fairness.selection_rate"]}, around)
    return around


def test_the_newest_run_is_a_page_in_the_answer_or_in_a_file(context: Context, tmp_path: Path) -> None:
    answer = run("page", {}, context).payload
    assert answer["html"].startswith("<!DOCTYPE html>")
    assert "Content-Security-Policy" in answer["html"]
    assert HOSTILE not in answer["html"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer["html"]
    written = run("page", {"run": answer["of"][:8], "target": "audit.html"}, context).payload
    assert (tmp_path / "audit.html").read_text(encoding="utf-8") == answer["html"]
    assert "html" not in written
    assert (written["bytes"], written["name"]) == (answer["bytes"], f"audit-{answer['of'][:8]}.html")


def test_a_file_that_is_there_is_kept(context: Context, tmp_path: Path) -> None:
    (tmp_path / "audit.html").write_text("mine")
    with pytest.raises(ConflictError, match="must be a new file"):
        run("page", {"target": "audit.html"}, context)
    assert (tmp_path / "audit.html").read_text() == "mine"
    run("page", {"target": "audit.html", "force": True}, context)
    assert (tmp_path / "audit.html").read_text() != "mine"


def test_what_is_not_there_is_said(context: Context, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no run begins with 'ffff'"):
        run("page", {"run": "ffff"}, context)
    with pytest.raises(InputError, match="its folder does not exist"):
        run("page", {"target": "no/where.html"}, context)
    empty = tmp_path / "empty"
    empty.mkdir()
    around = Context(folder=empty, notice=lambda _sentence: None)
    run("init", {"yes": True}, around)
    with pytest.raises(UsageError, match="the journal holds; it is empty"):
        run("page", {}, around)
    with pytest.raises(UsageError, match="target must be a file"):
        run("page", {"target": "a\0b"}, around)
