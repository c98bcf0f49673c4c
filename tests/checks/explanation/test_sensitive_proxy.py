import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.sensitive_proxy import _banded, _corrected_v, sensitive_proxy
from trustlab.stats.association import cramers_v


def subject_of(weights, copies=0.95, n=600, own=False):
    rng = np.random.default_rng(0)
    race = rng.integers(0, 2, n)
    town = np.where(rng.random(n) < copies, race, rng.integers(0, 2, n))
    X = pd.DataFrame({"income": rng.normal(size=n), "town": town.astype(float), "age": rng.normal(size=n)})
    if own:
        X["race"] = race.astype(float)
    sensitive = "race" if own else pd.Series(np.where(race, "a", "b"), name="race")
    return linear(weights, X, sensitive=sensitive)


def test_a_proxy_with_influence_warns():
    result = judged(sensitive_proxy, subject_of([1.0, 4.0, 0.5]))
    assert result.status == "warn"
    assert "town, which tells race" in result.reason
    assert result.view("proxies").column("feature")[0] == "town"
    assert result.interval[0] > 0.2


def test_a_proxy_without_influence_and_influence_without_a_proxy_do_not():
    idle = judged(sensitive_proxy, subject_of([1.0, 0.0, 0.5]))
    assert idle.status == "pass"
    assert judged(sensitive_proxy, subject_of([1.0, 4.0, 0.5], copies=0.0)).status == "pass"


def test_the_attribute_itself():
    result = judged(sensitive_proxy, subject_of([1.0, 0.0, 1.0, 5.0], own=True))
    assert result.status == "warn"
    assert "race itself" in result.reason
    hardly = judged(sensitive_proxy, subject_of([1.0, 0.0, 1.0, 0.1], copies=0.0, own=True))
    assert hardly.status == "pass", "an attribute with less than an even share is not relied on"


def test_the_strength_is_that_of_the_statistics_and_scipys_chi_squared():
    rng = np.random.default_rng(0)
    one, two = rng.integers(0, 4, 300), rng.integers(0, 3, 300)
    two = np.where(rng.random(300) < 0.4, one % 3, two)
    table = pd.crosstab(one, two).to_numpy()
    value, chi2 = _corrected_v(table[None])
    assert value[0] == pytest.approx(cramers_v(one, two))
    assert chi2[0] == pytest.approx(chi2_contingency(table, correction=False).statistic)


def test_bands_hold_missing_values_apart():
    codes = _banded(pd.Series([*np.arange(40.0), np.nan, np.nan]))
    assert len(np.unique(codes)) == 9
    assert codes[-1] == codes[-2] != codes[0]
    assert len(np.unique(_banded(pd.Series([f"t{at}" for at in range(400)])))) == 30
    assert len(np.unique(_banded(pd.Series([None] * 5, dtype=object)))) == 1
