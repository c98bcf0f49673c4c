from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trustlab.core.errors import InputError, UsageError
from trustlab.core.result import Status
from trustlab.pipelines import spec
from trustlab.pipelines.cron import Schedule
from trustlab.pipelines.spec import Gate, Notebook, Pipeline, Step

NOTEBOOK = Notebook("train.ipynb", "ab" * 32)
CREATED = datetime(2026, 11, 2, 6, tzinfo=UTC)


def steps(**needs: str) -> tuple[Step, ...]:
    return tuple(Step(name=name, notebook=NOTEBOOK, needs=tuple(after.split())) for name, after in needs.items())


def full() -> Pipeline:
    gate = Gate("verdict", (Status.PASS,))
    first = Step(name="train", notebook=NOTEBOOK, parameters={"data": "loans@main", "n": 3, "deep": {"x": [1, None]}})
    second = Step(name="audit", notebook=NOTEBOOK, needs=("train",), gate=gate)
    return Pipeline(
        name="lender-weekly",
        steps=(first, second),
        created=CREATED,
        revision=4,
        schedule=Schedule("0 6 * * MON", "Europe/Berlin"),
    )


@pytest.mark.parametrize("form", ["to_json", "to_yaml"])
def test_a_pipeline_survives_the_way_to_text_and_back(form: str) -> None:
    assert spec.from_text(getattr(full(), form)()) == full()


def test_a_timestamp_that_yaml_reads_itself_is_understood() -> None:
    text = full().to_yaml().replace("'2026-11-02T06:00:00+00:00'", "2026-11-02T06:00:00+00:00")
    assert spec.from_text(text).created == CREATED


@pytest.mark.parametrize(
    ("path", "key", "meant"),
    [((), "shedule", "schedule"), (("steps", 1), "gates", "gate"), (("steps", 1, "gate"), "acept", "accept")],
)
def test_an_unknown_key_is_an_error_with_the_nearest(path: tuple[str | int, ...], key: str, meant: str) -> None:
    data = full().to_dict()
    place = data
    for part in path:
        place = place[part]  # type: ignore[index]
    place[key] = 1
    with pytest.raises(InputError, match=f"got '{key}'. Did you mean '{meant}'"):
        spec.from_dict(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": []}, "at least one step"),
        ({"name": "../up"}, "name must be"),
        ({"created": "2026-11-02T06:00:00"}, "time zone"),
        ({"created": "Monday"}, "ISO 8601"),
        ({"revision": 0}, "from 1"),
        ({"steps": "train"}, "must be a list"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        spec.from_dict({**full().to_dict(), **change})


def test_a_malformed_cron_is_refused_when_read() -> None:
    with pytest.raises(UsageError, match="five fields"):
        spec.from_dict({**full().to_dict(), "schedule": {"cron": "every monday"}})


def test_text_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(InputError, match="YAML or JSON"):
        spec.from_text("name: [")


def test_steps_come_after_what_they_need() -> None:
    pipeline = Pipeline(name="p", created=CREATED, steps=steps(report="audit drift", audit="train", drift="", train=""))
    assert [step.name for step in pipeline.order()] == ["drift", "train", "audit", "report"]


def test_a_cycle_is_named() -> None:
    with pytest.raises(InputError, match="circle; got") as caught:
        Pipeline(name="p", created=CREATED, steps=steps(a="c", b="a", c="b"))
    assert all(name in caught.value.message for name in "abc")


def test_a_missing_step_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"got \'trian\'\. Did you mean 'train'"):
        Pipeline(name="p", created=CREATED, steps=steps(train="", audit="trian"))


def test_a_name_used_twice_is_refused() -> None:
    step = steps(train="")[0]
    with pytest.raises(InputError, match="'train' twice"):
        Pipeline(name="p", created=CREATED, steps=(step, step))


def test_a_gate_accepts_statuses_only() -> None:
    with pytest.raises(InputError, match=r"got \'pas\'\. Did you mean 'pass'"):
        spec.accepted(["pas"])
