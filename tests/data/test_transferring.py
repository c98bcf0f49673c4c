"""What Ctrl-C leaves behind is not said to be more than is known."""

import pytest

from trustlab.core.errors import InterruptedRunError
from trustlab.data.transferring import interruptible
from trustlab.store import open_store
from trustlab.store import transfer as moving
from trustlab.store.branches import branches
from trustlab.store.commit import commit
from trustlab.store.transfer import transfer


def test_an_interrupt_after_the_branch_moved_does_not_deny_it(tmp_path, monkeypatch):
    here, there = open_store(tmp_path / "here"), open_store(tmp_path / "there")
    commit(here, "r", [("a", b"1")])
    real = moving.publish

    def late(*arguments):
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(moving, "publish", late)
    with (
        pytest.raises(InterruptedRunError, match=r"data\.push: interrupted; both sides are sound") as caught,
        interruptible("push"),
    ):
        transfer(here, there, "r")
    assert len(branches(there)) == 1
    assert "no branch" not in f"{caught.value.message} {caught.value.hint}"
    assert "look with trust data log" in caught.value.hint
    here.close()
    there.close()
