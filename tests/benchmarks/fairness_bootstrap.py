"""How fast rates by group come with 1,000 bootstraps, against fairlearn: ``python fairness_bootstrap.py``.

False positive, false negative, true positive and selection rates of 20 groups in 1,000,000 rows: ours with 1,000
resamples of the counts, ``fairlearn.metrics.MetricFrame`` with a few resamples of the rows, for its time grows with
them. In one run, on the same rows, one processor; the rates themselves must be equal. Limit: a resample of ours takes
at most 1/500 of one of fairlearn's. Wants a free core and about a minute; a try: ``--rows 20000``.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings

LIMIT = 1 / 500
LEVEL = 0.95
RATES = ("false_positive_rate", "false_negative_rate", "true_positive_rate", "selection_rate")


def main() -> int:
    """Measure, print, and return 1 where the limit is broken or a rate differs."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rows", type=int, default=1_000_000)
    reader.add_argument("--groups", type=int, default=20)
    reader.add_argument("--draws", type=int, default=1_000)
    reader.add_argument("--their-draws", type=int, default=3)
    asked = reader.parse_args()
    warnings.simplefilter("ignore")
    import numpy as np
    import pandas as pd
    from fairlearn import metrics
    from threadpoolctl import threadpool_limits

    from trustlab.stats.bootstrap import multinomial_bootstrap
    from trustlab.stats.counts import RATES as OURS
    from trustlab.stats.counts import group_confusion

    rng = np.random.default_rng(0)
    group = pd.Series([f"g{code:02}" for code in rng.integers(0, asked.groups, asked.rows)])
    truth = rng.integers(0, 2, asked.rows)
    said = np.where(rng.random(asked.rows) < 0.2, 1 - truth, truth)
    own = {"false_positive_rate": "fpr", "false_negative_rate": "fnr", "true_positive_rate": "tpr"}
    with threadpool_limits(1):
        clock = time.process_time()
        counted = group_confusion(truth, said, group)
        counting = time.process_time() - clock
        intervals = {
            name: multinomial_bootstrap(counted.cells, OURS[own.get(name, name)], asked.draws, rng, LEVEL)
            for name in RATES
        }
        ours = time.process_time() - clock
        clock = time.process_time()
        frame = metrics.MetricFrame(
            metrics={name: getattr(metrics, name) for name in RATES},
            y_true=truth,
            y_pred=said,
            sensitive_features=group,
        )
        plain = time.process_time() - clock
        clock = time.process_time()
        metrics.MetricFrame(
            metrics={name: getattr(metrics, name) for name in RATES},
            y_true=truth,
            y_pred=said,
            sensitive_features=group,
            n_boot=asked.their_draws,
            ci_quantiles=[(1 - LEVEL) / 2, (1 + LEVEL) / 2],
            random_state=0,
        )
        theirs = (time.process_time() - clock - plain) / asked.their_draws
    equal = all(
        np.array_equal(intervals[name].value, frame.by_group[name].loc[list(counted.groups)].to_numpy(dtype=float))
        for name in RATES
    )
    ratio = ours / asked.draws / theirs
    print(f"rows {asked.rows:,}, groups {asked.groups}, rates {len(RATES)}")
    print(f"ours      {ours:.3f} s for {asked.draws:,} resamples, counting included ({counting:.3f} s)")
    print(f"fairlearn {theirs:.3f} s for each resample, {plain:.3f} s without")
    print(f"a resample takes 1/{1 / ratio:,.0f} of fairlearn's; limit 1/{1 / LIMIT:,.0f}")
    print(f"rates are {'equal' if equal else 'NOT EQUAL'}")
    return int(not equal or ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
