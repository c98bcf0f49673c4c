"""How like real rows changed rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from trustlab.explain.actions import Actions
    from trustlab.stats.arrays import Bools

COMPARED = 1000
USUAL = 0.95


def unlike(actions: Actions, rows: pd.DataFrame, rng: np.random.Generator) -> Bools:
    """Return which rows lie farther from their five nearest real rows than 95% of real rows do from theirs.

    Parameters
    ----------
    actions : Actions
        Measures the distance, and holds the real rows.
    """
    import numpy as np

    from trustlab.explain.actions import Actions
    from trustlab.stats.sampling import subsample

    real = actions.reference.iloc[subsample(len(actions.reference), COMPARED, rng)]
    near = Actions(actions.actions, actions.fixed, real)
    usual = near.strangeness(real, own=True)
    if not np.isfinite(usual).any():
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(near.strangeness(rows) > np.quantile(usual, USUAL))
