"""Faults that fall on some people or some rows more than on others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.testing.faults.fault import Case, Fault
from trustlab.testing.faults.model_faults import reworked
from trustlab.testing.faults.twins import LENDER, logistic, tabular

if TYPE_CHECKING:
    import numpy as np

    Rng = np.random.Generator


def _turned_down(frame: Any, share: float, rng: Rng, group: str = "Green") -> Any:
    """Return the training rows with labels that were too often set to 0 in one group."""
    harmed = ((frame.group == group) & (rng.random(len(frame)) < share)).to_numpy()
    return frame.assign(y=frame.y.mask(harmed, 0))


def _direct_bias(case: Case, rng: Rng) -> Case:
    return replace(case, fit=tabular((*LENDER, "group"), logistic)).refit(_turned_down(case.train, 0.4, rng))


def _sensitive_input(case: Case, rng: Rng) -> Case:
    return replace(case, fit=tabular((*LENDER, "group"), logistic)).refit(_turned_down(case.train, 0.6, rng))


def _proxy_bias(case: Case, rng: Rng) -> Case:
    import numpy as np

    def housed(frame: Any) -> Any:
        alike = rng.random(len(frame)) < 0.9
        return frame.assign(quarter=np.where(alike == (frame.group == "Green"), "hill", "river"))

    train = _turned_down(housed(case.train), 0.4, rng)
    return replace(case, fit=tabular((*LENDER, "quarter"), logistic)).refit(train, housed(case.rows))


def _erring_in(case: Case, rng: Rng, inside: Any, share: float) -> Case:
    """Return predictions that are wrong for ``share`` of the rows inside, and as before elsewhere."""
    import numpy as np

    rows = case.rows
    wrong = np.where(inside, rng.random(len(rows)) < share, (rows.said != rows.y).to_numpy())
    return replace(case, rows=rows.assign(said=np.where(wrong, 1 - rows.y, rows.y)))


def _weak_segment(case: Case, rng: Rng) -> Case:
    return _erring_in(case, rng, (case.rows.region == "north") & (case.rows.age < 33), 0.4)


def _weak_segment_numbers(case: Case, rng: Rng) -> Case:
    import numpy as np

    inside = (case.rows.district == "mill") & (case.rows["size"] > 110)
    noise = rng.normal(0, 90, len(case.rows))
    return replace(case, rows=case.rows.assign(y=case.rows.y + np.where(inside, 4 * noise, 0)))


def _weak_segment_of_three(case: Case, rng: Rng) -> Case:
    rows = case.rows
    return _erring_in(case, rng, (rows.region == "south") & (rows.job == "clerk") & (rows.age > 48), 0.55)


def _weak_segment_of_a_model(case: Case, _rng: Rng) -> Case:
    import numpy as np

    def turned(odds: Any, rows: Any) -> Any:
        return np.where((rows["region"] == "north") & (rows["age"] < 33), -0.7 * odds, odds)

    return reworked(case, turned)


def _weak_district(case: Case, rng: Rng) -> Case:
    import numpy as np

    noise = rng.normal(0, 150, len(case.rows))
    return replace(case, rows=case.rows.assign(y=case.rows.y + np.where(case.rows.district == "mill", noise, 0)))


FAULTS = (
    Fault(
        name="direct_bias",
        says="labels against one group, which is a feature",
        twin="lender",
        check="fairness.selection_rate",
        plant=_direct_bias,
    ),
    Fault(
        name="proxy_bias",
        says="labels against one group, learned through where people live",
        twin="lender",
        check="fairness.error_rates",
        plant=_proxy_bias,
    ),
    Fault(
        name="sensitive_input",
        says="the model relies on the group itself",
        twin="lender",
        check="explanation.shap_importance",
        plant=_sensitive_input,
    ),
    Fault(
        name="weak_segment",
        says="errs four times as often for the young in the north",
        twin="even",
        check="segments.worst_slice",
        plant=_weak_segment,
    ),
    Fault(
        name="weak_segment_numbers",
        says="errs four times as far for large flats in one district",
        twin="flats",
        check="segments.worst_slice",
        plant=_weak_segment_numbers,
    ),
    Fault(
        name="weak_segment_of_three",
        says="errs five times as often where three things come together",
        twin="even",
        check="segments.worst_slice",
        plant=_weak_segment_of_three,
    ),
    Fault(
        name="weak_segment_of_a_model",
        says="the model turns its answers for the young in the north",
        twin="lender",
        check="segments.worst_slice",
        plant=_weak_segment_of_a_model,
    ),
    Fault(
        name="weak_segment_named",
        says="errs four times as often in a segment that the policy names",
        twin="even",
        check="segments.user",
        plant=_weak_segment,
        parameters={
            "segments": {"young in the north": "region == 'north' and age < 33", "women": "sex == 'female'"},
            "limits": {"young in the north": 0.1},
        },
    ),
    Fault(
        name="weak_district",
        says="rents of one district are known half as well",
        twin="flats",
        check="segments.underperformance",
        plant=_weak_district,
    ),
)
