"""``%trust`` in a real IPython shell."""

import contextlib
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import LogisticRegression

from trustlab.core.errors import ConflictError, InputError, InterruptedRunError, NotFoundError, UsageError
from trustlab.core.workspace import Workspace
from trustlab.models.registry import Registry
from trustlab.report.report import Report

pytestmark = [
    pytest.mark.usefixtures("playground"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:IPython"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Shell:
    """A shell as a notebook's kernel has it, and what a cell of it left."""

    def __init__(self) -> None:
        self.ip = InteractiveShell()  # not the process's one and only: other tests have that
        self.ip.history_manager.enabled = False
        self.variables: dict[str, Any] = self.ip.user_ns

    def cell(self, code: str) -> SimpleNamespace:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            done = self.ip.run_cell(code)
        error = done.error_in_exec or done.error_before_exec
        return SimpleNamespace(value=done.result, error=error, out=out.getvalue(), err=err.getvalue())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in ("displayhook", "excepthook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    made = Shell()
    frame = pd.read_csv("loans.csv")
    made.variables["df"] = frame
    made.variables["est"] = LogisticRegression().fit(frame[["income", "age"]], frame["approved"])
    made.cell("%load_ext trustlab")
    return made


def test_alone_it_shows_the_verbs_and_the_status(shell: Shell) -> None:
    done = shell.cell("%trust")
    assert "usage: %trust VERB" in done.out
    assert "data commit" in done.out
    assert isinstance(done.value, Report)
    assert done.value.document.operation == "status"
    assert [model["model"] for model in done.value.to_dict()["models"]] == ["lender"]


def test_help_is_printed_and_gives_nothing(shell: Shell) -> None:
    done = shell.cell("%trust audit --help")
    assert "usage: %trust audit" in done.out
    assert done.value is None
    assert "data commit" in shell.cell("%trust data").out


def test_variables_are_names_of_models_and_frames(shell: Shell) -> None:
    done = shell.cell("%trust audit est --data df --target approved --only performance.metrics")
    report = done.value
    assert isinstance(report, Report)
    told = dict(zip(*(report.results[0].view("metrics").column(name) for name in ("metric", "value")), strict=True))
    frame = shell.variables["df"]
    expected = shell.variables["est"].score(frame[["income", "age"]], frame["approved"])
    assert told["accuracy"] == pytest.approx(expected)
    assert report.document.payload["model"]["name"] == "est"
    assert report.document.payload["data"]["name"] == "df"
    assert "est on df (400 rows)" in done.out, "the notebook displays it"


def test_the_value_can_be_kept(shell: Shell) -> None:
    shell.cell("report = %trust drift loans@main~1 df --detector ks")
    assert isinstance(shell.variables["report"], Report)
    assert shell.cell("report.results[0].id").value == "drift.ks"


def test_a_cell_is_the_model_to_train(shell: Shell) -> None:
    shell.variables["depth"] = 2
    done = shell.cell(
        "%%trust train --data loans@main --target approved --name celled --drop self_employed,region,race\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "print('building')\n"
        "model = DecisionTreeClassifier(max_depth=depth)\n"
    )
    assert done.error is None
    assert "building" in done.out
    assert done.value.document.payload["model"] == {
        "name": "celled", "version": 1, "kind": "sklearn", "task": "binary",
    }  # fmt: skip
    assert done.value.value.native.get_depth() <= 2
    assert "model" not in shell.variables, "the cell's names are its own"
    version = Registry(Workspace.find()).version("celled")
    assert version.version == 1
    again = shell.cell("%trust audit celled --data loans@main --only performance.metrics")
    assert again.value.status in {"pass", "warn", "fail"}


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("%trust adit", NotFoundError, "%trust: no verb is called 'adit'. Did you mean 'audit'?"),
        ("%trust audit est --dta df", UsageError, "%trust audit: no option is called '--dta'. Did you mean '--data'?"),
        ("%trust audit 'est", UsageError, "%trust: the line must have its quotes closed"),
        ("%trust audit est -d df -t aproved", UsageError, "target must be a column of df; got 'aproved'."),
        ("%trust audit esst -d df -t approved", NotFoundError, "Did you mean 'est'?"),
        ("%trust audit est -d fd -t approved", NotFoundError, "'fd' is neither a file, a ref nor a notebook variable"),
        ("%trust audit stopped -d df -t approved", InterruptedRunError, "interrupted; nothing was half-written"),
        ("%%trust train -d df -t approved\nx = 1", InputError, "the cell must build `model`; it made no such name"),
        ("%%trust train -d df -t approved\n1 / 0", InputError, "line 1 raised ZeroDivisionError"),
        ("%trust train -d df -t approved", UsageError, "one of model, recipe, code or a cell"),
    ],
)
def test_an_error_is_its_message_without_a_traceback(
    line: str, error: type[Exception], message: str, shell: Shell
) -> None:
    def raising(what: BaseException) -> Any:
        def predict(_self: Any, _rows: Any) -> Any:
            raise what

        return type("Model", (), {"classes_": [0, 1], "predict": predict})()

    shell.variables |= {"bad": raising(RuntimeError("boom")), "stopped": raising(KeyboardInterrupt())}
    done = shell.cell(line)
    assert isinstance(done.error, error)
    assert message in str(done.error)
    shown = done.out + done.err
    assert message in shown
    assert "Traceback" not in shown
    assert 'File "' not in shown
    assert done.error._render_traceback_() == [done.error.message, *([done.error.hint] if done.error.hint else [])]


def test_an_ambiguous_name_lists_what_it_could_mean(shell: Shell) -> None:
    shell.variables |= {"loans": shell.variables["df"], "lender": shell.variables["est"]}
    data = shell.cell("%trust audit est --data loans --target approved")
    assert isinstance(data.error, ConflictError)
    assert "data: 'loans' could mean the notebook's variable loans; the ref loans" in data.out + data.err
    model = shell.cell("%trust audit lender --data df --target approved")
    assert isinstance(model.error, ConflictError)
    assert "the notebook's variable lender; the registered model lender" in model.out + model.err
    plain = "%trust audit lender@1 --data loans@main --only performance.metrics"
    assert shell.cell(plain).error is None


def test_what_ipython_keeps_to_itself_is_no_name(shell: Shell) -> None:
    shell.cell("df.head()")
    for name in ("_", "Out", "In", "_1"):
        assert isinstance(shell.cell(f"%trust audit est --data {name} --target approved").error, NotFoundError)


def test_json_is_printed_for_who_asks(shell: Shell) -> None:
    done = shell.cell("%trust operations fairness.error_rates --json")
    assert done.value is None
    assert json.loads(done.out)["operations"][0]["id"] == "fairness.error_rates"


def test_an_html_report_is_written_and_refused_before_the_work(shell: Shell) -> None:
    done = shell.cell("%trust audit est -d df -t approved --only performance --html out.html")
    assert isinstance(done.value, Report)
    assert Path("out.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    refused = shell.cell("%trust audit est -d df -t approved --only performance --html no/out.html")
    assert "its folder does not exist" in str(refused.error)


def test_an_expression_of_the_notebook_is_expanded(shell: Shell) -> None:
    shell.variables["limit"] = 50
    done = shell.cell('%trust audit est -d df -t approved --only performance.metrics --where "income > {limit}"')
    frame = shell.variables["df"]
    assert done.value.document.payload["rows"] == (frame["income"] > 50).sum()


def test_it_comes_and_goes(shell: Shell) -> None:
    magics = shell.ip.magics_manager.magics
    assert "trust" in magics["line"]
    assert "trust" in magics["cell"]
    shell.cell("%unload_ext trustlab")
    assert "trust" not in magics["line"]
    assert "trust" not in magics["cell"]
    shell.cell("%load_ext trustlab")
    assert shell.cell("%trust --version").out.startswith("trustlab ")
