import pytest

from trustlab.core.context import Context
from trustlab.core.errors import UsageError
from trustlab.core.execute import run
from trustlab.data.dataset import load_dataset

pytestmark = pytest.mark.filterwarnings("ignore")  # third parties' while the registered model is loaded
QUIET = Context(progress=False, notice=lambda _: None)
LENDER = {"model": "lender", "data": "loans@main"}


def test_the_row_is_that_of_the_data_as_read(playground):
    frame = load_dataset("loans@main", QUIET).frame
    document = run("explain", {**LENDER, "row": 17}, QUIET)
    table = document.results[0].view("contributions")
    cells = dict(zip(table.column("feature"), table.column("value"), strict=True))
    assert float(cells["income"]) == pytest.approx(frame.income[17], rel=1e-3)
    assert cells["region"] == frame.region[17]
    payload = document.payload
    assert payload["row"] == 17
    assert payload["prediction"] in (0, 1)
    assert payload["probability"] == document.results[0].value
    assert document.summary.startswith(f"Row 17: approved = {payload['prediction']} with {payload['probability']:.2f}")
    everywhere = run("explain", {**LENDER, "row": 17, "where": "race == 'Green'", "rows": "all"}, QUIET)
    assert everywhere.payload == payload


def test_without_a_row_the_model_as_a_whole(playground):
    document = run("explain", {**LENDER, "where": "race == 'Blue'"}, QUIET)
    assert document.payload["row"] is None
    assert document.status == "pass"
    assert set(document.results[0].view("importance").column("feature")[:2]) == {"income", "debt_ratio"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"row": 400}, "row must be from 0 to 399"),
        ({"row": -1}, "row"),
        ({"method": ["shape"]}, r"got 'shape'. Did you mean 'shap'\?"),
    ],
)
def test_bad_usage(playground, parameters, message):
    with pytest.raises(UsageError, match=message):
        run("explain", {**LENDER, **parameters}, QUIET)


def test_without_a_model_it_says_why(playground):
    document = run("explain", {"data": "loans.csv", "prediction": "decision", "row": 3}, QUIET)
    assert document.status == "not_applicable"
    assert "model" in document.summary


def test_a_method_that_explains_no_rows(playground):
    with pytest.raises(UsageError, match="row must go with a method that explains rows; got permutation"):
        run("explain", {**LENDER, "row": 1, "method": ["permutation"]}, QUIET)
    document = run("explain", {**LENDER, "method": ["explain.permutation", "integrated_gradients"]}, QUIET)
    assert [str(result.status) for result in document.results] == ["pass", "not_applicable"]
    assert document.payload["method"] == ["explain.permutation", "explain.integrated_gradients"]


def test_the_summary_says_the_explanations_own_quality(playground):
    document = run("explain", {**LENDER, "row": 17}, QUIET)
    assert "Quality of this explanation: it adds up to within" in document.summary
    assert "against random orders" in document.summary


def test_the_method_suits_the_model():
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    from tests.explain.networks import deep_subject, image_subject
    from trustlab.models.subject import Subject
    from trustlab.verbs.explain import suited

    assert suited(deep_subject()) == "shap"
    assert suited(image_subject()) == "integrated_gradients"
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(12, 600))).rename(columns="x{}".format)
    y = (wide.x0 > 0).astype(int)
    for model, method in (
        (LogisticRegression(), "shap_linear"),
        (DecisionTreeClassifier(), "shap_tree"),
        (KNeighborsClassifier(3), "occlusion"),
    ):
        assert suited(Subject.load(model=model.fit(wide, y), data=wide, target=y, context=Context())) == method
        narrow = wide[["x0", "x1"]]
        assert suited(Subject.load(model=model.fit(narrow, y), data=narrow, target=y, context=Context())) == "shap"


def test_a_row_that_is_a_text_is_not_applicable_in_words():
    texts = ["good work", "bad work"] * 30

    def reads(rows):
        return [int("good" in row) for row in rows]

    document = run("explain", {"model": reads, "data": texts, "target": [1, 0] * 30, "task": "binary", "row": 3}, QUIET)
    assert document.status == "not_applicable"
    assert "each row here is a text" in document.results[0].reason
    assert document.payload["prediction"] is None
