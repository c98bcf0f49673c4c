"""Data that ship with scikit-learn, as the tables on which the main job shows itself."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

AGE_BANDS = (0, 40, 55, 120)


def diabetes() -> pd.DataFrame:
    """Return the diabetes study: ten baseline measurements of 442 patients, and whether the disease progressed.

    Returns
    -------
    pandas.DataFrame
        The unscaled measurements, ``age_band``, and the target ``progressed``: 1 where the progression one year after
        baseline is above the study's median.

    References
    ----------
    Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression, Annals of Statistics 32, as shipped with
    scikit-learn (``load_diabetes(scaled=False)``).
    """
    import pandas as pd
    from sklearn.datasets import load_diabetes

    study = load_diabetes(as_frame=True, scaled=False)
    frame: pd.DataFrame = study.data.copy()
    frame["sex"] = frame["sex"].map(lambda code: f"{code:g}")
    labels = [f"{lo} to {hi - 1}" for lo, hi in itertools.pairwise(AGE_BANDS)]
    frame["age_band"] = pd.cut(frame["age"], AGE_BANDS, labels=labels, right=False).astype(str)
    frame["progressed"] = (study.target > study.target.median()).astype(int)
    return frame


def digits() -> pd.DataFrame:
    """Return handwritten digits: 1,797 images of 8 x 8 pixels as columns ``pixel_0`` to ``pixel_63``, and ``digit``.

    References
    ----------
    Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI, as shipped with scikit-learn.
    """
    import pandas as pd
    from sklearn.datasets import load_digits

    shipped = load_digits()
    frame = pd.DataFrame(shipped.data, columns=[f"pixel_{i}" for i in range(shipped.data.shape[1])])
    frame["digit"] = shipped.target
    return frame
