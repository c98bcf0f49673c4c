import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.outliers import outliers
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.normal(50, 10, n), "skewed": rng.lognormal(size=n), "y": rng.integers(0, 2, n)})


def checked(frame, **given):
    subject = Subject.load(data=frame, target="y", context=Context(), **given)
    return evaluate(outliers, {"subject": subject}, Context())


@pytest.mark.parametrize("seed", range(5))
def test_tails_are_shown_and_not_judged(seed):
    result = checked(rows(seed=seed))
    assert (result.status, result.value) == ("pass", 0)
    frame = rows(seed=seed)
    z = np.abs(frame.skewed - frame.skewed.median()) / (1.4826 * (frame.skewed - frame.skewed.median()).abs().median())
    view = result.view("by_column")
    assert dict(zip(view.column("column"), view.column("beyond the limit"), strict=True))["skewed"] == (z > 3.5).sum()


def test_a_slip_of_the_unit_is_named():
    frame = rows()
    frame.loc[:3, "a"] *= 1000
    result = checked(frame)
    assert result.status == "warn"
    assert result.value == 4 / 2000
    assert ": a (up to" in result.reason


def test_the_spread_is_the_training_rows():
    audited = rows(60).assign(a=50_000.0)
    assert checked(audited).status == "pass"
    assert checked(audited, train=rows(seed=1)).value == 1


def test_the_models_error_there():
    frame = rows().assign(p=lambda f: f.y)
    frame.loc[:7, "a"] = 1e6
    frame.loc[:7, "p"] = 1 - frame.y[:8]
    result = checked(frame, prediction="p")
    assert "The model's error there is 100.0%, elsewhere 0.0%" in result.reason


def test_gaps_infinities_constants_and_few_rows():
    odd = rows().assign(gone=np.nan, endless=np.inf, same=3.0)
    assert checked(odd).status == "pass"
    assert checked(rows(3).assign(y=[0, 1, 1])).status == "pass"
