"""What is offered at the cursor, in the tiny workspace: everything that is offered is then taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from trustlab.completion.complete import complete
from trustlab.core import commandline, registry
from trustlab.core.context import Context
from trustlab.core.execute import run

HOSTILE = "<img src=x onerror=alert(1)>"


class Lender:
    def predict(self, rows):
        return [0] * len(rows)


@pytest.fixture
def context(playground):
    frame = pd.read_csv("loans.csv").rename(columns={"age": "age in years"})
    return Context(
        namespace={"frame": frame, "array": frame[["income"]].to_numpy(), "model": Lender(), "Lender": Lender, "n": 3}
    )


def offered(line, context, point=None):
    return [one.text for one in complete(line, context, point=point).candidates]


def test_verbs_and_their_second_words(context):
    verbs = {record.words[0] for record in registry.of_kind("verb").values()}
    assert set(offered("", context)) == verbs
    assert set(offered("data ", context)) == {
        r.words[1] for r in registry.of_kind("verb").values() if r.words[0] == "data"
    }
    assert offered("data che", context) == ["checkout"]
    assert offered("FAIRNESS.EQ", context) == ["fairness.equalized_odds"]
    assert offered("--v", context) == ["--version"]
    assert offered("no such ", context) == []


def test_options_once_and_all_of_them(context):
    record = registry.get("audit")
    options = {commandline.flag(p.name) for p in record.parameters if not p.positional}
    assert options < set(offered("audit --", context))
    assert "--data" not in offered("audit --data loans --", context)
    assert "--drop" in offered("audit --drop age --", context), "a list may come again"
    assert "--no-ff" in offered("data merge --no", context)


def test_values_of_a_choice(context):
    choices = ["auto", "binary", "multiclass", "regression", "ranking"]
    assert offered("audit --task ", context) == choices
    found = complete("audit --task=bi", context)
    assert ([one.text for one in found.candidates], found.start, found.end) == (["binary"], 13, 15)
    assert offered("audit --html lo", context) == ["loans.csv", "loans_later.csv"]


def test_refs_branches_tags_commits_and_paths(context):
    run("data.branches", {"repo": "loans", "create": "try", "at": "loans@main~1"}, context)
    run("data.tag", {"ref": "loans@main", "name": "v1"}, context)
    head = run("data.show", {"ref": "loans@main"}, context).payload["commit"]
    assert offered("data log loa", context) == ["loans", "loans@main", "loans@try", "loans@v1"]
    assert offered("data log loans@t", context) == ["loans@try"]
    assert offered(f"data show loans@{head[:3]}", context) == [f"loans@{head[:12]}"]
    assert offered("data cat loans@try:", context) == ["loans@try:loans.csv"]
    assert offered("data merge loans@try --into ", context) == ["main", "try"]
    assert offered("data stats ", context)[0] == "loans"


def test_data_models_and_what_else_has_a_name(context):
    data = offered("audit model --data ", context)
    assert {"frame", "array", "loans", "loans@main", "loans.csv"} <= set(data)
    assert not {"model", "Lender", "n", "weekly.ipynb"} & set(data)
    models = offered("audit ", context)
    assert {"model", "lender", "lender@1", "lender@champion"} <= set(models)
    assert "Lender" not in models
    assert offered("model champion lender@", context) == ["lender@1", "lender@champion"]
    assert offered("pipeline run ", context)[0] == "weekly"
    assert offered("train --recipe fo", context) == ["forest"]
    assert offered("audit --only fairness,quality.m", context)[:1] == ["fairness,quality.missing"]
    assert offered("drift a b --detector k", context) == ["ks"]
    assert len(offered("runs ", context)[0]) == 8


def test_registered_names_are_those_that_mlflow_tells(context):
    from trustlab.models.names import registered_versions
    from trustlab.models.registry import Registry

    run("train", {"data": "loans@main", "target": "approved", "name": "other", "recipe": "logistic"}, context)
    told = {
        name: [str(v.version) for v in Registry(context.workspace).versions(name)]
        for name in Registry(context.workspace).models()
    }
    assert registered_versions(context.workspace) == {"lender": [*told["lender"], "champion"], "other": told["other"]}
    (context.workspace.root / "mlflow.db").write_bytes(b"no database")
    assert registered_versions(context.workspace) == {}


@pytest.mark.parametrize("data", ["loans.csv", "loans@main", "loans@main:loans.csv", "trust://loans@main/loans.csv"])
def test_columns_of_the_data_on_the_line(data, context):
    columns = list(pd.read_csv("loans.csv").columns)
    assert offered(f"audit lender --data {data} --target ", context) == columns
    line = f"audit lender --target  --data {data}"
    assert offered(line, context, point=line.index("  ") + 1) == columns, "also where the data stand after it"


def test_columns_of_variables_and_of_parquet(context):
    frame = context.namespace["frame"]
    frame.to_parquet("loans.parquet")
    run("data.commit", {"repo": "table", "source": frame}, context)
    for name in ("frame", "loans.parquet", "table"):
        assert offered(f"train -d {name} -t app", context) == ["approved"]
    assert offered("train -d array -t ", context) == ["x0"]
    assert offered("train -d frame -t age", context) == ["'age in years'"]
    assert offered('train -d frame -t "age', context) == ['"age in years"']
    assert offered("train -d nowhere -t ", context) == []


def test_lists_and_expressions_go_on_from_their_last_name(context):
    assert offered("audit -d loans.csv --sensitive race,reg", context) == ["race,region"]
    assert "race,race" not in offered("audit -d loans.csv --drop race,", context)
    assert offered("audit -d loans.csv --where 'income > de", context) == [
        "'income > debt_ratio'",
        "'income > decision'",
    ]


def test_hostile_names_stay_one_word_and_control_characters_are_left_out(context):
    context.namespace["bad"] = pd.DataFrame({HOSTILE: [1], "two\nlines": [1], "bell\x1b[31m": [2], "fine": [3]})
    found = offered("train -d bad -t ", context)
    assert found == [f"'{HOSTILE}'", "fine"]


def test_without_a_workspace_or_with_a_broken_one_there_is_only_less(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = Context(folder=tmp_path)
    assert offered("audit --data ", here) == []
    assert "--data" in offered("audit ", here)
    (tmp_path / ".trust").mkdir()
    (tmp_path / ".trust/metadata.db").write_bytes(b"no database at all, but a file " * 50)
    assert offered("data log ", here) == [word for word in offered("data log ", here) if word.startswith("-")]
    assert offered("audit --data nowhere/", here) == []


def test_ids_are_those_of_the_registry():
    assert registry.ids() == {name: record.kind for name, record in registry.operations().items()}


CODE = """
import json, sys, time
from trustlab.core.context import Context
from trustlab.completion.complete import complete
import trustlab.store.log, trustlab.data.opened
times = {}
for line in LINES:
    began = time.perf_counter()
    complete(line, Context())
    times[line] = time.perf_counter() - began
print(json.dumps([times, [name for name in ("torch", "pandas", "mlflow", "sklearn") if name in sys.modules]]))
"""


LINES = (
    *("", "audit --", "audit l", "audit lender --data lo", "audit lender --data loans@main --target "),
    *("data show loans@3", "data cat loans@main:", "fairness.e"),
)


def test_it_is_quick_and_imports_nothing_heavy(playground):
    code = CODE.replace("LINES", repr([*LINES, *LINES]))
    done = subprocess.run([sys.executable, "-c", code], cwd=playground, capture_output=True, text=True, check=True)
    times, heavy = json.loads(done.stdout)
    assert heavy == []
    assert max(times.values()) < 0.1, times


def test_bash_asks_and_takes_what_it_is_told(playground):
    script = (
        f'trust() {{ {sys.executable} -m trustlab "$@"; }}\n'
        "export COMP_LINE='trust audit lender --data loans@m' COMP_POINT=33\n"
        "trust trust m @\n"
        "export COMP_LINE='trust da x' COMP_POINT=8\n"
        "trust trust da trust\n"
    )
    done = subprocess.run(["bash", "-c", script], cwd=playground, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["main", "dashboard", "data"]
    assert Path(".trust").is_dir()
