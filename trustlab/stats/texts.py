"""Properties of texts that need no knowledge of their language, and which of them are nearly the same."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from trustlab.stats.arrays import Bools, Floats, Ints

SHINGLE = 5  # characters
HASHES, BAND = 32, 4
MOST_CHARACTERS = 5_000_000  # of the texts among which near copies are looked for: some seconds, some hundred MB
ALIKE = 0.8  # Jaccard similarity of shingles from which two texts are nearly the same
WORD = r"\w+"
SIGNS = r"\w+|[^\w\s]"  # words, and each other sign by itself


def properties(texts: Sequence[str]) -> dict[str, Floats]:
    """Return figures of each text, by name, each of shape (n,); shares are of all characters, 0 in an empty text."""
    import pandas as pd

    column = pd.Series(list(texts), dtype=object)
    characters = column.str.len().to_numpy(np.float64)
    words = column.str.count(WORD).to_numpy(np.float64)

    def share(pattern: str) -> Floats:
        count = column.str.count(pattern).to_numpy(np.float64)
        return np.divide(count, characters, out=np.zeros(len(count)), where=characters > 0)

    letters = characters * share(r"\w")
    return {
        "characters": characters,
        "words": words,
        "word length": np.divide(letters, words, out=np.zeros(len(words)), where=words > 0),
        "special characters": share(r"[^\w\s]"),
        "digits": share(r"\d"),
        "capitals": share(r"[A-Z]"),
        "beyond ASCII": share(r"[^\x00-\x7f]"),
    }


def empty(texts: Sequence[str]) -> Bools:
    """Return which texts have no character but spaces, shape (n,)."""
    return np.array([not text.strip() for text in texts], dtype=bool)


def copies(texts: Sequence[str]) -> Ints:
    """Return a number for each text, the same for texts that are nearly the same; that of the first of them.

    Nearly: the Jaccard similarity of the sets of five-character shingles, case and runs of spaces aside, is 0.8 or
    more. Candidates are found by MinHash in bands, of which pairs this similar escape with a chance of 1.5 % (each
    band of four hashes of eight agrees with the chance 0.8 ** 4); equal texts never do. Of more than five million
    characters, only equal ones are found among the texts beyond (see `searched`).

    References
    ----------
    Broder (1997). On the resemblance and containment of documents. SEQUENCES.
    Leskovec, Rajaraman and Ullman (2020). Mining of Massive Datasets, chapter 3.
    """
    import pandas as pd

    codes, distinct = _distinct(texts)
    if not len(codes):
        return np.zeros(0, np.int64)
    first = pd.Series(np.arange(len(codes))).groupby(codes).min().to_numpy(dtype=np.int64)
    group, near = np.arange(len(distinct)), _affordable(distinct)
    group[near] = near[_groups([distinct[place] for place in near])]
    return first[group][codes]


def searched(texts: Sequence[str]) -> Bools:
    """Return among which texts `copies` looks for near copies, shape (n,): all, or five million characters of them.

    Which ones is decided by a hash of the text, so that neither the order of the rows nor chance does.
    """
    codes, distinct = _distinct(texts)
    return np.isin(codes, _affordable(distinct))


def _distinct(texts: Sequence[str]) -> tuple[Ints, list[str]]:
    """Return each text's place among the different ones, case and runs of spaces aside, and those."""
    import pandas as pd

    plain = pd.Series([" ".join(text.casefold().split()) for text in texts], dtype=object)
    codes, distinct = pd.factorize(plain)
    return codes, distinct.tolist()


def _affordable(distinct: Sequence[str]) -> Ints:
    sizes = np.array([len(text) for text in distinct], np.int64)
    if sizes.sum() <= MOST_CHARACTERS:
        return np.arange(len(distinct))
    mixed = np.lexsort((distinct, [zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in distinct]))
    return np.sort(mixed[: int(np.searchsorted(np.cumsum(sizes[mixed]), MOST_CHARACTERS, side="right"))])


def _groups(texts: list[str]) -> Ints:
    """Return for each of different texts the place of the first that it is nearly the same as."""
    shingles = _shingles(texts)
    signatures = minhash(shingles)
    sizes = np.diff(shingles.indptr)
    group = np.arange(len(texts))
    for start in range(0, HASHES, BAND):
        _, bucket = np.unique(signatures[:, start : start + BAND], axis=0, return_inverse=True)
        bucket = bucket.reshape(-1)
        heads = np.full(bucket.max(initial=-1) + 1, len(texts))
        np.minimum.at(heads, bucket, np.arange(len(texts)))
        head = heads[bucket]
        rows = np.flatnonzero((head < np.arange(len(texts))) & (group == np.arange(len(texts))))
        if not len(rows):
            continue
        shared = np.asarray(shingles[rows].multiply(shingles[head[rows]]).sum(axis=1)).reshape(-1)
        union = sizes[rows] + sizes[head[rows]] - shared
        alike = rows[np.divide(shared, union, out=np.zeros(len(rows)), where=union > 0) >= ALIKE]
        group[alike] = group[head[alike]]
    for _ in range(HASHES // BAND):  # a head found in one band may have been given a head itself in a later one
        group = group[group]
    return group


def _shingles(texts: list[str]) -> Any:
    """Return the texts' sets of shingles as a sparse 0/1 matrix, shape (n, 2 ** 20); short texts are one shingle."""
    from sklearn.feature_extraction.text import HashingVectorizer

    padded = [text.ljust(SHINGLE) for text in texts]
    vectorizer = HashingVectorizer(
        analyzer="char", ngram_range=(SHINGLE, SHINGLE), lowercase=False, norm=None, binary=True, alternate_sign=False
    )
    found = vectorizer.transform(padded).tocsr()
    found.sum_duplicates()
    found.data[:] = 1
    return found


def minhash(sets: Any) -> NDArray[np.uint64]:
    """Return the signatures of sparse sets, shape (n, 32): by each of 32 fixed hash functions the least of the set."""
    seeds = np.random.default_rng(0).integers(0, 1 << 63, HASHES, dtype=np.uint64)
    items = sets.indices.astype(np.uint64)
    starts = sets.indptr[:-1]
    filled = np.diff(sets.indptr) > 0
    found = np.full((sets.shape[0], HASHES), np.iinfo(np.uint64).max, np.uint64)
    for at in range(HASHES):
        hashed = _mixed(items + seeds[at])
        if filled.any():
            found[filled, at] = np.minimum.reduceat(hashed, starts[filled])
    return found


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return whole numbers stirred so that each bit depends on all: the last step of the SplitMix64 generator.

    References
    ----------
    Steele, Lea and Flood (2014). Fast splittable pseudorandom number generators. OOPSLA.
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def words_of(texts: Sequence[str], most: int = 20_000) -> tuple[Any, list[str]]:
    """Return which words stand in which texts, a sparse 0/1 matrix of shape (n, w), and the words.

    Words are runs of letters and digits in lower case, and each other sign by itself; those in one text alone are left
    out, and of the others the ``most`` frequent are kept.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(token_pattern=SIGNS, binary=True, min_df=2, max_features=most)
    try:
        found = vectorizer.fit_transform(texts)
    except ValueError:
        # scikit-learn's way of saying that no word is left.
        from scipy.sparse import csr_matrix

        return csr_matrix((len(texts), 0)), []
    return found.tocsr(), [str(word) for word in vectorizer.get_feature_names_out()]
