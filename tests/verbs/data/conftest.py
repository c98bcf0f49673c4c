from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a context in a folder that holds ``loans.csv`` and no workspace."""
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    pd.DataFrame({"n": range(3), "word": list("abc")}).to_csv(tmp_path / "loans.csv", index=False)
    return Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)


@pytest.fixture
def context(empty: Context) -> Context:
    """Return a workspace with the repo ``loans`` of two versions, September's and October's."""
    run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "September"}, empty)
    pd.DataFrame({"n": range(5), "word": list("abcde")}).to_csv(empty.path("loans.csv"), index=False)
    run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "October", "author": "Ann"}, empty)
    return empty
