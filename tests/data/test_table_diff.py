"""Two tables are compared; slow references in plain Python say what must come out."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustlab.core.errors import InputError, UsageError
from trustlab.data.frames import frame_digest
from trustlab.data.table_diff import compare

NONE = ("none",)
NUMBERS = st.one_of(
    st.none(), st.sampled_from([0.0, -0.0, 1.0, 2.5, math.nan, math.inf, -math.inf]), st.floats(-5, 5, width=16)
)
WORDS = st.one_of(st.none(), st.sampled_from(["a", "b", "", "ä", "A"]))
WHOLE = st.integers(-2, 2)
ROWS = st.lists(st.tuples(WHOLE, NUMBERS, WORDS, st.booleans()), max_size=12)


def frame(rows):
    """Make the tables as typed columns, so that nothing here depends on how pandas guesses."""
    whole, numbers, words, truth = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "whole": pd.Series(whole, dtype="int64"),
            "number": pd.Series(numbers, dtype="float64"),
            "word": pd.Series(words, dtype="str"),
            "truth": pd.Series(truth, dtype="bool"),
        }
    )


def plain(cell):
    """Return a cell such that Python's own equality is what is meant."""
    return None if cell is None or (isinstance(cell, float) and math.isnan(cell)) else cell + 0


def tame(row):
    return tuple(cell if isinstance(cell, str) else plain(cell) for cell in row)


