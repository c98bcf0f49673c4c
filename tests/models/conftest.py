"""Real data, real models, and one MLflow database for all tests of the folder: its first use takes seconds."""

import pandas as pd
import pytest
import torch
from sklearn.datasets import load_diabetes

from trustlab.core.workspace import Workspace


@pytest.fixture(scope="session")
def diabetes():
    """Ten clinical columns, and whether the disease progressed beyond the median."""
    loaded = load_diabetes(as_frame=True, scaled=False)
    return loaded.data, (loaded.target > loaded.target.median()).astype(int)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return Workspace.create(tmp_path_factory.mktemp("workspace"))


@pytest.fixture
def letters():
    return pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 1.0]})


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Small networks on a busy machine are quicker on one thread than on two that wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
