"""What many tests share: the tiny workspace, built once and copied, and the real data sets where they are."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import bucket, database_url, jupyter, postgres, relay, s3  # noqa: F401 - fixtures

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: threads of theirs, and of the kernels they start, would only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """Keep what collecting imported out of the garbage collections of the tests: it is there to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def playground_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny workspace, to be copied."""
    import warnings

    from trustlab.testing.playground import build

    folder = tmp_path_factory.mktemp("template")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # third-party warnings while it is built are not what is tested
        build(folder)
    return folder


@pytest.fixture
def playground(playground_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the tiny workspace, as the current folder."""
    from trustlab.testing.playground import copy

    folder = tmp_path / "playground"
    copy(playground_template, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    return folder


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Find a file of the shared real data sets; skip where the folder is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"the real data set {name} is not beside the repository")
        return path

    return find
