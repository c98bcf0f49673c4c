"""One way to ask a detector: through the only way in, on two frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.drift.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.core.operation import Operation
    from trustlab.core.result import Result


def compare(
    detector: Operation,
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: list[str] | None = None,
    **parameters: Any,
) -> Result:
    pair = Pair.load(reference=reference, current=current, columns=columns, context=Context())
    return evaluate(detector, {"pair": pair}, Context(), parameters=parameters)


def table(result: Result, name: str = "by_feature") -> pd.DataFrame:
    view = result.view(name)
    return pd.DataFrame(view.rows, columns=list(view.columns)).set_index("feature")


@pytest.fixture(name="compare")
def _compare() -> Callable[..., Result]:
    return compare


@pytest.fixture(name="table")
def _table() -> Callable[..., pd.DataFrame]:
    return table
