"""``trust model list``: versions, champion, last audit, data."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


@pytest.mark.usefixtures("playground")
def test_every_version_with_what_is_known_of_it() -> None:
    run("train", {"data": "loans.csv", "target": "approved", "name": "other", "recipe": "logistic"})
    document = run("model.list", {})
    assert document.summary == "2 models, 2 versions"
    (table,) = document.views
    rows = {(row[0], row[1]): dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert set(rows) == {("lender", 1), ("other", 1)}
    lender, other = rows["lender", 1], rows["other", 1]
    assert (lender["champion"], lender["audit"], lender["data"], lender["kind"]) == (
        "champion", "pass", "loans@main", "sklearn",
    )  # fmt: skip
    assert (other["champion"], other["audit"], other["data"]) == ("", "not audited", "loans.csv")
    told = document.payload["models"]
    assert [(model["name"], model["version"], model["champion"]) for model in told] == [
        ("lender", 1, True), ("other", 1, False),
    ]  # fmt: skip
    assert [row[0] for row in run("model.list", {"name": "other"}).views[0].rows] == ["other"]


@pytest.mark.usefixtures("playground")
def test_a_name_that_is_none() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'lender'"):
        run("model.list", {"name": "lendr"})


def test_none_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    context = Context(folder=tmp_path)
    run("init", {}, context)
    document = run("model.list", {}, context)
    assert document.payload["models"] == []
    assert document.summary == "0 models, 0 versions"


@pytest.mark.usefixtures("playground")
def test_a_part_and_what_matches() -> None:
    run("train", {"data": "loans.csv", "target": "approved", "name": "other", "recipe": "logistic"})
    second = run("model.list", {"limit": 1, "offset": 1})
    assert [model["name"] for model in second.payload["models"]] == ["other"]
    assert (second.payload["total"], second.summary) == (2, "2 models, 2 versions")
    for words, names in {
        "PASS champion": ["lender"], "not audited": ["other"], "loans": ["lender", "other"], "fail": [], "_": [],
    }.items():  # fmt: skip
        found = run("model.list", {"matching": words})
        assert [model["name"] for model in found.payload["models"]] == names, words
        assert found.payload["total"] == len(names)
