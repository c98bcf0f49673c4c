import numpy as np
import pandas as pd

from trustlab.checks.robustness.counterfactuals import counterfactuals
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(rule, X, sensitive=None, **parameters):
    model = as_predictor(rule, task="binary", classes=[0, 1], returns="probabilities")
    subject = Subject.load(model=model, data=X, sensitive=sensitive, context=Context())
    return evaluate(counterfactuals, {"subject": subject}, Context(), parameters=parameters)


def people(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    race = rng.choice(["u", "v"], n)
    return pd.DataFrame({"income": rng.normal(size=n), "age": rng.integers(18, 80, n), "race": race})


def logistic(score):
    return 1 / (1 + np.exp(-4 * score))


def test_the_group_with_the_higher_bar_pays_more():
    X = people()
    result = judged(lambda rows: logistic(rows["income"] - 1.0 * (rows["race"] == "v")), X, sensitive="race")
    view = result.view("by_group")
    cost = dict(zip(view.column("group"), view.column("cost"), strict=True))
    # u must reach the median from below it: a quarter of the rows on average. v must reach the 84th percentile
    # from below: 0.84 / 2
    assert abs(cost["u"] - 0.25) < 0.06
    assert abs(cost["v"] - 0.42) < 0.06
    assert "For race v it costs" in result.reason
    assert "could be noise" not in result.reason
    assert result.view("changed").rows[0][0] == "income"
    assert result.interval[0] < result.value < result.interval[1]


def test_equal_groups_differ_by_noise_at_most():
    noise = 0
    for seed in range(10):
        X = people(seed=seed)
        reason = judged(lambda rows: logistic(rows["income"]), X, sensitive="race", max_rows=100).reason
        noise += "it costs" in reason and "could be noise" not in reason
    assert noise <= 2


def test_no_recourse_is_a_warning_with_its_count():
    X = people()
    result = judged(lambda rows: logistic((rows["race"] == "u") - 0.5), X, sensitive="race")
    assert result.status == "warn"
    assert "no recourse" in result.reason
    assert result.value is None
    part = judged(lambda rows: logistic(rows["age"] / 20 - 2.5 - (rows["race"] == "v") * 9), X, sensitive="race")
    by_group = part.view("facts")
    facts = dict(zip(by_group.column("fact"), by_group.column("value"), strict=True))
    assert facts["rows with no recourse found"] > 0
    assert "have no recourse" in part.reason


def test_age_that_can_only_rise_and_nobody_refused():
    X = people()
    rule = lambda rows: logistic((rows["age"] - 40) / 10)  # noqa: E731
    assert judged(rule, X, only_up=["age"]).status == "pass"
    falling = judged(rule, X, only_down=["age"], immutable=["income", "race"])
    assert falling.status == "warn"
    assert judged(lambda rows: np.ones(len(rows)), X).status == "not_applicable"
    assert judged(rule, X, immutable=["income", "age", "race"]).status == "not_applicable"
