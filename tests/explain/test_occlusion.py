import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier

from tests.explain.networks import contributions, image_subject, judged
from tests.explain.test_partial_dependence import asked
from trustlab.core.context import Context
from trustlab.explain._network import attributed, network
from trustlab.explain.occlusion import hidden_patches, occlusion
from trustlab.models.subject import Subject


def test_a_linear_model_loses_its_weight_times_the_distance():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 2)), columns=["a", "b"])
    subject = asked(lambda rows: (2 * rows["a"] - rows["b"]).to_numpy(), X)
    far = X.iloc[3] - X.mean()
    found = contributions(judged(occlusion, subject, row=3))
    assert found == pytest.approx({"a": 2 * far.a, "b": -far.b})


def test_a_forest_by_hand():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=list("abc"))
    y = (X.a * X.b > 0).astype(int)
    model = RandomForestClassifier(9, random_state=0).fit(X, y)
    found = contributions(judged(occlusion, Subject.load(model=model, data=X, target=y, context=Context()), row=5))
    row, code = X.iloc[[5]], int(model.predict(X.iloc[[5]])[0])
    for name in X.columns:
        without = pd.concat([row] * 20, ignore_index=True).assign(**{name: X[name].to_numpy()})
        lost = model.predict_proba(row)[0, code] - model.predict_proba(without)[:, code].mean()
        assert found[name] == pytest.approx(lost)


def test_a_patch_of_the_whole_image_loses_everything_and_one_pixel_its_own():
    subject = image_subject()
    net = network(subject, subject.X.iloc[:3], Context(), "t")
    whole = attributed(net, lambda one: hidden_patches(one, 6))
    with torch.no_grad():
        before = net.answer(net.inputs).gather(1, net.target[:, None])[:, 0]
        after = net.answer(net.baseline).gather(1, net.target[:, None])[:, 0]
    np.testing.assert_allclose(whole.reshape(3, -1), np.tile((before - after).numpy()[:, None], 36), atol=1e-6)
    single = attributed(net, lambda one: hidden_patches(one, 1))
    black = net.inputs.clone()
    black[:, 0, 2, 4] = 0
    with torch.no_grad():
        lost = before - net.answer(black).gather(1, net.target[:, None])[:, 0]
    np.testing.assert_allclose(single[:, 0, 2, 4], lost.numpy(), atol=1e-6)
    assert "6 by 6 pixels" in judged(occlusion, subject, row=0, patch=3).view("heat_map").alt
