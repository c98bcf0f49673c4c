"""The audit's own quick learners: what a check fits beside the model, on codes or numbers."""

from __future__ import annotations

from typing import Any

TREES = 60
FEWEST_TREES = 10


def trees(classes: int, seed: int) -> Any:
    """Return small boosted trees, unfitted: probabilities where there are classes, else numbers.

    Parameters
    ----------
    classes : int
        How many; 0 for a regression. With many, each gets fewer trees.
    seed : int
        Fixes every draw.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(
        max_iter=max(TREES * 2 // max(classes, 2), FEWEST_TREES),
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )


def linear(classes: int, steps: int = 200) -> Any:
    """Return a logistic or a ridge regression, unfitted."""
    from sklearn.linear_model import LogisticRegression, Ridge

    return LogisticRegression(max_iter=steps) if classes else Ridge()
