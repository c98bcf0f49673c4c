"""The pair: what is compared, and what is said about the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.errors import InputError, UsageError
from trustlab.core.execute import run
from trustlab.drift.pair import Pair

LEFT = pd.DataFrame({"n": [1, 2, 3, 4], "w": list("abab"), "flag": [True, False] * 2, "mixed": [1, 2, 3, 4], "old": 1})
RIGHT = pd.DataFrame({"n": [2, 3, 4, 5], "w": list("bbbb"), "flag": [True, False] * 2, "mixed": list("abcd"), "new": 1})


def load(**parameters):
    return Pair.load(reference=LEFT, current=RIGHT, context=Context(), **parameters)


def test_columns_by_kind_and_differences_in_words():
    pair = load()
    assert pair.numeric == ("n",)
    assert set(pair.categorical) == {"w", "flag", "mixed"}
    assert [word for word in ("'old'", "'new'", "'mixed'") if any(word in text for text in pair.differences)] == [
        "'old'",
        "'new'",
        "'mixed'",
    ]


def test_derive_and_where_reach_both_sides():
    pair = load(derive=["twice = n * 2"], where="n > 1")
    assert pair.reference.frame["twice"].tolist() == [4, 6, 8]
    assert pair.current.frame["twice"].tolist() == [4, 6, 8, 10]
    assert "twice" in pair.numeric


def test_files_without_a_header_are_named_on_both_sides(tmp_path):
    for name in ("before.csv", "after.csv"):
        (tmp_path / name).write_text("1,a\n2,b\n")
    files = {"reference": str(tmp_path / "before.csv"), "current": str(tmp_path / "after.csv")}
    pair = Pair.load(**files, names=["size", "word"], context=Context())
    assert (pair.numeric, pair.categorical) == (("size",), ("word",))
    assert len(pair.reference.frame) == len(pair.current.frame) == 2


def test_refusals():
    with pytest.raises(UsageError, match=r"columns must be columns of .* got 'nn'"):
        load(columns=["nn"])
    with pytest.raises(InputError, match="must share a column"):
        Pair.load(reference=LEFT[["old"]], current=RIGHT[["new"]], context=Context())


def test_every_detector_answers_through_the_verb():
    left, right = (pd.concat([side] * 5) for side in (LEFT, RIGHT))
    document = run("drift", {"reference": left, "current": right}, Context(progress=False))
    found = {result.id: str(result.status) for result in document.results}
    assert found == {
        "drift.chi2": "fail",
        "drift.ks": "pass",
        "drift.missing": "pass",
        "drift.schema": "fail",
    }
    assert str(document.status) == "fail"


def batches(n=200):
    rng = np.random.default_rng(0)

    def batch(start):
        return pd.DataFrame(
            {
                "number": np.arange(start, start + n),
                "code": [f"k{at:06d}" for at in rng.permutation(10**6)[:n] + start],
                "customer_id": rng.integers(start, start + 60, n),
                "device": rng.choice(["phone", "desk"], n),
                "age": rng.normal(40, 5, n),
            }
        )

    return batch(0), batch(10_000)


def test_what_names_or_counts_rows_is_left_out_and_said():
    before, after = batches()
    document = run("drift", {"reference": before, "current": after}, Context(progress=False))
    found = {result.id: result for result in document.results}
    assert found["drift.ks"].status == "pass", "row numbers of a later batch are always larger"
    assert found["drift.chi2"].status == "pass"
    for check in ("drift.ks", "drift.chi2"):
        assert "Left out: number (names rows), code (names rows), customer_id (names entities)" in found[check].reason
    assert document.provenance["inputs"]["pair"]["left_out"]["code"] == "names rows"


def test_what_names_rows_may_be_asked_for_and_may_go_missing():
    before, after = batches()
    pair = Pair.load(reference=before, current=after, columns=["number", "age"], context=Context())
    assert pair.numeric == ("number", "age")
    after.loc[::2, "code"] = None
    document = run("drift", {"reference": before, "current": after}, Context(progress=False))
    (gone,) = [result for result in document.results if result.id == "drift.missing"]
    assert gone.status == "fail"
    assert "code" in gone.reason


def test_nothing_but_names_is_not_applicable_in_words():
    before, after = (batch[["number"]] for batch in batches())
    document = run("drift", {"reference": before, "current": after, "detector": ["drift.ks"]}, Context(progress=False))
    (found,) = document.results
    assert found.status == "not_applicable"
    assert "Left out: number (names rows)" in found.reason


def test_a_feature_that_became_a_counter_has_drifted():
    before, after = batches()
    document = run("drift", {"reference": before, "current": after.assign(age=range(200))}, Context(progress=False))
    (found,) = [result for result in document.results if result.id == "drift.ks"]
    assert found.status == "fail"
    assert "age" in found.reason
