"""A package from elsewhere, installed by pip: one file and one entry point, and every surface has its check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from trustlab.testing.playground import loans

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-checks"
version = "1.0"

[project.entry-points."trustlab.operations"]
acme = "acme_checks"

[tool.hatch.build.targets.wheel]
packages = ["acme_checks"]
"""
CHECK = '''\
"""How often the model says yes."""

from trustlab.core.operation import operation
from trustlab.core.result import Result, Threshold
from trustlab.core.views import Series
from trustlab.models.subject import Subject


@operation(
    "check",
    "Generosity",
    needs=("predictions",),
    tasks=("binary",),
    threshold=Threshold(0.9, None, "Acme's own house rule 7"),
    references=("Acme (2025). House rules",),
    example={"data": "loans.csv", "target": "approved", "prediction": "decision"},
)
def generosity(subject: Subject, counted: float = 1.0) -> Result:
    """How often does the model say yes?

    Parameters
    ----------
    subject : Subject
        What is audited.
    counted : float
        What a yes counts.
    """
    share = counted * float(subject.y_pred.mean())
    rows = [("yes", share)]
    bars = Series(name="answers", columns=("answer", "share"), rows=rows, x="answer", y=("share",), mark="bar")
    return Result(value=share, n=subject.n, reason=f"The model says yes in {share:.1%} of rows.", views=[bars])
'''
SUBJECT = ("--data", "loans.csv", "--target", "approved", "--prediction", "decision")
NAME = "acme.generosity"


def write_package(folder: Path, check: str = CHECK) -> Path:
    """Write the package's sources: a project file, and one file with a check in a family of its own."""
    family = folder / "acme_checks" / "acme"
    family.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (family / "generosity.py").write_text(check)
    return folder


