"""The search against models whose smallest changes are known, and against trying everything."""

import itertools

import numpy as np
import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError
from trustlab.explain.actions import actions_of
from trustlab.explain.flip_search import MOST_FEATURES, affordable_rows, smallest_changes
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def subject_of(rule, X, *, graded=False, sensitive=None):
    """A model by its rule: the score of class 1, told as probabilities or as labels alone."""
    name = "probabilities" if graded else "labels"
    function = rule if graded else (lambda rows: (np.asarray(rule(rows)) > 0.5).astype(int))
    model = as_predictor(function, task="binary", classes=[0, 1], returns=name)
    return Subject.load(model=model, data=X, sensitive=sensitive, context=Context())


def search(subject, rows=None, **options):
    goal = options.pop("goal", None)
    rng = np.random.default_rng(0)
    actions = actions_of(subject, rng, **options)
    rows = np.arange(subject.n) if rows is None else np.asarray(rows)
    return smallest_changes(subject, rows, actions, rng, goal=goal)


def normal(n, names, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(n, len(names))), columns=list(names))


@pytest.mark.parametrize("graded", [True, False])
def test_a_threshold_costs_the_share_of_rows_up_to_it(graded):
    X = normal(400, "ab")
    flips = search(subject_of(lambda rows: (rows["a"] > 0) * 1.0, X, graded=graded), range(60))
    assert flips.found.all()
    assert flips.changed.tolist() == [[True, False]] * 60
    ranks = X["a"].rank().to_numpy() / 400
    exact = np.abs(ranks[:60] - (X["a"] <= 0).mean())
    # numbers go back to within a sixteenth of the way from the first option beyond the threshold
    assert (flips.cost >= exact - 0.01).all()
    assert (flips.cost - exact).max() < 0.15
    assert np.median(flips.cost - exact) < 0.05


@pytest.mark.parametrize("graded", [True, False])
@pytest.mark.parametrize("width", [2, 6])
def test_all_of_several_conditions_need_as_many_changes(graded, width):
    names = "abcdefgh"
    X = normal(600, names)
    X.iloc[:20, :width] = -np.abs(X.iloc[:20, :width])
    X.iloc[20:60] = np.abs(X.iloc[20:60])
    subject = subject_of(lambda rows: (rows[list(names[:width])] > 0).mean(axis=1) ** 9, X, graded=graded)
    flips = search(subject, range(20), goal=1)
    assert flips.found.all()
    assert flips.changed[:, :width].all()
    assert (flips.count == width).all()
    assert (subject.predict(flips.rows) == 1).all()


def test_the_fewest_changes_are_those_of_trying_everything():
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.integers(0, 2, (200, 6)), columns=list("abcdef"))
    weights = rng.normal(size=6)

    def score(rows):
        return 1 / (1 + np.exp(-(rows.to_numpy(dtype=float) @ weights)))

    subject = subject_of(score, X, graded=True)
    flips = search(subject, range(50))
    cells = X.to_numpy()[:50]
    for at, row in enumerate(cells):
        now = score(pd.DataFrame([row], columns=X.columns))[0] > 0.5
        sizes = [
            size
            for size in range(1, 7)
            for chosen in itertools.combinations(range(6), size)
            if (score(pd.DataFrame([row ^ np.isin(np.arange(6), chosen)], columns=X.columns))[0] > 0.5) != now
        ]
        assert flips.count[at] == min(sizes, default=0)
        assert flips.cost[at] == (min(sizes) if sizes else np.inf)


def test_types_ranges_categories_gaps_and_immutable_columns_hold():
    rng = np.random.default_rng(1)
    n = 500
    X = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "income": rng.normal(50, 15, n),
            "town": pd.Categorical(rng.choice(["x", "y", "z"], n)),
            "owner": rng.random(n) < 0.5,
            "race": rng.choice(["u", "v"], n),
            "note": [f"note {at}" for at in range(n)],
            "seen": pd.date_range("2020-01-01", periods=n),
        }
    )
    X.loc[::7, "income"] = np.nan
    before = X.copy(deep=True)

    def rule(rows):
        bonus = (
            (rows["town"].astype(str) == "x") * 0.6 + rows["owner"].astype(float) * 0.3 + (rows["race"] == "u") * 2.0
        )
        return 1 / (1 + np.exp(-(bonus + (rows["age"] - 50) / 20 + (rows["income"].fillna(50) - 50) / 15 - 1)))

    subject = subject_of(rule, X, graded=True, sensitive="race")
    flips = search(subject, range(150))
    pd.testing.assert_frame_equal(X, before)
    assert flips.found.mean() > 0.9
    assert set(flips.actions.fixed) == {"race", "note", "seen"}
    moved, was = flips.rows, X.iloc[:150]
    assert moved.dtypes.equals(was.dtypes)
    assert moved[["race", "note", "seen"]].equals(was[["race", "note", "seen"]])
    assert moved["age"].between(18, 79).all()
    assert moved["income"].dropna().between(X["income"].min(), X["income"].max()).all()
    assert (moved["income"].isna() == was["income"].isna()).all()
    assert set(moved["town"]) <= set("xyz")
    differs = np.column_stack(
        [(moved[name] != was[name]) & was[name].notna() for name in ("age", "income", "town", "owner")]
    )
    assert (differs == flips.changed).all()
    upward = search(subject, range(150), only_up=["age"], only_down=["income"])
    assert (upward.rows["age"] >= was["age"]).all()
    assert (upward.rows["income"].fillna(0) <= was["income"].fillna(0)).all()
    free = search(subject, range(150), immutable=[])
    assert free.changed.shape[1] == 5


def test_what_cannot_be_turned_is_not_found_and_stays():
    X = normal(100, "ab")
    flips = search(subject_of(lambda rows: np.full(len(rows), 0.2), X, graded=True))
    assert not flips.found.any()
    assert np.isinf(flips.cost).all()
    pd.testing.assert_frame_equal(flips.rows, X)


def test_a_wide_table_is_narrowed_to_what_matters():
    X = normal(80, [f"x{at}" for at in range(300)])
    subject = subject_of(lambda rows: 1 / (1 + np.exp(-4 * rows["x123"])), X, graded=True)
    flips = search(subject, range(30))
    assert len(flips.actions) == MOST_FEATURES
    assert flips.found.all()
    assert affordable_rows(flips.actions, 20_000) == 5


def test_a_model_that_answers_otherwise_each_time_is_refused():
    X = normal(60, "ab")
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="answer alike"):
        search(subject_of(lambda rows: rng.random(len(rows)), X))