@settings(deadline=None, max_examples=150)
@given(before=ROWS, after=ROWS, data=st.data())
def test_by_content_as_counters_say(before, after, data):
    after = data.draw(st.permutations([*after, *before[: len(before) // 2 * 2 - 1]]))
    found = compare(frame(before), frame(after), key=NONE)
    old, new = Counter(map(tame, before)), Counter(map(tame, after))
    assert Counter(map(tame, (after[at] for at in found.pairs.added))) == new - old
    assert Counter(map(tame, (before[at] for at in found.pairs.removed))) == old - new
    assert (found.rows_added, found.rows_removed) == ((new - old).total(), (old - new).total())
    assert [tame(before[at]) for at in found.pairs.before] == [tame(after[at]) for at in found.pairs.after]
    assert found.rows_changed is None
    for column in found.columns:
        for side, size in ((1, len(before)), (2, len(after))):
            assert sum(row[side] for row in column.shares) == pytest.approx(1 if size and column.shares else 0)


KEYED = st.dictionaries(st.integers(0, 15), st.tuples(NUMBERS, WORDS, st.booleans()), max_size=12)


@settings(deadline=None, max_examples=150)
@given(before=KEYED, after=KEYED, data=st.data())
def test_by_key_as_dictionaries_say(before, after, data):
    kept = {key: row for key, row in before.items() if key % 3}  # most pairs that are drawn would share little
    after = dict(data.draw(st.permutations(list({**kept, **after}.items()))))
    sides = [frame([(key, *row) for key, row in rows.items()]) for rows in (before, after)]
    found = compare(*sides, key=["whole"])
    both = [key for key in after if key in before]
    assert found.added["whole"].tolist() == [key for key in after if key not in before]
    assert found.removed["whole"].tolist() == [key for key in before if key not in after]
    unlike = {key: [tame(before[key])[at] != tame(after[key])[at] for at in range(3)] for key in both}
    assert found.rows_changed == sum(any(cells) for cells in unlike.values())
    for at, column in enumerate(found.columns[1:]):
        assert column.changed == sum(cells[at] for cells in unlike.values())
        assert column.compared == len(both)
    keys = found.changed[("whole", "after")].tolist()
    assert sorted(keys) == sorted(key for key in both if any(unlike[key]))
    assert [sum(unlike[key]) for key in keys] == sorted((sum(unlike[key]) for key in keys), reverse=True)
    pairs = [(before[key][0], after[key][0]) for key in both if unlike[key][0]]
    sizes = [abs(new - old) for old, new in pairs if plain(old) is not None and plain(new) is not None]
    number = found.columns[1]
    if not sizes:
        assert number.mean_difference is None
    elif all(map(math.isfinite, sizes)):
        assert number.mean_difference == pytest.approx(math.fsum(sizes) / len(sizes))
        assert number.largest_difference == pytest.approx(max(sizes))


DAY = dt.datetime(2024, 3, 1, 12)
BIG = 2**53
SAME = {
    "whole numbers as fractions": ([1, 2, 3], [1.0, 2.0, 3.0]),
    "minus zero": ([0.0, 1.0], [-0.0, 1.0]),
    "NaN, None and a gap of its own": ([1.0, math.nan], pd.array([1, None], dtype="Int64")),
    "NaN beside NA": (pd.array([1.0, None], dtype="Float64"), pd.Series([1.0, math.nan])),
    "unsigned": (np.array([1, 2**63], dtype="uint64"), [1, 2**63]),
    "truth as numbers": ([True, False], [1, 0]),
    "truth as text": ([True, False], ["True", "False"]),
    "categories as text": (pd.Categorical(["b", "a", None]), ["b", "a", None]),
    "categories in another order": (
        pd.Categorical(["b", "a"], ["a", "b"]),
        pd.Categorical(["b", "a"], ["b", "a", "c"]),
    ),
    "numbers as text": ([1, 20, -3], ["1", "20", "-3"]),
    "fractions as text": ([0.5, 1e300], ["0.50", "1e300"]),
    "text as object": (pd.Series(["x", None], dtype=object), pd.Series(["x", None], dtype="str")),
    "dates as text": (pd.to_datetime(["2024-03-01", None]), ["2024-03-01", None]),
    "dates in another unit": (np.array(["2024-03-01"], "M8[s]"), np.array(["2024-03-01"], "M8[ns]")),
    "dates out of the finer unit's range": (np.array(["0001-01-01"], "M8[s]"), np.array(["0001-01-01"], "M8[ms]")),
    "zones": (pd.to_datetime([DAY]).tz_localize("UTC").tz_convert("Asia/Tokyo"), pd.to_datetime([DAY])),
    "lists": ([[1, math.nan], None], [(1, math.nan), None]),
    "arrays as lists": ([np.array([1, 2]), np.array([3])], [[1, 2], [3]]),
    "dictionaries in another order": ([{"a": 1, "b": [2]}], [{"b": [2], "a": 1}]),
    "mixed": (pd.Series([1, "1", None, 2.5], dtype=object), pd.Series([1.0, "1", None, 2.5], dtype=object)),
    "spans of time": (pd.to_timedelta([1, 2], unit="s"), pd.to_timedelta([1000, 2000], unit="ms")),
}
UNLIKE = {
    "a lost leading zero": (["007", "10"], [7, 10]),
    "a number that no fraction holds": ([BIG + 1, 1], [float(BIG), 1.0]),
    "huge whole numbers": (np.array([2**64 - 1], dtype="uint64"), np.array([2**64 - 2], dtype="uint64")),
    "text in mixed": (pd.Series([1, "x"], dtype=object), pd.Series(["1", "x"], dtype=object)),
    "a gap that is filled": ([math.nan, 1.0], [0.0, 1.0]),
    "an empty text for a gap": (["", "a"], [None, "a"]),
    "a time of day": (pd.to_datetime(["2024-03-01"]), ["2024-03-01 00:00:01"]),
    "lists": ([[1, 2]], [[2, 1]]),
    "precision": (np.array([0.1], "f4"), np.array([0.1], "f8")),
    "decimals": ([Decimal("1.1")], [Decimal("1.2")]),
    "infinities": ([math.inf, 1.0], [-math.inf, 1.0]),
}


def column(values):
    return pd.DataFrame({"id": [f"row {at}" for at in range(len(values))], "x": values})


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_cells_that_are_the_same(before, after):
    for one, two in ((before, after), (after, before)):
        by_key = compare(column(one), column(two), key=["id"])
        assert (by_key.rows_changed, by_key.columns[1].changed) == (0, 0)
        by_content = compare(column(one), column(two), key=NONE)
        assert (by_content.rows_added, by_content.rows_removed) == (0, 0)


@pytest.mark.parametrize(("before", "after"), UNLIKE.values(), ids=UNLIKE)
def test_cells_of_which_the_first_differs(before, after):
    for one, two in ((before, after), (after, before)):
        by_key = compare(column(one), column(two), key=["id"])
        assert by_key.changed[("id", "before")].tolist() == ["row 0"]
        by_content = compare(column(one), column(two), key=NONE)
        assert (by_content.rows_added, by_content.rows_removed) == (1, 1)


def test_a_change_of_type_alone_is_no_change_of_cells():
    found = compare(column([1, 2]), column([1.0, 2.0]))
    assert [change.to_dict() for change in found.types_changed] == [
        {"column": "x", "before": "int64", "after": "float64", "kind_before": "integer", "kind_after": "integer"}
    ]
    assert found.rows_changed == 0
    assert found


def test_nothing_differs_not_even_with_duplicates_in_another_order():
    table = pd.DataFrame({"a": [1, 1, 2, 2, 2], "b": list("xxyyz")})
    found = compare(table, table.iloc[[4, 3, 1, 2, 0]])
    assert not found
    assert found.reordered
    assert not compare(table, table).reordered
    again = compare(table, pd.concat([table, table.iloc[:1]]))
    assert (again.rows_added, again.rows_removed, again.key) == (1, 0, ())


def test_the_tables_stay_as_they_are():
    before, after = column([[1], None, [2]]), column(["1", "b", None]).set_index("id")
    digests = frame_digest(before), frame_digest(after)
    compare(before, after)
    assert (frame_digest(before), frame_digest(after)) == digests


class TestKey:
    def test_a_key_that_is_no_column(self):
        table = pd.DataFrame({"customer": [1, 2], "x": [1, 2]})
        with pytest.raises(UsageError, match=r"columns of before; got 'custmer'\. Did you mean 'customer'\?"):
            compare(table, table, key=["custmer"])
        with pytest.raises(UsageError, match="columns of new"):
            compare(table, table.rename(columns={"customer": "c"}).iloc[:1], key=["customer"], names=("old", "new"))

    def test_a_key_with_duplicates_shows_them(self):
        before = pd.DataFrame({"a": [1, 2], "b": list("xy"), "v": [1, 2]})
        after = pd.DataFrame({"a": [7, 8, 7, 9, 8], "b": list("xxyxx"), "v": range(5)})
        with pytest.raises(InputError, match=r"a is not in 4 of 5 rows of after, such as 7; 8$") as caught:
            compare(before, after, key=["a"])
        assert "--key none" in caught.value.hint
        with pytest.raises(InputError, match=r"a, b is not in 2 of 5 rows of after, such as 8, x$"):
            compare(before, after, key=["a", "b"])

    def test_a_key_with_gaps(self):
        with pytest.raises(InputError, match="a is missing in 1 of 2 rows of after"):
            compare(pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, None]}), key=["a"])

    def test_texts_that_are_one_number_on_the_other_side_are_no_key(self):
        before, after = pd.DataFrame({"a": ["1", "1.0", "x"]}), pd.DataFrame({"a": [1, 2, 3]})
        with pytest.raises(InputError, match="2 of 3 rows of before"):
            compare(before, after, key=["a"])
        assert compare(before, after).key == ()

    def test_several_columns(self):
        before = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 1], "v": [1, 2, 3]})
        after = pd.DataFrame({"a": [2, 1, 1], "b": [1, 2, 3], "v": [3, 5, 0]})
        found = compare(before, after, key=["a", "b"])
        assert (found.rows_added, found.rows_removed, found.rows_changed) == (1, 1, 1)

    def test_one_is_found(self):
        n = np.arange(50)
        before = pd.DataFrame({"when": n, "x": n / 7, "customer_id": n + 100, "twice": n // 2})
        after = before.iloc[::-1].assign(when=lambda table: table["when"] + 3)
        found = compare(before, after)
        assert (found.key, found.key_from) == (("customer_id",), "found")
        assert compare(before.drop(columns="customer_id"), after.drop(columns="customer_id")).key == ("when",)
        assert compare(before, after, key=["when"]).key_from == "given"

    def test_none_is_found_where_rows_would_not_go_together(self):
        n = np.arange(50)
        before = pd.DataFrame({"n": n, "x": n / 7, "gap": [None, *n[1:]], "list": [[one] for one in n]})
        after = before.assign(n=n + 26)
        assert compare(before, after).key == ()
        assert compare(before, before.assign(n=n + 25)).key == ("n",)

    def test_a_named_index_is_a_column(self):
        before = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="who"))
        after = pd.DataFrame({"v": [3, 2]}, index=pd.Index(["a", "b"], name="who"))
        found = compare(before, after)
        assert (found.key, found.rows_changed) == (("who",), 1)
        assert compare(before.rename_axis(None), after.rename_axis(None).iloc[::-1]).rows_added == 1

    def test_a_column_called_none_may_be_the_key(self):
        table = pd.DataFrame({"none": [1, 2], "v": [1, 2]})
        assert compare(table, table, key=["none"]).key == ("none",)


