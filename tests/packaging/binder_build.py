"""Do on this machine what Binder's build does: ``python tests/packaging/binder_build.py [--keep] [--offline]``.

A clone of this checkout, the Python that ``binder/runtime.txt`` names, a fresh environment, what Binder brings into it
(JupyterLab), ``binder/postBuild``, then the quickstart that it put on top, executed by the kernel "Python (trustlab)".
Nothing is taken from the environment that this runs in. It downloads some 3 GB through pip's own settings and takes
minutes; with ``--offline`` the dependencies are lent from this environment instead, and only trustlab is built.
It exits with 1 where a step fails, and says which.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
QUICKSTART = "quickstart.ipynb"
SECONDS = 1200


def wanted_python(text: str) -> str:
    """Return the interpreter's name that a ``runtime.txt`` asks for: ``python-3.11`` is ``python3.11``."""
    name, dash, version = text.strip().partition("-")
    if name != "python" or not dash or not version.replace(".", "").isdigit():
        raise SystemExit(f"binder/runtime.txt must say python-VERSION; got {text.strip()!r}")
    return f"python{version}"


def check_out(folder: Path) -> Path:
    """Copy what git tracks, as Binder's clone has it: with nothing that was built here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target)
    return folder


def environment(folder: Path, python: str, *, offline: bool) -> dict[str, str]:
    """Make the environment, and return the variables in which Binder's steps run."""
    if offline:
        venv.create(folder, with_pip=True, symlinks=True)
        (site,) = (folder / "lib").glob("python*/site-packages")
        (site / "lent.pth").write_text("\n".join({sysconfig.get_path(name) for name in ("purelib", "platlib")}))
    else:
        run([python, "-m", "venv", str(folder)], REPOSITORY, dict(os.environ))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "PYTHON", "TRUSTLAB_", "VIRTUAL_ENV", "IPYTHON"))
    }
    home = folder.parent / "home"
    home.mkdir()
    return kept | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}


def post_build(folder: Path, variables: dict[str, str], *, offline: bool) -> None:
    """Run ``binder/postBuild`` from the top of the clone, as Binder does."""
    script = folder / "binder" / "postBuild"
    if not offline:
        run(["bash", str(script)], folder, variables)
        return
    # The same script; only pip is told to build trustlab and to fetch nothing.
    text = script.read_text().replace(
        "pip install --no-cache-dir -c constraints.txt torch==2.13.0 '.[onnx]'",
        "pip install --quiet --no-deps --no-index --no-build-isolation .",
    )
    built = REPOSITORY / "trustlab" / "labextension"
    if built.is_dir():
        shutil.copytree(built, folder / "trustlab" / "labextension")
    run(["bash", "-c", text], folder, variables | {"HATCH_JUPYTER_BUILDER_SKIP_NPM": "1"})


def execute(folder: Path, variables: dict[str, str]) -> None:
    """Execute the quickstart with the kernel that a person there gets."""
    command = ["python", "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb"]
    options = ["--ExecutePreprocessor.kernel_name=trustlab", f"--ExecutePreprocessor.timeout={SECONDS}"]
    run([*command, *options, QUICKSTART], folder, variables)


def run(command: list[str], folder: Path, variables: dict[str, str]) -> None:
    """Run one step, and end with what it said where it fails."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    said = f"{done.stdout}{done.stderr}"
    sys.stdout.write(f"{' '.join(command).splitlines()[0][:100]}: {time.perf_counter() - began:.0f} s\n")
    if done.returncode:
        raise SystemExit(f"this step must succeed; it ended with {done.returncode}:\n{said[-4000:]}")


def build(folder: Path, *, offline: bool) -> Path:
    """Do the whole in ``folder``, and return the executed notebook."""
    clone = check_out(folder / "clone")
    python = wanted_python((clone / "binder" / "runtime.txt").read_text())
    if shutil.which(python) is None and not offline:
        raise SystemExit(f"{python} must be in the path, as binder/runtime.txt asks for it")
    variables = environment(folder / "environment", python, offline=offline)
    if not offline:
        run(["python", "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "jupyterlab"], clone, variables)
    post_build(clone, variables, offline=offline)
    execute(clone, variables)
    return clone / "done.ipynb"


def main() -> None:
    """Build, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the folder there")
    parser.add_argument("--offline", action="store_true", help="lend the dependencies, fetch nothing")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="binder-"))
    try:
        sys.stdout.write(f"executed: {build(folder, offline=asked.offline)}\n")
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
