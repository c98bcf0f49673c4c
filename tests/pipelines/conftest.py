from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from trustlab.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]


# What these tests look at is in the database: they run on both kinds.
ON_BOTH = {"test_schedule", "test_scheduler", "test_promote"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "workspace" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH:
        metafunc.parametrize("workspace", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    for name in list(os.environ):
        if name.startswith("TRUSTLAB_"):
            monkeypatch.delenv(name)
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setenv("TRUSTLAB_DATABASE_URL", request.getfixturevalue("database_url"))
    made = Workspace.create(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of code cells; a text beginning with # is a text cell."""

    def write(name: str, *sources: str) -> Path:
        cells = [new_markdown_cell(source) if source.startswith("# ") else new_code_cell(source) for source in sources]
        for number, cell in enumerate(cells):
            cell["id"] = f"id-{number}"  # nbformat's are random
        path = tmp_path / name
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return the command of a Python process that finds this checkout."""

    def command(code: str) -> list[str]:
        path = tmp_path / "script.py"
        path.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}", encoding="utf-8")
        return [sys.executable, str(path)]

    return command
