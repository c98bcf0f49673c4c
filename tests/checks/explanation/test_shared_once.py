"""No check computes again what another has: one audit asks for the audited rows once and draws SHAP values once."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.core.context import Context
from trustlab.core.execute import run

QUIET = Context(progress=False, notice=lambda _: None)
CHEAP = ("explanation", "fairness", "performance", "quality", "reliability", "segments")


def digest(X):
    return np.ascontiguousarray(X, dtype=np.float64).tobytes()


class Counted(LogisticRegression):
    """A logistic regression that notes the rows of each question."""

    asked: list[tuple[str, bytes]] = []  # noqa: RUF012 - of the class: clones note theirs too

    def predict(self, X):
        self.asked.append(("predict", digest(X)))
        return super().predict(X)

    def predict_proba(self, X):
        self.asked.append(("predict_proba", digest(X)))
        return super().predict_proba(X)


@pytest.mark.filterwarnings("ignore")
def test_predictions_and_shap_values_are_computed_once(monkeypatch):
    from trustlab.explain import permutation, shap_values

    rng = np.random.default_rng(0)
    n = 613
    X = pd.DataFrame(rng.normal(size=(n, 5)), columns=list("abcde"))
    y = (X.a + X.b > 0).astype(int)
    model = Counted().fit(X, y)
    Counted.asked.clear()
    made, drawn, shuffled = [], [], []
    once, orders, losses = shap_values.attribute, shap_values.any_order, permutation.row_losses
    monkeypatch.setattr(
        shap_values, "attribute", lambda s, *a, **k: made.append(id(s.predictor.native)) or once(s, *a, **k)
    )
    monkeypatch.setattr(shap_values, "any_order", lambda *a: drawn.append(1) or orders(*a))
    monkeypatch.setattr(permutation, "row_losses", lambda *a: shuffled.append(1) or losses(*a))
    sensitive = pd.Series(np.where(rng.random(n) < 0.5, "m", "f"), name="sex")
    document = run(
        "audit",
        {"model": model, "data": X.assign(y=y), "target": "y", "sensitive": sensitive, "only": list(CHEAP)},
        QUIET,
    )
    asked = [question for question, rows in model.asked if rows == digest(X)]
    assert asked.count("predict") == 1
    assert asked.count("predict_proba") == 1
    assert made.count(id(model)) == 1  # the model that knows nothing has values of its own
    assert len(shuffled) == 1
    statuses = {result.id: str(result.status) for result in document.results}
    assert statuses["explanation.faithfulness"] == "pass"
    assert "error" not in {status for name, status in statuses.items() if name.startswith("explanation")}


@pytest.mark.filterwarnings("ignore")
def test_the_whole_default_audit_asks_for_the_audited_rows_once(monkeypatch):
    """Predictions, SHAP values and shuffles: of the audited model, by the rows they are of."""
    from trustlab.explain import permutation, shap_values

    explained, shuffled = [], []
    once, losses = shap_values.attribute, permutation.row_losses

    def attribute(subject, rows, background, *rest, **named):
        explained.append((id(subject.predictor.native), digest(rows), digest(background)))
        return once(subject, rows, background, *rest, **named)

    def row_losses(subject, *rest, **named):
        shuffled.append((id(subject.predictor.native), digest(subject.X)))
        return losses(subject, *rest, **named)

    monkeypatch.setattr(shap_values, "attribute", attribute)
    monkeypatch.setattr(permutation, "row_losses", row_losses)
    rng = np.random.default_rng(1)
    n = 613
    X = pd.DataFrame(rng.normal(size=(2 * n, 5)), columns=list("abcde"))
    y = (X.a + X.b + rng.normal(size=2 * n) > 0).astype(int)
    table = X.assign(y=y, sex=rng.choice(["f", "m"], 2 * n))
    past, now = table.iloc[n:].reset_index(drop=True), table.iloc[:n]
    model = Counted().fit(X.iloc[n:], y.iloc[n:])
    Counted.asked.clear()
    given = {"model": model, "data": now, "train": past, "target": "y", "sensitive": "sex"}
    document = run("audit", given, QUIET)
    for rows in (X.iloc[:n], X.iloc[n:]):
        asked = [question for question, seen in model.asked if seen == digest(rows)]
        assert asked.count("predict") == 1, "of the audited rows, and of the training rows"
        assert asked.count("predict_proba") == 1
    values = [asked for asked in explained if asked[0] == id(model)]
    assert len(values) == 2, "of some audited rows, and of some training rows for their drift"
    assert len(set(values)) == 2
    assert len(set(explained)) == len(explained), "a reference model has values of its own"
    assert len(set(shuffled)) == len(shuffled) == 1
    assert len({result.id.split(".")[0] for result in document.results if result.status == "pass"}) >= 7
    assert not [result.id for result in document.results if result.status == "error"]
