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
