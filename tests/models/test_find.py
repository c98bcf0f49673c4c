"""A name that means nothing is said to mean nothing."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.models.find import find_model


@pytest.mark.parametrize("name", ["lender", "x" * 300])
def test_a_name_without_a_meaning_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="registered model"):
        find_model(name, Context(folder=tmp_path))