class TestRenamed:
    def test_in_place_and_also_the_key(self):
        before = pd.DataFrame({"id": [1, 2, 3], "x": [1.5, 2, 3], "same": [0, 0, 0]})
        after = before.rename(columns={"id": "customer", "x": "y", "same": "other"}).assign(more=[1.5, 2, 3])
        found = compare(before, after)
        assert found.columns_renamed == {"id": "customer", "x": "y"}
        # One value in every row is like any other such column.
        assert (found.columns_removed, found.columns_added) == (["same"], ["other", "more"])
        assert found.key == ("id",)
        assert compare(before, after, key=["customer"]).key == ("id",)

    @pytest.mark.parametrize("key", [["id"], NONE])
    def test_among_the_rows_that_both_have(self, key):
        rng = np.random.default_rng(0)
        before = pd.DataFrame({"id": np.arange(1500), "x": rng.normal(size=1500), "y": rng.normal(size=1500)})
        after = before.rename(columns={"x": "z"}).iloc[:1400].sample(frac=1, random_state=0)
        found = compare(before, after, key=key)
        assert found.columns_renamed == {"x": "z"}
        assert (found.rows_added, found.rows_removed) == (0, 100)
        # One cell beyond the first thousand rows, and it is another column.
        after.iloc[1300, after.columns.get_loc("z")] += 1
        assert compare(before, after, key=key).columns_renamed == {}

    def test_another_type_is_no_rename(self):
        found = compare(column([1, 2]), column([1.0, 2.0]).rename(columns={"x": "y"}))
        assert (found.columns_renamed, found.columns_added, found.columns_removed) == ({}, ["y"], ["x"])


