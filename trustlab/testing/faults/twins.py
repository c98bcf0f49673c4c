"""Clean cases: made-up data of which everything is known, and a model that is right for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustlab.testing.faults.fault import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd

ROWS = 4000  # of either kind: training and audited
LENDER = ("income", "debt", "history", "savings", "age", "region", "job")
FLAT = ("size", "rooms", "distance", "built", "district")
PLANT = ("petal", "sepal", "stem", "leaf", "soil")
SIDE = 6  # of a picture
PLAIN = ["the", "a", "and", "of", "it", "was", "this", "that", "with", "for", "on", "in", "as", "at", "but"]
GOOD, BAD = ["great", "lovely", "fresh", "kind", "warm", "quick"], ["poor", "stale", "rude", "cold", "slow", "dirty"]


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return made-up borrowers: group and sex are independent of everything; ``y`` is 1 where the loan is repaid."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame(
        {
            "income": rng.normal(50, 15, rows).clip(5).round(2),
            "debt": rng.beta(2, 5, rows).round(4),
            "history": rng.gamma(3, 3, rows).round(1),
            "savings": rng.gamma(2, 4, rows).round(2),
            "age": rng.integers(18, 80, rows),
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "job": rng.choice(["clerk", "builder", "teacher"], rows),
            "group": rng.choice(["Blue", "Green"], rows, p=[0.6, 0.4]),
            "sex": rng.choice(["female", "male"], rows),
        }
    )
    return frame.assign(y=(rng.random(rows) < 1 / (1 + np.exp(-merit(frame)))).astype(int))


def some(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> Any:
    """Return a mask of about that share of the rows."""
    return rng.random(len(frame)) < share


def merit(frame: pd.DataFrame) -> Any:
    """Return the log-odds that a borrower repays."""
    return (
        1.6 * (frame.income - 50) / 15
        - 1.2 * (frame.debt - 0.286) / 0.16
        + 0.9 * (frame.history - 9) / 5.2
        + 0.6 * (frame.savings - 8) / 5.7
        + 0.5 * (frame.region == "north")
        - 0.5 * (frame.job == "builder")
        + 0.3
    ).to_numpy()


def tabular(features: Sequence[str], estimator: Callable[[], Any]) -> Callable[[pd.DataFrame], Any]:
    """Return a function that fits ``estimator`` on those features, text ones as one column per value."""

    def fit(frame: pd.DataFrame) -> Any:
        from sklearn.compose import make_column_selector, make_column_transformer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        columns = make_column_transformer(
            (StandardScaler(), make_column_selector(dtype_include="number")),
            (
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_exclude="number"),
            ),
        )
        return make_pipeline(columns, estimator()).fit(frame[list(features)], frame["y"])

    return fit


def logistic() -> Any:
    """Return a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500)


def _case(train: pd.DataFrame, rows: pd.DataFrame, fit: Callable[[pd.DataFrame], Any], **more: Any) -> Case:
    return Case(train=train, rows=rows, model=fit(train), fit=fit, **more)


def lender(rng: np.random.Generator) -> Case:
    """Return borrowers and a logistic regression that ignores group and sex: binary."""
    fit = tabular(LENDER, logistic)
    return _case(people(ROWS, rng), people(ROWS, rng), fit, sensitive=("group", "sex"))


def flats(rng: np.random.Generator) -> Case:
    """Return rents, linear in what they depend on, and a linear model: regression."""
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    def rents(rows: int) -> pd.DataFrame:
        frame = pd.DataFrame(
            {
                "size": rng.uniform(20, 140, rows).round(1),
                "rooms": rng.integers(1, 6, rows),
                "distance": rng.gamma(2, 3, rows).round(2),
                "built": rng.integers(1900, 2020, rows),
                "district": rng.choice(["hill", "lake", "mill", "park"], rows),
                "group": rng.choice(["Blue", "Green"], rows),
            }
        )
        rent = 200 + 9 * frame["size"] + 40 * frame.rooms - 20 * frame.distance + 120 * (frame.district == "lake")
        return frame.assign(y=(rent + rng.normal(0, 90, rows)).round(2))

    return _case(rents(ROWS), rents(ROWS), tabular(FLAT, LinearRegression), sensitive=("group",))


