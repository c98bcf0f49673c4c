import io
import warnings

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trustlab.core.errors import InputError
from trustlab.models import as_predictor, load_model

pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")


def converted(estimator, X, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return skl2onnx.to_onnx(estimator, X[:1], options={id(estimator): options} if options else None)


@pytest.fixture(scope="module")
def pixels(diabetes):
    X, y = diabetes
    return X.to_numpy(dtype=np.float32), y.map({0: "well", 1: "ill"}).to_numpy(dtype=str)


@pytest.mark.parametrize("options", [{}, {"zipmap": False}], ids=["maps", "tensor"])
def test_it_answers_as_the_estimator_it_came_from(pixels, diabetes, options):
    X, y = pixels
    forest = RandomForestClassifier(10, random_state=0).fit(X, y)
    predictor = as_predictor(converted(forest, X, **options), features=list(diabetes[0].columns), name="forest")
    assert (predictor.kind, predictor.task, predictor.classes) == ("onnx", "binary", ["ill", "well"])
    np.testing.assert_allclose(predictor.predict_proba(diabetes[0]), forest.predict_proba(X), atol=1e-5)
    np.testing.assert_array_equal(predictor.predict(diabetes[0]), forest.predict(X))


def test_a_file_opens_by_its_path_and_its_digest_is_of_its_bytes(pixels, tmp_path, workspace):
    X, y = pixels
    scaled = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    model = converted(scaled, X)
    path = tmp_path / "scorer.onnx"
    path.write_bytes(model.SerializeToString())
    predictor = load_model(str(path), workspace)
    assert predictor.name == "scorer"
    np.testing.assert_allclose(predictor.predict_proba(X), scaled.predict_proba(X), atol=1e-5)
    assert predictor.digest() == as_predictor(model).digest() != as_predictor(converted(scaled[-1], X)).digest()


def test_a_session_and_a_regression(pixels):
    import onnxruntime

    X, y = pixels
    line = LinearRegression().fit(X, (y == "ill").astype(float))
    session = onnxruntime.InferenceSession(converted(line, X).SerializeToString())
    predictor = as_predictor(session)
    assert predictor.task == "regression"
    np.testing.assert_allclose(predictor.predict(X), line.predict(X), atol=1e-4)


def test_logits_of_an_exported_module_become_probabilities(pixels):
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    X, _ = pixels
    weights = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32) / 100
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["logits"])],
        "linear",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 10])],
        [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [None, 3])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    predictor = as_predictor(model)
    assert predictor.classes == [0, 1, 2]
    expected = torch.from_numpy(X @ weights).softmax(dim=1).numpy()
    np.testing.assert_allclose(predictor.predict_proba(X), expected, atol=1e-5)


def test_bytes_that_are_no_model_say_so(tmp_path, workspace, pixels):
    path = tmp_path / "broken.onnx"
    path.write_bytes(io.BytesIO(b"not a model").getvalue())
    with pytest.raises(InputError, match="readable by onnxruntime"):
        load_model(str(path), workspace)
    X, y = pixels
    predictor = as_predictor(converted(LogisticRegression(max_iter=5000).fit(X, y), X))
    with pytest.raises(InputError, match="442 rows"):
        predictor.predict(X[:, :5])
