import numpy as np
import pandas as pd
import pytest

from tests.explain.networks import judged
from tests.explain.test_partial_dependence import asked, subject_of
from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.explain.accumulated_effects import accumulated_effects, effects


def correlated(n=500):
    rng = np.random.default_rng(0)
    a = rng.normal(size=n)
    return pd.DataFrame({"a": a, "b": a + 0.05 * rng.normal(size=n)})


def by_hand(function, X, name, edges):
    values, total, curve = X[name].to_numpy(), 0.0, [0.0]
    counts, middles = [], []
    for at in range(len(edges) - 1):
        inside = [
            v for v in range(len(X)) if (edges[at] < values[v] <= edges[at + 1]) or (at == 0 and values[v] == edges[0])
        ]
        changes = []
        for row in inside:
            one = X.iloc[[row]]
            changes.append(
                float((function(one.assign(**{name: edges[at + 1]})) - function(one.assign(**{name: edges[at]})))[0])
            )
        total += sum(changes) / len(changes)
        counts.append(len(inside))
        middles.append((curve[-1] + total) / 2)
        curve.append(total)
    centre = sum(count * middle for count, middle in zip(counts, middles, strict=True)) / sum(counts)
    return [value - centre for value in curve]


def test_it_is_the_formula_counted_by_hand():
    def function(rows):
        return (rows["a"] ** 2 + rows["a"] * rows["b"]).to_numpy()

    X = correlated(200)
    edges, effect, _ = effects(asked(function, X), "a", 8, Context())
    assert len(edges) == 9
    assert effect.tolist() == pytest.approx(by_hand(function, X, "a", edges))


def test_a_linear_model_has_its_slope_whatever_goes_together():
    subject = asked(lambda rows: (2 * rows["a"] - rows["b"]).to_numpy(), correlated())
    edges, effect, drawn = effects(subject, "a", 20, Context())
    assert np.diff(effect) == pytest.approx(2 * np.diff(edges))
    assert np.ptp(drawn, axis=0).max() < 1e-9
    result = judged(accumulated_effects, subject, features=["a"])
    assert result.value == pytest.approx(2 * np.ptp(edges))


def test_the_finding_and_bad_features():
    result = judged(accumulated_effects, subject_of())
    assert result.view("effects_1").columns[1:] == ("effect", "effect_lo", "effect_hi")
    subject = asked(lambda rows: rows["a"].to_numpy(), correlated().assign(town="x"))
    with pytest.raises(UsageError, match="features must be numbers; 'town' is not"):
        accumulated_effects(subject, features=["town"], context=Context())
