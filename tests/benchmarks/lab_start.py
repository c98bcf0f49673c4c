"""What the extension adds to JupyterLab's start: ``python tests/benchmarks/lab_start.py [RUNS]``.

Two JupyterLab servers run side by side, one with the extension and one that has its two halves disabled; a fresh
Chromium context opens their pages in turn, so that a machine that grows slower meanwhile does so for both. Measured is
the time from the request to ``app.restored``, and beside it the start of the server itself. Printed are the medians,
their difference, and what the browser was sent. It exits with 1 where the page's median is later by more than 150 ms.

It needs Chromium (``TRUSTLAB_CHROMIUM``, or /usr/bin/chromium) and playwright.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

RUNS, LIMIT = 10, 0.15
CHROMIUM = os.environ.get("TRUSTLAB_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
OFF = {
    "labconfig/page_config.json": {"disabledExtensions": {"trustlab": True}},
    "jupyter_server_config.json": {"ServerApp": {"jpserver_extensions": {"trustlab.surfaces.server": False}}},
}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configured(folder: Path, *, extension: bool) -> dict[str, str]:
    """Return an environment with settings of its own, and the extension as asked."""
    settings = folder / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    for name, value in () if extension else OFF.items():
        path = folder / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "TRUSTLAB_", "JPY_"))}
    places = {"HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}
    for name, place in places.items():
        (folder / place).mkdir(exist_ok=True)
        kept[name] = str(folder / place)
    return kept


@contextmanager
def server(folder: Path, *, extension: bool):
    """Run JupyterLab; give its address, and the seconds until it answered."""
    port, token = free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.root_dir={folder}", "--LabApp.extension_manager=readonly", "--LabApp.news_url=None"),
    ]
    environment = configured(folder, extension=extension)
    began = time.perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"}
        )
        while True:
            try:
                with urllib.request.urlopen(asked, timeout=5):
                    break
            except OSError:
                if process.poll() is not None or time.perf_counter() - began > 120:
                    raise SystemExit((folder / "log").read_text()) from None
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/lab?reset&token={token}", time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(timeout=30)


def opened(browser, address: str) -> tuple[float, int, bool]:
    """Return the seconds until the application is restored, the bytes sent, and whether the extension was there."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored")
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")
    seconds = time.perf_counter() - began
    sent = page.evaluate(
        "() => performance.getEntriesByType('resource').reduce((all, one) => all + one.transferSize, 0)"
    )
    there = page.evaluate("() => window.jupyterapp.commands.listCommands().some(one => one.startsWith('trustlab:'))")
    page.context.close()
    return seconds, int(sent), bool(there)


def measure(runs: int) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each start, with the extension and without."""
    from playwright.sync_api import sync_playwright

    found: dict[str, dict[str, list[float]]] = {
        name: {"page": [], "server": [], "bytes": []} for name in ("with", "without")
    }
    with ExitStack() as stack:
        addresses = {}
        for name in found:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
            addresses[name], seconds = stack.enter_context(server(folder, extension=name == "with"))
            found[name]["server"].append(seconds)
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for run in range(runs + 1):
            for name in list(found)[:: 1 if run % 2 else -1]:
                seconds, sent, there = opened(browser, addresses[name])
                assert there == (name == "with"), f"{name} the extension: it was {'' if there else 'not '}there"
                if run:  # the first fills caches
                    found[name]["page"].append(seconds)
                    found[name]["bytes"].append(sent)
        browser.close()
    return found


def main() -> int:
    """Measure, print, and say whether the limit holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="?", type=int, default=RUNS)
    found = measure(parser.parse_args().runs)
    medians = {name: {what: statistics.median(values) for what, values in one.items()} for name, one in found.items()}
    later = medians["with"]["page"] - medians["without"]["page"]
    told = {name: {what: round(value, 3) for what, value in one.items()} for name, one in medians.items()}
    told["later_ms"] = round(later * 1000)
    told["ratio"] = round(medians["with"]["page"] / medians["without"]["page"], 3)
    told["load"] = [round(one, 1) for one in os.getloadavg()]
    print(json.dumps(told, indent=2))
    return int(later > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
