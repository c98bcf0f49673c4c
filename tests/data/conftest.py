"""A workspace with versions to read through ``trust://``."""

from __future__ import annotations

import io
from types import SimpleNamespace

import fsspec
import numpy as np
import pandas as pd
import pytest

from trustlab.core.workspace import Workspace
from trustlab.data import ranged
from trustlab.data.filesystem import TrustFileSystem
from trustlab.store import open_store
from trustlab.store.commit import commit


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with an empty workspace, the current one, with its store as ``store``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    # The installed package announces itself by an entry point; a checkout may not be installed.
    fsspec.register_implementation("trust", TrustFileSystem, clobber=True)
    store = open_store(Workspace.create().root)
    yield SimpleNamespace(folder=tmp_path, store=store)
    store.close()


@pytest.fixture(scope="session")
def wide_parquet():
    """A table of 30 columns of noise in 6 groups of rows, as Parquet of about 20 MB: ``frame`` and ``data``."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{number}": rng.random(72_000) for number in range(30)})
    written = io.BytesIO()
    frame.to_parquet(written, row_group_size=12_000)
    return SimpleNamespace(frame=frame, data=written.getvalue())


@pytest.fixture
def wide(home, wide_parquet):
    """The same table committed as ``wide/w.parquet``, the address in ``address``."""
    commit(home.store, "wide", [("w.parquet", wide_parquet.data)])
    return SimpleNamespace(**vars(wide_parquet), address="trust://wide/w.parquet", store=home.store)


@pytest.fixture
def fetched(monkeypatch):
    """Which chunks are asked of the store, in order: a list of (name, length)."""
    log: list[tuple[bytes, int]] = []
    real = ranged.fetch_views

    def spy(store, names):
        names = list(names)
        for name, data in zip(names, real(store, names), strict=True):
            log.append((name, len(data)))
            yield data

    monkeypatch.setattr(ranged, "fetch_views", spy)
    return log
