from __future__ import annotations

from trustlab.core.views import Table, from_frame
from trustlab.report.pictures import picture
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


def test_rows_of_data_are_shown_as_they_stand():
    import pandas as pd

    frame = pd.DataFrame({"id": [1024551, 7], "x": [0.123456789, None], "x_lo": [1.0, 2.0], "x_hi": [3.0, 4.0]})
    shown = readable(from_frame("rows", frame), 10)
    assert shown.headers == ["id", "x", "x_lo", "x_hi"]
    assert shown.rows == [["1024551", "0.123456789", "1.0", "3.0"], ["7", "–", "2.0", "4.0"]]  # noqa: RUF001
    assert shown.numeric == [True] * 4
    assert picture(from_frame("rows", frame)) is None
    assert from_frame("rows", frame).to_dict()["kind"] == "table"


def test_times_are_for_readers():
    view = Table(name="t", columns=["time", "said"], rows=[["2026-11-02T06:00:03.120456+00:00", "2026-11-02"]])
    assert readable(view, 1).rows == [["2026-11-02 06:00:03 UTC", "2026-11-02"]]
