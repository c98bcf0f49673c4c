import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from trustlab.checks.privacy.shadow_models import shadow_models
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(seed, n=600):
    """Half of the rows are easy for anybody, half are noise: what the attack by loss cannot tell from a member."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    easy = X.b > 0
    return X, np.where(easy, X.a > 0, rng.random(n) < 0.5).astype(int)


def checked(model, train, test, task="auto", **parameters):
    subject = Subject.load(model=model, data=test[0], target=test[1], train=train, task=task, context=Context())
    return evaluate(shadow_models, {"subject": subject}, Context(progress=False), parameters=parameters)


def areas(result):
    return {row[0]: row[1] for row in result.view("attacks").rows}


def test_shadows_find_more_members_than_the_loss_does():
    train, test = rows(0), rows(1)
    # leaves of several rows give probabilities, not certainty alone
    result = checked(DecisionTreeClassifier(min_samples_leaf=3, random_state=0).fit(*train), train, test, models=12)
    found = areas(result)
    own = next(value for name, value in found.items() if "likelihood ratio" in name)
    assert own > found["area of the attack by loss"] + 0.02
    assert found["area of the attack offline"] > 0.55
    assert result.status == "warn"
    assert "12 models trained like it" in result.reason


def test_a_stiff_model_tells_nothing():
    train, test = rows(0), rows(1)
    result = checked(LogisticRegression().fit(*train), train, test, models=8)
    assert (result.status, result.value) == ("pass", 0)


def test_a_model_that_cannot_be_trained_again_has_a_stand_in():
    train, test = rows(0, 300), rows(1, 300)
    tree = DecisionTreeClassifier(random_state=0).fit(*train)

    class Sealed:
        classes_ = tree.classes_

        def predict(self, X):
            return tree.predict(X)

        def predict_proba(self, X):
            return tree.predict_proba(X)

    result = checked(Sealed(), train, test, models=4)
    assert "boosted trees" in result.reason
    assert areas(result)["area of the attack by loss"] > 0.6


def test_too_few_rows_are_not_applicable():
    train, test = rows(0, 30), rows(1, 10)
    result = checked(LogisticRegression().fit(*train), train, test)
    assert result.status == "not_applicable"
    assert "20 training rows" in result.reason


def test_the_same_seed_gives_the_same_attack():
    train, test = rows(0, 200), rows(1, 200)
    model = DecisionTreeClassifier(random_state=0).fit(*train)
    one, two = (checked(model, train, test, models=4) for _ in range(2))
    assert one.reason == two.reason
    assert one.view("roc").rows == two.view("roc").rows
