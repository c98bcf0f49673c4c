"""Write a store as this version writes it: ``python tests/formats/make_store.py tests/formats/store-vN``.

Run once for each version of the format, when it is settled; what it wrote then is never written again. Version 1 had no
tags, links, rules, packed chunks and patches.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np

from trustlab.store import open_store
from trustlab.store.branches import create_branch
from trustlab.store.commit import commit
from trustlab.store.rules import set_rules
from trustlab.store.tags import create_tag

NOISE = random.Random(7).randbytes(300_000)
EDITED = NOISE[:1000] + b"edit" + NOISE[1000:]
VERSIONS = [
    {"a/small.txt": b"one\n", "big.bin": NOISE, "empty": b""},
    {"a/small.txt": b"two\n", "big.bin": EDITED, "empty": b"", "ü/é.txt": "é".encode()},
]
NUMBERS = np.random.default_rng(0).normal(size=16_000)
CHANGED = np.where(np.arange(16_000) % 100 == 0, 0.0, NUMBERS)
WORDS = b"words that come again and again; " * 1000


def main(root: Path) -> None:
    store = open_store(root)
    for message, files in zip(("first", "second"), VERSIONS, strict=True):
        commit(store, "r", list(files.items()), message=message, author="somebody", provenance={"operation": "test"})
    create_branch(store, "later", "r@main~1")
    first = commit(store, "t", [("n", NUMBERS.tobytes()), ("w", WORDS)], message="table", author="somebody")
    made_from = {"operation": "test", "inputs": [{"repo": "t", "commit": first.commit, "role": "given"}]}
    commit(
        store, "t", [("n", CHANGED.tobytes()), ("w", WORDS)], message="rows", author="somebody", provenance=made_from
    )
    create_tag(store, "v1", "t@main~1", message="as delivered", author="somebody")
    set_rules(store, "t", {"on_breach": "quarantine"}, author="somebody")
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
