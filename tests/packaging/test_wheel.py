"""The wheel: what is in it, and that it installs and is found by Jupyter where there is no Node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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


def test_it_installs_and_is_listed_without_node(wheel, tmp_path):
    prefix = tmp_path / "prefix"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", "--no-compile"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "JUPYTER"))}
    environment |= {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-m", "pip", *install, "--prefix", str(prefix), str(wheel)],
        env=environment,
        check=True,
        capture_output=True,
    )
    share = prefix / "share" / "jupyter"
    kernel = json.loads((share / "kernels" / "trustlab" / "kernel.json").read_text())
    assert kernel["display_name"] == "Python (trustlab)"
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"],
        env=environment | {"JUPYTER_PATH": str(share), "PATH": f"{Path(sys.executable).parent}"},
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line for line in (listed.stdout + listed.stderr).splitlines() if "trustlab v" in line]
    assert lines
    assert all("OK" in line for line in lines)
    [site] = prefix.glob("lib/python*/site-packages")
    asked = "from trustlab.dashboards.catalog import notebook; print(notebook('verdict'))"
    found = subprocess.run(
        [sys.executable, "-c", asked],
        env=environment | {"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    folder = prefix / "share" / "trustlab" / "notebooks" / "dashboards"
    assert Path(found.stdout.strip()) == folder / "verdict.ipynb"


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
