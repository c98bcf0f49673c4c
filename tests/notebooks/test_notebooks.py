"""Every notebook that ships is executed, by a real kernel."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import run

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
# What a tutorial must show.
SAID = {
    "quickstart": ("Error rates by group", "lender v1", "Row 17", "lender-weekly", "0 6 * * MON"),
    "data": ("cut at 40", "1 changed", "Efron", "2 branches", "(40.0, 42.2)", "442", "README.txt do", "copy"),
}
TUTORIALS = sorted((NOTEBOOKS / "tutorials").glob("*.ipynb"))

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


def execute(notebook: Path, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a process of its own, as a user's machine would, and return it with its outputs."""
    target = folder / f"executed-{notebook.name}"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--kernel",
        "python3",
        "--cwd",
        str(folder),
        str(notebook),
        str(target),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(target, as_version=4)


def texts(notebook: nbformat.NotebookNode) -> str:
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            found.append(output.get("text", ""))
            found += [str(value) for value in output.get("data", {}).values()]
    return "\n".join(found)


@pytest.mark.parametrize("notebook", TUTORIALS, ids=lambda path: path.stem)
def test_tutorials_run_from_nothing(notebook: Path, tmp_path: Path) -> None:
    shutil.copy(notebook, tmp_path)
    executed = execute(notebook, tmp_path)
    assert not [out for cell in executed.cells for out in cell.get("outputs", ()) if out.output_type == "error"]
    said = texts(executed)
    for word in SAID.get(notebook.stem, ()):
        assert word in said, word


def test_every_notebook_is_stored_without_outputs_and_with_cell_ids() -> None:
    for path in NOTEBOOKS.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert not [cell for cell in notebook.cells if cell.get("outputs")], path
        assert all(cell.get("id") for cell in notebook.cells), path


def test_the_dashboard_shows_in_voila_without_code(playground: Path) -> None:
    run("audit", {"model": "lender", "data": "loans@main", "only": ["performance"]}, Context(progress=False))
    shutil.copy(NOTEBOOKS / "dashboards" / "verdict.ipynb", playground)
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "html",
        "--execute",
        "--no-input",
        "--template",
        "lab",
        "verdict.ipynb",
    ]
    done = subprocess.run(command, cwd=playground, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    page = (playground / "verdict.html").read_text(encoding="utf-8")
    assert "How good are the predictions, and better than a guess?" in page
    assert "live.show" not in page
