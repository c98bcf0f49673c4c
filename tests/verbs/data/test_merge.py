import pytest

from trustlab.core.errors import ConflictError, InputError, NotFoundError, UsageError
from trustlab.core.execute import run


def put(context, files, branch="main"):
    source = [(path, text.encode()) for path, text in files.items()]
    return run("data.commit", {"repo": "r", "source": source, "branch": branch}, context).value


@pytest.fixture
def parted(context):
    put(context, {"a": "0", "b": "0", "c": "0"})
    run("data.branches", {"repo": "r", "create": "side"}, context)
    put(context, {"a": "1", "b": "1", "c": "0"})
    put(context, {"a": "2", "b": "0", "d": "2"}, "side")
    return context


def listed(context, ref="r"):
    return {one["path"]: one["bytes"] for one in run("data.show", {"ref": ref}, context).payload["listed"]}


def test_a_conflict_is_named_and_resolved_by_path(parted):
    with pytest.raises(ConflictError, match=r"'a' \(changed in r@main, changed in r@side\)"):
        run("data.merge", {"source": "r@side"}, parted)
    looked = run("data.merge", {"source": "r@side", "preview": True}, parted).to_dict()
    assert looked["conflicts"] == [{"path": "a", "ours": "changed", "theirs": "changed", "beside": None}]
    assert (looked["commit"], looked["changes"]) == (None, {"added": ["d"], "removed": ["c"], "changed": []})
    assert [view["name"] for view in looked["views"]] == ["changes", "conflicts"]
    assert looked["advice"] == ["%trust data merge r@side --theirs a", "%trust data merge r@side --take theirs"]
    assert "nothing was changed" in looked["summary"]
    done = run("data.merge", {"source": "r@side", "theirs": ["a"], "author": "Ann", "message": "both"}, parted)
    assert done.payload["kind"] == "merge"
    assert (done.payload["resolved"], done.payload["conflicts"]) == ({"a": "theirs"}, [])
    assert listed(parted).keys() == {"a", "b", "d"}
    shown = run("data.show", {"ref": "r"}, parted).payload
    assert (shown["author"], shown["message"], shown["commit"]) == ("Ann", "both", done.value)
    assert shown["parents"] == [done.payload["ours"], done.payload["theirs"]]
    assert shown["origin"]["operation"] == "data.merge"
    assert shown["origin"]["merge"]["resolved"] == {"a": "theirs"}
    again = run("data.merge", {"source": "r@side"}, parted)
    assert (again.payload["kind"], "up to date" in again.summary) == ("up_to_date", True)


def test_a_branch_moves_along_unless_told_otherwise(parted):
    run("data.branches", {"repo": "r", "create": "next", "at": "r@side"}, parted)
    put(parted, {"a": "2", "b": "0", "d": "2", "e": "e"}, "next")
    looked = run("data.merge", {"source": "r@next", "into": "side", "preview": True}, parted)
    assert (looked.payload["kind"], looked.payload["commit"]) == ("fast_forward", None)
    assert looked.advice == ["%trust data merge r@next --into side"], "what a preview leads to is the merge"
    asked = run("data.merge", {"source": "r@next", "into": "side", "ff": False}, parted)
    assert (asked.payload["kind"], asked.payload["changes"]["added"]) == ("merge", ["e"])
    along = run("data.merge", {"source": "r@side", "into": "next"}, parted)
    assert (along.payload["kind"], along.value) == ("fast_forward", asked.value)
    assert "moved along" in along.summary


def test_one_side_for_all(parted):
    run("data.merge", {"source": "r@side", "take": "ours"}, parted)
    assert run("data.cat", {"ref": "r:a"}, parted).value == b"1"


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"source": "r@sid"}, NotFoundError, "Did you mean 'side'"),
        ({"source": "r@side", "into": "mian"}, NotFoundError, "Did you mean 'main'"),
        ({"source": "r@side", "take": "mine"}, UsageError, "take must be one of ours, theirs"),
        ({"source": "r@side", "ours": ["z"]}, UsageError, "ours must name paths in conflict; got 'z'"),
        ({"source": "r@side", "ours": ["a"], "theirs": ["a"]}, UsageError, "must not both hold"),
        ({"source": "r@side:a"}, UsageError, "whole version"),
    ],
)
def test_what_cannot_be(parted, parameters, error, message):
    before = run("data.show", {"ref": "r"}, parted).payload["commit"]
    with pytest.raises(error, match=message):
        run("data.merge", parameters, parted)
    assert run("data.show", {"ref": "r"}, parted).payload["commit"] == before


def test_a_merge_that_breaks_the_repos_rules_says_so(context):
    run("data.rules", {"repo": "loans", "set": {"on_breach": "quarantine", "rows.max": "2"}}, context)
    context.path("loans.csv").write_text("n\n1\n2\n3\n")
    held = run("data.commit", {"repo": "loans", "source": "loans.csv", "message": "long"}, context)
    assert held.payload["branch"] == "quarantine"
    main = run("data.show", {"ref": "loans"}, context).payload["commit"]
    with pytest.raises(InputError, match="must keep the repo's rules, or say why not; it breaks 1") as caught:
        run("data.merge", {"source": "loans@quarantine"}, context)
    assert "--reason" in caught.value.hint
    with pytest.raises(UsageError, match="reason must say why"):
        run("data.merge", {"source": "loans@quarantine", "reason": " "}, context)
    seen = run("data.merge", {"source": "loans@quarantine", "preview": True}, context)
    assert (str(seen.status), seen.payload["rules"]["outcome"]) == ("warn", "refused")
    assert seen.advice == ["%trust data merge loans@quarantine --reason 'WHY'"]
    assert run("data.show", {"ref": "loans"}, context).payload["commit"] == main
    done = run("data.merge", {"source": "loans@quarantine", "reason": "a long month"}, context)
    assert str(done.status) == "warn"
    assert "1 rule is broken, let in because: a long month" in done.summary
    assert done.payload["rules"]["outcome"] == "ignored"
    kept = run("data.show", {"ref": "loans"}, context).payload["origin"]
    assert (kept["rules"]["reason"], kept["operation"]) == ("a long month", "data.merge")
    back = run("data.revert", {"ref": "loans@main", "parent": 1}, context)
    assert back.payload["rules"] is not None
