"""Bars know their whole as soon as it is known, grow with a stream, and begin anew with the count."""

import pytest

from trustlab.core import bars
from trustlab.core.context import Context
from trustlab.data.progress import byte_bar, count_bar


def test_a_whole_that_is_known_is_shown_from_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    with byte_bar(Context(), "commit r") as show:
        show(0, 1000, "a")
        show(1000, 1000, "a")
    assert "commit r:   0%|          | 0.00/1.00k" in capsys.readouterr().err


def test_a_stream_whose_end_is_not_known_is_not_begun_anew_with_each_piece(capsys: pytest.CaptureFixture[str]) -> None:
    with byte_bar(Context(), "commit r") as show:
        for done in range(1, 20_001):
            show(done, done, "a")
    # tqdm writes ten times a second, and each new beginning at once.
    assert 0 < capsys.readouterr().err.count("commit r") < 100


def test_a_count_that_begins_anew_is_shown_so(capsys: pytest.CaptureFixture[str]) -> None:
    with count_bar(Context(), "stats") as show:
        show(90, 100, "first")
        show(1, 10, "second")
    assert "0/10 " in capsys.readouterr().err


def test_nothing_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "shown", None)
    with byte_bar(Context(progress=False), "commit r") as show:
        show(1, 2, "a")


def is_wiped(written: str) -> bool:
    """Whether something was written, and blanks over it at last."""
    return "commit r" in written and not written.rstrip("\r").rpartition("\r")[2].strip()


def test_afterwards_the_line_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    with byte_bar(Context(), "commit r") as show:
        show(1, 2, "a")
    assert is_wiped(capsys.readouterr().err)


def test_an_error_leaves_no_bar_either(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with byte_bar(Context(), "commit r") as show:
            show(1, 2, "a")
            raise ValueError("as it goes")

    with pytest.raises(ValueError, match="as it goes"):
        fail()
    assert is_wiped(capsys.readouterr().err)
