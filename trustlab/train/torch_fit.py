"""Torch modules: what they are fed, what they must return, and the predictor they become."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import InputError, TrustlabError
from trustlab.models import Predictor
from trustlab.models.torch_model import TorchEngine, evaluating, input_shape_of, output_of
from trustlab.train.loop import Examples, train
from trustlab.train.preprocess import preprocessor

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from trustlab.train.options import Options


def fit_module(module: torch.nn.Module, X: pd.DataFrame, y: Any, options: Options, name: str | None) -> Predictor:
    """Train a module in place and return it with its preprocessing.

    Tables are filled, scaled and one-hot encoded; images are divided by their largest pixel; a regression's target is
    standardised while learning. An interrupt puts the module's parameters back as they were.

    Parameters
    ----------
    module : torch.nn.Module
        The model.
    X : frame, shape (n, features)
        Training rows.
    y : array of shape (n,)
        Checked labels or values.
    options : Options
        How to train.
    name : str or None
        What to call the model.

    Returns
    -------
    Predictor
        With the losses in ``record``.
    """
    import torch

    engine = _engine(module, X, y, options)
    inputs = torch.from_numpy(engine.prepare(X))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        _check_outputs(module, engine, inputs)
        history = _trained(engine, Examples(inputs, _targets(engine, y)), options)
    shaped = f"pixels shaped to {engine.input_shape}, divided by {engine.input_scale:g}"
    return Predictor(
        name=name or type(module).__name__,
        kind="torch",
        task=options.task,
        classes=engine.classes,
        features=[str(column) for column in X.columns],
        native=module,
        engine=engine,
        record={
            "already_fitted": False,
            "preprocessing": shaped if engine.input_shape else "filled, scaled and one-hot encoded to float32",
            "warnings": [],
            **history,
        },
    )


def _targets(engine: TorchEngine, y: Any) -> torch.Tensor:
    import numpy as np
    import torch

    if engine.classes is None:
        return torch.from_numpy((y - engine.target_mean) / engine.target_scale)
    return torch.from_numpy(np.unique(y, return_inverse=True)[1])


def _trained(engine: TorchEngine, examples: Examples, options: Options) -> dict[str, Any]:
    try:
        return train(engine.module, examples, engine.output, options)
    except TrustlabError:
        raise
    except Exception as error:
        # A module may raise anything, also in training mode alone.
        raise InputError(f"the module must train; it raised {type(error).__name__}: {error}") from error


def _engine(module: torch.nn.Module, X: pd.DataFrame, y: Any, options: Options) -> TorchEngine:
    import numpy as np

    shape = options.input_shape or input_shape_of(module, X.shape[1])
    engine = TorchEngine(module=module, output=output_of(module), task=options.task, input_shape=shape)
    if options.task == "regression":
        spread = float(y.std())
        engine = replace(engine, target_mean=float(y.mean()), target_scale=spread if spread > 0 else 1.0)
    else:
        engine = replace(engine, classes=np.unique(y).tolist())
    if shape is None:
        return replace(engine, preprocess=_fitted_preprocessor(X))
    try:
        largest = float(np.abs(X.to_numpy(dtype=np.float32)).max())
    except (TypeError, ValueError):
        raise InputError("the pixel columns of an image must all be numbers; got text") from None
    if not np.isfinite(largest):
        raise InputError("the pixel columns of an image must have no missing or infinite values; got some")
    return replace(engine, input_scale=largest or 1.0)


def _fitted_preprocessor(X: pd.DataFrame) -> Any:
    try:
        return preprocessor(X).fit(X)
    except ValueError as error:
        raise InputError(
            f"the columns must be possible to fill, scale and encode; {error}",
            hint="Look for infinite numbers, and drop those rows or make them missing.",
        ) from error


def _check_outputs(module: torch.nn.Module, engine: TorchEngine, inputs: torch.Tensor) -> None:
    """Show the module a few rows (this also gives lazy layers their width), and check what comes back."""
    import torch

    with evaluating(module), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            outputs = module(inputs[:4])
        except TrustlabError:
            raise
        except Exception as error:
            # A module may raise anything on inputs it does not like.
            raise InputError(
                f"the module must take inputs of shape {('n', *inputs.shape[1:])}, which is what the columns become; "
                f"it raised {type(error).__name__}: {error}",
                hint="Begin with torch.nn.LazyLinear, or match the width of the first layer.",
            ) from error
    rows = min(4, len(inputs))
    width = 1 if engine.classes is None else len(engine.classes)
    fits = {(rows, width)} | ({(rows,), (rows, 1)} if width <= 2 else set())
    came = tuple(getattr(outputs, "shape", ()))
    if came not in fits:
        wanted = "one value" if engine.classes is None else f"{width} logits, one per class"
        raise InputError(f"the module must return {wanted} per row; got shape {came} for {rows} rows")
