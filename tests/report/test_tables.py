from __future__ import annotations

from trustlab.core.views import Table
from trustlab.report.tables import readable


def test_an_interval_stands_in_the_cell_of_its_number():
    view = Table(
        name="t", columns=["g", "fpr_lo", "fpr", "fpr_hi"], rows=[["a", 0.1, 0.2, 0.3], ["b", None, 0.5, None]]
    )
    shown = readable(view, 10)
    assert shown.headers == ["g", "fpr"]
    assert shown.rows == [["a", "0.20 (0.10 to 0.30)"], ["b", "0.50"]]
    assert shown.numeric == [False, True]


def test_half_an_interval_is_a_column_of_its_own():
    assert readable(Table(name="t", columns=["a", "a_lo"], rows=[[1, 2]]), 10).headers == ["a", "a_lo"]


def test_columns_line_up_and_counts_stay_counts():
    view = Table(name="t", columns=["n", "v"], rows=[[1000, 0.05], [2, 0.15], [None, 1.0]])
    assert readable(view, 10).rows == [["1,000", "0.050"], ["2", "0.150"], ["–", "1.000"]]  # noqa: RUF001


def test_what_is_left_out_is_counted():
    shown = readable(Table(name="t", columns=["a", "b", "c"], rows=[[1, 2, 3]] * 9), 4, 2)
    assert (len(shown.rows), shown.left_out, shown.columns_left_out) == (4, 5, 1)


def test_repeated_column_names_are_all_shown():
    assert readable(Table(name="t", columns=["a", "a", "a_lo", "a_hi"], rows=[[1, 2, 0, 3]]), 9).headers == ["a", "a"]
