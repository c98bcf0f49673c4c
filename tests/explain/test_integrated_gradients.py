import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.explain._heatmap import AGAINST, FOR, heat_map
from trustlab.explain.integrated_gradients import integrated_gradients
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(subject, **parameters):
    return evaluate(integrated_gradients, {"subject": subject}, Context(), parameters=parameters)


def quality(result):
    view = result.view("quality")
    return dict(zip(view.column("measure"), view.column("value"), strict=True))


def image_subject():
    import torch

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten())
    module.append(torch.nn.Linear(2 * 16, 3))
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(size=(40, 16)), columns=[f"pixel_{at}" for at in range(16)])
    predictor = as_predictor(module, task="multiclass", features=list(X.columns))
    return Subject.load(model=predictor, data=X, target=np.arange(40) % 3, context=Context())


def test_a_linear_regression_is_weights_times_distance_from_the_mean():
    import torch

    module = torch.nn.Linear(2, 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[2.0, -1.0]]))
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
    predictor = as_predictor(module, task="regression", features=["a", "b"])
    subject = Subject.load(model=predictor, data=X, target=X.a, task="regression", context=Context())
    result = judged(subject, row=5)
    view = result.view("contributions")
    found = dict(zip(view.column("feature"), view.column("contribution"), strict=True))
    far = X.iloc[5] - X.mean()
    assert found["a"] == pytest.approx(2 * far.a, abs=1e-5)
    assert found["b"] == pytest.approx(-far.b, abs=1e-5)
    assert quality(result)["completeness residual"] == pytest.approx(0, abs=1e-4)


def test_an_image_has_a_heat_map_and_nearly_adds_up():
    subject = image_subject()
    result = judged(subject, row=3, steps=300)
    assert result.value == pytest.approx(subject.predict_proba(subject.row(3)).max(), abs=1e-6)
    assert abs(quality(result)["completeness residual"]) < 0.005
    picture = Image.open(io.BytesIO(base64.b64decode(result.view("heat_map").png)))
    assert picture.size == (256, 256)
    assert "4 by 4 pixels" in result.view("heat_map").alt
    strongest = result.view("contributions").column("feature")[0]
    at = divmod(int(strongest.removeprefix("pixel_")), 4)
    assert f"row {at[0]} and column {at[1]}" in result.view("heat_map").alt


def test_on_average_over_rows():
    result = judged(image_subject())
    assert result.n == 40
    assert result.interval[0] < result.value < result.interval[1]
    assert len(result.view("importance").rows) == 16


def test_the_victim_is_left_as_it_was():
    subject = image_subject()
    subject.predictor.native.train()
    before = subject.predictor.digest()
    judged(subject, row=0)
    assert subject.predictor.digest() == before
    assert subject.predictor.native.training
    assert all(part.grad is None for part in subject.predictor.native.parameters())


def test_other_models_have_no_gradient():
    X = pd.DataFrame({"a": [0.0, 1, 2, 3]})
    subject = Subject.load(
        model=LogisticRegression().fit(X, [0, 0, 1, 1]), data=X, target=[0, 0, 1, 1], context=Context()
    )
    assert judged(subject, row=0).status == "not_applicable"


def test_the_colours_say_for_and_against():
    picture = Image.open(io.BytesIO(base64.b64decode(heat_map(np.array([[2.0, -2.0], [0.0, 1.0]])))))
    assert picture.getpixel((0, 0)) == FOR
    assert picture.getpixel((255, 0)) == AGAINST
    assert picture.getpixel((0, 255)) == (255, 255, 255)
