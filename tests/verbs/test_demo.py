"""The main job on the data that ship with scikit-learn: run for real, twice, and each arrow's trace looked at."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd
import pytest
import scrapbook

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run

if TYPE_CHECKING:
    from collections.abc import Sequence

# The limits: 120 s on two cores and 4 GiB. Processor seconds do not depend on who else is busy here.
MOST_SECONDS, MOST_KIB = 120.0, 4 * 1024 * 1024
ARROWS = [
    "commit study@main",
    "commit study@later",
    "train boosting",
    "audit boosting",
    "train mlp",
    "audit mlp",
    "choose",
    "explain",
    "drift",
    "commit digits@main",
    "commit digits@later",
    "train cnn",
    "audit cnn",
    "promote",
    "run pipeline",
    "schedule",
]

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs; ours are tested by unit tests


@dataclass(frozen=True)
class Done:
    """What one run of the command left behind."""

    folder: Path
    document: dict[str, Any]
    seconds: float
    kib: int


# A process's peak memory begins at that of the process it was started from, here that of all tests before this one:
# so a small process starts the command, and writes down what it took.
MEASURE = """
import json, resource, subprocess, sys
code = subprocess.call([sys.executable, "-m", "trustlab", *sys.argv[2:]])
took = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([took.ru_utime + took.ru_stime, took.ru_maxrss], file)
sys.exit(code)
"""


def trust(folder: Path, *words: str, start: Sequence[str] = ("-m", "trustlab")) -> dict[str, Any]:
    """Run one command in ``folder``, in a process of its own; return its document."""
    environment = {key: value for key, value in os.environ.items() if key != "TRUSTLAB_HOME"}
    done = subprocess.run(
        [sys.executable, *start, *words, "--json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout[-3000:]
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("demo")
    measured = folder / "measured.json"
    document = trust(folder, "demo", start=("-c", MEASURE, str(measured)))
    seconds, kib = json.loads(measured.read_text())
    measured.unlink()
    return Done(folder, document, seconds, kib)


def journal(done: Done, operation: str) -> list[dict[str, Any]]:
    """The journal's entries of one operation, newest first."""
    return [entry for entry in trust(done.folder, "runs")["runs"] if entry["operation"] == operation]


