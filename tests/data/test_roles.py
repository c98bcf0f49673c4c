import numpy as np
import pandas as pd
import pytest

from trustlab.data.roles import is_entity_name, is_event_time, is_time_name, role_of, why_no_feature

N = 300
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("x", RNG.permutation(N) + 70_000, "identifier"),
        ("x", [f"person {i}" for i in range(N)], "identifier"),
        ("x", [f"{'word ' * 20}{i}" for i in range(N)], "feature"),
        ("x", RNG.choice(10_000_000, N, replace=False), "feature"),
        ("x", np.arange(N, dtype=float), "counter"),
        ("x", np.sort(RNG.choice(2 * N, N, replace=False)).astype(float), "counter"),
        ("x", np.sort(RNG.lognormal(size=N)), "feature"),
        ("customer_id", RNG.integers(0, 60, N), "entity"),
        ("customerID", RNG.integers(0, 60, N), "entity"),
        ("account", RNG.normal(size=N), "feature"),
        ("paid", RNG.integers(0, 60, N), "feature"),
        ("x", pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(RNG.integers(0, 90, N), unit="D")), "time"),
        ("x", ["2026-01-02", "2026-01-03", "2026-02-01"] * (N // 3), "time"),
        ("x", [np.inf] * N, "feature"),
        ("x", [None] * N, "feature"),
        ("x", [True, False] * (N // 2), "feature"),
        ("x", [[1], [2]] * (N // 2), "feature"),
    ],
)
def test_what_a_column_is_for(name, values, role):
    assert role_of(pd.Series(values, name=name)) == role


def test_few_rows_say_nothing():
    assert role_of(pd.Series(range(10), name="x")) == "feature"


def test_names():
    assert [is_entity_name(name) for name in ("patient", "user_id", "PatientNumber", "acid", "age")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert is_time_name("created_at")
    assert not is_time_name("attribute")
    born = pd.Series(["1980-01-01", "1990-05-05"], name="date_of_birth")
    assert not is_event_time(born)
    assert is_event_time(born.rename("decided"))


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("x", RNG.permutation(N) + 1000, "names rows"),
        ("x", np.arange(N) * 2.0, "counts rows"),
        ("customer_id", RNG.integers(0, 50, N), "names entities"),
        ("customer", [f"c{at % 150}" for at in range(N)], "names entities"),
        ("device", ["phone", "desk", "watch"] * (N // 3), ""),
        ("device", [1, 2, 3] * (N // 3), ""),
        ("age", RNG.normal(size=N), ""),
        ("key", [True, False] * (N // 2), ""),
    ],
)
def test_why_a_column_is_no_feature(name, values, why):
    assert why_no_feature(pd.Series(values, name=name)) == why
