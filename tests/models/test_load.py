import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from trustlab.core.errors import InputError, NotFoundError, RefusedError, UsageError
from trustlab.models import load_model
from trustlab.models.trust import remember


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (Path(self.target),))


@pytest.mark.parametrize("suffix", [".pkl", ".pickle", ".joblib", ".pt", ".pth", ".pt2", ".PKL"])
def test_a_pickle_from_outside_is_refused_and_its_code_does_not_run(tmp_path, workspace, suffix):
    mark = tmp_path / "ran"
    path = tmp_path / f"gift{suffix}"
    path.write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(RefusedError, match="must be trusted before it is opened") as caught:
        load_model(str(path), workspace)
    assert "--trust-pickle" in caught.value.hint
    assert not mark.exists()


def test_even_one_inside_the_workspace_folder_is_refused_unless_the_workspace_wrote_it(workspace, diabetes):
    X, y = diabetes
    path = workspace.root / "planted.pkl"
    joblib.dump(LogisticRegression(max_iter=5000).fit(X, y), path)
    with pytest.raises(RefusedError):
        load_model(str(path), workspace)
    remember(workspace, path)
    assert load_model(str(path), workspace).classes == [0, 1]
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(RefusedError):
        load_model(str(path), workspace)


def test_a_trusted_pickle_opens(tmp_path, workspace, diabetes):
    X, y = diabetes
    estimator = LogisticRegression(max_iter=5000).fit(X, y)
    path = tmp_path / "mine.joblib"
    joblib.dump(estimator, path)
    predictor = load_model(str(path), workspace, trust_pickle=True)
    assert predictor.name == "mine"
    np.testing.assert_array_equal(predictor.predict(X), estimator.predict(X))


def test_a_pickle_that_fails_to_open_is_an_input_error(tmp_path, workspace):
    path = tmp_path / "torn.pkl"
    path.write_bytes(b"not a pickle")
    with pytest.raises(InputError, match="must open here"):
        load_model(str(path), workspace, trust_pickle=True)


def test_a_skops_file_opens_freely_but_not_with_types_that_nobody_vouches_for(tmp_path, workspace, diabetes):
    X, y = diabetes
    safe = tmp_path / "boosting.skops"
    skops.io.dump(HistGradientBoostingClassifier(max_iter=5).fit(X, y), safe)
    assert load_model(str(safe), workspace).task == "binary"
    odd = tmp_path / "odd.skops"
    skops.io.dump(FunctionTransformer(joblib.load), odd)
    with pytest.raises(RefusedError, match=r"known types only.*joblib"):
        load_model(str(odd), workspace)
    torn = tmp_path / "torn.skops"
    torn.write_bytes(b"PK")
    with pytest.raises(InputError, match="must be readable"):
        load_model(str(torn), workspace)


def test_a_whole_torch_module_opens_where_trusted_and_bare_weights_say_what_is_missing(tmp_path, workspace):
    network = nn.Linear(3, 2)
    torch.save(network, tmp_path / "whole.pt")
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    rows = np.ones((2, 3), dtype=np.float32)
    predictor = load_model(str(tmp_path / "whole.pt"), workspace, trust_pickle=True)
    expected = network(torch.from_numpy(rows)).softmax(dim=1).detach().numpy()
    np.testing.assert_allclose(predictor.predict_proba(rows), expected, atol=1e-6)
    with pytest.raises(InputError, match="whole module; it holds a dictionary of 2 weights"):
        load_model(str(tmp_path / "weights.pt"), workspace, trust_pickle=True)


def test_names_that_lead_nowhere(tmp_path, workspace):
    with pytest.raises(NotFoundError, match="there is no file"):
        load_model(str(tmp_path / "absent.onnx"), workspace)
    with pytest.raises(InputError, match=r"registered name or a file of \.pkl"):
        load_model(str(tmp_path / "model.h5"), workspace)
    with pytest.raises(NotFoundError, match="MLflow address must lead to a model"):
        load_model("models:/nobody/1", workspace)
    with pytest.raises(UsageError, match="after @ must stand"):
        load_model("lender@latest", workspace)
