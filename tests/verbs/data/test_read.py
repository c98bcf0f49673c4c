import pytest

from trustlab.core.errors import NotFoundError
from trustlab.core.execute import run


@pytest.mark.parametrize("data", ["loans", "loans@main:loans.csv", "trust://loans@main/loans.csv"])
def test_the_frame_and_its_first_rows(context, data):
    document = run("data.read", {"data": data, "rows": 2}, context)
    assert document.value["n"].tolist() == [0, 1, 2, 3, 4]
    assert document.to_dict()["views"][0]["rows"] == [[0, "a"], [1, "b"]]
    assert [column["name"] for column in document.payload["columns"]] == ["n", "word"]
    assert document.payload["data"]["rows"] == 5


def test_earlier_versions_are_read_as_they_were(context):
    assert len(run("data.read", {"data": "loans~1"}, context).value) == 3
    with pytest.raises(NotFoundError, match="Did you mean 'loans'"):
        run("data.read", {"data": "loan@main"}, context)
