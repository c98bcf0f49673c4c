from trustlab.core.execute import run


def test_a_version_is_shown_with_what_it_holds_and_changed(context):
    document = run("data.show", {"ref": "loans"}, context).to_dict()
    assert (document["author"], document["message"], document["branches"]) == ("Ann", "October", ["main"])
    assert document["changes"] == {"added": [], "removed": [], "changed": ["loans.csv"], "renamed": []}
    size = context.path("loans.csv").stat().st_size
    assert document["listed"] == [{"path": "loans.csv", "bytes": size}]
    assert document["origin"]["source"]["name"] == "loans.csv"
    assert document["provenance"]["run"]
    assert [view["name"] for view in document["views"]] == ["facts", "files"]


def test_a_renamed_file_is_told_as_such(context):
    run("data.commit", {"repo": "moved", "source": [("a", b"1"), ("b", b"2")]}, context)
    run("data.commit", {"repo": "moved", "source": [("a", b"1"), ("c", b"2")]}, context)
    document = run("data.show", {"ref": "moved"}, context)
    assert document.payload["changes"] == {
        "added": [],
        "removed": [],
        "changed": [],
        "renamed": [{"before": "b", "after": "c"}],
    }
    assert "1 renamed" in document.summary


def test_the_first_version_has_nothing_to_compare_with(context):
    document = run("data.show", {"ref": "loans~1"}, context)
    assert document.payload["parents"] == []
    assert document.payload["branches"] == []
    assert "the first" in document.summary


def test_a_long_list_is_cut_and_says_so(context):
    run("data.commit", {"repo": "many", "source": [(f"f{n:03}", b"x") for n in range(120)]}, context)
    document = run("data.show", {"ref": "many"}, context)
    assert len(document.payload["listed"]) == 50
    assert document.payload["files"] == 120
    assert "of 120" in document.views[1].caption


def test_lineage_is_told_in_words_a_picture_and_a_table(context):
    for n in range(8):
        asked = {"repo": f"made_{n}", "source": [("f", str(n).encode())], "message": f"number {n}"}
        run("data.commit", {**asked, "input": [f"made_{n - 1}@main" if n else "loans@main:loans.csv"]}, context)
    document = run("data.show", {"ref": "made_1", "provenance": True, "depth": 3}, context)
    assert "Above it: 2 versions. Below it: 3 versions. Left out: 1 more further away (--depth)" in document.summary
    assert document.payload["lineage"]["left_out"] == {"beyond_depth": 1, "beyond_limit": 0}
    assert document.advice[0].endswith("--provenance --depth 7")
    assert [view.name for view in document.views] == ["facts", "lineage", "lineage_table"]
    picture, table = document.views[1:]
    assert (len(picture.nodes), len(picture.rows)) == (6, 5)
    this = document.payload["lineage"]["start"]
    assert picture.nodes[this].endswith("(this)")
    assert [name for name in picture.nodes.values() if name.endswith("+1")] == [picture.nodes[picture.rows[-1][1]]]
    assert table.column("where") == ["2 up", "1 up", "this", "1 down", "2 down", "3 down"]
    loans, made = (document.payload["lineage"]["nodes"][n]["label"] for n in (3, 1))
    assert table.column("from")[:2] == ["", f"{loans}:loans.csv (given)"]
    assert table.column("what")[1] == f"{made} number 0"


def test_what_nobody_said_is_not_called_none(context):
    told = run("data.show", {"ref": "loans", "provenance": True}, context)
    assert "Above it: inputs not recorded. Below it: nothing." in told.summary
    assert dict(told.views[0].rows)["made from"] == "not recorded"
    run("data.commit", {"repo": "alone", "source": [("f", b"f")], "input": ["none"]}, context)
    told = run("data.show", {"ref": "alone", "provenance": True}, context)
    assert "Above it: no inputs." in told.summary
    assert dict(told.views[0].rows)["made from"] == "none"


HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m{name}%s"


def test_hostile_names_are_text_everywhere(context):
    from trustlab.data.dataset import store_of
    from trustlab.report.report import Report
    from trustlab.store.commit import commit

    head = run("data.log", {"ref": "loans"}, context).payload["commits"][0]["commit"]
    hostile = {
        "operation": HOSTILE,
        "source": {"kind": HOSTILE, "name": HOSTILE, HOSTILE: HOSTILE},
        "inputs": [{"repo": "loans", "commit": head, "path": HOSTILE, "role": HOSTILE}],
        "code": {"hash": HOSTILE, "file": HOSTILE},
        "parameters": {HOSTILE: HOSTILE},
        "pipeline": {"name": HOSTILE, "revision": HOSTILE, "run": HOSTILE, "step": HOSTILE},
        HOSTILE: HOSTILE,
    }
    store = store_of(context.workspace)
    commit(store, "bad", [("f", b"f")], message=HOSTILE, author=HOSTILE, provenance=hostile)
    for foreign in ({"pipeline": "x", "code": 3, "parameters": [1], "source": "s", "inputs": []}, {"operation": {}}):
        commit(store, "odd", [("f", str(foreign).encode())], provenance=foreign)
        run("data.show", {"ref": "odd", "provenance": True}, context)
    for ref in ("bad", "loans"):
        report = Report(run("data.show", {"ref": ref, "provenance": True}, context))
        page = report.to_html()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
        assert "\x1b" not in str(report)


def test_the_command_line_gives_the_same_lineage(playground, capsys):
    import json

    from trustlab.surfaces import cli

    cli.main(["data", "show", "loans@main", "--provenance", "--depth", "2", "--json"])
    told = json.loads(capsys.readouterr().out)
    own = run("data.show", {"ref": "loans@main", "provenance": True, "depth": 2}).to_dict()
    assert told["lineage"] == own["lineage"]
    assert [node["kind"] for node in told["lineage"]["nodes"]] == ["commit", "model", "audit"]
