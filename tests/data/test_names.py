"""A name that means no data is said to mean none, however long it is."""

from pathlib import Path

import pytest

from trustlab.core.context import Context
from trustlab.core.errors import NotFoundError
from trustlab.data.dataset import load_dataset


@pytest.mark.parametrize("name", ["loans", "x" * 300])
def test_a_name_without_a_meaning_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="data: "):
        load_dataset(name, Context(folder=tmp_path))
