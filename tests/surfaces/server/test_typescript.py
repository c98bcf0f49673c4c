"""The sidebar's types are those of the classes that make the JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustlab.core.views import VIEW_KINDS
from trustlab.surfaces.server.typescript import _typescript, render

GENERATED = Path(__file__).parents[3] / "labextension/src/generated.ts"


def test_the_checked_in_types_are_fresh():
    advice = "write them anew: python -m trustlab.surfaces.server.typescript > labextension/src/generated.ts"
    assert GENERATED.read_text(encoding="utf-8") == render(), advice


@pytest.mark.parametrize("kind", sorted(VIEW_KINDS))
def test_each_view_kind_has_a_type(kind):
    assert f"  readonly kind: '{kind}';" in render()


def test_a_type_that_has_no_translation_is_refused():
    with pytest.raises(TypeError, match="no TypeScript"):
        _typescript(complex)
