import pytest

from trustlab.core.errors import UsageError
from trustlab.train import RECIPES, build, fit


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "cnn"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_recipe_does_what_its_row_says(clinic, name, task):
    import pandas as pd

    X, y, target = clinic
    labels = {"binary": y, "multiclass": pd.qcut(target, 3, labels=["low", "mid", "high"]), "regression": target}[task]
    if task not in RECIPES[name].tasks:
        with pytest.raises(UsageError, match=f"got {task}"):
            build(name, X, labels, task=task)
        return
    predictor = fit(build(name, X, labels, task=task), X, labels, task=task, epochs=2)
    assert predictor.task == task
    answers = predictor.predict(X)
    assert set(answers) <= set(labels) if task != "regression" else answers.std() > 0


def test_unknown_names_and_tables_for_the_image_network(clinic):
    X, y, _ = clinic
    with pytest.raises(UsageError, match="Did you mean 'boosting'"):
        build("bosting", X, y, task="binary")
    with pytest.raises(UsageError, match="square image, 4 by 4 or more, as pixel columns; got 12 columns"):
        build("cnn", X, y, task="binary")
