"""Operations are found by walking; a package from elsewhere adds one by a file and an entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from trustlab.core import registry
from trustlab.core.errors import ConflictError, InputError, NotFoundError

CHECK = '''\
"""A check from elsewhere."""

from trustlab.core.operation import operation
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject


@operation(
    "check",
    "Rows",
    threshold=Threshold(1_000_000, None, "a limit made up for this test"),
    example={"data": "loans.csv", "target": "approved"},
)
def rows(subject: Subject, weight: float = 1.0) -> Result:
    """How many rows are there?

    Parameters
    ----------
    subject : Subject
        What is audited.
    weight : float
        What each row counts.
    """
    return Result(value=weight * subject.n, n=subject.n, reason=f"there are {subject.n} rows")
'''


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder as pip would leave it: a package with one check, and its record with the entry point."""
    site = tmp_path / "site"
    package = site / "acme_checks" / "counting"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text('"""Checks of Acme."""\n')
    (package / "rows.py").write_text(CHECK)
    record = site / "acme_checks-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[trustlab.operations]\nacme = acme_checks\n")
    return site


def trust(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("TRUSTLAB_HOME", None)
    command = [sys.executable, "-m", "trustlab", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_package_adds_a_check_to_every_surface(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("income,approved\n1,0\n2,1\n3,1\n")
    listed = trust(plugin, tmp_path, "operations", "counting.rows", "--json")
    (record,) = json.loads(listed.stdout)["operations"]
    assert (record["id"], record["family"], record["title"]) == ("counting.rows", "counting", "Rows")
    assert record["parameters"]["properties"]["weight"]["default"] == 1.0
    assert "How many rows are there?" in trust(plugin, tmp_path, "counting.rows", "--help").stdout
    data = ("--data", "loans.csv", "--target", "approved", "--json")
    audited = json.loads(trust(plugin, tmp_path, "audit", "--only", "counting", *data).stdout)
    assert [(r["id"], r["value"], r["status"]) for r in audited["results"]] == [("counting.rows", 3.0, "pass")]
    alone = json.loads(trust(plugin, tmp_path, "counting.rows", "--weight", "2", *data).stdout)
    assert alone["results"][0]["value"] == 6.0
    policy = tmp_path / "policy.yaml"
    policy.write_text("checks: {counting.rows: {warn: 1, fail: 2, source: a test, parameters: {weight: 0.5}}}\n")
    judged = trust(plugin, tmp_path, "audit", "--only", "counting.rows", "--policy", "policy.yaml", *data)
    assert json.loads(judged.stdout)["results"][0]["status"] == "warn"
    assert judged.returncode == 0


def test_the_same_check_is_an_attribute_in_python(plugin: Path, tmp_path: Path) -> None:
    code = (
        "import pandas as pd, trustlab as tl\n"
        "frame = pd.DataFrame({'a': [1, 2], 'b': [0, 1]})\n"
        "print(tl.counting.rows(data=frame, target='b').results[0].value)\n"
        "print('counting' in dir(tl), dir(tl.counting)[-1])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(plugin)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2.0", "True", "rows"]


def test_a_package_of_one_file_is_called_by_its_own_name(plugin: Path, tmp_path: Path) -> None:
    (plugin / "rowcount.py").write_text(CHECK)
    (plugin / "acme_checks-1.0.dist-info" / "entry_points.txt").write_text("[trustlab.operations]\na = rowcount\n")
    assert "How many rows are there?" in trust(plugin, tmp_path, "rowcount", "--help").stdout


def test_a_package_that_cannot_be_imported_is_named(plugin: Path, tmp_path: Path) -> None:
    (plugin / "acme_checks" / "counting" / "rows.py").write_text("import no_such_module_anywhere\n")
    done = trust(plugin, tmp_path, "operations", "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "bad_input"
    assert "the package acme-checks adds operations from acme_checks, which must import" in error["message"]
    assert "no_such_module_anywhere" in error["message"]
    assert error["hint"] == "Mend it, or uninstall it: pip uninstall acme-checks"
    assert "Traceback" not in done.stderr


def test_an_id_that_is_taken_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = registry.get("fairness.error_rates")
    found = {taken.id: taken}
    registry._add(found, [taken], "the same record again is no conflict")
    other = SimpleNamespace(id=taken.id)
    with pytest.raises(ConflictError, match=r"two operations are called fairness\.error_rates; one came from acme"):
        registry._add(found, [other], "acme")  # type: ignore[list-item]


def test_every_path_is_its_id() -> None:
    for name, record in registry.operations().items():
        words = record.function.__module__.split(".")[1:]
        assert name == ".".join(words[1:] if words[0] in {"verbs", "checks"} else words) == record.id


def test_they_come_in_the_order_of_ids_and_by_kind() -> None:
    assert list(registry.operations()) == sorted(registry.operations())
    kinds = {record.kind for record in registry.operations().values()}
    assert kinds <= {"verb", "check", "detector", "explainer"}
    assert sum(len(registry.of_kind(kind)) for kind in kinds) == len(registry.operations())


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match=r"Did you mean 'drift\.ks'\?"):
        registry.get("drift.k")


def test_a_module_that_raises_anything_is_the_plugins_fault() -> None:
    point = SimpleNamespace(module="no_such_package_anywhere", dist=None)
    with pytest.raises(InputError, match="no_such_package_anywhere, which must import"):
        registry._walk_plugin(point)  # type: ignore[arg-type]
