"""How well scores order the rows of their queries, by query."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.metrics import average_precision_score, ndcg_score

from trustlab.core.context import Context
from trustlab.core.execute import run
from trustlab.core.result import Result


def ranking_frame(queries: int, seed: int, noise: float = 0.5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    grade = rng.integers(0, 3, queries * 8)
    score = grade + rng.normal(0, noise, len(grade)) if noise >= 0 else rng.normal(size=len(grade))
    return pd.DataFrame({"grade": grade, "s": score, "q": np.repeat(np.arange(queries), 8)})


def ranked(frame: pd.DataFrame, **named: Any) -> Result:
    report = run(
        "performance.metrics", {"data": frame, "target": "grade", "query": "q", "score": "s", **named}, Context()
    )
    return report.results[0]


def test_a_ranking_is_measured_by_query() -> None:
    frame = ranking_frame(60, 0)
    result = ranked(frame)
    y, s = (frame[name].to_numpy().reshape(60, 8) for name in ("grade", "s"))
    own = [ndcg_score(y[[at]], s[[at]], k=10) for at in range(60)]
    assert result.status == "pass"
    assert result.value == pytest.approx(np.mean(own))
    assert result.interval is not None
    wanted = scipy.stats.t.interval(0.95, 59, np.mean(own), scipy.stats.sem(own))
    assert result.interval == pytest.approx((wanted[0], min(wanted[1], 1)))
    rows = {row[0]: row for row in result.view("metrics").rows}
    assert rows["NDCG@10"][4] == pytest.approx(
        np.mean([ndcg_score(y[[at]], np.zeros((1, 8)), k=10) for at in range(60)])
    )
    assert rows["MAP"][1] == pytest.approx(np.mean([average_precision_score(y[at] > 0, s[at]) for at in range(60)]))


def test_a_ranking_by_chance_is_found_out_and_noise_is_said() -> None:
    found = [ranked(ranking_frame(40, seed, noise=-1)).status for seed in range(20)]
    assert "pass" not in found[:1]
    assert found.count("pass") <= 2
    assert ranked(ranking_frame(40, 1).assign(s=lambda frame: -frame["s"])).status == "fail"


def test_queries_that_any_order_suits_are_left_out() -> None:
    frame = ranking_frame(10, 3)
    frame.loc[frame["q"] < 3, "grade"] = 0
    frame = pd.concat([frame, pd.DataFrame({"grade": [2], "s": [0.3], "q": [10]})])
    result = ranked(frame)
    assert "7 queries" in str(result.reason)
    assert "4 queries left out" in str(result.reason)
    assert result.n == 56
    result = ranked(frame[frame["q"] < 3])
    assert result.status == "not_applicable"
    assert "any order" in str(result.reason)
    assert ranked(frame.assign(grade=-1.0)).status == "not_applicable"
    assert ranked(frame, query=None, task="ranking").status == "not_applicable"


def test_the_order_of_rows_is_none_of_a_rankings_business() -> None:
    frame = ranking_frame(30, 4).round(1)
    there, back = ranked(frame), ranked(frame.sample(frac=1, random_state=1))
    assert there.view("metrics").to_dict() == back.view("metrics").to_dict()
    assert there.view("worst").to_dict() == back.view("worst").to_dict()
