"""A model asked about rows of which only some inputs are known: the rest comes from other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from trustlab.explain.quality import Masked
    from trustlab.models.subject import Subject
    from trustlab.stats.arrays import Bools, Floats, Ints

CELLS = 4_000_000


def row_masks(subject: Subject, rows: pd.DataFrame, background: pd.DataFrame, codes: Ints) -> Masked:
    """Return the function from kept inputs, shape (rows, masks, d), to the mean output of each row's class.

    Parameters
    ----------
    background : pandas.DataFrame
        Where an input that is not kept comes from: each of these rows in turn.
    codes : ndarray of int, shape (rows,)
        The column of the outputs that is looked at.
    """
    import numpy as np

    from trustlab.explain.shap_values import mixed_outputs

    def answer(keep: Bools) -> Floats:
        n, masks, d = keep.shape
        found = np.empty((n, masks))
        size = max(1, CELLS // (masks * d * len(background)))
        for start in range(0, n, size):
            part = slice(start, start + size)
            shape = (len(keep[part]), len(background), masks, d)
            known = np.broadcast_to(keep[part][:, None], shape)
            outputs = mixed_outputs(subject, rows.iloc[part], background, known).mean(axis=1)
            found[part] = np.take_along_axis(outputs, codes[part][:, None, None], axis=2)[:, :, 0]
        return found

    return answer
