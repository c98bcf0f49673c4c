"""``trust drift``: every detector on one pair."""

import pandas as pd
import pytest
from scipy import stats

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.core.result import Document, Status
from trustlab.testing.playground import loans

pytestmark = pytest.mark.usefixtures("playground")


def drift(**parameters: object) -> Document:
    return run("drift", parameters, Context(progress=False))


def test_every_detector_is_asked_and_the_statistics_are_scipys() -> None:
    document = drift(reference="loans.csv", current="loans_later.csv")
    assert [result.id for result in document.results] == list(registry.of_kind("detector"))
    earlier, later = pd.read_csv("loans.csv"), pd.read_csv("loans_later.csv")
    ks = next(result for result in document.results if result.id == "drift.ks")
    table = ks.view("by_feature")
    assert {"feature", "statistic", "p_value", "drifted"} <= set(table.columns)
    rows = dict(zip(table.column("feature"), table.column("statistic"), strict=True))
    for feature in ("income", "debt_ratio", "age"):
        expected = stats.ks_2samp(earlier[feature], later[feature]).statistic
        assert rows[feature] == pytest.approx(expected)
    assert ks.value == pytest.approx(max(value for value in rows.values() if isinstance(value, float)))
    assert ks.status == Status.FAIL
    assert document.status == Status.FAIL
    assert "moved by" in str(document.summary)


def test_equal_data_have_not_drifted() -> None:
    document = drift(reference="loans@main", current="loans.csv")
    assert document.status == Status.PASS
    assert str(document.summary).endswith("no drift found")
    assert {result.value for result in document.results if result.id == "drift.ks"} == {0.0}


def test_both_sides_are_told() -> None:
    document = drift(reference="loans@main~1", current="loans@main", columns=["income", "region"])
    told = document.payload
    log = run("data.log", {"ref": "loans"}).payload["commits"]
    assert [told["reference"]["commit"], told["current"]["commit"]] == [log[1]["commit"], log[0]["commit"]]
    assert told["differences"] == []
    features = {row for result in document.results for view in result.views if view.name == "by_feature"
                for row in view.column("feature")}  # fmt: skip
    assert features == {"income", "region"}


@pytest.mark.parametrize(
    ("detector", "ids"), [(["ks"], ["drift.ks"]), (["drift.chi2", "ks"], ["drift.chi2", "drift.ks"])]
)
def test_detectors_are_chosen_by_their_short_names(detector: list[str], ids: list[str]) -> None:
    document = drift(reference="loans.csv", current="loans_later.csv", detector=detector)
    assert [result.id for result in document.results] == ids


def test_a_detector_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match=r"detector must be one of .*ks.*; got 'kss'\. Did you mean 'ks'\?"):
        drift(reference="loans.csv", current="loans_later.csv", detector=["kss"])
    with pytest.raises(UsageError, match="drift: current is needed"):
        drift(reference="loans.csv")


def test_frames_from_memory() -> None:
    document = drift(reference=loans(seed=2), current=loans(seed=3, shift=2.0), detector=["ks"])
    table = document.results[0].view("by_feature")
    drifted = dict(zip(table.column("feature"), table.column("drifted"), strict=True))
    assert drifted["income"] is True
    assert drifted["age"] is False
