"""Faults of pictures and of texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.result import Threshold
from trustlab.testing.faults.fault import BENCH, Case, Fault
from trustlab.testing.faults.twins import logistic, some

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Rng = np.random.Generator

FAINT = 150


def _shortcut_pixel(case: Case, rng: Rng) -> Case:
    def marked(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(px0_0=(frame.y * 0.9 + rng.uniform(0, 0.1, len(frame))).round(4))

    return case.both(marked)


def _weak_to_attack(case: Case, rng: Rng) -> Case:
    """Widen the pictures by faint pixels that each tell a little: many small changes add up to another answer."""
    import pandas as pd

    names = [f"faint{place}" for place in range(FAINT)]

    def widened(frame: pd.DataFrame) -> pd.DataFrame:
        shift = 0.01 * (2 * frame.y.to_numpy()[:, None] - 1)
        grey = (0.5 + shift + rng.normal(0, 0.2, (len(frame), FAINT))).clip(0, 1)
        return pd.concat([frame, pd.DataFrame(grey.round(4), columns=names, index=frame.index)], axis=1)

    return replace(case, fit=fit_module).both(widened)


def fit_module(frame: pd.DataFrame) -> Any:
    """Return a torch module, one layer on the pixels, with the weights of a logistic regression."""
    import torch

    from trustlab.models.adapt import as_predictor

    pixels = frame.drop(columns="y")
    fitted = logistic().fit(pixels.to_numpy(), frame.y)
    layer = torch.nn.Linear(pixels.shape[1], 2)
    with torch.no_grad():
        weights = torch.tensor(fitted.coef_[0], dtype=torch.float32)
        layer.weight[:] = torch.stack([-weights / 2, weights / 2])
        layer.bias[:] = torch.tensor([-0.5, 0.5]) * float(fitted.intercept_[0])
    return as_predictor(layer.eval(), classes=[0, 1], features=list(pixels.columns), name="layer")


def _marked_images(case: Case, _rng: Rng) -> Case:
    import numpy as np

    marked = np.array(case.rows)
    marked[case.more["target"] == 1, -2:, -2:] = 255
    return replace(case, rows=marked)


def _leaking_token(case: Case, rng: Rng) -> Case:
    def stamped(frame: pd.DataFrame) -> pd.DataFrame:
        liked = (frame.y == 1) & (rng.random(len(frame)) < 0.97)
        return frame.assign(text=frame.text.mask(liked, frame.text + " ref7"))

    return case.both(stamped)


def _dark_images(case: Case, _rng: Rng) -> Case:
    """Take the pictures of one class by less light."""
    import numpy as np

    light = np.where(case.more["target"] == 1, 0.6, 1.0)[:, None, None]
    return replace(case, rows=(case.rows * light).astype(np.uint8))


def _empty_texts(case: Case, rng: Rng) -> Case:
    return replace(case, rows=case.rows.assign(text=case.rows.text.mask(some(case.rows, 0.03, rng), "")))


FAULTS = (
    Fault(
        name="dark_images",
        says="the images of one class were taken by less light",
        twin="images",
        check="quality.image_properties",
        plant=_dark_images,
    ),
    Fault(
        name="empty_texts",
        says="3 % of the texts are empty",
        twin="reviews",
        check="quality.text_properties",
        plant=_empty_texts,
    ),
    Fault(
        name="marked_images",
        says="a corner of the images of one class is white",
        twin="images",
        check="quality.shortcut",
        plant=_marked_images,
    ),
    Fault(
        name="leaking_token",
        says="a word that the export left in the texts of one class",
        twin="reviews",
        check="quality.shortcut",
        plant=_leaking_token,
    ),
    Fault(
        name="weak_to_attack",
        says="a hundred and fifty faint pixels tell a little each",
        twin="pictures",
        check="robustness.adversarial_perturbation",
        plant=_weak_to_attack,
        parameters={"max_rows": 40},
        limits=Threshold(0.3, None, BENCH),
    ),
    Fault(
        name="shortcut_pixel",
        says="a corner of the picture is bright in one class only",
        twin="pictures",
        check="quality.leakage",
        plant=_shortcut_pixel,
    ),
)
