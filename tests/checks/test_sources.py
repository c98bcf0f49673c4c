"""Every limit says who set it, and none of this project's own making fails a model."""

import re

import pytest

from trustlab.core import registry

CHECKS = registry.of_kind("check")
WHO = re.compile(
    r"\b(1[89]|20)\d\d\b|\bCFR\b|Regulation|By definition|A test|Convention of this project|convention of practice"
    r"|Google's|Deepchecks|Giskard|AIF360"
)


@pytest.mark.parametrize("name", CHECKS)
def test_a_limit_has_a_source_and_a_convention_of_ours_only_warns(name):
    limit = CHECKS[name].threshold
    assert limit is not None
    if (limit.warn, limit.fail) == (None, None):
        return
    assert WHO.search(limit.source), limit.source
    if "convention of this project" in limit.source.lower():
        assert limit.fail is None


@pytest.mark.parametrize("name", CHECKS)
def test_a_reference_names_a_year_or_a_text_of_law_or_a_standard(name):
    for reference in CHECKS[name].references:
        assert re.search(r"\((1[89]|20)\d\d\)|\d+ CFR|Regulation \(EU\)|ISO|arXiv", reference), reference
