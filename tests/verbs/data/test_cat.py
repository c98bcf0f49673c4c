import base64

import pytest

from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run


def test_text_is_shown_whole_or_in_part(context):
    document = run("data.cat", {"ref": "loans~1"}, context)
    assert document.payload["text"] == "n,word\n0,a\n1,b\n2,c\n"
    assert document.value == b"n,word\n0,a\n1,b\n2,c\n"
    piece = run("data.cat", {"ref": "loans~1:loans.csv", "start": 2, "limit": 4}, context).payload
    assert (piece["text"], piece["read"], piece["bytes"]) == ("word", 4, 19)


def test_bytes_that_are_no_text_come_as_base64(context):
    data = b"\0\xff binary"
    run("data.commit", {"repo": "raw", "source": [("x", data)]}, context)
    payload = run("data.cat", {"ref": "raw"}, context).payload
    assert payload["text"] is None
    assert base64.b64decode(payload["base64"]) == data


def test_a_character_cut_in_two_is_still_text(context):
    run("data.commit", {"repo": "raw", "source": [("x", "aé".encode())]}, context)
    assert run("data.cat", {"ref": "raw", "limit": 2}, context).payload["text"] == "a"


def test_what_is_not_there(context):
    with pytest.raises(NotFoundError, match=r"Did you mean 'loans\.csv'"):
        run("data.cat", {"ref": "loans:loan.csv"}, context)
    with pytest.raises(UsageError, match="limit must be"):
        run("data.cat", {"ref": "loans", "limit": 0}, context)
