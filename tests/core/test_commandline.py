"""Words become requests and requests become words."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from trustlab.core import commandline, registry
from trustlab.core.errors import NotFoundError, UsageError


def words_of(operation: str, **parameters: object) -> list[str]:
    return commandline.write(registry.get(operation), parameters)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("audit", {"model": "lender@2", "data": "loans@main", "sensitive": "race,age", "seed": 7}),
        ("audit", {"data": "a b.csv", "derive": ["high = score_text != 'Low'", "x = a + b, c"], "where": "age > 25"}),
        ("audit", {"data": "x.csv", "only": ["fairness", "quality.schema"], "trust_pickle": True}),
        ("audit", {"data": "x.csv", "trust_pickle": False, "task": "regression"}),
        ("data.commit", {"repo": "loans", "source": ["loans.csv"], "message": "October, the second"}),
        ("promote", {"notebook": "n.ipynb", "name": "weekly", "parameters": {"data": "loans@main", "k": "a=b"}}),
        ("model.choose", {"models": ["lender@1", "lender@2"]}),
        ("train", {"data": "d.csv", "target": "y", "learning_rate": 0.001, "epochs": 3, "test_share": 0.25}),
        ("runs", {"limit": 5, "offset": 10}),
        ("fairness.error_rates", {"data": "x.csv", "target": "y", "prediction": "p"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_written_reads_back(operation: str, parameters: dict[str, object]) -> None:
    request = commandline.read(words_of(operation, **parameters))
    assert request.operation is registry.get(operation)
    assert request.parameters == parameters


def test_every_example_reads_back() -> None:
    for record in registry.operations().values():
        request = commandline.read(commandline.write(record, record.example))
        assert request.operation is record
        assert request.parameters == record.example, record.id


def test_a_list_of_columns_is_one_option() -> None:
    assert commandline.read(words_of("audit", sensitive=["race", "age"])).parameters == {"sensitive": "race,age"}
    twice = ["audit", "--sensitive", "race", "-s", "age"]
    assert commandline.read(twice).parameters == {"sensitive": "race,age"}


def test_nothing_is_said_about_what_is_none() -> None:
    assert words_of("audit", model=None, data="x.csv") == ["audit", "--data=x.csv"]


def test_positional_arguments_may_stand_between_options() -> None:
    request = commandline.read(["data", "commit", "loans", "-m", "October", "loans.csv", "--seed", "3"])
    assert request.parameters == {"repo": "loans", "source": ["loans.csv"], "message": "October", "seed": 3}
    many = commandline.read(["model", "choose", "lender@1", "--policy", "p.yaml", "lender@2"])
    assert many.parameters == {"models": ["lender@1", "lender@2"], "policy": "p.yaml"}


def test_the_surfaces_own_options_are_no_parameters() -> None:
    request = commandline.read(["audit", "--json", "--html", "out.html", "--debug", "-d", "x.csv"])
    assert (request.json, request.html, request.debug) == (True, "out.html", True)
    assert request.parameters == {"data": "x.csv"}


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["adit"], NotFoundError, "trust: no verb is called 'adit'. Did you mean 'audit'?"),
        (["dat", "commit"], NotFoundError, "trust: no verb is called 'dat'. Did you mean 'data'?"),
        (["data", "comit"], NotFoundError, "trust data: no verb is called 'comit'. Did you mean 'commit'?"),
        (["fairness.error_rate"], NotFoundError, "Did you mean 'fairness.error_rates'?"),
        (["zzz"], NotFoundError, "trust: no verb is called 'zzz'."),
        (["audit", "--dat", "x"], UsageError, "trust audit: no option is called '--dat'. Did you mean '--data'?"),
        (["audit", "--sensitiv=race"], UsageError, "Did you mean '--sensitive'?"),
        (["audit", "--data"], UsageError, "expected one argument"),
        (["audit", "lender", "other"], UsageError, "trust audit: the line must end before 'other'"),
        (["audit", "--seed", "x"], UsageError, "audit: seed must be a whole number from 0 to 4294967295; got 'x'"),
        (["promote", "n.ipynb", "-p", "novalue"], UsageError, "must be key=value; got 'novalue'"),
        (["data", "commit"], UsageError, "trust data commit: the following arguments are required: REPO"),
    ],
)
def test_what_cannot_be_read_says_why(words: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        commandline.read(words)
    assert message in str(caught.value)
    assert "--help" in str(caught.value.hint) or "must be" in message


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_the_overview_lists_every_verb_and_no_check(words: list[str]) -> None:
    text = commandline.read(words).help or ""
    listed = {line.strip().split("  ")[0] for line in text.splitlines() if line.startswith("  ")}
    verbs = {" ".join(record.words) for record in registry.of_kind("verb").values()}
    assert verbs <= listed
    assert not set(registry.of_kind("check")) & listed
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("words", [["data"], ["data", "--help"], ["data", "-h"]])
def test_a_group_lists_its_own_verbs(words: list[str]) -> None:
    text = commandline.read(words).help or ""
    assert "data commit" in text
    assert "pipeline run" not in text


def test_help_comes_from_the_record() -> None:
    text = " ".join((commandline.read(["data", "commit", "loans", "--help"]).help or "").split())
    record = registry.get("data.commit")
    assert record.summary in text
    for parameter in record.parameters:
        assert parameter.help in text
    assert "default: 0" not in text.split("--json")[1], "the surface's own options have no defaults to tell"
    check = " ".join((commandline.read(["fairness.error_rates", "--help"]).help or "").split())
    assert "limits: warn 1.25" in check


def test_the_program_is_called_as_the_surface_calls_it() -> None:
    assert "usage: %trust audit" in (commandline.read(["audit", "-h"], "%trust").help or "")
    with pytest.raises(NotFoundError, match="%trust: no verb"):
        commandline.read(["adit"], "%trust")


def test_the_version_can_be_asked() -> None:
    assert commandline.read(["--version"]).help == f"trustlab {version('trustlab')}\n"