class TestEdges:
    def test_no_rows(self):
        table = column([1, 2])
        for before, after, numbers in (
            (table, table[:0], (0, 2)),
            (table[:0], table, (2, 0)),
            (table[:0],) * 2 + ((0, 0),),
        ):
            for key in (None, ["id"], NONE):
                found = compare(before, after, key=key)
                assert (found.rows_added, found.rows_removed) == numbers
                assert found.to_dict()

    def test_no_column_in_common(self):
        found = compare(pd.DataFrame({"a": [1, 1]}), pd.DataFrame({"b": [2, 3, 4]}))
        assert (found.rows_added, found.rows_removed, found.columns) == (3, 2, [])

    def test_no_row_in_common(self):
        found = compare(column([1, 2]), column([1, 2]).assign(id=["p", "q"]), key=["id"])
        assert (found.rows_added, found.rows_removed, found.rows_changed) == (2, 2, 0)
        assert found.columns[1].changed_share == 0

    def test_names_that_are_no_text_and_names_that_come_twice(self):
        assert [one.name for one in compare(pd.DataFrame({0: [1]}), pd.DataFrame({"0": [1]})).columns] == ["0"]
        with pytest.raises(InputError, match="old: column names must be unique"):
            compare(pd.DataFrame([[1, 2]], columns=[1, "1"]), column([1]), names=("old", "new"))

    def test_a_thousand_columns(self):
        rng = np.random.default_rng(0)
        before = pd.DataFrame(rng.integers(0, 9, (60, 1200)), columns=[f"c{at}" for at in range(1200)])
        before.insert(0, "id", np.arange(60))
        after = before.copy()
        after.iloc[3, 5:905] += 1
        found = compare(before, after)
        assert (found.rows_changed, sum(one.changed for one in found.columns)) == (1, 900)
        assert found.changed_cells.max() == 900
        assert compare(before, after, key=NONE).rows_added == 1


