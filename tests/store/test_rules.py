import pytest

from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.store.commit import commit
from trustlab.store.rules import clear_rules, is_repo, rules_of, set_rules
from trustlab.store.verify import verify


def test_rules_are_kept_as_they_are_replaced_and_cleared(store):
    assert rules_of(store, "loans") is None
    document = {"z": 1, "columns": {"b": {}, "a": {"values": ["é", "'"]}}}
    kept = set_rules(store, "loans", document, "Ann")
    assert rules_of(store, "loans") == kept
    assert list(rules_of(store, "loans").document["columns"]) == ["b", "a"]
    assert (kept.author, kept.time[:2]) == ("Ann", "20")
    set_rules(store, "loans", {}, "Bo")
    assert (rules_of(store, "loans").document, rules_of(store, "loans").author) == ({}, "Bo")
    clear_rules(store, "loans")
    assert rules_of(store, "loans") is None
    with pytest.raises(NotFoundError, match="it has none"):
        clear_rules(store, "loans")


def test_they_may_come_before_the_repo_and_bind_nothing_below_the_verb(store):
    set_rules(store, "loans", {"rows": {"min": 9}})
    assert is_repo(store, "loans") == (False, [])
    commit(store, "loans", [("a", b"a")])
    assert is_repo(store, "loans") == (True, ["loans"])
    assert rules_of(store, "loans").document == {"rows": {"min": 9}}
    assert verify(store).ok


@pytest.mark.parametrize(
    ("repo", "document", "author", "error"),
    [("a/b", {}, "Ann", UsageError), ("r", {"a": "\ud800"}, "Ann", InputError), ("r", {}, "A\0", InputError)],
)
def test_what_a_database_cannot_hold_is_refused(store, repo, document, author, error):
    with pytest.raises(error):
        set_rules(store, repo, document, author)
    assert rules_of(store, "r") is None


def test_a_near_name_is_offered(store):
    set_rules(store, "loans", {})
    with pytest.raises(NotFoundError, match="Did you mean 'loans'"):
        clear_rules(store, "loan")
