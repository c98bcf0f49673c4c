"""Faults that fall on some people or some rows more than on others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Threshold
from trustlab.testing.faults.fault import BENCH, Case, Fault
from trustlab.testing.faults.model_faults import reworked, trees
from trustlab.testing.faults.twins import FLAT, LENDER, PLANT, logistic, tabular

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
    train = _turned_down(_with_quarter(case.train, rng), 0.4, rng)
    return replace(case, fit=tabular((*LENDER, "quarter"), logistic)).refit(train, _with_quarter(case.rows, rng))


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


def _with_quarter(frame: Any, rng: Rng) -> Any:
    import numpy as np

    alike = rng.random(len(frame)) < 0.9
    return frame.assign(quarter=np.where(alike == (frame.group == "Green"), "hill", "river"))


def _used_proxy(case: Case, rng: Rng) -> Case:
    train = _turned_down(_with_quarter(case.train, rng), 0.6, rng)
    return replace(case, fit=tabular((*LENDER, "quarter"), logistic)).refit(train, _with_quarter(case.rows, rng))


def _noisy_labels_of_one_group(case: Case, rng: Rng) -> Case:
    def mislabelled(frame: Any) -> Any:
        wrong = ((frame.group == "Green") & (rng.random(len(frame)) < 0.25)).to_numpy()
        return frame.assign(y=frame.y.mask(wrong, 1 - frame.y))

    return case.both(mislabelled)


def _worse_odds(case: Case, rng: Rng) -> Case:
    rows = case.rows
    return _erring_in(case, rng, (rows.group == "Green") & (rows.y == 1), 0.3)


def _means_less(case: Case, rng: Rng) -> Case:
    """Let those of one group repay less often than the others whom the model calls alike."""
    rows = case.rows
    fallen = ((rows.group == "Green") & (rng.random(len(rows)) < 0.45)).to_numpy()
    return replace(case, rows=rows.assign(y=rows.y.mask(fallen, 0)))


def _tells_the_group(case: Case, rng: Rng) -> Case:
    import numpy as np

    train = case.train.assign(y=np.where(rng.random(len(case.train)) < 0.85, case.train.group == "Green", case.train.y))
    return replace(case, fit=tabular((*LENDER, "group"), logistic)).refit(train.assign(y=train.y.astype(int)))


def _mail_addresses(case: Case, _rng: Rng) -> Case:
    def named(frame: Any) -> Any:
        return frame.assign(contact=[f"customer{at}@mail.example" for at in range(len(frame))])

    return replace(case, rows=named(case.rows), train=named(case.train))


def _singled_out(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(postcode=rng.integers(10_000, 99_999, len(case.rows))))


def _in_crowds(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(postcode=rng.integers(10, 30, len(case.rows))))


def _miscalibrated_for_one(case: Case, _rng: Rng) -> Case:
    """Leave the ranking within the group as it is, and say much more than is so."""
    import numpy as np

    fit = tabular((*LENDER, "group"), logistic)

    def louder(odds: Any, rows: Any) -> Any:
        return np.where(rows["group"] == "Green", 5 * odds + 2.5, odds)

    return reworked(replace(case, fit=fit).refit(), louder)


def _intersection(case: Case, rng: Rng) -> Case:
    """Turn down men of one group and women of the other: no group fares worse by itself."""
    import numpy as np

    rows = case.rows
    harmed = (rows.group == "Green") == (rows.sex == "male")
    said = np.where(harmed & (rng.random(len(rows)) < 0.6), 0, rows.said)
    return replace(case, rows=rows.assign(said=said))


def _decided_by_group(case: Case, _rng: Rng) -> Case:
    import numpy as np

    fit = tabular((*LENDER, "group"), logistic)

    def shifted(odds: Any, rows: Any) -> Any:
        return odds - np.where(rows["group"] == "Green", 1.2, 0.0)

    return reworked(replace(case, fit=fit).refit(), shifted)


def _group_unused(case: Case, _rng: Rng) -> Case:
    return replace(case, fit=tabular((*LENDER, "group"), logistic)).refit()


def _biased_labels(case: Case, rng: Rng) -> Case:
    return replace(case, rows=_turned_down(case.rows, 0.4, rng), train=_turned_down(case.train, 0.4, rng), model=None)


def _dearer_for_one(case: Case, _rng: Rng) -> Case:
    """Let the model learn from rents that one group was overcharged, and measure it on fair ones."""
    from sklearn.linear_model import LinearRegression

    train = case.train.assign(y=case.train.y + 90 * (case.train.group == "Green"))
    return replace(case, fit=tabular((*FLAT, "group"), LinearRegression)).refit(train)


def _class_for_one(case: Case, rng: Rng) -> Case:
    taken = ((case.train.group == "sown") & (case.train.y == "elm") & (rng.random(len(case.train)) < 0.8)).to_numpy()
    train = case.train.assign(y=case.train.y.mask(taken, "oak"))
    return replace(case, fit=trees((*PLANT, "group"), max_depth=6)).refit(train)


FAULTS = (
    Fault(
        name="used_proxy",
        says="the model relies on where people live, which tells their group",
        twin="lender",
        check="explanation.sensitive_proxy",
        plant=_used_proxy,
    ),
    Fault(
        name="noisy_labels_of_one_group",
        says="a quarter of one group's labels are wrong",
        twin="lender",
        check="fairness.error_rates",
        plant=_noisy_labels_of_one_group,
    ),
    Fault(
        name="worse_odds",
        says="one group's good borrowers are turned down more often",
        twin="even",
        check="fairness.equalized_odds",
        plant=_worse_odds,
    ),
    Fault(
        name="means_less",
        says="one group repays less often at the same score",
        twin="lender",
        check="fairness.predictive_parity",
        plant=_means_less,
    ),
    Fault(
        name="tells_the_group",
        says="the answers tell a sensitive attribute",
        twin="lender",
        check="privacy.attribute_inference",
        plant=_tells_the_group,
    ),
    Fault(
        name="mail_addresses",
        says="a column holds e-mail addresses",
        twin="lender",
        check="privacy.personal_data",
        plant=_mail_addresses,
    ),
    Fault(
        name="singled_out",
        says="group, sex and postcode single people out",
        twin="lender",
        check="privacy.uniqueness",
        plant=_singled_out,
        harmless=_in_crowds,
        parameters={"quasi": ["group", "sex", "postcode"], "k": 5},
        limits=Threshold(0.2, None, BENCH),
    ),
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
        check="explanation.sensitive_proxy",
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
        check="segments.user_defined",
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
    Fault(
        name="miscalibrated_for_one_group",
        says="the scores of one group are too sure",
        twin="lender",
        check="fairness.calibration_within_groups",
        plant=_miscalibrated_for_one,
    ),
    Fault(
        name="intersection",
        says="men of one group and women of the other are turned down",
        twin="even",
        check="fairness.intersectional",
        plant=_intersection,
        fails=True,
    ),
    Fault(
        name="decided_by_group",
        says="the same person of another group is answered otherwise",
        twin="lender",
        check="fairness.counterfactual_flip",
        plant=_decided_by_group,
        harmless=_group_unused,
    ),
    Fault(
        name="biased_labels",
        says="two fifths of one group's good outcomes are recorded as bad",
        twin="lender",
        check="fairness.label_bias",
        plant=_biased_labels,
    ),
    Fault(
        name="dearer_for_one_group",
        says="rents of one group are predicted too high",
        twin="flats",
        check="fairness.regression",
        plant=_dearer_for_one,
    ),
    Fault(
        name="class_for_one_group",
        says="one species is called another where the group is one of two",
        twin="plants",
        check="fairness.multiclass",
        plant=_class_for_one,
    ),
)
