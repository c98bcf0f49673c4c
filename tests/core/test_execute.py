"""The only way in: validated, seeded, judged, recorded, and honest about faults."""

# ruff: noqa: NPY002 - the global generator is what is tested

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import torch

from trustlab.core import journal
from trustlab.core.context import Context
from trustlab.core.errors import InputError, InterruptedRunError, MissingExtraError, NotFoundError, UsageError
from trustlab.core.execute import evaluate, run
from trustlab.core.operation import Bundle, Operation, operation
from trustlab.core.parameters import Range
from trustlab.core.result import Outcome, Result, Status, Threshold
from trustlab.core.seeding import seeded
from trustlab.core.workspace import Workspace

LIMITS = Threshold(0.1, 0.2, "a limit made up for this test")


@dataclass(frozen=True)
class Numbers(Bundle):
    values: tuple[float, ...]
    reason: str | None = None

    @classmethod
    def load(cls, numbers: str, reason: str | None = None, *, context: Context) -> "Numbers":
        """Load numbers.

        Parameters
        ----------
        numbers : str
            Numbers, comma-separated.
        reason : str
            Why they are of no use.
        """
        return cls(tuple(float(text) for text in numbers.split(",")), reason)

    def why_not(self, operation: Operation) -> str | None:
        return self.reason if "sense" in operation.needs else None

    def provenance(self) -> dict[str, Any]:
        return {"numbers": len(self.values)}


@operation("check", "Mean", needs=["sense"], threshold=LIMITS, example={"numbers": "1"})
def mean(numbers: Numbers, shift: Annotated[float, Range(0, 10)] = 0.0, *, context: Context) -> Result:
    """What is the mean of the numbers?

    Parameters
    ----------
    numbers : Numbers
        The numbers.
    shift : float
        Added to it.
    """
    value = sum(numbers.values) / len(numbers.values) + shift
    return Result(value=value, n=len(numbers.values), reason=f"the mean is {value:g}")


@operation("check", "Fault")
def fault(numbers: Numbers) -> Result:
    """What happens where a check fails?"""
    if numbers.reason == "interrupt":
        raise KeyboardInterrupt
    if numbers.reason == "input":
        raise InputError("the numbers must be better", "Buy new ones")
    raise ZeroDivisionError("what is this")


@operation("verb", "Draw", records=True)
def draw(*, context: Context) -> Outcome:
    """Draw one number from every global generator, and one from the context's."""
    drawn = [random.random(), float(np.random.random()), float(torch.rand(1)), float(context.rng("salt").random())]
    return Outcome(payload={"drawn": drawn}, value=drawn)


@operation("verb", "Stop")
def stop() -> Outcome:
    """Stop as by Ctrl-C."""
    raise KeyboardInterrupt


@operation("verb", "Break off")
def break_off(*, context: Context) -> Outcome:
    """Stop as by Ctrl-C, while a bar is shown that a variable still holds."""
    bar = iter(context.track([1, 2, 3], "counting"))
    next(bar)
    raise KeyboardInterrupt


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    return Context(folder=tmp_path, progress=False)


def test_an_unknown_operation_is_named_with_the_nearest(here: Context) -> None:
    with pytest.raises(NotFoundError, match=r"no operation is called 'audti'\. Did you mean 'audit'\?"):
        run("audti", {}, here)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "numbers is needed"),
        ({"numbers": "1", "shfit": 1}, "no parameter is called 'shfit'. Did you mean 'shift'?"),
        ({"numbers": "1", "shift": 11}, "shift must be a number from 0 to 10; got 11"),
        ({"numbers": "1", "seed": -1}, "seed must be a whole number from 0 to 4294967295; got -1"),
    ],
)
def test_parameters_are_checked_before_anything_runs(given: dict[str, Any], message: str, here: Context) -> None:
    with pytest.raises(UsageError) as caught:
        run(mean, given, here)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("numbers", "status"), [("0.05", Status.PASS), ("0.1,0.2", Status.WARN), ("0.2,0.3", Status.FAIL)]
)
def test_a_check_is_judged_by_its_limits(numbers: str, status: Status, here: Context) -> None:
    document = run(mean, {"numbers": numbers}, here)
    (result,) = document.results
    assert (document.status, result.status, result.threshold) == (status, status, LIMITS)
    assert (result.id, result.title) == (mean.id, "Mean")
    assert document.summary == result.reason


