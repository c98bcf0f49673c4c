"""What a name means, and what a data set remembers of where it came from."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from trustlab.core.context import Context
from trustlab.core.errors import ConflictError, InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.data.dataset import Dataset, is_table, load_dataset
from trustlab.data.frames import frame_digest

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A folder with the repo ``loans`` (two versions) and the file ``table.csv``."""
    monkeypatch.delenv("TRUSTLAB_HOME", raising=False)
    made = Context(folder=tmp_path, progress=False, notice=lambda _sentence: None)
    for rows in (2, 3):
        FRAME[:rows].to_csv(tmp_path / "table.csv", index=False)
        run("data.commit", {"repo": "loans", "source": "table.csv", "message": str(rows)}, made)
    return made


def with_variables(context: Context, **variables: object) -> Context:
    return Context(folder=context.folder, namespace=variables, progress=False, notice=context.notice)


def test_a_frame_is_itself(context: Context) -> None:
    found = load_dataset(FRAME, context)
    assert (found.source, found.name, found.columns) == ("memory", "data in memory", ("a", "b"))
    assert found.origin == {"digest": frame_digest(FRAME)}
    assert load_dataset(found, context) is found


@pytest.mark.parametrize(
    "given",
    [FRAME[["a"]].to_numpy(), [[1], [2], [3]], FRAME["a"], pl.DataFrame({"a": [1, 2, 3]})],
    ids=["array", "list", "series", "polars"],
)
def test_other_tables_in_memory(given: object, context: Context) -> None:
    frame = load_dataset(given, context).frame
    assert frame.iloc[:, 0].tolist() == [1, 2, 3]
    assert frame.columns.tolist() == (["x0"] if isinstance(given, np.ndarray | list) else ["a"])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, UsageError, "data must be a table, a ref or a file; got int"),
        (np.array([1, 2]), UsageError, "data must be a table of rows and columns; got an array of 1 dimension"),
        (FRAME[:0], InputError, "data must have at least one row and one column; got (0, 2)"),
        (FRAME.set_axis([1, "1"], axis=1), InputError, "data: column names must differ; these come twice: '1'"),
        ("none.csv", NotFoundError, "data: 'none.csv' is no file in"),
        ("tabel.csv", NotFoundError, "Did you mean 'table.csv'?"),
        ("lones", NotFoundError, "data: 'lones' is neither a file nor a ref. Did you mean 'loans'?"),
        ("loans@mian", NotFoundError, "mian"),
        (".", NotFoundError, "data: '.' is a folder; name one table inside it"),
        (Path("none.csv"), NotFoundError, "none.csv: no such file"),
    ],
)
def test_what_is_no_table_is_refused(given: object, error: type[TrustlabError], message: str, context: Context) -> None:
    with pytest.raises(error) as caught:
        load_dataset(given, context)
    assert message in caught.value.message


def test_a_file_by_text_or_path(context: Context) -> None:
    for given in ("table.csv", "./table.csv", Path("table.csv")):
        found = load_dataset(given, context)
        assert (found.source, found.origin["file"]) == ("file", str(given))
        pd.testing.assert_frame_equal(found.frame, FRAME.astype({"b": found.frame["b"].dtype}))


@pytest.mark.parametrize(
    ("ref", "rows"),
    [
        ("loans", 3),
        ("loans@main", 3),
        ("loans@main~1", 2),
        ("loans:table.csv", 3),
        ("trust://loans@main/table.csv", 3),
        ("trust://loans@main~1/table.csv", 2),
    ],
)
def test_a_ref_leads_to_its_version(ref: str, rows: int, context: Context) -> None:
    found = load_dataset(ref, context)
    assert (len(found.frame), found.source, found.name) == (rows, "commit", ref)
    log = run("data.log", {"ref": "loans"}, context).payload["commits"]
    assert found.origin["commit"] == log[3 - rows]["commit"]
    assert (found.origin["path"], found.origin["ref"]) == ("table.csv", ref)
    assert found.origin["digest"] == frame_digest(found.frame)


def test_a_variable_counts_where_it_is_a_table(context: Context) -> None:
    assert load_dataset("df", with_variables(context, df=FRAME)).name == "df"
    with pytest.raises(NotFoundError, match="'df' is neither a file, a ref nor a notebook variable"):
        load_dataset("df", with_variables(context, df="a text"))
    with pytest.raises(NotFoundError, match="Did you mean 'frame'"):
        load_dataset("frme", with_variables(context, frame=FRAME))


def test_every_kind_of_table_counts_and_a_class_does_not(context: Context) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    for table in (frame, frame.to_arrow(), frame.to_pandas(), frame.to_numpy(), frame.lazy()):
        assert is_table(table)
    for other in (pl.DataFrame, type(frame.to_pandas()), 3, "a", [1], None):
        assert not is_table(other)
    assert load_dataset("arrow", with_variables(context, arrow=frame.to_arrow())).frame["a"].tolist() == [1, 2]
    with pytest.raises(NotFoundError, match="neither a file, a ref nor a notebook variable"):
        load_dataset("kind", with_variables(context, kind=pl.DataFrame))


def test_a_name_with_two_meanings_is_an_error_that_lists_them(context: Context, tmp_path: Path) -> None:
    (tmp_path / "loans").write_text("a,b\n1,2\n")
    with pytest.raises(ConflictError) as caught:
        load_dataset("loans", with_variables(context, loans=FRAME), parameter="reference")
    assert caught.value.message == (
        "reference: 'loans' could mean the notebook's variable loans; the file loans; the ref loans"
    )
    assert "./name for a file, name@branch for a ref" in str(caught.value.hint)
    assert load_dataset("loans@main", with_variables(context, loans=FRAME)).source == "commit"


def test_a_version_of_several_tables_wants_a_path(context: Context, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    FRAME.to_csv(folder / "one.csv", index=False)
    FRAME[:1].to_csv(folder / "two.csv", index=False)
    run("data.commit", {"repo": "pair", "source": "both"}, context)
    with pytest.raises(ConflictError, match=r"pair must hold one table .* it holds one\.csv, two\.csv") as caught:
        load_dataset("pair", context)
    assert caught.value.hint == "Name the file: pair:PATH"
    assert len(load_dataset("pair:two.csv", context).frame) == 1


def test_a_file_without_a_header(context: Context, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "bare.csv").write_text("1,5.5\n2,6.5\n")
    listening = Context(folder=tmp_path, notice=said.append)
    assert load_dataset("bare.csv", listening).frame.columns.tolist() == ["1", "5.5"]
    assert said == ["bare.csv: columns are called 1, 5.5; if the file has no header, give --names A,B,C"]
    named = load_dataset("bare.csv", listening, names=["n", "x"])
    assert named.frame.to_dict("list") == {"n": [1, 2], "x": [5.5, 6.5]}
    assert len(said) == 1


def test_other_rows_keep_the_origin_and_say_what_was_done() -> None:
    whole = Dataset(frame=FRAME, name="x", source="memory", origin={"digest": "d"})
    part = whole.with_frame(FRAME[:1].assign(c=1), where="a < 2")
    assert part.provenance() == {
        "name": "x", "source": "memory", "rows": 1, "columns": 3, "digest": "d", "where": "a < 2",
    }  # fmt: skip
    assert part.columns == ("a", "b"), "the columns as they were read"
    assert "where" not in whole.origin
