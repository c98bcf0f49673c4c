import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def people():
    """Return a function that makes predictions which err more often for the self-employed in debt."""

    def make(n=4000, bad=0.45, base=0.1, seed=0):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(
            {
                "income": rng.gamma(2, 1000, n),
                "debt_ratio": rng.uniform(0, 1, n),
                "self_employed": rng.choice(["yes", "no"], n, p=[0.3, 0.7]),
                "region": rng.choice(["north", "south", None], n),
                "y": rng.integers(0, 2, n),
            }
        )
        hard = (frame.debt_ratio > 0.75) & (frame.self_employed == "yes")
        wrong = rng.random(n) < np.where(hard, bad, base)
        return frame.assign(said=np.where(wrong, 1 - frame.y, frame.y))

    return make
