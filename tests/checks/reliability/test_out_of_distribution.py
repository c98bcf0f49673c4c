import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from trustlab.checks.reliability._strange import FAR, NEAR, NEGATIVE, NOISE, strange_rows
from trustlab.checks.reliability.out_of_distribution import out_of_distribution
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def rows(n=600, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    X = pd.DataFrame(
        {"a": a, "b": a + 0.1 * rng.normal(size=n), "c": rng.choice(["x", "y"], n), "k": rng.integers(0, 9, n)}
    )
    return X, (a + rng.normal(size=n) > 0).astype(int)


class Careful(ClassifierMixin, BaseEstimator):
    """Knows nothing outside the box that it has seen."""

    def fit(self, X, y):
        self.inner_ = LogisticRegression().fit(X[["a"]], y)
        self.classes_, self.feature_names_in_ = self.inner_.classes_, np.array(X.columns)
        self.box_ = X.a.abs().max()
        return self

    def predict_proba(self, X):
        return np.where((X.a.abs() > self.box_).to_numpy()[:, None], 0.5, self.inner_.predict_proba(X[["a"]]))

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)


class Linear(Careful):
    def predict_proba(self, X):
        return self.inner_.predict_proba(X[["a"]])


def checked(model, X, y, train=None, **parameters):
    subject = Subject.load(model=model, data=X, target=y, train=train, context=Context())
    return evaluate(out_of_distribution, {"subject": subject}, Context(), parameters=parameters)


def kinds(result):
    view = result.view("kinds")
    return {row[0]: dict(zip(view.columns, row, strict=True)) for row in view.rows}


def test_strange_rows_keep_columns_and_leave_the_originals_alone():
    X, _ = rows()
    before = X.copy(deep=True)
    made = strange_rows(X, np.random.default_rng(0))
    pd.testing.assert_frame_equal(X, before)
    assert set(made) == {NEAR, FAR}
    for table in made.values():
        assert list(table.columns) == list(X.columns)
        assert table.index.equals(X.index)
    near, far = made[NEAR], made[FAR]
    assert all(sorted(near[name]) == sorted(X[name]) for name in X.columns)
    assert abs(near.a.corr(near.b)) < 0.2 < X.a.corr(X.b)
    width = np.ptp(X.a)
    assert ((far.a > X.a.max() + 2.9 * width) | (far.a < X.a.min() - 2.9 * width)).all()
    assert (far.k == far.k.round()).all()
    assert far.c.equals(X.c)


def test_pictures_have_kinds_of_their_own():
    pixels = pd.DataFrame(np.random.default_rng(1).integers(0, 17, (200, 64)).astype(float))
    made = strange_rows(pixels, np.random.default_rng(0))
    assert set(made) == {NOISE, NEGATIVE}
    assert (made[NEGATIVE].to_numpy() == 16 - pixels.to_numpy()).all()


def test_a_linear_model_is_sure_far_away_and_a_careful_one_is_not():
    (X, y), train = rows(), rows(seed=1)
    sure = kinds(checked(Linear().fit(*train), X, y, train=train))[FAR]
    assert sure["over"] > 0.9
    assert sure["area"] < 0.2
    assert sure["neighbours"] > 0.99
    careful = checked(Careful().fit(*train), X, y, train=train)
    assert kinds(careful)[FAR]["over"] == 0
    assert kinds(careful)[FAR]["area"] > 0.99
    assert careful.status == "pass"  # shown, not judged


def test_areas_are_scikit_learns():
    (X, y), train = rows(), rows(seed=1)
    numeric = [name for name in X.columns if name != "c"]
    X, train = X[numeric], (train[0][numeric], train[1])
    model = RandomForestClassifier(random_state=0).fit(*train)
    result = checked(model, X, y, train=train)
    rng = Context().rng("reliability.out_of_distribution")
    for name, strange in strange_rows(X, rng).items():
        truth = np.r_[np.ones(len(X)), np.zeros(len(X))]
        score = np.r_[model.predict_proba(X).max(axis=1), model.predict_proba(strange).max(axis=1)]
        line = kinds(result)[name]
        assert line["area"] == pytest.approx(roc_auc_score(truth, score))
        assert line["over"] == pytest.approx((score[len(X) :] > 0.9).mean())
        mean, deviation = train[0].mean(), train[0].std(ddof=0)
        index = NearestNeighbors(n_neighbors=5).fit((train[0] - mean) / deviation)
        far = [index.kneighbors((part - mean) / deviation)[0][:, -1] for part in (X, strange)]
        assert line["neighbours"] == pytest.approx(roc_auc_score(truth, -np.concatenate(far)))


def test_a_model_that_refuses_is_not_applicable_with_its_words():
    class Strict(Careful):
        def predict_proba(self, X):
            if (X.a.abs() > self.box_).any() or abs(X.a.corr(X.b)) < 0.5:
                raise ValueError("not my rows")
            return super().predict_proba(X)

    X, y = rows()
    result = checked(Strict().fit(X, y), X, y)
    assert result.status == "not_applicable"
    assert "not my rows" in result.reason


def test_few_rows_are_not_applicable_and_no_training_data_do_not_hurt():
    X, y = rows()
    assert checked(Linear().fit(X, y), X[:10], y[:10]).status == "not_applicable"
    assert kinds(checked(Linear().fit(X, y), X, y))[FAR]["neighbours"] > 0.99


def test_images_and_texts_have_strange_rows_too():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 80)
    images = rng.uniform(0, 0.4, (80, 6, 6)).astype(np.float32) + 0.5 * y[:, None, None].astype(np.float32)

    class Bright:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            p = 1 / (1 + np.exp(-20 * (np.asarray(X).reshape(len(X), -1).mean(axis=1) - 0.45)))
            return np.column_stack([1 - p, p])

        def predict(self, X):
            return (self.predict_proba(X)[:, 1] > 0.5).astype(int)

    found = kinds(checked(Bright(), images, y))
    assert set(found) == {NOISE, NEGATIVE}
    assert found[NEGATIVE]["over"] > 0.9  # a negative is as bright or dark as a picture
    assert found[NOISE]["over"] < 0.5

    texts = ["good film " * k if k % 2 else "bad plot " * k for k in range(1, 60)]
    made = strange_rows(np.array(texts, dtype=object), rng)
    (shuffled,) = made.values()
    assert [len(text.split()) for text in shuffled] == [len(text.split()) for text in texts]
    assert any("good" in text and "bad" in text for text in shuffled)