def install(source: Path, site: Path) -> None:
    words = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--no-compile"]
    command = [sys.executable, "-m", "pip", *words, "--target", str(site), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip installed the package."""
    folder = tmp_path_factory.mktemp("plugin")
    install(write_package(folder / "source"), folder / "site")
    assert (folder / "site" / "acme_checks-1.0.dist-info" / "entry_points.txt").exists()
    return folder / "site"


@pytest.fixture
def python(site: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a fresh Python that has the package, in a folder with a table."""
    loans().to_csv(tmp_path / "loans.csv", index=False)
    paths = os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "PYTHONPATH": paths, "IPYTHONDIR": str(tmp_path / "ipython")}
    environment.pop("TRUSTLAB_HOME", None)

    def started(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return started


@pytest.fixture
def trust(python: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda *words: python("-m", "trustlab", *words)


def test_the_command_line_and_its_json_and_page_have_it(
    trust: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    assert "How often does the model say yes?" in trust(NAME, "--help").stdout
    (record,) = json.loads(trust("operations", NAME, "--json").stdout)["operations"]
    assert (record["id"], record["family"], record["title"]) == (NAME, "acme", "Generosity")
    assert record["references"] == ["Acme (2025). House rules"]
    assert NAME in trust("operations", "--kind", "check").stdout
    share = float(loans().decision.mean())
    document = json.loads(
        trust("audit", *SUBJECT, "--only", "acme,performance.metrics", "--html", "page.html", "--json").stdout
    )
    found = {result["id"]: result for result in document["results"]}
    assert set(found) == {NAME, "performance.metrics"}
    assert found[NAME]["value"] == pytest.approx(share)
    assert found[NAME]["status"] == "pass"
    page = (tmp_path / "page.html").read_text()
    assert f"The model says yes in {share:.1%} of rows." in page
    assert "House rules" in page
    whole = trust("audit", *SUBJECT, "--verbose")
    assert f"The model says yes in {share:.1%} of rows." in whole.stdout
    alone = json.loads(trust(NAME, *SUBJECT, "--counted", "0.5", "--json").stdout)
    assert alone["results"][0]["value"] == pytest.approx(share / 2)


def test_a_policy_judges_it(trust: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    assert NAME in trust("policy").stdout
    (tmp_path / "policy.yaml").write_text(
        f"only: [{NAME}]\nchecks: {{{NAME}: {{warn: 0.1, fail: 0.2, source: a test, parameters: {{counted: 0.9}}}}}}\n"
    )
    judged = trust("audit", *SUBJECT, "--policy", "policy.yaml", "--json")
    (result,) = json.loads(judged.stdout)["results"]
    assert (result["id"], result["status"]) == (NAME, "fail")
    assert result["threshold"]["source"] == "a test"
    assert judged.returncode == 1
    (tmp_path / "policy.yaml").write_text("checks: {acme.generosty: {warn: 1}}\n")
    refused = trust("audit", *SUBJECT, "--policy", "policy.yaml")
    assert f"Did you mean '{NAME}'" in refused.stderr


def test_the_magic_and_python_have_it(python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = (
        "from IPython.testing.globalipapp import start_ipython\n"
        "shell = start_ipython()\n"
        "shell.run_line_magic('load_ext', 'trustlab')\n"
        f"one = shell.run_line_magic('trust', 'audit {' '.join(SUBJECT)} --only acme').to_dict()['results']\n"
        f"two = shell.run_line_magic('trust', '{NAME} {' '.join(SUBJECT)}').to_dict()['results']\n"
        "import trustlab as tl\n"
        "three = tl.acme.generosity(data='loans.csv', target='approved', prediction='decision').to_dict()['results']\n"
        "report = tl.audit(data='loans.csv', target='approved', prediction='decision', only=['acme'])\n"
        "print('ANSWER', *(found[0]['value'] for found in (one, two, three)), 'says yes' in report.to_html())\n"
    )
    done = python("-c", code)
    said = [line for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    assert said, done.stderr
    share = float(loans().decision.mean())
    numbers, drawn = said[0].split()[1:4], said[0].split()[4]
    assert [float(number) for number in numbers] == pytest.approx([share] * 3)
    assert drawn == "True"


def test_the_reference_pages_and_the_typescript_have_it(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- checks -->\n<!-- /checks -->\n")
    assert python("-m", "trustlab.report.reference", "README.md").returncode == 0
    (row,) = [line for line in readme.read_text().splitlines() if f"`{NAME}`" in line]
    assert row == f"| `{NAME}` | How often does the model say yes? | predictions | 0.9, - |"


def test_the_contract_runs_over_it(python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    code = (
        "from trustlab.core import registry\n"
        "from trustlab.testing.contract import OperationContract\n"
        f"record, contract = registry.get('{NAME}'), OperationContract()\n"
        "contract.check_documented(record)\n"
        "contract.check_thresholds_have_sources(record)\n"
        "contract.check_bad_parameters_are_named(record)\n"
        "contract.check_example(record)\n"
        "same = [contract.comparable(getattr(contract, f'from_{one}')(record)) for one in ('python', 'command_line')]\n"
        "print('SAME', same[0] == same[1])\n"
    )
    done = python("-W", "ignore", "-c", code)
    assert "SAME True" in done.stdout, done.stderr


def test_one_that_breaks_is_named_and_stops_nothing_else(tmp_path: Path) -> None:
    loans().to_csv(tmp_path / "loans.csv", index=False)
    install(write_package(tmp_path / "source", "raise RuntimeError('half-finished')\n"), tmp_path / "site")
    paths = os.pathsep.join((str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "PYTHONPATH": paths}
    environment.pop("TRUSTLAB_HOME", None)

    def trust(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "trustlab", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert trust("init", "--yes").returncode == 0
    assert trust("data", "commit", "loans", "loans.csv").returncode == 0
    assert "audit" in trust("--help").stdout
    part = trust("audit", *SUBJECT, "--only", "performance.metrics", "--json")
    assert [result["id"] for result in json.loads(part.stdout)["results"]] == ["performance.metrics"]
    (tmp_path / "policy.yaml").write_text("skip: [quality, segments, privacy, robustness, explanation, reliability]\n")
    whole = json.loads(trust("audit", *SUBJECT, "--policy", "policy.yaml", "--json").stdout)
    found = {result["id"]: result for result in whole["results"]}
    assert found["performance.metrics"]["status"] in {"pass", "warn"}
    missing = found["package.acme-checks"]
    assert missing["status"] == "error"
    assert "it raised RuntimeError: half-finished" in missing["reason"]
    assert "pip uninstall acme-checks" in missing["reason"]
    listed = trust("operations")
    assert listed.returncode == 2
    assert "the package acme-checks adds operations from acme_checks, which must import" in listed.stderr
    asked = trust(NAME, *SUBJECT)
    assert asked.returncode == 2
    assert "Traceback" not in asked.stderr
