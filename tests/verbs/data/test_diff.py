import base64
import re

import numpy as np
import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.report.report import Report


def test_files_that_differ(context):
    after = context.path("loans.csv").stat().st_size
    document = run("data.diff", {"before": "loans~1", "after": "loans"}, context).to_dict()
    (change,) = document["changed"]
    assert change["path"] == "loans.csv"
    assert change["bytes_before"] < change["bytes_after"] == after
    assert document["added"] == document["removed"] == []
    assert document["views"][0]["rows"] == [["changed", "loans.csv", change["bytes_before"], after]]
    assert document["before"]["commit"] != document["after"]["commit"]


def test_one_ref_is_compared_with_the_version_before_it(context):
    run("data.commit", {"repo": "loans", "source": [("new", b"1")]}, context)
    one = run("data.diff", {"before": "loans@main"}, context).payload
    assert one["before"]["ref"] == "loans@main~1"
    assert [change["path"] for change in one["added"]] == ["new"]
    assert [change["path"] for change in one["removed"]] == ["loans.csv"]
    assert run("data.diff", {"before": "loans~1"}, context).payload["before"]["ref"] == "loans~2"


def test_no_difference_and_no_such_version(context):
    document = run("data.diff", {"before": "loans", "after": "loans@main"}, context)
    assert "no difference" in document.summary
    assert document.views == []
    with pytest.raises(NotFoundError, match="only 1 commits"):
        run("data.diff", {"before": "loans~1"}, context)


N = np.arange(300)
HOSTILE = "<img src=x onerror=alert(1)>"


def people(**columns):
    return pd.DataFrame({"id": N, "income": 40 + N % 25, "city": np.where(N % 3, "Ulm", "Bonn"), **columns})


def csv(frame):
    return frame.to_csv(index=False).encode()


@pytest.fixture
def two(context):
    """The repo people: a table whose later version has known edits."""
    after = people()
    after.loc[:49, "income"] += 10
    after = pd.concat([after.iloc[2:], after.iloc[:5].assign(id=np.arange(900, 905))])
    run("data.commit", {"repo": "people", "source": [("p.csv", csv(people())), ("notes.md", b"1")]}, context)
    run("data.commit", {"repo": "people", "source": [("p.csv", csv(after)), ("notes.md", b"2")]}, context)
    return context


def test_a_changed_table_is_compared_by_its_key(two):
    document = run("data.diff", {"before": "people"}, two).to_dict()
    (found,) = document["tables"]
    numbers = ("path", "rows_before", "rows_after", "key", "key_from", "rows_added", "rows_removed", "rows_changed")
    assert [found[name] for name in numbers] == ["p.csv", 300, 303, ["id"], "found", 5, 2, 48]
    income = found["columns"][1]
    assert (income["changed"], income["mean_difference"], income["largest_difference"]) == (48, 10, 10)
    assert document["summary"] == (
        "people~1 to people: 2 changed; p.csv: 5 rows added, 2 removed, 48 changed (by id); income +3.2 % on average"
    )
    assert document["notes"] == []
    assert document["advice"][0] == "%trust data diff 'people~1' people --key none"
    assert [view["name"] for view in document["views"]][:3] == ["changes", "rows", "shares_1"]


def test_by_content_and_files_only(two):
    document = run("data.diff", {"before": "people", "key": ["none"]}, two)
    (found,) = document.payload["tables"]
    assert (found["key"], found["rows_added"], found["rows_removed"], found["rows_changed"]) == (None, 53, 50, None)
    bare = run("data.diff", {"before": "people", "files_only": True}, two)
    assert bare.payload["tables"] == []
    assert [view.name for view in bare.views] == ["changes"]
    assert bare.summary == "people~1 to people: 2 changed"


def test_the_frames_are_the_value(two):
    found = run("data.diff", {"before": "people"}, two).value["p.csv"]
    assert found.added["id"].tolist() == list(range(900, 905))
    assert found.removed["id"].tolist() == [0, 1]
    assert (found.changed[("income", "after")] - found.changed[("income", "before")] == 10).all()


def test_a_wrong_key_is_an_error_where_nothing_differs_too(two):
    for ref in ("people", "people:p.csv"):
        same = {"before": ref, "after": ref}
        with pytest.raises(UsageError, match=r"key must be columns of .*got 'idd'"):
            run("data.diff", {**same, "key": ["idd"]}, two)
        with pytest.raises(InputError, match="city"):
            run("data.diff", {**same, "key": ["city"]}, two)
        assert run("data.diff", {**same, "key": ["id"]}, two).summary.endswith("no difference")
        assert run("data.diff", {**same, "key": ["none"]}, two).summary.endswith("no difference")


def test_a_wrong_key_is_an_error_that_shows_why(two):
    with pytest.raises(UsageError, match=r"columns of people~1:p.csv; got 'idd'. Did you mean 'id'"):
        run("data.diff", {"before": "people", "key": ["idd"]}, two)
    with pytest.raises(InputError, match=r"city is not in 300 of 300 rows of people~1:p.csv, such as Bonn; Ulm"):
        run("data.diff", {"before": "people", "key": ["city"]}, two)


