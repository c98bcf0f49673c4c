"""``trust model champion``: one version is the one in use."""

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.dashboards.history import decisions
from trustlab.models.registry import Registry

pytestmark = pytest.mark.usefixtures("playground")


def champion() -> int | None:
    found = Registry(Context().workspace).champion("lender")
    return found.version if found else None


def test_it_moves_from_one_version_to_another() -> None:
    run("train", {"data": "loans@main", "target": "approved", "name": "lender", "recipe": "logistic"})
    assert champion() == 1
    document = run("model.champion", {"model": "lender@2"})
    assert champion() == 2
    assert document.summary == "lender@2 is the champion"
    assert document.payload["model"]["version"] == 2
    assert document.payload["model"]["champion"] is True
    told = run("model.champion", {"model": "lender@2", "reason": "it is simpler"})
    assert told.summary == "lender@2 is the champion: it is simpler"
    assert decisions(Context().workspace, "lender")[0].reason == "it is simpler"
    asked = run("audit", {"model": "lender@champion", "data": "loans@main", "only": ["performance.metrics"]})
    assert asked.payload["model"]["version"] == 2


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("lender", UsageError, "model must name a version, such as lender@3; got 'lender'"),
        ("lender@champion", UsageError, "model must name a version"),
        ("lender@7", NotFoundError, "model 'lender' has no version 7; it has 1"),
        ("lendr@1", NotFoundError, "Did you mean 'lender'?"),
    ],
)
def test_what_is_no_version_is_refused_and_the_champion_stays(model: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        run("model.champion", {"model": model})
    assert message in str(caught.value)
    assert champion() == 1
