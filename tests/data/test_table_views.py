"""What a person reads and sees of a table's difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustlab.data.table_diff import compare
from trustlab.data.table_views import sentence, views

N = np.arange(200)
HOSTILE = "<img src=x onerror=alert(1)>"


def table(**columns):
    return pd.DataFrame({"id": N, "income": 50.0 + N % 10, "region": np.where(N < 50, "north", "south"), **columns})


@pytest.fixture
def edited():
    after = table(zip=N % 7)
    after.loc[:39, "income"] *= 2
    after.loc[60:79, "region"] = "north"
    more = after.iloc[:12].assign(id=np.arange(1000, 1012))
    return compare(table(old=N % 5), pd.concat([after.iloc[3:], more]))


def test_the_sentence_says_what_changed(edited):
    assert sentence(edited) == (
        "12 rows added, 3 removed, 57 changed (by id); columns: 1 removed (old), 1 added (zip); income +23 % on average"
    )


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        (table(), table(), None, "the same 200 rows"),
        (table(), table().iloc[::-1], None, "the same 200 rows in another order"),
        (
            table(),
            table().iloc[:1],
            ("none",),
            "199 rows removed (by content); income -8.3 % on average",
        ),
        (table(), table().assign(id=N.astype(float)), ["id"], "columns: 1 of another type (id from int64 to float64)"),
        (table(), table().rename(columns={"id": "who"}), None, "columns: 1 renamed (id is now who)"),
        (
            table(),
            table(**{f"c{at}": N for at in range(4)}),
            None,
            "columns: 4 added (c0, c1 and 2 more)",
        ),
        (table(), table().assign(income=50.0 + (N + 1) % 10), None, "200 rows changed (by id)"),
    ],
)
def test_sentences(before, after, key, said):
    assert sentence(compare(before, after, key=key)) == said


def test_of_categories_the_one_that_moved_most_is_named():
    many = np.arange(1000)
    before, *after = (
        pd.DataFrame({"id": many, "region": np.where(rows > many, "north", "south")}) for rows in (250, 270, 252)
    )
    for one, share in zip(after, ("25 % to 27 %", "25.0 % to 25.2 %"), strict=True):
        assert sentence(compare(before, one)).endswith(f"region: north from {share} of the rows")


def test_a_mean_near_zero_has_no_percentage():
    before = pd.DataFrame({"id": N, "x": np.where(N % 2, 1.0, -1.0)})
    assert sentence(compare(before, before.assign(x=before["x"] + 0.5))) == "200 rows changed (by id)"


def test_pictures_come_before_tables_and_the_worst_first(edited):
    shown = views(edited, "loans.csv")
    assert [(view.kind, view.name) for view in shown] == [
        ("table", "schema"),
        ("series", "rows"),
        ("series", "columns"),
        ("distribution", "shares_1"),
        ("distribution", "shares_2"),
        ("table", "summary"),
        ("table", "changed_rows"),
        ("table", "added_rows"),
        ("table", "removed_rows"),
    ]
    by_name = {view.name: view for view in shown}
    assert by_name["rows"].rows == (("removed", 3), ("added", 12), ("changed", 57))
    assert "197 rows" not in by_name["rows"].caption
    assert "140 the same" in by_name["rows"].caption
    assert "--key none" in by_name["rows"].caption
    assert [(row[0], row[2]) for row in by_name["columns"].rows] == [("income", 37), ("region", 20)]
    assert by_name["shares_1"].title == "income, before and after"
    assert by_name["removed_rows"].column("id") == [0, 1, 2]
    assert len(by_name["added_rows"].rows) == 5


def test_changed_rows_show_the_changed_cells_only(edited):
    shown = next(view for view in views(edited, "loans.csv", rows=3) if view.name == "changed_rows")
    assert shown.columns == ("id", "income")
    assert shown.rows == ((3, "53 → 106"), (4, "54 → 108"), (5, "55 → 110"))
    assert shown.title == "3 of 57 changed rows"


def test_no_rows_are_shown_where_none_are_wanted_and_one_of_several_is_brief(edited):
    assert not [view for view in views(edited, "x", rows=0) if view.name.endswith("_rows")]
    brief = [view.name for view in views(edited, "x", brief=True, number=2)]
    assert brief == ["schema_2", "rows_2", "columns_2", "shares_1_2"]


def test_of_many_columns_the_worst_are_drawn_and_the_rest_counted():
    before = pd.DataFrame({"id": N, **{f"c{at}": N % 9 for at in range(150)}})
    after = before.copy()
    for at in range(150):
        after.loc[: at + 10, f"c{at}"] = 0
    shown = {view.name: view for view in views(compare(before, after), "wide.csv")}
    assert len(shown["columns"].rows) == 12
    assert shown["columns"].rows[0][0] == "c149"
    assert "138 more columns changed less" in shown["columns"].caption
    assert [name for name in shown if name.startswith("shares")] == ["shares_1", "shares_2", "shares_3"]
    assert "The first 100 of 151" in shown["summary"].caption
    assert len(shown["changed_rows"].columns) == 1 + 8
    assert "more columns changed in them" in shown["changed_rows"].caption


def test_a_mixed_column_is_compared_as_the_whole_of_it_says():
    before = pd.DataFrame({"id": N, "x": pd.Series([*["1"] * 199, 2.5], dtype=object)})
    found = compare(before, before.assign(x=1))
    shown = next(view for view in views(found, "x") if view.name == "changed_rows")
    assert all(cell for cell in shown.column("x"))


def test_a_missing_cell_and_a_hostile_name_are_words():
    before = pd.DataFrame({"id": N, HOSTILE: N / 3})
    after = before.copy()
    after.loc[0, HOSTILE] = None
    shown = next(view for view in views(compare(before, after), HOSTILE) if view.name == "changed_rows")
    assert shown.rows == ((0, "0 → missing"),)
    assert not views(compare(before, before), "x")
