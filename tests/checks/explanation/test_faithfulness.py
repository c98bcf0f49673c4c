import numpy as np
import pytest

from tests.checks.explanation.subjects import judged, linear
from trustlab.checks.explanation.faithfulness import faithfulness
from trustlab.core.context import Context
from trustlab.explain.shap_values import Attribution, shared_attribution


def test_the_order_of_shap_values_beats_chance():
    result = judged(faithfulness, linear([3.0, 2.0, 1.0, 0.5, 0.0, 0.0]))
    assert result.status == "pass"
    assert result.interval[0] > 0
    curves = result.view("faithfulness")
    assert {"put back, in this order", "taken away, at random"} <= set(curves.column("order"))


@pytest.mark.parametrize(("mend", "status"), [(lambda v: -v, "fail"), (lambda v: v * 0, "warn")])
def test_an_explanation_turned_round_fails_and_one_of_nothing_is_noise(mend, status):
    subject = linear([3.0, 2.0, 1.0, 0.5, 0.0, 0.0])
    context = Context()
    found = shared_attribution(subject, context)
    fields = {name: getattr(found, name) for name in Attribution.__slots__}
    shuffled = np.random.default_rng(0).normal(size=found.values.shape) * 1e-9
    wrong = Attribution(**{**fields, "values": mend(found.values) + shuffled})
    subject.memory.update(dict.fromkeys(subject.memory, wrong))
    assert judged(faithfulness, subject).status == status


def test_the_score_is_that_of_a_hand_count():
    from trustlab.explain.quality import faithfulness as measure

    weights = np.array([4.0, 2.0, 1.0])

    def masked(keep):
        return keep @ weights

    found = measure(np.tile(weights, (5, 1)), masked, np.random.default_rng(0), 0.95)
    # kept after 1 and 2 steps: in this order 4, 6 put back and 3, 1 taken away
    assert found.insertion[0] == pytest.approx([4, 6])
    assert found.deletion[0] == pytest.approx([3, 1])
    rows = ((found.insertion - found.deletion).mean(axis=1) / 2).tolist()
    assert found.gain.value == pytest.approx(rows[0] - rows[1])


def test_two_inputs_have_no_order_to_speak_of():
    assert judged(faithfulness, linear([1.0, 2.0])).status == "not_applicable"
    assert judged(faithfulness, linear([0.0, 0.0, 0.0])).status == "not_applicable"
