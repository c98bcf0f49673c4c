"""What stakeholders read comes from the checks' own documentation, and holds no specialists' words."""

import re

import pytest

from trustlab.core import registry
from trustlab.core.result import Result, Status
from trustlab.core.views import Series
from trustlab.dashboards import plain
from trustlab.report import guide

JARGON = re.compile(
    r"\b(FPR|FNR|TPR|AUC|ROC|ECE|SHAP|classifier|false (positive|negative)s?|recall|precision|calibrat\w+|logits?|"
    r"hyperparameters?|features?|labels?|distribution|quantile|p-value|bootstrap|inference|adversarial|overfit\w*)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("record", registry.of_kind("check").values(), ids=lambda record: record.id)
def test_every_check_says_in_plain_words_what_it_means_when_it_does_not_pass(record) -> None:
    said = guide.plain(Result(id=record.id, title=record.title, status=Status.FAIL))
    assert said.endswith("."), "it has the section 'In plain words'"
    assert not said.startswith(record.title)
    assert 20 < len(said) < 160
    assert not JARGON.search(said), said
    assert said not in guide.explanation(Result(id=record.id))[1], "it is not part of how the check is explained"


def test_a_check_without_plain_words_is_named_by_its_title_and_question() -> None:
    assert guide.plain(Result(id="acme.unknown", title="Parity of parts", status=Status.FAIL)) == "Parity of parts"
    assert guide.plain(Result(id="drift.ks", title="Kolmogorov-Smirnov")).endswith("moved, each by itself?")


def test_figures_stay_in_the_margin_and_measures_get_everyday_names() -> None:
    assert plain.told(Result(reason="f(1) is used more than g(2) (0.3 vs 0.1).")) == "f(1) is used more than g(2)."
    result = Result(reason="Blue is refused 2.1 times as often (FNR 0.31 vs 0.15; n 2,454). FNR of all is high.")
    assert plain.told(result) == "Blue is refused 2.1 times as often. wrongly told no of all is high."
    assert plain.everyday("True and false positive rates by group") == "Rightly and wrongly told yes, by group"
    assert plain.everyday("unfprofessional") == "unfprofessional"


def test_a_picture_keeps_its_intervals_under_everyday_names() -> None:
    view = Series(
        name="by_group",
        columns=("group", "fpr", "fpr_lo", "fpr_hi"),
        rows=[("a", 0.2, 0.1, 0.3)],
        x="group",
        y=("fpr",),
        reference={"FPR of all": 0.2},
    )
    named = plain._named(view)
    assert named.columns == ("group", "wrongly told yes", "wrongly told yes_lo", "wrongly told yes_hi")
    assert named.y == ["wrongly told yes"]
    assert named.reference == {"wrongly told yes of all": 0.2}
