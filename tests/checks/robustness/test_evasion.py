"""Attacks against linear models, whose smallest changes are known in both norms, and a victim that stays as it was."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from statsmodels.stats.proportion import proportion_confint

from trustlab.checks.robustness._campaign import campaign, measured
from trustlab.checks.robustness._targets import target_of
from trustlab.checks.robustness.attacks.table import ATTACKS
from trustlab.checks.robustness.evasion import evasion
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.core.seeding import seeded
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject

WEIGHTS = np.array([1.0, -0.5, 0.25])


def table(n=300, seed=0):
    X = pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 3)) * [1, 4, 9], columns=list("abc"))
    return X, (X.to_numpy() / [1, 4, 9] @ WEIGHTS > 0).astype(int)


class Linear(torch.nn.Module):
    def __init__(self, *, counting=False):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        weights = 8 * WEIGHTS / [1, 4, 9]
        self.layer.weight.data = torch.tensor(np.stack([-weights, weights]), dtype=torch.float32)
        self.layer.bias.data = torch.zeros(2)
        self.register_buffer("asked", torch.zeros(1))
        self.counting = counting

    def forward(self, rows):
        if self.counting:
            self.asked += 1
        return self.layer(rows)


def torch_subject(**options):
    X, y = table()
    predictor = as_predictor(Linear(**options), task="binary", classes=[0, 1], features=list("abc"))
    return Subject.load(model=predictor, data=X, target=y, context=Context())


def sklearn_subject():
    X, y = table()
    model = LogisticRegression().fit(X, y)
    return Subject.load(model=model, data=X, target=y, context=Context())


def exact(subject, rows, norm):
    """The smallest change of a linear score, in standard deviations."""
    deviation = subject.X.std(ddof=0).to_numpy()
    native = subject.predictor.native
    weights = (native.coef_[0] if hasattr(native, "coef_") else WEIGHTS / [1, 4, 9]) * deviation
    score = subject.X.to_numpy()[rows] @ (weights / deviation) + (native.intercept_ if hasattr(native, "coef_") else 0)
    return np.abs(score) / np.linalg.norm(weights, 1 if norm == "inf" else 2)


# how far above the exact smallest change each attack may stay, in the middle, where it minimises that norm itself
GRADIENT = {"fgsm": 1.0, "pgd": 1.0, "deepfool": 1.001, "carlini_wagner": 1.1}
QUESTIONS = {"hopskipjump": 1.1, "square": 1.0, "zoo": 1.5}


@pytest.mark.parametrize("norm", ["inf", "l2"])
@pytest.mark.parametrize("name", [*GRADIENT, *QUESTIONS])
def test_no_attack_beats_the_exact_margin_and_each_comes_near(name, norm):
    attack, rows = ATTACKS[name], np.arange(24 if name in GRADIENT else 8)
    subject = torch_subject() if name in GRADIENT else sklearn_subject()
    margin = exact(subject, rows, norm)
    budgets = np.geomspace(0.02, 3, 12).tolist()
    with seeded(0):
        target = target_of(subject, rows, "deviations")
        found = campaign(target, attack, norm, budgets)
    assert (found.sizes >= margin * (1 - 1e-3)).all()
    assert found.asked > 0
    if norm not in attack.norms:
        return
    turned = np.isfinite(found.sizes)
    assert turned.mean() > 0.7
    # within budgets the first that serves is found, which may be as far above as budgets are apart
    apart = budgets[1] / budgets[0] if attack.bounded else 1.0
    nearest = {**GRADIENT, **QUESTIONS}[name]
    assert np.median(found.sizes[turned] / margin[turned]) <= nearest * apart * 1.02
    if name in {"fgsm", "pgd"}:
        sure = margin <= budgets[-1] * 0.6
        inside = np.abs(target.points) + margin[:, None] < np.minimum(-target.low, target.high)
        assert turned[sure & inside.all(axis=1)].all()


def judged(subject, **parameters):
    return evaluate(evasion, {"subject": subject}, Context(progress=False), parameters=parameters)


def test_the_finding_counts_and_names_what_was_done():
    subject = torch_subject()
    result = judged(subject, max_rows=40, budget=1.0, attacks=["fgsm", "pgd"])
    margin = exact(subject, np.arange(300), "inf")
    assert result.value == pytest.approx((margin <= 1.0).mean(), abs=0.2)
    assert result.interval == pytest.approx(proportion_confint(result.value * 40, 40, method="wilson"))
    assert result.view("attacks").column("attack") == ["fgsm", "pgd"]
    curves = result.view("curves")
    for name in ("fgsm", "pgd", "all"):
        shares = [row[2] for row in curves.rows if row[0] == name]
        assert shares == sorted(shares)
        assert len(shares) == 7
    facts = dict(result.view("facts").rows)
    assert facts["attacked"] == "a copy"
    assert facts["coordinates that move"] == 3


def test_the_scale_of_ranges_and_the_root_of_the_dimension():
    subject = torch_subject()
    width = np.ptp(subject.X.to_numpy(), axis=0)
    target = target_of(subject, np.arange(5), "range")
    assert target.low == pytest.approx(np.zeros(3), abs=1e-6)
    assert target.high == pytest.approx(np.ones(3), abs=1e-6)
    assert target.points == pytest.approx((subject.X.to_numpy()[:5] - subject.X.min().to_numpy()) / width, abs=1e-5)
    result = judged(subject, max_rows=5, norm="l2", attacks=["pgd"])
    assert f"at most {0.1 * 3**0.5:.3g} (Euclidean" in result.reason


def test_a_copy_is_attacked_so_the_victim_stays_even_where_asking_alters_it():
    subject = torch_subject(counting=True)
    before = subject.predictor.digest()
    result = judged(subject, max_rows=5, attacks=["fgsm"])
    assert subject.predictor.digest() == before
    assert result.status == "pass"
    assert "altered by being asked" in dict(result.view("facts").rows)["attacked"]


def test_a_victim_that_cannot_be_copied_and_changes_is_an_error():
    state = {"asked": 0}

    def ask(rows):
        state["asked"] += 1
        return (rows["a"] > 0).astype(int)

    X, _ = table(60)
    model = as_predictor(ask, task="binary", classes=[0, 1])
    result = judged(Subject.load(model=model, data=X, target=(X.a > 0).astype(int), context=Context()), max_rows=2)
    assert result.status == "error"
    assert "altered" in result.reason


def test_labels_alone_leave_hopskipjump_and_text_stays():
    X, _ = table(80)
    X["town"] = np.where(np.arange(80) % 2, "x", "y")
    seen = set()

    def ask(rows):
        seen.update(zip(rows["town"], rows["c"].isna(), strict=True))
        return (rows["a"] > 0).astype(int)

    X.loc[::4, "c"] = np.nan
    model = as_predictor(ask, task="binary", classes=[0, 1])
    subject = Subject.load(model=model, data=X, target=(X.a > 0).astype(int), context=Context())
    result = judged(subject, max_rows=4)
    assert [row[0] for row in result.view("attacks").rows] == ["hopskipjump"]
    assert result.view("attacks").rows[0][4] == 4
    assert judged(subject, attacks=["square"]).status == "not_applicable"
    assert judged(subject, attacks=["squares"]).status == "error"


def test_images_move_by_pixels_from_0_to_1():
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    pictures = (rng.uniform(0.3, 0.7, (40, 6, 6, 1)) + 0.02 * (2 * labels - 1)[:, None, None, None]).astype(np.float32)
    labels = (pictures.mean(axis=(1, 2, 3)) > 0.5).astype(int)

    class Bright(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 1, 1)
            self.conv.weight.data, self.conv.bias.data = torch.ones(1, 1, 1, 1), torch.zeros(1)

        def forward(self, rows):
            mean = self.conv(rows).mean(dim=(1, 2, 3))
            return torch.stack([0.5 - mean, mean - 0.5], dim=1) * 50

    predictor = as_predictor(Bright(), task="binary", classes=[0, 1])
    subject = Subject.load(model=predictor, data=pictures, target=labels, context=Context())
    result = judged(subject, max_rows=40, attacks=["fgsm", "pgd", "deepfool"])
    assert result.status == "pass", result.reason
    # the mean moves by the budget, whichever the pixel
    exact_share = (np.abs(pictures.mean(axis=(1, 2, 3)) - 0.5) < 8 / 255).mean()
    assert result.value == pytest.approx(exact_share, abs=0.03)
    assert "8/255" not in result.reason
    asked = judged(subject, max_rows=1, attacks=["square", "hopskipjump"])
    assert {row[0] for row in asked.view("attacks").rows} == {"square", "hopskipjump"}


def test_a_change_out_of_range_or_beyond_the_budget_does_not_count():
    subject = torch_subject()
    target = target_of(subject, np.arange(4), "deviations")
    flipped = -target.points * 0.999
    assert np.isinf(measured(target, np.arange(4), flipped + 50, "inf")).all()
    assert np.isinf(measured(target, np.arange(4), flipped, "inf", 1e-6)).all()


def test_the_same_seed_turns_the_same_rows():
    subject = sklearn_subject()
    first, second = (judged(subject, max_rows=3, attacks=["hopskipjump"]) for _ in range(2))
    assert first.view("curves") == second.view("curves")


def test_sorted_rows_leave_rows_of_either_class_to_start_from():
    X, y = table(3000)
    order = np.argsort(y, kind="stable")
    subject = Subject.load(
        model=LogisticRegression().fit(X, y), data=X.iloc[order], target=y[order], task="binary", context=Context()
    )
    result = judged(subject, attacks=["hopskipjump"], max_rows=5, budget=20.0)
    assert result.value == 1
