"""Small torch modules and their subjects, for the tests of the gradient methods."""

import numpy as np
import pandas as pd

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject


def judged(operation, subject, seed=0, **parameters):
    return evaluate(operation, {"subject": subject}, Context(seed=seed), parameters=parameters)


def quality(result):
    view = result.view("quality")
    return dict(zip(view.column("measure"), view.column("value"), strict=True))


def contributions(result):
    view = result.view("contributions")
    return dict(zip(view.column("feature"), view.column("contribution"), strict=True))


def linear_subject(weights=(2.0, -1.0, 0.5), n=80):
    import torch

    module = torch.nn.Linear(len(weights), 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([weights]))
    names = [f"x{at}" for at in range(len(weights))]
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(n, len(weights))), columns=names)
    predictor = as_predictor(module, task="regression", features=names)
    return Subject.load(model=predictor, data=X, target=X.x0, task="regression", context=Context())


def deep_subject(n=120, d=6):
    """A trained two-layer network whose answer depends on its first inputs only."""
    import torch

    torch.manual_seed(0)
    names = [f"x{at}" for at in range(d)]
    X = pd.DataFrame(np.random.default_rng(1).normal(size=(n, d)), columns=names)
    y = (X.x0 + 0.5 * X.x1 > 0).astype(int).to_numpy()
    module = torch.nn.Sequential(torch.nn.Linear(d, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    rows, labels = torch.tensor(X.to_numpy(np.float32)), torch.tensor(y)
    for _ in range(60):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(rows), labels).backward()
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    predictor = as_predictor(module, task="binary", features=names)
    return Subject.load(model=predictor, data=X, target=y, context=Context())


def image_subject(n=40):
    import torch

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten())
    module.append(torch.nn.Linear(3 * 36, 3))
    X = pd.DataFrame(np.random.default_rng(0).uniform(size=(n, 36)), columns=[f"pixel_{at}" for at in range(36)])
    predictor = as_predictor(module, task="multiclass", features=list(X.columns))
    return Subject.load(model=predictor, data=X, target=np.arange(n) % 3, context=Context())