class TestColumns:
    def numbers(self, before, after):
        return compare(column(before), column(after), key=["id"]).columns[1]

    def test_the_numbers_of_both_sides(self):
        found = self.numbers([1.0, 2.0, None, 4.0], [1.5, 2.0, 3.0, None])
        assert found.before.to_dict() == {
            "type": "float64",
            "n": 4,
            "missing": 1,
            "mean": pytest.approx(7 / 3),
            "minimum": 1.0,
            "maximum": 4.0,
            "missing_share": 0.25,
            "distinct": None,
        }
        assert (found.changed, found.mean_difference, found.largest_difference) == (3, 0.5, 0.5)
        times = self.numbers(pd.to_datetime(["2024-01-01", "2024-01-03"]), pd.to_datetime(["2024-01-01", None]))
        assert (times.holds, times.after.minimum, times.before.maximum) == (
            "time",
            "2024-01-01T00:00:00",
            "2024-01-03T00:00:00",
        )
        words = self.numbers(["a", "b", "b"], ["a", "a", None])
        assert (words.holds, words.before.distinct, words.after.distinct, words.after.missing) == ("category", 2, 1, 1)

    def test_shares_over_round_bins(self):
        before = [3, 12, 12, 25, 38, 55, 61, 61, 79, 99]
        found = self.numbers(before, [value + 40 for value in before])
        spans = {label: (int(label.split()[0]), int(label.split()[-1])) for label, _, _ in found.shares}
        for label, one, two in found.shares:
            low, high = spans[label]
            assert one == sum(low <= value <= high for value in before) / 10
            assert two == sum(low <= value + 40 <= high for value in before) / 10
        assert found.moved == pytest.approx(sum(abs(one - two) for _, one, two in found.shares) / 2)

    def test_what_lies_far_out_does_not_squeeze_the_rest(self):
        values = [*np.linspace(0, 1, 999).tolist(), 1e9]
        found = self.numbers(values, values)
        assert found.shares[-1] == ("1 or more", pytest.approx(0.001, abs=0.002), pytest.approx(0.001, abs=0.002))
        assert max(one for _, one, _ in found.shares) < 0.2

    @pytest.mark.parametrize(
        ("values", "labels"),
        [
            ([True, False], ["False", "True"]),
            ([0, 1], ["0", "1"]),
            ([5, None], ["5", "missing"]),
            ([0.0, 0.5], ["0 to 0.05", "0.05 to 0.1"]),
            ([math.inf, -math.inf], ["infinite"]),
            ([1e-300, 2e-300], ["1e-300 to 1.1e-300"]),
            ([-1e308, 1e308], None),
            ([2**62, 2**62 + 5], None),
            (pd.to_datetime(["2024-01-01", "2024-01-11"]), ["2024-01-01", "2024-01-02"]),
            (["b", "b", "a"], ["b", "a"]),
            ([None, None], ["missing"]),
        ],
    )
    def test_bins_of_every_kind(self, values, labels):
        found = self.numbers(values, values)
        assert sum(one for _, one, _ in found.shares) == pytest.approx(1)
        assert found.moved == 0
        if labels:
            assert [label for label, _, _ in found.shares][: len(labels)] == labels

    def test_categories_beyond_the_first_are_one_and_free_text_is_none(self):
        many = [f"c{at % 12}" for at in range(100)]
        found = self.numbers(many, many[::-1])
        assert len(found.shares) == 9
        assert found.shares[-1][0] == "all other values"
        text = self.numbers([f"word {at}" for at in range(100)], [f"word {at + 30}" for at in range(100)])
        assert (text.holds, text.shares, text.moved) == ("text", (), pytest.approx(0.3))

    def test_the_column_that_moved_most_comes_first(self):
        n = np.arange(100)
        before = pd.DataFrame({"id": n, "a": n % 7, "b": n % 7, "c": n % 7, "d": n % 7})
        after = before.assign(a=(n + 1) % 7, b=0, c=np.where(n < 3, 0, n % 7))
        # All of a, most of b, few of c; nothing of d, and never the key.
        assert [one.name for one in compare(before, after).worst()] == ["a", "b", "c"]


def test_a_published_study_after_known_edits():
    from trustlab.data.samples import diabetes

    before = diabetes()
    before.insert(0, "patient", [f"P{at:03}" for at in range(len(before))])
    after = before.drop(index=[3, 44]).sample(frac=1, random_state=0).reset_index(drop=True)
    at = after.index[after["patient"].isin(["P010", "P020", "P030"])]
    after.loc[at, "bmi"] += 1.25
    after = pd.concat([after, after.iloc[:4].assign(patient=["N1", "N2", "N3", "N4"])], ignore_index=True)
    found = compare(before, after)
    assert found.key == ("patient",)
    assert (found.rows_added, found.rows_removed, found.rows_changed) == (4, 2, 3)
    bmi = next(one for one in found.columns if one.name == "bmi")
    assert (bmi.changed, bmi.mean_difference) == (3, pytest.approx(1.25))
    assert bmi.after.mean == pytest.approx(after["bmi"].mean())
    assert set(found.removed["patient"]) == {"P003", "P044"}
    assert sorted(found.changed[("patient", "after")]) == ["P010", "P020", "P030"]
    assert compare(before, after, key=NONE).rows_added == 7
