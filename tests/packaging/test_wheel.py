"""The wheel: what is in it, and that it installs and is found by Jupyter where there is no Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.servers import free_port

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from this checkout, around the extension that is built already."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = os.environ | {"HATCH_JUPYTER_BUILDER_SKIP_NPM": "1"}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.parametrize(
    "path",
    [
        "share/jupyter/labextensions/trustlab/package.json",
        "share/jupyter/labextensions/trustlab/static/style.js",
        "share/jupyter/kernels/trustlab/kernel.json",
        "share/trustlab/notebooks/tutorials/quickstart.ipynb",
        "share/trustlab/notebooks/dashboards/verdict.ipynb",
        "etc/jupyter/jupyter_server_config.d/trustlab.json",
    ],
)
def test_jupyter_finds_its_files_beside_the_package(names, path):
    assert f"trustlab-0.1.0.data/data/{path}" in names


def test_the_package_holds_python_only_once(names):
    assert "trustlab/surfaces/server/__init__.py" in names
    assert "trustlab/dashboards/voila/templates/trustlab/index.html.j2" in names
    assert [name for name in names if name.startswith(("trustlab/labextension", "tests/", "labextension/"))] == []


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """Install the wheel into an environment of its own, without a network and with nothing but Python in the path.

    What it depends on is lent from the environment of the tests; the package itself is the wheel's.
    """
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    made = Bare(folder)
    (made.site / "lent.pth").write_text("\n".join(sysconfig.get_path(name) for name in ("purelib", "platlib")))
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(made.python), *install],
        env=made.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return made


class Bare:
    """A virtual environment, and what is seen from within it."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        (self.site,) = (folder / "venv" / "lib").glob("python*/site-packages")
        self.share = folder / "venv" / "share"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "JUPYTER", "PYTHON", "TRUSTLAB_", "VIRTUAL_ENV"))
        }
        self.environment = kept | {"PATH": str(self.python.parent), "HOME": str(folder)}

    def says(self, *words):
        """Run the environment's Python, and return what it says on either output."""
        command = [str(self.python), *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


def test_it_installs_where_there_is_no_node_and_jupyter_says_ok(bare):
    for program in ("node", "npm", "jlpm"):
        assert shutil.which(program, path=bare.environment["PATH"]) is None
    assert str(bare.site) in bare.says("-c", "import trustlab; print(trustlab.__file__)")
    run = "import sys; from {} import main; sys.argv = ['it', 'list']; main()"
    lab = bare.says("-c", run.format("jupyterlab.labextensions"))
    (line,) = [line for line in lab.splitlines() if "trustlab v" in line]
    assert "enabled" in line
    assert "OK" in line
    server = bare.says("-c", run.format("jupyter_server.extension.serverextension"))
    told = re.sub(r"\x1b\[[0-9;]*m", "", server)
    assert re.search(r"trustlab\S* enabled", told), told
    assert re.search(r"trustlab\S* +(\S+ )?OK", told), told
    code = (
        "import json; from jupyter_client.kernelspec import *; print(json.dumps(KernelSpecManager().get_all_specs()))"
    )
    spec = json.loads(bare.says("-c", code))["trustlab"]
    assert spec["spec"]["display_name"] == "Python (trustlab)"
    assert Path(spec["resource_dir"]) == bare.share / "jupyter" / "kernels" / "trustlab"
    shared = bare.share / "trustlab"
    shipped = {path.relative_to(shared).as_posix() for path in shared.rglob("*.ipynb")}
    ours = {path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "notebooks").rglob("*.ipynb")}
    assert {path for path in ours if "checkpoint" not in path} <= shipped


def test_it_runs_where_there_is_no_node(bare):
    trust = subprocess.run(
        [bare.python.parent / "trust", "--help"], env=bare.environment, check=True, capture_output=True, text=True
    )
    assert "usage: trust VERB" in trust.stdout
    port, token = free_port(), "token"
    command = [
        *(str(bare.python), "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={bare.folder}"),
    ]
    log = bare.folder / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=bare.folder, env=bare.environment, stdout=out, stderr=out)
    try:
        listed = asked(f"http://127.0.0.1:{port}/trustlab/api/v1/operations", token, process, log)
        assert b"fairness.error_rates" in listed
        page = asked(f"http://127.0.0.1:{port}/lab", token, process, log)
        assert b"trustlab" in page, "the extension is among those that the page loads"
    finally:
        process.terminate()
        process.wait(timeout=30)


def asked(url, token, process, log, seconds=90):
    """Return what a server answers as soon as it does."""
    deadline = time.monotonic() + seconds
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no answer from {url}:\n{log.read_text()}")


def test_the_kernelspec_starts_a_kernel_that_knows_the_magic(tmp_path):
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="trustlab", cwd=str(tmp_path))
    try:
        text = []
        reply = client.execute_interactive(
            "import os; print(os.environ['OMP_NUM_THREADS']); get_ipython().find_magic('trust')(' --help')",
            timeout=60,
            output_hook=lambda message: text.append(message["content"].get("text", "")),
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        printed = "".join(text)
        assert printed.split()[0].isdigit()
        assert "audit" in printed
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_lock_and_constraints_hold_no_download_address():
    lock = json.loads((REPOSITORY / "labextension" / "package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 100
    assert [line for line in pins if "==" not in line or "@" in line or "://" in line or "+" in line] == []
