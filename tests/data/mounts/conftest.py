"""Mounts over real stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3


@pytest.fixture
def postgres_url(database_url: str) -> str:
    """Return the URL of an empty PostgreSQL database; it holds the user's password, quoted."""
    return database_url


@pytest.fixture
def s3_url(s3: S3) -> str:
    """Return the endpoint of an S3 server."""
    return s3.url


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a context in a workspace that holds nothing; it is the current folder."""
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    Workspace.create(tmp_path)
    return Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)


@pytest.fixture
def mount(context):
    """Mount a URL under a name, as the verb does."""

    def make(name, url, **parameters):
        return run("data.mount", {"name": name, "url": str(url), **parameters}, context)

    return make


@pytest.fixture
def listed(context):
    """Return what `data ls` lists, as (path, type)."""

    def ask(ref):
        return [(one["path"], one["type"]) for one in run("data.ls", {"ref": ref}, context).payload["entries"]]

    return ask


@pytest.fixture
def keep(context):
    """Commit, and return the payload with the record of the commit's source."""

    def make(repo, source):
        done = run("data.commit", {"repo": repo, "source": source}, context).payload
        origin = run("data.show", {"ref": f"{repo}@{done['commit']}"}, context).payload["origin"]["source"]
        return {**done, "origin": origin}

    return make


@pytest.fixture
def text(context):
    """Return a file's bytes by its ref."""
    return lambda ref: run("data.cat", {"ref": ref, "limit": 16 * 1024 * 1024}, context).value


@pytest.fixture
def rows(context):
    """Return a table by its ref."""
    return lambda ref: run("data.read", {"data": ref}, context).value
