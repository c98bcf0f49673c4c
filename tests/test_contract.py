"""The contract of every operation in the registry."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.servers import Jupyter
from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.operation import Operation
from trustlab.testing import playground as tiny
from trustlab.testing.contract import OperationContract, drop_timing_columns, normal

OPERATIONS = list(registry.operations().values())
# The scheduler waits for the clock and the demo runs everything; each has tests of its own.
SELF_TESTED = {"scheduler.start", "demo"}
RUNNABLE = [record for record in OPERATIONS if record.id not in SELF_TESTED]
SURFACES = ("python", "command_line", "magic", "http")

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' warnings are theirs; ours are tested by unit tests


def by_id(record: Operation) -> str:
    return record.id


@pytest.mark.parametrize("record", OPERATIONS, ids=by_id)
class TestRecord(OperationContract):
    def test_it_is_documented(self, record: Operation) -> None:
        self.check_documented(record)

    def test_its_limits_have_sources(self, record: Operation) -> None:
        self.check_thresholds_have_sources(record)

    def test_bad_parameters_are_named(self, record: Operation) -> None:
        self.check_bad_parameters_are_named(record)


@pytest.mark.parametrize("record", RUNNABLE, ids=by_id)
class TestRun(OperationContract):
    def test_the_example_runs(self, record: Operation, playground: Path) -> None:
        self.check_example(record)

    def test_every_surface_gives_the_same_json(
        self,
        record: Operation,
        playground_template: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        jupyter: Jupyter,
    ) -> None:
        documents = {}
        for surface in SURFACES:
            # Libraries keep databases open: each surface has a workspace of its own.
            folder = jupyter.emptied() if surface == "http" else tmp_path / surface
            tiny.copy(playground_template, folder)
            monkeypatch.chdir(folder)
            ask = jupyter.run if surface == "http" else getattr(self, f"from_{surface}")
            documents[surface] = self.comparable(ask(record))
        assert documents["command_line"] == documents["python"]
        assert documents["magic"] == documents["python"]
        assert documents["http"] == documents["python"]


@pytest.mark.parametrize("record", [record for record in RUNNABLE if record.read_only], ids=by_id)
def test_what_only_reads_changes_nothing_that_is_kept(record: Operation, playground: Path) -> None:
    run(record, record.example)  # the first look at a workspace may make an empty table
    before = kept(playground)
    run(record, record.example)
    assert kept(playground) == before


WRITING = {
    "data.branches": {"repo": "loans", "create": "new"},
    "data.verify": {"repair": True},
    "page": {"target": "page.html"},
    "pipeline.show": {"name": "weekly", "notebook": "out.ipynb"},
    "policy": {"write": "mine.yaml"},
}


def test_every_record_that_writes_on_request_is_known_here() -> None:
    asked = {record.id: set(record.writes_with) for record in OPERATIONS if record.writes_with}
    assert set(asked) == set(WRITING)
    for record in OPERATIONS:
        assert set(record.writes_with) <= {parameter.name for parameter in record.parameters}, record.id
        assert record.read_only or not record.writes_with, record.id
        assert record.only_reads({}) == record.read_only
        assert not any(record.only_reads({name: "x"}) for name in record.writes_with), record.id


@pytest.mark.parametrize("name", ["data.branches", "page", "policy"])
def test_what_writes_on_request_is_not_said_to_read(name: str, playground: Path) -> None:
    before = kept(playground)
    run(name, WRITING[name])
    assert kept(playground) != before
    assert not registry.get(name).only_reads(WRITING[name])


def kept(folder: Path) -> dict[str, str]:
    """Return the files below a folder with the digests of what they hold; databases by their rows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as connection:
                found[str(path)] = sha256("\n".join(connection.iterdump()).encode()).hexdigest()
        elif path.is_file() and not path.name.endswith(("-wal", "-shm")):
            found[str(path)] = sha256(path.read_bytes()).hexdigest()
    return found


CHECKS = [record for record in OPERATIONS if record.kind == "check"]


@pytest.mark.parametrize("record", CHECKS, ids=by_id)
class TestCheck:
    def test_the_same_seed_gives_the_same_answer(self, record: Operation, playground: Path) -> None:
        answers = [drop_timing_columns(run(record, record.example).to_dict())["results"][0] for _ in range(2)]
        first, second = (normal(answer, str(playground)) for answer in answers)
        assert first == second

    def test_the_data_are_not_changed(self, record: Operation, playground: Path) -> None:
        from trustlab.core.execute import evaluate
        from trustlab.data.frames import frame_digest
        from trustlab.models.subject import Subject

        names = {parameter.name for parameter in record.own}
        example = {key: value for key, value in record.example.items() if key not in names}
        subject = Subject.load(**example, context=Context(progress=False))
        before = frame_digest(subject.dataset.frame), frame_digest(subject.X)
        evaluate(record, dict.fromkeys(record.bundles, subject), Context(progress=False))
        assert (frame_digest(subject.dataset.frame), frame_digest(subject.X)) == before

    def test_a_missing_need_is_not_applicable_with_its_reason(self, record: Operation, playground: Path) -> None:
        if not record.needs & {"labels", "predictions", "sensitive", "model", "scores", "train"}:
            pytest.skip("it needs nothing but rows")
        bare = {"data": "loans.csv", "target": "approved"} if "labels" not in record.needs else {}
        bare = bare or {"data": "loans.csv", "prediction": "decision"}
        document = run(record, bare)
        assert document.status == "not_applicable"
        assert document.results[0].reason
