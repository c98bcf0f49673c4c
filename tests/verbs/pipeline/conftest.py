from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from trustlab.core.context import Context
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Return a workspace with the pipeline ``weekly``, which raises where n is 0."""
    cells = [new_code_cell("n = 1"), new_code_cell("print('ratio', 1 / n)")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "weekly.ipynb")
    made = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    run("promote", {"notebook": "weekly.ipynb", "name": "weekly", "cron": "0 6 * * MON"}, made)
    return made