def test_several_tables_are_compared_up_to_a_limit_and_it_says_so(context):
    for times in (1, 2):
        files = [(f"{name}.csv", csv(people(x=N * times))) for name in "abcd"]
        run("data.commit", {"repo": "many", "source": [*files, ("k.csv", b"k\n%d\n" % times)]}, context)
    document = run("data.diff", {"before": "many"}, context)
    assert [found["path"] for found in document.payload["tables"]] == ["a.csv", "b.csv", "c.csv"]
    assert document.payload["notes"] == [
        "after the first 3: 2 more changed tables not compared; name one, as many~1:PATH many:PATH."
    ]
    assert document.payload["notes"][0] in document.views[0].caption
    assert "%trust data diff 'many~1:b.csv' many:b.csv" in document.advice
    names = [view.name for view in document.views]
    assert len(names) == len(set(names)) <= 12
    # Of several tables, one that the key does not suit is noted.
    keyed = run("data.diff", {"before": "many~1:k.csv", "after": "many:a.csv"}, context)
    assert keyed.payload["tables"][0]["path"] == "a.csv"
    run("data.commit", {"repo": "many", "source": [("a.csv", csv(people())), ("k.csv", b"k\n9\n")]}, context)
    noted = run("data.diff", {"before": "many", "key": ["id"]}, context)
    assert [found["path"] for found in noted.payload["tables"]] == ["a.csv"]
    assert "k.csv: not compared: key must be columns of many~1:k.csv; got 'id'." in noted.payload["notes"][0]


def test_what_is_no_table_is_a_note(context):
    run("data.commit", {"repo": "odd", "source": [("a.csv", b"x,y\n1,2\n"), ("b.parquet", b"PAR1")]}, context)
    run("data.commit", {"repo": "odd", "source": [("a.csv", b"x,y\n1\n"), ("b.parquet", b"PAR2")]}, context)
    document = run("data.diff", {"before": "odd"}, context)
    assert document.payload["tables"] == []
    assert [note.split(":")[0] for note in document.payload["notes"]] == ["a.csv", "b.parquet"]
    assert "line 2 has 1" in document.payload["notes"][0]
    assert document.status == "pass"
    assert "2 notes on what was not compared" in document.summary


def test_a_large_table_is_left_unless_it_is_named(two, monkeypatch):
    monkeypatch.setattr("trustlab.data.stored_tables.MOST_BYTES", 1000)
    document = run("data.diff", {"before": "people"}, two)
    assert document.payload["tables"] == []
    assert "more than 1,000; name it to do so all the same: people~1:p.csv people:p.csv" in document.payload["notes"][0]
    named = run("data.diff", {"before": "people~1:p.csv", "after": "people:p.csv"}, two)
    assert named.payload["tables"][0]["rows_changed"] == 48


def test_a_renamed_file_is_told_once_and_a_new_name_with_new_rows_can_be_compared(context):
    run("data.commit", {"repo": "moved", "source": [("a.csv", b"x\n1\n"), ("sep.csv", csv(people()))]}, context)
    run("data.commit", {"repo": "moved", "source": [("b.csv", b"x\n1\n"), ("oct.csv", csv(people(x=N)))]}, context)
    document = run("data.diff", {"before": "moved"}, context).to_dict()
    assert document["renamed"] == [{"path": "b.csv", "path_before": "a.csv", "bytes_before": 4, "bytes_after": 4}]
    assert [[change["path"] for change in document[word]] for word in ("added", "removed")] == [
        ["oct.csv"],
        ["sep.csv"],
    ]
    assert ["renamed", "a.csv → b.csv", 4, 4] in document["views"][0]["rows"]
    assert document["summary"] == "moved~1 to moved: 1 added, 1 removed, 1 renamed"
    named = run("data.diff", {"before": "moved~1:sep.csv", "after": "moved:oct.csv"}, context)
    assert named.payload["tables"][0]["columns_added"] == ["x"]


def test_files_and_frames_without_any_version(tmp_path, monkeypatch):
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    plain = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    people().to_csv(tmp_path / "a.csv", index=False)
    people().iloc[1:].to_csv(tmp_path / "b.csv", index=False)
    document = run("data.diff", {"before": "a.csv", "after": "b.csv"}, plain).to_dict()
    assert document["summary"].startswith("a.csv to b.csv: 1 row removed (by id)")
    assert (document["added"], document["before"]["commit"]) == ([], None)
    frames = run("data.diff", {"before": people(), "after": people(x=N)}, plain)
    assert frames.summary == "before to after: columns: 1 added (x)"
    with pytest.raises(NotFoundError, match=r"no file in .* Did you mean 'b.csv'"):
        run("data.diff", {"before": "a.csv", "after": "bb.csv"}, plain)
    with pytest.raises(UsageError, match="after is needed where before is no version"):
        run("data.diff", {"before": "a.csv"}, plain)


def test_a_version_and_the_file_that_it_may_become(context):
    document = run("data.diff", {"before": "loans~1", "after": "loans.csv"}, context)
    assert document.summary == "loans~1 to loans.csv: 2 rows added (by n); word: d from 0 % to 20 % of the rows"
    assert document.payload["before"]["commit"]


def test_a_ref_is_a_ref_even_beside_a_file_of_its_name(context):
    context.path("loans").write_text("x\n1\n")
    assert run("data.diff", {"before": "loans~1", "after": "loans"}, context).payload["after"]["ref"] == "loans"


def test_a_notebook_shows_the_pictures_and_hostile_names_are_text(context):
    for times in (1, 2):
        table = people(**{HOSTILE: (N * times) % 40})
        run("data.commit", {"repo": "odd", "source": [("<b>.csv", csv(table))]}, context)
    report = Report(run("data.diff", {"before": "odd"}, context))
    bundle, _ = report._repr_mimebundle_()
    assert HOSTILE in bundle["text/plain"]
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    drawn = [base64.b64decode(picture).decode() for picture in pictures]
    assert any("Shares of before, after over" in one for one in drawn)
    for page in (bundle["text/html"], str(report.to_html()), *drawn):
        assert "<img src=x" not in page
        assert "<b>.csv" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in bundle["text/html"]
