import time

import pytest
from sqlalchemy import insert, update

from trustlab.core.errors import NotFoundError
from trustlab.store.commit import commit
from trustlab.store.log import log
from trustlab.store.records import to_row
from trustlab.store.refs import resolve
from trustlab.store.schema import BRANCHES, COMMITS


def test_newest_first_with_a_limit(store):
    for n in range(5):
        commit(store, "r", [("a", str(n).encode())], message=str(n))
    commit(store, "other", [("a", b"x")], message="other")
    assert [one.message for one in log(store, "r")] == list("43210")
    assert [one.message for one in log(store, "r", limit=2)] == list("43")
    assert [one.message for one in log(store, "r~2", limit=2)] == list("21")
    with pytest.raises(NotFoundError):
        log(store, "q")


def test_ten_thousand_commits_answer_at_once(store):
    """A history walked with one query a commit would take far longer than this bound."""
    from dataclasses import replace

    commit(store, "r", [("a", b"x")])
    last = resolve(store, "r")
    rows = []
    for n in range(10_000):
        last = replace(last, parents=(last.id,), message=str(n))
        last = replace(last, id=last.computed_id())
        rows.append(to_row(last, 1))
    with store.write() as connection:
        connection.execute(insert(COMMITS), rows)
        connection.execute(update(BRANCHES).values(head=last.id))
    begun = time.perf_counter()
    assert len(log(store, "r", limit=20)) == 20
    assert resolve(store, "r~9999").message == "0"
    assert time.perf_counter() - begun < 1
    assert len(log(store, "r")) == 10_001
