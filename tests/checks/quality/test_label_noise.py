import numpy as np
import pandas as pd
import pytest

from trustlab.checks.quality.label_noise import label_noise
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.subject import Subject


def overlapping(n=2000, seed=0, noise=0.0):
    """Rows of two classes that overlap by a quarter, labels flipped at random."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * a - b))).astype(int)
    flipped = rng.random(n) < noise
    frame = pd.DataFrame({"a": a, "b": b, "word": rng.choice(["u", "v"], n), "y": np.where(flipped, 1 - y, y)})
    return frame, flipped


def checked(frame, **parameters):
    subject = Subject.load(data=frame, target="y", context=Context())
    return evaluate(label_noise, {"subject": subject}, Context(), parameters=parameters)


@pytest.mark.parametrize("seed", range(4))
def test_hard_rows_are_not_taken_for_wrong_labels(seed):
    result = checked(overlapping(seed=seed)[0])
    assert result.status in {"pass", "warn"}
    assert result.interval[0] < 0.033


@pytest.mark.parametrize("seed", range(4))
def test_flipped_labels_are_counted(seed):
    result = checked(overlapping(4000, seed, noise=0.2)[0])
    assert result.status == "warn"
    assert result.interval[0] <= 0.2 <= result.interval[1] + 0.02


def test_the_suspects_are_the_flipped_rows():
    rng = np.random.default_rng(0)
    a = rng.normal(size=1000)
    y = (a > 0).astype(int)
    easy = rng.random(1000) < 0.08
    result = checked(pd.DataFrame({"a": a, "b": rng.normal(size=1000), "y": np.where(easy, 1 - y, y)}))
    assert len(result.view("suspects").rows) == 20
    assert np.mean(easy[result.view("suspects").column("row")]) > 0.9
    assert result.value == pytest.approx(0.08, abs=0.05)


def test_three_classes_and_a_matrix_of_shares():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 3000)
    a = y * 4 + rng.normal(size=3000)
    wrong = (y == 2) & (rng.random(3000) < 0.3)
    frame = pd.DataFrame(
        {"a": a, "b": rng.normal(size=3000), "y": np.where(wrong, "c0", np.char.add("c", y.astype(str)))}
    )
    result = checked(frame)
    assert result.status == "warn"
    # one class taken for one other of three: half of it may be missed, and nothing is invented
    assert wrong.mean() / 2 - 0.02 <= result.value <= wrong.mean() + 0.02
    view = result.view("joint")
    cells = np.array([row[1:] for row in view.rows])
    assert cells.sum() == pytest.approx(1)
    off = cells - np.diag(np.diag(cells))
    assert np.unravel_index(off.argmax(), off.shape) == (0, 2)
    assert np.mean(wrong) / 2 - 0.02 <= off.max() <= np.mean(wrong) + 0.02


def test_numbers_far_off_their_prediction():
    rng = np.random.default_rng(2)
    a = rng.normal(size=1000)
    y = 3 * a + rng.normal(size=1000) / 10
    clean = checked(pd.DataFrame({"a": a, "b": rng.normal(size=1000), "y": y}))
    assert (clean.status, clean.value) == ("pass", 0)
    skewed = checked(pd.DataFrame({"a": a, "y": np.exp(a / 2 + rng.normal(size=1000))}))
    assert skewed.status == "pass"
    y[rng.random(1000) < 0.08] += 50
    assert checked(pd.DataFrame({"a": a, "b": rng.normal(size=1000), "y": y})).status == "warn"


def test_little_to_go_by():
    frame, _ = overlapping(100)
    assert checked(frame).status == "not_applicable"
    noise_only = pd.DataFrame({"a": np.zeros(400), "y": np.arange(400) % 2})
    assert checked(noise_only).status in {"pass", "warn"}
    assert checked(overlapping(300)[0].assign(a=np.nan, b=np.inf)).status in {"pass", "warn"}
    assert checked(overlapping(600)[0], source="model").status == "not_applicable"
