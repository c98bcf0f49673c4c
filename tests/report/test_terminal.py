from __future__ import annotations

import re
from dataclasses import replace

from trustlab.core.result import Result, Status
from trustlab.core.views import Graph, Table
from trustlab.report import words
from trustlab.report.terminal import cells, to_text, view_lines


def test_headline_worst_first_and_next(audit):
    lines = to_text(audit).splitlines()
    assert any(words.verdict(audit) in line and line.endswith("41 s") for line in lines[:2])
    icons = [line[0] for line in lines if re.match(r"[✓!✕–○⚠] \w", line)][1:]  # noqa: RUF001
    assert icons == list("✕✕⚠!!✓✓○–")  # noqa: RUF001
    assert "Next:  %trust explain lender" in "\n".join(lines)
    assert "[warns at 0.05, fails at 0.1]" in "\n".join(lines)
    assert "not applicable, the model has no predict_proba" in "\n".join(lines)


def test_lines_keep_to_the_width(audit):
    for width in (60, 100, 140):
        long = [line for line in to_text(audit, width).splitlines() if cells(line) > width and "trust" not in line]
        assert long == []


def test_colour_only_where_asked(audit):
    plain, painted = to_text(audit), to_text(audit, colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    assert "\x1b[38;5;166m✕\x1b[0m" in painted


def test_no_text_moves_the_cursor(hostile):
    text = to_text(hostile)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    text.encode("utf-8")


def test_tables_align_wide_letters_and_say_what_is_left_out():
    rows = [["数据", 1.5], ["ab", 20.25]] + [["x", 1]] * 110
    lines = view_lines(Table(name="by_group", columns=["g", "v"], rows=rows, units={"v": "s"}))
    assert lines[0] == "By group"
    assert lines[1].split() == ["g", "v", "(s)"]
    assert len({cells(line) for line in lines[3:103]}) == 1
    assert lines[-1] == "  and 12 more rows in the JSON"


def test_the_widest_column_takes_what_the_others_leave():
    path = "/a/folder/of/somebody/.trust/runs/20261121T061142-1e30ad10/retrain.ipynb"
    table = Table(name="paths", columns=["what", "path"], rows=[["notebook", path], ["report", "x.html"]])
    assert path in "\n".join(view_lines(table, 100))
    narrow = view_lines(table, 60)
    assert path not in "\n".join(narrow)
    assert max(map(cells, narrow)) == 60


def test_every_view_kind_has_a_text(every_view):
    for view in every_view("word"):
        body = "\n".join(view_lines(view))
        assert "word" in body
        assert len(body.splitlines()) >= 2


def test_a_graph_names_its_arrows_and_its_lonely_nodes():
    graph = Graph(
        name="g", columns=["source", "target", "label"], rows=[["a", "b", "then"]], nodes={"a": "first", "c": "alone"}
    )
    assert view_lines(graph)[1:] == ["  first → b  (then)", "  alone"]


def test_a_single_finding_shows_its_views(making):
    table = Table(name="importance", columns=["feature", "share"], rows=[["age", 0.4]])
    text = to_text(making([Result(id="explain.shap", status=Status.PASS, reason="age matters most", views=[table])]))
    assert "Importance" in text
    assert re.search(r"age\s+0\.40", text)


def test_a_document_without_findings(making):
    text = to_text(making([], Status.PASS, operation="data.commit", title="Commit", summary="3 files"))
    assert text.splitlines()[0].startswith("3 files")
    assert text.endswith("✓ done")


def many(audit, *statuses):
    results = [
        Result(id=f"{family}.c{at}", title=f"Check {at}", status=status, reason=f"said {family} {at}")
        for family in ("quality", "fairness")
        for at, status in enumerate(statuses)
    ]
    return replace(audit, results=results)


def test_of_many_findings_the_quiet_ones_are_counted_by_family(audit):
    quiet = [Status.PASS] * 20 + [Status.SKIPPED] + [Status.NOT_APPLICABLE] * 2
    document = many(audit, Status.WARN, Status.FAIL, Status.ERROR, *quiet)
    lines = to_text(document).splitlines()
    body = [line for line in lines if "said" in line]
    assert [line[0] for line in body] == list("✕✕⚠⚠!!"), "worst first, none of them folded"
    text = "\n".join(lines)
    assert "✓ passed          quality 20 · fairness 20" in text
    assert "○ not looked      quality 1 · fairness 1" in text
    assert "– not applicable  quality 2 · fairness 2" in text  # noqa: RUF001
    assert "--verbose" in lines[-1]
    assert max(map(cells, lines)) <= 100
    everything = to_text(document, everything=True)
    assert everything.count("said") == len(document.results)
    assert "--verbose" not in everything
    few = many(audit, *[Status.PASS] * 12)
    assert to_text(few).count("said") == 24, "a few are listed"
