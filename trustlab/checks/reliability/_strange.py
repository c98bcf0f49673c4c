"""Rows unlike the audited ones, made from them: what a model should not be sure about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

NEAR = "columns shuffled"
FAR = "numbers far outside"
NOISE = "pixels of noise"
NEGATIVE = "pictures inverted"
WORDS = "words of other texts"
REACH = (3.0, 10.0)  # ranges beyond the end of what was observed
LEAST_SIDE = 4


def strange_rows(content: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return rows of the same form and number, by how they were made.

    Parameters
    ----------
    content : frame, or array of images or of texts
        Audited rows; two or more.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dict of str to frame or array
        ``columns shuffled`` keeps each column's values and breaks what they have to do with each other;
        ``numbers far outside`` puts every number 3 to 10 ranges beyond its column's end; ``pixels of noise`` and
        ``pictures inverted`` for pictures, also where a table's columns are their pixels; ``words of other texts``.
    """
    import numpy as np

    if not hasattr(content, "iloc"):
        return _texts(content, rng) if content.ndim == 1 else _pictures(content, rng)
    if is_picture(content):
        made = _pictures(content.to_numpy(np.float64), rng)
        return {name: _like(content, values) for name, values in made.items()}
    found = {NEAR: _each(content, lambda column: column.iloc[rng.permutation(len(column))])}
    columns = [content.iloc[:, place] for place in range(content.shape[1])]
    numbers = [place for place, column in enumerate(columns) if _is_number(column) and column.nunique() > 2]
    if numbers:
        found[FAR] = _far(content, numbers, rng)
    return found


def _pictures(values: Any, rng: np.random.Generator) -> dict[str, Any]:
    low, high = float(values.min()), float(values.max())
    noise = rng.uniform(low, high, values.shape).astype(values.dtype)
    return {NOISE: noise, NEGATIVE: (high + low - values).astype(values.dtype)}


def _texts(texts: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return texts of the same lengths, of words that were drawn from all of them."""
    import numpy as np

    split = [str(text).split() for text in texts.tolist()]
    words = np.asarray([word for text in split for word in text] or [""], dtype=object)
    made = np.empty(len(split), dtype=object)
    made[:] = [" ".join(words[rng.integers(0, words.size, len(text))]) for text in split]
    return {WORDS: made}


def is_picture(X: pd.DataFrame) -> bool:
    """Return whether the columns are the pixels of a square picture: one range of finite numbers from 0 up."""
    import numpy as np

    side = round(X.shape[1] ** 0.5)
    if side < LEAST_SIDE or side * side != X.shape[1] or not all(map(_is_number, (X[name] for name in X.columns))):
        return False
    values = X.to_numpy(np.float64)
    return bool(np.isfinite(values).all() and values.min() >= 0 and (values.max(axis=0) == values.max()).mean() > 0.3)


def _is_number(column: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _like(X: pd.DataFrame, values: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(values, index=X.index, columns=X.columns)


def _each(X: pd.DataFrame, change: Callable[[Any], Any]) -> pd.DataFrame:
    import pandas as pd

    columns = [change(X.iloc[:, place]).set_axis(X.index) for place in range(X.shape[1])]
    made: pd.DataFrame = pd.concat(columns, axis=1).set_axis(X.columns, axis=1)
    return made


def _far(X: pd.DataFrame, numbers: list[int], rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows shuffled, with their numbers 3 to 10 ranges beyond either end."""
    import numpy as np
    import pandas as pd

    columns = []
    for place in range(X.shape[1]):
        column = X.iloc[:, place]
        if place not in numbers:
            columns.append(column)
            continue
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        finite = values[np.isfinite(values)]
        low, high = float(finite.min()), float(finite.max())
        beyond = rng.uniform(*REACH, len(X)) * (high - low)
        moved = np.where(rng.random(len(X)) < 0.5, low - beyond, high + beyond)
        whole = pd.api.types.is_integer_dtype(column)
        columns.append(pd.Series(np.rint(moved) if whole else moved, index=X.index))
    made: pd.DataFrame = pd.concat(columns, axis=1).set_axis(X.columns, axis=1)
    return made
