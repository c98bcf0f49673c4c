"""Several models or columns on the same rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, UsageError
from trustlab.core.execute import run
from trustlab.models.candidates import Candidates
from trustlab.testing.playground import loans

QUIET = Context(progress=False)


def load(candidates, **named):
    return Candidates.load(candidates, **named, context=QUIET)


def test_columns_are_predictions_or_scores_and_no_features():
    frame = loans()
    found = load(["decision", "score"], data=frame, target="approved")
    assert list(found.subjects) == ["decision", "score"]
    assert found.subjects["decision"].proba is None
    assert found.subjects["score"].proba[:, 1] == pytest.approx(frame.score)
    assert found.subjects["decision"].y_pred.tolist() == frame.decision.tolist()
    for subject in found.subjects.values():
        assert not {"decision", "score", "approved"} & set(subject.X.columns)


def test_models_and_columns_stand_on_the_rows_held_out_from_all(playground):
    run("train", {"data": "loans@main", "target": "approved", "name": "other", "recipe": "forest", "seed": 5}, QUIET)
    both = load(["lender@1", "other@1", "decision"], data="loans@main")
    alone = load(["lender@1", "decision"], data="loans@main")
    rows = {name: set(subject.X.index) for name, subject in both.subjects.items()}
    assert rows["lender@1"] == rows["other@1"] == rows["decision"]
    assert rows["lender@1"] < set(alone.subjects["lender@1"].X.index)
    y = [subject.y.tolist() for subject in both.subjects.values()]
    assert y[0] == y[1] == y[2]
    one = both.subjects["lender@1"]
    assert one.y_pred.tolist() == one.predict(one.X).tolist()


def test_objects_are_numbered_and_a_model_that_fails_is_named():
    X, y = pd.DataFrame({"a": np.arange(40.0), "b": 1.0}), np.arange(40) % 2
    good, other = LogisticRegression().fit(X, y), LogisticRegression().fit(X.assign(c=1), y)
    found = load([good, other], data=X.assign(y=y), target="y")
    assert list(found.subjects) == ["candidate 1"]
    assert list(found.failed) == ["candidate 2"]
    assert found.provenance()["failed"] == found.failed


@pytest.mark.parametrize(
    ("candidates", "error", "message"),
    [
        (["decision"], UsageError, "candidates must be 2 or more"),
        (["decision", "decision"], UsageError, "candidates must be 2 or more, all different"),
        (["nobody", "nothing"], NotFoundError, "'nobody' is neither"),
    ],
)
def test_what_cannot_be_compared_is_named(tmp_path, candidates, error, message):
    with pytest.raises(error, match=message):
        Candidates.load(candidates, data=loans(), target="approved", context=Context(folder=tmp_path))


def test_one_question_for_all():
    frame = loans().assign(said=lambda rows: np.where(rows.decision == 1, 1, 0))
    X, y = frame[["income"]], np.array(["a", "b", "c"])[np.arange(len(frame)) % 3]
    other = LogisticRegression().fit(X, y)
    with pytest.raises((InputError, UsageError)):
        load([other, "nothing"], data=frame, target="approved")
    with pytest.raises(UsageError, match="target is needed"):
        load(["decision", "said"], data=frame)
