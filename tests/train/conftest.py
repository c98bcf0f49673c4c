"""Real data in three shapes: clinical columns with text and gaps, a quantity, and images as pixel columns."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import train_test_split


@pytest.fixture(scope="session")
def clinic():
    """Clinical rows with text, booleans, gaps and a column without any value; progression above the median."""
    loaded = load_diabetes(as_frame=True, scaled=False)
    X = loaded.data.assign(
        sex=loaded.data["sex"].map({1.0: "f", 2.0: "m"}),
        senior=loaded.data["age"] > 60,
        bp=loaded.data["bp"].where(loaded.data["bp"] > 75),
        never=np.nan,
    )
    return X, (loaded.target > loaded.target.median()).astype(int), loaded.target


@pytest.fixture(scope="session")
def digits():
    """Training and held-out images of digits, and their labels."""
    loaded = load_digits(as_frame=True)
    train, test = train_test_split(range(len(loaded.data)), test_size=0.25, random_state=0, stratify=loaded.target)
    return (
        (loaded.data.iloc[train], loaded.target.iloc[train]),
        (loaded.data.iloc[test], loaded.target.iloc[test]),
    )


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Small networks on a busy machine are quicker on one thread than on two that wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
