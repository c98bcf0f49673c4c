from __future__ import annotations

import pytest

from trustlab.core.result import Result, Status, Threshold
from trustlab.report import words
from trustlab.report.html import to_html
from trustlab.report.markdown import to_markdown
from trustlab.report.terminal import to_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12, "0.12"), (0.041, "0.041"), (2454, "2,454"), (0.0, "0"), (1234.5, "1,234"), (99.994, "99.99"), (None, "–"),  # noqa: RUF001
     (float("nan"), "–"), (float("inf"), "–"), (1.3e-7, "1.3e-07"), (True, "yes"), (-0.5, "-0.50"), (0.0012, "0.0012"), (1e300, "1.0e+300")],  # noqa: E501, RUF001
)  # fmt: skip
def test_numbers_read_well(value, text):
    assert words.number(value) == text


def test_a_rounded_away_minus_is_dropped():
    assert words.number(-0.0001, 2) == "0.00"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((0.12, 0.09, 0.15, 2454), "0.12 (0.09 to 0.15, n 2,454)"),
        ((0.041, 0.028, 0.055), "0.041 (0.028 to 0.055)"),
        ((0.9991, 0.99907, 0.99913), "0.9991 (0.9991 to 0.9991)"),
        ((0.5, None, None, 3), "0.50 (n 3)"),
        ((0.5, None, None), "0.50"),
        ((0, 0.0, 0.31, 10), "0.00 (0.00 to 0.31, n 10)"),
        ((None, 0.1, 0.2), "–"),  # noqa: RUF001
    ],
)
def test_a_number_carries_its_uncertainty(given, text):
    said = words.between(*given)
    if given[0] == 0.9991:
        low, _, high = said.partition("(")[2].rstrip(")").partition(" to ")
        assert low != high
    else:
        assert said == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "no"), (2, "two"), (12, "twelve"), (13, "thirteen"), (19, "nineteen"), (20, "twenty"), (33, "thirty-three"),
     (99, "ninety-nine"), (100, "100"), (2454, "2,454")],
)  # fmt: skip
def test_counts_in_words(count, text):
    assert words.spelled(count) == text


def test_p_values():
    assert words.p_text(0.00001) == "p < 0.001"
    assert words.p_text(0.03) == "p 0.030"
    assert words.p_text(0.5) == "p 0.50"
    assert words.p_text(None) == ""


def results(**counts):
    return [Result(id="a.b", status=Status(status)) for status, count in counts.items() for _ in range(count)]


def test_the_verdict_and_the_opening_of_the_sketch(making):
    document = making(results(fail=2, warn=3, **{"pass": 24}, not_applicable=4))
    assert words.verdict(document) == "✕ 2 failed · 3 warned · 24 passed · 4 not applicable"
    assert words.opening(document) == "This model should not be used yet: two of thirty-three checks failed."


@pytest.mark.parametrize(
    ("counts", "status", "text"),
    [
        ({"pass": 3}, "pass", "Nothing here speaks against using this model: all three checks passed."),
        ({"pass": 1}, "pass", "Nothing here speaks against using this model: the one check passed."),
        ({"pass": 3, "skipped": 1}, "pass",
         "Nothing here speaks against using this model: three of four checks passed, one could not be made."),
        ({"warn": 1, "pass": 1}, "warn", "This model should be used with care: one of two checks warned."),
        ({"error": 1}, "error", "This model cannot be judged yet: one of one check could not run."),
        ({"not_applicable": 2}, "not_applicable", "This model could not be looked at: two of two checks do not apply."),
    ],
)  # fmt: skip
def test_the_opening_says_what_it_knows_and_no_more(making, counts, status, text):
    assert words.opening(making(results(**counts), Status(status))) == text


def test_an_operation_without_findings_speaks_its_summary(making):
    done = making([], Status.PASS, operation="data.commit", title="Commit", summary="3 files, 2 kB added")
    assert words.opening(done) == "3 files, 2 kB added."
    assert words.verdict(done) == "✓ done"


def test_a_result_that_nobody_judged_is_an_error_never_a_pass(making):
    assert words.of(Result(id="a.b")) == Status.ERROR
    assert "1 without a status" in words.verdict(making([Result(id="a.b")], Status.ERROR))


def test_what_was_not_looked_at_says_so_and_why():
    result = Result(id="privacy.x", title="Can it be inferred?", status=Status.NOT_APPLICABLE, reason="no labels")
    assert words.sentence(result) == "Can it be inferred? not applicable, no labels"
    assert "not a pass" in words.meaning(Result(id="a.b", status=Status.SKIPPED))


@pytest.mark.parametrize(
    ("status", "interval", "says"),
    [
        ("fail", (0.3, 0.5), "chance alone does not explain it"),
        ("warn", (0.05, 0.5), "it could be noise"),
        ("warn", None, "it fails beyond 0.2"),
        ("pass", None, "keeps within the limits 0.1 and 0.2"),
        ("fail", None, "is beyond 0.2"),
    ],
)
def test_meaning_follows_the_limits_and_the_interval(status, interval, says):
    result = Result(id="a.b", status=Status(status), value=0.4, interval=interval, threshold=Threshold(0.1, 0.2, "x"))
    assert says in words.meaning(result)


@pytest.mark.parametrize("char", ["\x1b", "\x00", "\x9b", "\u202e", "\u2066", "\udc80", "\ufffe", "\u2028", "\x7f"])
def test_no_character_acts(char):
    said = words.visible(f"a{char}b")
    assert char not in said
    assert said.isprintable()


def test_line_breaks_stay_only_where_asked():
    assert words.visible("a\nb") == "a b"
    assert words.visible("a\nb", lines=True) == "a\nb"
    assert words.visible("Überraschung 数据 é") == "Überraschung 数据 é"


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("status", list(Status))
def test_badges_are_readable_and_never_colour_alone(status):
    assert contrast(words.COLOUR[status], "#000000") >= 4.5  # WCAG 2.2, 1.4.3
    assert len(set(words.ICON.values())) == len(set(words.WORD.values())) == len(set(words.COLOUR.values())) == 6
    assert words.ICON[status]


def test_a_pass_with_no_limit_behind_it_is_told_apart(making):
    bare = Threshold(warn=None, fail=None, source="Shown, not judged")
    found = [Result(id=f"quality.c{at}", status=Status.PASS, threshold=bare if at < 2 else None) for at in range(5)]
    assert words.verdict(making(found, Status.PASS)) == "✓ 5 passed, 2 of them with no limit to fail"


@pytest.mark.parametrize("judged", [True, False])
def test_every_page_and_screen_marks_it_so(making, judged):
    limits = Threshold(warn=1.0 if judged else None, fail=None, source="Shown")
    found = Result(id="quality.shown", title="A number", status=Status.PASS, threshold=limits, reason="It is 5")
    document = making([found], Status.PASS)
    icon, word = ("✓", "passed") if judged else ("·", "no limit")
    assert f"{icon} {word}</span>" in to_html(document)
    assert f"- {icon} **quality.shown**" in to_markdown(document)
    assert any(line.startswith(f"{icon} quality") for line in to_text(document).splitlines())