def plants(rng: np.random.Generator, apart: float = 1.0) -> Case:
    """Return three species whose features are normal with equal spread, and a logistic regression: multiclass."""
    import numpy as np
    import pandas as pd

    centres = apart * np.array([[0.0, 0.0, 0.0, 0.0], [1.6, 0.8, 0.0, -0.8], [0.0, 1.6, -1.4, 0.8]])

    def grown(rows: int) -> pd.DataFrame:
        kind = rng.integers(0, 3, rows)
        frame = pd.DataFrame((centres[kind] + rng.normal(size=(rows, 4))).round(4), columns=list(PLANT[:4]))
        soil = rng.choice(["clay", "loam", "sand"], rows)
        group = rng.choice(["wild", "sown"], rows)
        return frame.assign(soil=soil, group=group, y=np.array(["ash", "elm", "oak"])[kind])

    return _case(grown(ROWS), grown(ROWS), tabular(PLANT, logistic), sensitive=("group",))


def clear_plants(rng: np.random.Generator) -> Case:
    """Return three species so far apart that few rows leave a doubt."""
    return plants(rng, apart=2.2)


def pictures(rng: np.random.Generator) -> Case:
    """Return small grey pictures of a bright patch at the left or at the right, and a model on their pixels."""
    import numpy as np
    import pandas as pd

    names = [f"px{row}_{column}" for row in range(SIDE) for column in range(SIDE)]

    def drawn(rows: int) -> pd.DataFrame:
        right = rng.integers(0, 2, rows)
        grey = rng.normal(0.4, 0.2, (rows, SIDE, SIDE))
        places = rng.integers(0, SIDE - 1, rows)
        sides = np.where(right == 1, SIDE // 2 + rng.integers(0, 2, rows), rng.integers(0, 2, rows))
        for down in range(2):
            for across in range(2):
                grey[np.arange(rows), places + down, sides + across] += 0.22
        frame = pd.DataFrame(grey.clip(0, 1).round(4).reshape(rows, -1), columns=names)
        return frame.assign(y=right)

    return _case(drawn(ROWS // 2), drawn(ROWS // 2), tabular(names, logistic))


def reviews(rng: np.random.Generator) -> Case:
    """Return short texts in which kind or harsh words prevail, and a model on the counts of their words."""
    import numpy as np
    import pandas as pd

    def written(rows: int) -> pd.DataFrame:
        liked = rng.integers(0, 2, rows)
        texts = []
        for one in liked:
            kind, harsh = rng.choice(GOOD, rng.poisson(1 + one)), rng.choice(BAD, rng.poisson(2 - one))
            words = [*rng.choice(PLAIN, 9), *kind, *harsh]
            texts.append(" ".join(rng.permutation(np.array(words))))
        return pd.DataFrame({"text": texts, "y": liked})

    return _case(written(ROWS // 2), written(ROWS // 2), fit_words, more={"text": "text"})


def fit_words(frame: pd.DataFrame) -> Any:
    """Return a logistic regression on the words of the column ``text``."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(CountVectorizer(), logistic()).fit(frame["text"], frame["y"])


def images(rng: np.random.Generator) -> Case:
    """Return grey images, 12 by 12, of a bright bar that lies or stands somewhere, without a model."""
    import numpy as np

    rows = ROWS // 10
    stands = rng.integers(0, 2, rows)
    places = np.mgrid[0:12, 0:12][None] - rng.integers(3, 9, (rows, 2))[:, :, None, None]
    along, across = places[:, 0], places[:, 1]
    long, wide = (np.where(stands[:, None, None] == 1, *pair) for pair in ((along, across), (across, along)))
    shape = (np.abs(long) <= 3) & (np.abs(wide) <= 1)
    grey = (60 + 120 * shape + rng.normal(0, 12, (rows, 12, 12))).clip(0, 255).astype(np.uint8)
    return Case(train=None, rows=grey, model=None, fit=lambda _: None, more={"target": stands, "train": None})


def even(rng: np.random.Generator) -> Case:
    """Return borrowers and a column of decisions that are wrong for one in ten of them, whoever they are."""
    import numpy as np

    rows = people(ROWS, rng)
    wrong = rng.random(len(rows)) < 0.1
    rows = rows.assign(y=rng.integers(0, 2, len(rows)))
    rows = rows.assign(said=np.where(wrong, 1 - rows.y, rows.y))
    return Case(
        train=rows,
        rows=rows,
        model=None,
        fit=lambda _: None,
        sensitive=("group", "sex"),
        more={"prediction": "said", "train": None},
    )


TWINS = {
    "lender": lender,
    "even": even,
    "flats": flats,
    "plants": plants,
    "clear_plants": clear_plants,
    "pictures": pictures,
    "reviews": reviews,
    "images": images,
}