class TestFirstRun:
    def test_every_arrow_did_its_work(self, first: Done) -> None:
        assert (first.document["schema"], first.document["status"]) == (1, "pass")
        assert [step["step"] for step in first.document["steps"]] == ARROWS
        assert "error" not in {step["status"] for step in first.document["steps"]}

    def test_it_keeps_to_its_budget(self, first: Done) -> None:
        assert first.seconds < MOST_SECONDS
        # Two processes at most are there at once: the command and the notebook's kernel.
        assert 2 * first.kib < MOST_KIB

    def test_the_data_are_committed(self, first: Done) -> None:
        branches = {row["data"]: row["commit"] for row in trust(first.folder, "status")["data"]}
        made = {f"{one['repo']}@{one['branch']}": one["commit"][:12] for one in first.document["commits"]}
        assert branches == made
        assert set(made) == {"study@main", "study@later", "digits@main", "digits@later"}
        rows = trust(first.folder, "data", "log", "study@main")["commits"]
        assert [row["message"] for row in rows] == ["Rows 1 to 309"]

    def test_the_models_are_registered_with_their_origin(self, first: Done) -> None:
        from trustlab.core.workspace import Workspace
        from trustlab.models.registry import Registry

        registry = Registry(Workspace(first.folder / ".trust"))
        versions = {version.version: version for version in registry.versions("study")}
        # Two candidates, and the one that the pipeline trained.
        assert sorted(versions) == [1, 2, 3]
        main = next(one["commit"] for one in first.document["commits"] if one["branch"] == "main")
        for version in versions.values():
            assert version.tags["trustlab.data.commit"] == main
            assert version.tags["trustlab.seed"] == "0"
            assert version.tags["trustlab.audit_status"] in {"pass", "warn", "fail"}
            assert len(version.tags["trustlab.code_hash"]) == 64
        assert {versions[1].tags["trustlab.kind"], versions[2].tags["trustlab.kind"]} == {"sklearn", "torch"}

    def test_the_audits_are_in_the_journal_without_an_error(self, first: Done) -> None:
        audits = journal(first, "audit")
        assert [entry["summary"].split(" on ")[0].split(": ")[-1] for entry in reversed(audits)] == [
            "study v1",
            "study v2",
            "digits v1",
            "study v3",
        ]
        assert {entry["status"] for entry in audits} <= {"pass", "warn", "fail"}
        assert len(journal(first, "train")) == 4
        for operation in ("explain", "drift", "model.choose", "promote", "pipeline.run", "schedule"):
            assert len(journal(first, operation)) == 1, operation

    def test_the_champion_is_the_policys_choice_or_honestly_none(self, first: Done) -> None:
        champion = next(row["champion"] for row in trust(first.folder, "status")["models"] if row["model"] == "study")
        told = first.document["champion"]
        assert told == (None if champion is None else f"study@{champion}")
        blocked = all(entry["status"] == "fail" for entry in journal(first, "audit"))
        assert (first.document["verdict"] == "fail") == (champion is None)
        assert champion is not None or blocked
        assert ("none was put in use" in first.document["summary"]) == (champion is None)

    def test_the_notebook_was_executed(self, first: Done) -> None:
        book = nbformat.read(first.document["paths"]["study: executed notebook"], as_version=4)
        cells = [cell for cell in book.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in cells)
        assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
        shown = [kind for cell in cells for output in cell.outputs for kind in output.get("data", {})]
        assert shown.count("text/html") >= 2
        glued = scrapbook.read_notebook(first.document["paths"]["study: executed notebook"]).scraps.data_dict
        assert glued["model"] == "study@3"
        step = next(step for step in first.document["steps"] if step["step"] == "run pipeline")
        assert glued["trust_status"]["status"] == step["status"]

    def test_the_pipeline_is_scheduled(self, first: Done) -> None:
        (pipeline,) = trust(first.folder, "pipeline", "list")["pipelines"]
        assert (pipeline["name"], pipeline["schedule"]["cron"]) == ("study-weekly", "0 6 * * MON")
        due = datetime.fromisoformat(pipeline["next"])
        assert due > datetime.now(UTC)
        assert (due.weekday(), due.hour, due.minute) == (0, 6, 0)

    def test_the_pages_need_no_network(self, first: Done) -> None:
        pages = [Path(path) for path in first.document["paths"].values() if path.endswith(".html")]
        assert len(pages) == 5
        for page in pages:
            text = page.read_text(encoding="utf-8")
            # The name of the language of drawings is a name, and nothing is fetched from there.
            assert set(re.findall(r"https?://[^\"'\s<>)]+", text)) <= {"http://www.w3.org/2000/svg"}, page.name
            assert not re.search(r"(src|href)\s*=\s*[\"']?//|@import|url\(", text), page.name
            assert len(text) < 2_000_000

    def test_it_writes_nowhere_else(self, first: Done) -> None:
        assert {path.name for path in first.folder.iterdir()} == {".trust", "reports"}


def test_a_second_run_adds_no_data(first: Done) -> None:
    again = trust(first.folder, "demo")
    assert again["status"] == "pass"
    key = ("repo", "branch", "commit")
    assert [[one[name] for name in key] for one in again["commits"]] == [
        [one[name] for name in key] for one in first.document["commits"]
    ]
    assert [one["bytes_added"] for one in again["commits"]] == [0, 0, 0, 0]
    assert len(trust(first.folder, "data", "log", "study@main")["commits"]) == 1
    assert [pipeline["name"] for pipeline in trust(first.folder, "pipeline", "list")["pipelines"]] == ["study-weekly"]
    assert len(trust(first.folder, "schedule")["schedules"]) == 1


@pytest.fixture
def context(tmp_path: Path) -> Context:
    table = pd.DataFrame({"x": range(20), "y": [0, 1] * 10, "same": 1})
    table.to_csv(tmp_path / "loans.csv", index=False)
    return Context(folder=tmp_path, progress=False)


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"target": "y"}, UsageError, "target goes with data"),
        ({"derive": ["z = x"]}, UsageError, "derive goes with data"),
        ({"data": "loans.csv"}, UsageError, "target is needed"),
        ({"data": "loan.csv", "target": "y"}, NotFoundError, "Did you mean 'loans.csv'"),
        ({"data": "loans.csv", "target": "yy"}, UsageError, "target must be a column"),
        ({"data": "loans.csv", "target": "y", "drop": ["xx"]}, UsageError, "drop must be a column"),
        ({"data": "loans.csv", "target": "y", "sensitive": "sx"}, UsageError, "sensitive must be a column"),
        ({"data": "loans.csv", "target": "same"}, InputError, "class"),
        ({"data": "loans.csv", "target": "late", "derive": ["late = x > 15"]}, InputError, "class"),
        ({"data": "loans.csv", "target": "y", "name": "a b"}, InputError, "name must be"),
        ({"data": "loans.csv", "target": "y", "name": "x" * 60}, InputError, "name must be"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    context: Context, parameters: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run("demo", parameters, context)
    assert [path.name for path in Path(context.folder).iterdir()] == ["loans.csv"]
