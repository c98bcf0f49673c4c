"""A real JupyterLab in a folder of its own, and a real Chromium that may talk to nothing else."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
ARTEFACTS = REPOSITORY / "artefacts" / "browser"
CHROMIUM = os.environ.get("TRUSTLAB_CHROMIUM", "/usr/bin/chromium")
# Chromium's own housekeeping is switched off, and no name but this machine's resolves.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
START_SECONDS = 90


@dataclass
class Lab:
    """A running JupyterLab."""

    root: Path
    url: str
    token: str
    log: Path


@dataclass
class Requests:
    """Every address that the browser asked for."""

    urls: list[str] = field(default_factory=list)

    def elsewhere(self) -> list[str]:
        """Return those that leave the machine."""
        local = {"data", "blob", "about"}
        return [url for url in self.urls if urlsplit(url).scheme not in local and urlsplit(url).hostname != "127.0.0.1"]


@pytest.fixture(scope="session")
def chromium():
    """Return the browser's path; on the build machine its absence is a failure, elsewhere a skip with the reason."""
    if not Path(CHROMIUM).exists():
        message = f"no Chromium at {CHROMIUM}: apt-get install chromium, or set TRUSTLAB_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return CHROMIUM


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of this user's settings is seen or changed."""
    places = {
        "HOME": "home",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    # Nobody is there to answer JupyterLab's question about its news.
    settings = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "TRUSTLAB_", "JPY_"))}
    for name, place in places.items():
        (folder / place).mkdir(parents=True, exist_ok=True)
        kept[name] = str(folder / place)
    built = REPOSITORY / "trustlab" / "labextension"
    if built.is_dir():
        # What this checkout built is tested, whatever was installed before.
        (folder / "share" / "labextensions").mkdir(parents=True)
        (folder / "share" / "labextensions" / "trustlab").symlink_to(built)
        kept["JUPYTER_PATH"] = str(folder / "share")
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    request = urllib.request.Request(f"{lab.url}api/status", headers={"Authorization": f"token {lab.token}"})
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{lab.log.read_text()}")


@pytest.fixture
def lab(tmp_path):
    """Start JupyterLab for one test."""
    with running(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def start_lab():
    """Return what starts a JupyterLab in a folder: for files of tests that share one."""
    return running


@pytest.fixture(scope="session")
def open_page(chromium):
    """Return what opens a page on a JupyterLab."""
    return partial(opened, chromium)


@contextmanager
def running(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab with its token and its XSRF check, below a base URL as a hub gives it."""
    root = folder / "work"
    root.mkdir()
    port, token = _free_port(), secrets.token_hex(16)
    made = Lab(root=root, url=f"http://127.0.0.1:{port}/user/ann/", token=token, log=folder / "lab.log")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}", "--ServerApp.base_url=/user/ann/"),
        *("--LabApp.extension_manager=readonly", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with made.log.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=root, stdout=log, stderr=subprocess.STDOUT, env=_environment(folder / "user")
        )
        try:
            _wait(made, process)
            yield made
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def requests():
    """Return the list that the page fills."""
    return Requests()


@pytest.fixture
def page(chromium, lab, requests, request):
    """Open JupyterLab in Chromium; afterwards keep a picture and the server's log beside the other artefacts."""
    with opened(chromium, lab, requests, request.node.name) as shown:
        yield shown


@contextmanager
def opened(chromium: str, lab: Lab, requests: Requests, name: str) -> Iterator[Any]:
    """Open JupyterLab in Chromium, and keep what it looked like at the end."""
    from playwright.sync_api import sync_playwright

    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", name)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        shown = browser.new_page(viewport={"width": 1440, "height": 900})
        shown.set_default_timeout(60_000)
        shown.on("request", lambda sent: requests.urls.append(sent.url))
        shown.on("websocket", lambda sent: requests.urls.append(sent.url))
        try:
            shown.goto(f"{lab.url}lab?token={lab.token}")
            shown.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored")
            shown.evaluate("() => window.jupyterapp.restored")
            yield shown
        finally:
            shown.screenshot(path=ARTEFACTS / f"{name}-end.png")
            shutil.copy(lab.log, ARTEFACTS / f"{name}.log")
            browser.close()
