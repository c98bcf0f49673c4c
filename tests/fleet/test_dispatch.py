"""A fleet on Dask: hundreds of models, dead workers, two nodes, and a model that ends whoever audits it."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fleet import makers
from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.database import reading
from trustlab.core.errors import MissingExtraError
from trustlab.core.execute import run
from trustlab.fleet import records
from trustlab.testing.contract import drop_timing_columns, normal

ABSENT = importlib.util.find_spec("distributed") is None
# Continuous integration installs what pyproject.toml asks for: there, its absence is a fault.
on_dask = pytest.mark.skipif(
    ABSENT and not os.environ.get("CI"), reason="the package distributed is not installed here: make setup"
)
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    return makers.workspace(tmp_path / "work")


def environment(folder: Path, **more: str) -> dict[str, str]:
    paths = os.pathsep.join((str(folder), str(Path.cwd()), os.environ.get("PYTHONPATH", "")))
    return {**os.environ, "PYTHONPATH": paths, **more}


def start(folder: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "trustlab", "fleet", *words, "--json"],
        cwd=folder,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, logs = process.communicate(timeout=240)
    assert said, logs
    return dict(json.loads(said))


def finished(context: Context) -> int:
    return len(journal.read(context.workspace, limit=1000, operation="audit")[0])


def wait_until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    for _ in range(1200):
        if true():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def workers_that_audited(context: Context) -> set[str]:
    table = records._table()
    with reading(context.workspace.engine) as connection:
        return {str(row[0]) for row in connection.execute(table.select().with_only_columns(table.c.worker))}


@pytest.mark.skipif(not ABSENT, reason="the package distributed is installed")
def test_without_dask_it_says_what_to_do(context: Context) -> None:
    assert context.folder is not None
    file = makers.write(context.folder, makers.models(context.folder, 1))
    with pytest.raises(MissingExtraError, match="distributed must be installed") as raised:
        run("fleet", {"models": file, "workers": 2}, context)
    assert "--workers 0" in str(raised.value.hint)


@on_dask
def test_two_hundred_models_are_audited_as_one_by_one(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 200)
    document = answer(start(context.folder, makers.write(context.folder, names), "--workers", "2"))
    assert {verdict["name"] for verdict in document["models"]} == set(names)
    assert all(verdict["error"] is None for verdict in document["models"])
    assert finished(context) == 200
    runs = {verdict["name"]: verdict["run"] for verdict in document["models"]}
    for line in makers.lines(names)[::67]:
        kept, alone = (
            journal.document(context.workspace, runs[str(line["model"])]),
            run("audit", line, context).to_dict(),
        )
        of_fleet, single = (normal(drop_timing_columns(one), str(context.folder)) for one in (kept, alone))
        assert of_fleet == single


@on_dask
def test_a_killed_workers_models_are_audited_by_others(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 16, "Slow")
    process = start(context.folder, makers.write(context.folder, names), "--workers", "2")
    wait_until(lambda: finished(context) >= 2, process)
    workers_of(process)[0].send_signal(signal.SIGKILL)
    document = answer(process)
    assert {verdict["name"] for verdict in document["models"]} == set(names)
    assert all(verdict["status"] == "pass" for verdict in document["models"])


@on_dask
def test_a_model_that_ends_its_worker_fails_alone(context: Context) -> None:
    assert context.folder is not None
    good = makers.models(context.folder, 12)
    bad = makers.models(context.folder, 1, "Exits") + makers.models(context.folder, 1, "Killed")
    names = [*good[:4], *bad, *good[4:]]
    document = answer(start(context.folder, makers.write(context.folder, names), "--workers", "2", "--tries", "2"))
    told = {verdict["name"]: verdict for verdict in document["models"]}
    assert set(told) == set(names)
    assert all(told[name]["status"] == "pass" for name in good)
    assert "status 7" in told[bad[0]]["error"]
    assert "SIGKILL" in told[bad[1]]["error"]
    assert {verdict["name"] for verdict in document["models"][:2]} == set(bad), "worst first"


@on_dask
def test_interrupted_it_ends_its_workers_and_goes_on_later(context: Context) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 10, "Slow")
    file = makers.write(context.folder, names)
    process = start(context.folder, file, "--workers", "2")
    wait_until(lambda: finished(context) >= 2, process)
    ours = workers_of(process)
    process.send_signal(signal.SIGINT)
    assert answer(process)["error"]["code"] == "interrupted"
    psutil.wait_procs(ours, timeout=10)
    assert not [worker for worker in ours if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    before = finished(context)
    document = answer(start(context.folder, file, "--workers", "2"))
    assert all(verdict["status"] == "pass" for verdict in document["models"])
    assert 2 <= before < 10
    assert finished(context) == 10


@contextmanager
def nodes(folder: Path, home: Path, count: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler, and workers each in a folder of its own that has nothing but the workspace by setting."""
    started: list[subprocess.Popen[bytes]] = []
    contact = folder / "scheduler.json"

    def launch(place: Path, *words: str) -> None:
        place.mkdir(parents=True)
        began = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=place,
            env=environment(home.parent, TRUSTLAB_HOME=str(home)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(began)

    try:
        shown = ("--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        launch(folder / "scheduler", "distributed.cli.dask_scheduler", *shown, "--scheduler-file", str(contact))
        while not contact.exists() or not contact.read_text().strip():
            assert started[0].poll() is None
            time.sleep(0.1)
        address = str(json.loads(contact.read_text())["address"])
        for number in range(count):
            own = folder / f"node{number}"
            options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(own / "scratch"))
            launch(own, "distributed.cli.dask_worker", address, *options)
        yield address, started[1:]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@on_dask
def test_two_nodes_and_one_that_dies(context: Context, tmp_path: Path) -> None:
    assert context.folder is not None
    names = makers.models(context.folder, 20, "Slow")
    file = makers.write(context.folder, names)
    with nodes(tmp_path / "cluster", context.workspace.root, 2) as (address, machines):
        process = start(context.folder, file, TRUSTLAB_DASK_ADDRESS=address)
        wait_until(lambda: finished(context) >= 6, process)
        on = workers_that_audited(context) - {"None"}
        os.killpg(machines[0].pid, signal.SIGKILL)
        document = answer(process)
    assert len(on) == 2, "both nodes audited"
    assert {verdict["name"] for verdict in document["models"]} == set(names)
    assert all(verdict["status"] == "pass" for verdict in document["models"])


@on_dask
def test_a_node_that_does_not_reach_the_workspace_is_named(context: Context, tmp_path: Path) -> None:
    assert context.folder is not None
    file = makers.write(context.folder, makers.models(context.folder, 1))
    with nodes(tmp_path / "cluster", tmp_path / "nowhere", 1) as (address, _):
        said = answer(start(context.folder, file, TRUSTLAB_DASK_ADDRESS=address))
    assert "each Dask worker must reach the workspace" in said["error"]["message"]