def test_a_need_that_is_not_met_is_not_applicable_with_its_reason(here: Context) -> None:
    document = run(mean, {"numbers": "1", "reason": "they are too old"}, here)
    assert document.status == Status.NOT_APPLICABLE
    assert document.results[0].reason == "they are too old"
    assert document.results[0].value is None


def test_provenance_says_what_ran_on_what(here: Context) -> None:
    document = run(mean, {"numbers": "1,2", "shift": 2, "seed": 5}, here)
    told = document.results[0].provenance
    assert told["parameters"] == {"shift": 2.0}
    assert (told["seed"], told["inputs"]) == (5, {"numbers": {"numbers": 2}})
    assert document.provenance["parameters"] == {"shift": 2.0}
    assert document.provenance["inputs"] == {"numbers": {"numbers": 2}}


def test_the_global_generators_are_seeded_and_put_back(here: Context) -> None:
    random.seed(99)
    np.random.seed(99)
    torch.manual_seed(99)
    expected = [random.random(), float(np.random.random()), float(torch.rand(1))]
    random.seed(99)
    np.random.seed(99)
    torch.manual_seed(99)
    first, second = (run(draw, {"seed": 4}, here).value for _ in range(2))
    assert first == second
    assert run(draw, {"seed": 5}, here).value != first
    assert [random.random(), float(np.random.random()), float(torch.rand(1))] == expected


def test_the_generators_are_put_back_after_a_fault() -> None:
    def failing() -> None:
        with seeded(3):
            random.random()
            raise ZeroDivisionError

    before = random.getstate()
    with pytest.raises(ZeroDivisionError):
        failing()
    assert random.getstate() == before


def test_a_contexts_generator_depends_on_seed_and_salt_alone() -> None:
    first = Context(seed=1).rng("a").random(3).tolist()
    np.random.random(10)
    assert Context(seed=1).rng("a").random(3).tolist() == first
    assert Context(seed=1).rng("b").random(3).tolist() != first
    assert Context(seed=2).rng("a").random(3).tolist() != first


def test_a_fault_inside_one_check_is_an_error_result(here: Context) -> None:
    result = evaluate(fault, {"numbers": Numbers((1.0,))}, here)
    assert result.status == Status.ERROR
    assert result.reason == f"{fault.id} could not finish: ZeroDivisionError: what is this"
    refused = evaluate(fault, {"numbers": Numbers((1.0,), "input")}, here)
    assert (refused.status, refused.reason) == (Status.ERROR, "the numbers must be better Buy new ones")


def test_the_policys_limits_and_parameters_win(here: Context) -> None:
    loose = Threshold(1.0, 2.0, "a policy")
    result = evaluate(mean, {"numbers": Numbers((0.5,))}, here, parameters={"shift": 1}, threshold=loose)
    assert (result.value, result.status, result.threshold) == (1.5, Status.WARN, loose)


def test_an_interrupt_ends_the_run_and_says_so(here: Context) -> None:
    with pytest.raises(InterruptedRunError, match="interrupted; nothing was half-written"):
        run(stop, {}, here)
    with pytest.raises(KeyboardInterrupt):
        evaluate(fault, {"numbers": Numbers((1.0,), "interrupt")}, here)


def test_a_missing_extra_is_said_or_skipped(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustlab.core.optional.EXTRAS", {"moon": ("no_such_module_anywhere",)})
    needing = replace(mean, extra="moon")
    with pytest.raises(MissingExtraError) as caught:
        run(needing, {"numbers": "1"}, here)
    assert "no_such_module_anywhere" in caught.value.message
    assert caught.value.hint == "pip install 'trustlab[moon]'"
    assert evaluate(needing, {"numbers": Numbers((1.0,))}, here).status == Status.SKIPPED


def test_only_what_records_is_written_and_only_into_a_workspace_that_is_there(here: Context) -> None:
    run(draw, {}, here)
    assert here.workspace_or_none is None, "a run makes no workspace by itself"
    workspace = Workspace.create(here.folder)
    run(mean, {"numbers": "1"}, here)
    document = run(draw, {}, here)
    found, total = journal.read(workspace)
    assert total == 1
    assert found[0]["id"] == document.provenance["run"]


def test_no_bar_is_left_where_a_run_is_interrupted(here: Context, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InterruptedRunError) as held:
        run(break_off, {}, replace(here, progress=True))
    written = capsys.readouterr().err
    assert held.value.__context__ is not None
    assert "counting" in written
    # Blanks over it, before anybody says anything else.
    assert not written.rstrip("\r").rpartition("\r")[2].strip()
