import numpy as np
import pytest

from trustlab.checks.robustness._text_corruptions import CASE, WORDS, text_suite
from trustlab.checks.robustness.text_corruptions import text_corruptions
from trustlab.core.context import Context
from trustlab.core.execute import evaluate
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject

TEXTS = [f"A Good film, number {at}; it has many words in it" for at in range(400)]


def made(name, texts=TEXTS):
    return text_suite(np.random.default_rng(0))[name].make(texts)


def test_shares_are_as_told():
    words = sum(len(text.split()) for text in TEXTS)
    dropped = [1 - sum(len(text.split()) for text in texts) / words for texts in made("dropped")]
    assert dropped == pytest.approx(WORDS, abs=0.02)
    capitals = [sum("GOOD" in text.split() for text in texts) / len(TEXTS) for texts in made("upper")]
    assert capitals == pytest.approx(CASE, abs=0.07)
    assert made("lower")[-1] == [text.lower() for text in TEXTS]
    assert made("no_signs")[-1][0] == "A Good film number 0 it has many words in it"
    assert [text.count("!") for text in made("more_signs")[-1]] != [0] * len(TEXTS)


@pytest.mark.parametrize("name", list(text_suite(np.random.default_rng(0))))
def test_words_are_exchanged_not_lost_and_empty_texts_survive(name):
    bad = made(name)
    assert len(bad) == 5
    if name == "exchanged":
        assert [sorted(text.split()) for text in bad[-1]] == [sorted(text.split()) for text in TEXTS]
    assert made(name, ["", "one"])[0] in (["", "one"], ["", ""], ["", "ONE"], ["", "one!"])


def test_a_word_rule_falls_by_what_hides_the_word():
    texts = np.array([text if at % 2 else text.replace("Good", "Bad") for at, text in enumerate(TEXTS)])
    model = as_predictor(lambda rows: np.array(["Good" in str(text) for text in rows]).astype(int), task="binary")
    subject = Subject.load(model=model, data=list(texts), target=np.arange(400) % 2, context=Context())
    result = evaluate(text_corruptions, {"subject": subject}, Context(), parameters={"max_rows": 400})
    assert result.status == "pass", result.reason
    found = {row[0]: row[1:] for row in result.view("drop").rows}
    assert found["lower"][-1] == 0.5
    assert found["dropped"] == pytest.approx(np.array(WORDS) / 2, abs=0.05)
    assert found["no_signs"] == (0, 0, 0, 0, 0)
    assert found["exchanged"] == (0, 0, 0, 0, 0)
