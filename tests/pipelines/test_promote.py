from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from trustlab.core.errors import ConflictError, DamagedError, InputError, NotFoundError, TrustlabError, UsageError
from trustlab.pipelines import catalog, schedule
from trustlab.pipelines.cron import Schedule
from trustlab.pipelines.promote import promote
from trustlab.pipelines.spec import Gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustlab.core.workspace import Workspace

    Write = Callable[..., Path]


def kept(workspace: Workspace) -> list[Path]:
    return sorted((workspace.root / "pipelines" / "notebooks").glob("*"))


def test_a_notebook_becomes_a_pipeline_and_is_not_changed(workspace: Workspace, notebook: Write) -> None:
    path = notebook("quick start.ipynb", "data = 'x'\nn = 3", "print(n)")
    before = path.read_bytes()
    made = promote(workspace, path, name="weekly", parameters=["data=loans@main"], cron="0 6 * * MON", gate=Gate())
    assert path.read_bytes() == before
    assert (made.revision, made.schedule, made.steps[0].name) == (1, Schedule("0 6 * * MON"), "quick-start")
    assert made.steps[0].parameters == {"data": "loans@main"}
    assert catalog.load(workspace, "weekly") == made == catalog.pipelines(workspace)[0]
    (copy,) = kept(workspace)
    assert copy.name == f"{made.steps[0].notebook.digest}.ipynb"
    assert copy.stat().st_mode & 0o222 == 0
    assert json.loads(copy.read_text())["cells"][0]["metadata"]["tags"] == ["parameters"]


def test_promoting_again_keeps_the_old_revision_and_the_schedule(workspace: Workspace, notebook: Write) -> None:
    first = promote(workspace, notebook("a.ipynb", "n = 3"), name="p", cron="0 6 * * MON")
    second = promote(workspace, notebook("b.ipynb", "n = 4"), name="p")
    assert (second.revision, second.schedule) == (2, first.schedule)
    assert [item.revision for item in catalog.revisions(workspace, "p")] == [2, 1]
    assert catalog.load(workspace, "p", 1).steps == first.steps
    assert len(kept(workspace)) == 2


def test_the_same_notebook_is_kept_once(workspace: Workspace, notebook: Write) -> None:
    for name in ("p", "q"):
        promote(workspace, notebook("a.ipynb", "n = 3"), name=name)
    assert len(kept(workspace)) == 1


def test_promoting_the_same_again_changes_nothing(workspace: Workspace, notebook: Write) -> None:
    first = promote(workspace, notebook("a.ipynb", "n = 3"), name="p", parameters={"n": "1"}, cron="0 6 * * MON")
    again = promote(workspace, notebook("a.ipynb", "n = 3"), name="p", parameters=["n=1"], cron="0 6 * * MON")
    assert again == first
    moved = promote(workspace, notebook("a.ipynb", "n = 3"), name="p", parameters=["n=1"], cron="0 7 * * MON")
    assert (moved.revision, moved.schedule) == (1, Schedule("0 7 * * MON"))
    assert promote(workspace, notebook("a.ipynb", "n = 3"), name="p", parameters=["n=2"]).revision == 2


def test_true_is_not_one(workspace: Workspace, notebook: Write) -> None:
    for value in (1, True, 1.0):
        made = promote(workspace, notebook("a.ipynb", "n = None"), name="p", parameters={"n": value})
    assert made.revision == 3


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"parameters": ["dta=x"]}, UsageError, "Did you mean 'data'"),
        ({"parameters": {"n": "three"}}, UsageError, "n must be a whole number"),
        ({"cron": "every monday"}, UsageError, "five fields"),
        ({"cron": "0 6 * * *", "timezone": "Mars"}, UsageError, "timezone"),
        ({"needs": ["train"]}, InputError, "must need steps of this pipeline; got 'train'"),
        ({"name": "a/b"}, InputError, "name must be"),
    ],
)
def test_a_refusal_leaves_nothing_behind(
    workspace: Workspace, notebook: Write, options: dict[str, object], error: type[TrustlabError], words: str
) -> None:
    path = notebook("a.ipynb", "data = 'x'\nn = 3")
    with pytest.raises(error, match=words):
        promote(workspace, path, **{"name": "p", **options})  # type: ignore[arg-type]
    assert catalog.names(workspace) == []
    assert schedule.schedules(workspace) == []
    assert kept(workspace) == []


def test_parameters_need_a_parameters_cell(workspace: Workspace, notebook: Write) -> None:
    path = notebook("a.ipynb", "print(1)")
    with pytest.raises(InputError, match="must have a parameters cell"):
        promote(workspace, path, name="p", parameters=["n=3"])
    assert promote(workspace, path, name="p").steps[0].parameters == {}


def test_steps_are_added_and_replaced(workspace: Workspace, notebook: Write) -> None:
    promote(workspace, notebook("train.ipynb", "n = 1"), name="p")
    promote(workspace, notebook("audit.ipynb", "n = 2"), name="p", needs=["train"])
    made = promote(workspace, notebook("train.ipynb", "n = 3"), name="p", parameters={"n": 9})
    assert [(step.name, step.needs, step.parameters) for step in made.steps] == [
        ("train", (), {"n": 9}),
        ("audit", ("train",), {}),
    ]
    with pytest.raises(ConflictError, match=r"which one other\.ipynb is"):
        promote(workspace, notebook("other.ipynb", "n = 4"), name="p")
    with pytest.raises(InputError, match="circle"):
        promote(workspace, notebook("train.ipynb", "n = 3"), name="p", step="train", needs=["audit"])
    assert catalog.load(workspace, "p").revision == 3


def test_promotions_at_the_same_moment_all_get_a_revision(workspace: Workspace, notebook: Write) -> None:
    paths = [notebook(f"{word}.ipynb", f"n = '{word}'") for word in ("a", "b", "c", "d")]
    catalog.names(workspace)
    failures: list[Exception] = []

    def work(path: Path) -> None:
        try:
            promote(workspace, path, name="p")
        except TrustlabError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [item.revision for item in catalog.revisions(workspace, "p")] == [4, 3, 2, 1]


def test_an_altered_copy_is_refused(workspace: Workspace, notebook: Write) -> None:
    made = promote(workspace, notebook("a.ipynb", "n = 3"), name="p")
    (copy,) = kept(workspace)
    copy.chmod(0o644)
    copy.write_text(copy.read_text().replace("n = 3", "n = 4"))
    with pytest.raises(DamagedError, match="unaltered"):
        catalog.open_notebook(workspace, made.steps[0].notebook)
    promote(workspace, notebook("a.ipynb", "n = 3"), name="p")
    assert "n = 3" in catalog.open_notebook(workspace, made.steps[0].notebook).read_text()


def test_an_unknown_pipeline_is_suggested(workspace: Workspace, notebook: Write) -> None:
    promote(workspace, notebook("a.ipynb", "n = 3"), name="weekly")
    with pytest.raises(NotFoundError, match="Did you mean 'weekly'"):
        catalog.load(workspace, "weakly")
    with pytest.raises(NotFoundError, match="no such revision"):
        catalog.load(workspace, "weekly", 7)


def test_a_new_schedule_starts_when_it_is_promoted(workspace: Workspace, notebook: Write) -> None:
    made = promote(workspace, notebook("a.ipynb", "n = 3"), name="p", cron="* * * * *")
    assert schedule.due(workspace, made.created) == []
    assert made.created <= datetime.now(UTC)
