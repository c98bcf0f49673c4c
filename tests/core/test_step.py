import pytest

from trustlab.core import step
from trustlab.core.errors import UsageError
from trustlab.core.execute import run

TOLD = step.CurrentStep(
    pipeline="weekly",
    revision=3,
    run="20260101T000000-abcd",
    step="clean",
    notebook="clean.ipynb",
    code_hash="0" * 64,
    parameters={"rows": 3, "word": "<b>", "none": None, "deep": {"a": [1.5]}},
)


def test_what_a_run_tells_is_what_the_step_reads(monkeypatch):
    for name, value in TOLD.environment().items():
        monkeypatch.setenv(name, value)
    assert step.current() == TOLD
    assert TOLD.place() == {"name": "weekly", "revision": 3, "run": TOLD.run, "step": "clean"}


def test_outside_a_step_there_is_none(monkeypatch, playground):
    monkeypatch.delenv(step.VARIABLE, raising=False)
    assert step.current() is None
    assert "pipeline" not in run("data.log", {"ref": "loans"}).provenance


def test_documents_of_a_step_name_it(monkeypatch, playground):
    monkeypatch.setenv(step.VARIABLE, TOLD.environment()[step.VARIABLE])
    assert run("data.log", {"ref": "loans"}).provenance["pipeline"] == TOLD.place()


def test_long_values_give_their_hash_and_the_whole_fits_into_an_environment(monkeypatch):
    from dataclasses import replace

    from blake3 import blake3

    long = replace(TOLD, parameters={"short": 1, "long": list(range(5000))})
    monkeypatch.setenv(step.VARIABLE, long.environment()[step.VARIABLE])
    found = step.current()
    assert found is not None
    text = f"[{', '.join(map(str, range(5000)))}]"
    wanted = {"blake3": blake3(text.encode()).hexdigest(), "characters": len(text)}
    assert found.parameters == {"short": 1, "long": wanted}
    many = replace(TOLD, parameters={f"p{n}": "x" * 1000 for n in range(1000)})
    assert len(many.environment()[step.VARIABLE]) < 100_000


def test_keys_of_several_kinds_are_those_that_json_has(monkeypatch):
    from dataclasses import replace

    mixed = {1: "a", "b": 2, None: [{2.5: 1, "c": {True: 0}}]}
    told = replace(TOLD, parameters={"codes": mixed, "many": {**dict.fromkeys(range(1000), "x"), "y": "z"}})
    monkeypatch.setenv(step.VARIABLE, told.environment()[step.VARIABLE])
    found = step.current()
    assert found is not None
    assert found.parameters["codes"] == {"1": "a", "b": 2, "null": [{"2.5": 1, "c": {"true": 0}}]}
    assert found.parameters["many"].keys() == {"blake3", "characters"}


@pytest.mark.parametrize("text", ["{", "3", "{}", '{"pipeline": "weekly"}', '{"pipeline": 3}'])
def test_a_variable_of_another_shape_is_refused(monkeypatch, text):
    monkeypatch.setenv(step.VARIABLE, text)
    with pytest.raises(UsageError, match="TRUSTLAB_STEP must be what the run"):
        step.current()
