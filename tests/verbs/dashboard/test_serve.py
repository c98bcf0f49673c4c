"""``trust dashboard serve``: what stands in the way is said before anything starts, and nothing is left at its end."""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, MissingExtraError, NotFoundError, RefusedError, UsageError
from trustlab.core.execute import run
from trustlab.dashboards.catalog import notebook
from trustlab.dashboards.serving import NEEDED, planned, settings

pytestmark = pytest.mark.usefixtures("playground")
HOW = {"about": None, "ip": "127.0.0.1", "port": 0, "base_url": "/", "token": None, "pool": 1, "theme": "light"}


def serve(**given: object) -> None:
    run("dashboard.serve", {"name": "verdict", "port": 0, "check": True, **given}, Context(progress=False))


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=f"port {port} on 127.0.0.1 must be free; something listens") as caught:
            serve(port=port)
    assert "--port 0" in str(caught.value.hint)


def test_a_missing_voila_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "voila" else real(name, *more))
    with pytest.raises(MissingExtraError, match="needs Voilà, which is not installed") as caught:
        serve()
    assert "trust dashboard export" in str(caught.value.hint)


def test_nobody_reads_from_elsewhere_without_a_token() -> None:
    with pytest.raises(RefusedError, match="token must not be empty"):
        serve(token="", ip="0.0.0.0")
    serve(token="")
    with pytest.raises(UsageError, match="base_url must be a path"):
        serve(base_url="/a/../b")
    with pytest.raises(NotFoundError, match="Did you mean 'model'"):
        serve(name="modle")


def test_what_voila_is_told() -> None:
    plan = planned(notebook("verdict"), Path(".trust"), **HOW | {"base_url": "user/ann", "about": "a b&c"})
    assert plan.base_url == "/user/ann/"
    assert len(plan.token) >= 32
    assert plan.url(token=False).endswith(f":{plan.port}/user/ann/?about=a+b%26c")
    told = settings(plan)
    assert told["VoilaConfiguration"]["strip_sources"] is True
    assert told["VoilaConfiguration"]["show_tracebacks"] is False
    assert told["VoilaConfiguration"]["extension_allowlist"] == list(NEEDED)
    assert told["VoilaConfiguration"]["file_denylist"] == [".*"]


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(end: signal.Signals) -> None:
    words = ["dashboard", "serve", "data", "--port", "0", "--pool", "1", "--token", "secret-word"]
    command = [sys.executable, "-m", "trustlab", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        said = process.stderr.readline()
        url = re.search(r"http://\S+", said)
        assert url, said + process.stderr.read()
        with urllib.request.urlopen(url[0], timeout=120) as page:
            assert b"data-voila" in page.read()
        begun = family(process)
        assert any("/kernel-" in " ".join(one.cmdline()) for one in begun)
        assert not [one for one in begun if "secret-word" in " ".join(one.cmdline())]
        process.send_signal(end)
        told, _ = process.communicate(timeout=60)
        if end != signal.SIGKILL:
            assert process.returncode == 0
            assert "data is served no more; every kernel has ended" in told
        deadline = time.monotonic() + 30
        while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in begun):
            assert time.monotonic() < deadline, [one.cmdline() for one in begun if one.is_running()]
            time.sleep(0.2)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
