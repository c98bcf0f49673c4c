"""How much worse does the model get on texts that went bad?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range, Unit
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ID = "robustness.text_corruptions"
LETTERS = 1_000_000  # of the chosen texts together


@operation(
    "check",
    "Corrupted texts",
    needs=("model", "labels", "texts"),
    tasks=("binary", "multiclass", "regression"),
    threshold=Threshold(
        None,
        None,
        source="No accepted limit: how people type where the model is used is for who runs it to say. Shown, not "
        "judged",
    ),
    references=(
        "Ribeiro, Wu, Guestrin and Singh (2020). Beyond accuracy: behavioral testing of NLP models with CheckList. ACL",
        "Belinkov and Bisk (2018). Synthetic and natural noise both break neural machine translation. ICLR",
    ),
    cost="seconds",
    example={"model": "lender", "data": "loans@main"},
)
def text_corruptions(
    subject: Subject,
    max_rows: Annotated[int, Range(10), Unit("texts")] = 300,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """How much worse does the model get on texts that went bad?

    Seven corruptions, each at five severities: typing errors, capitals, small letters, words left out, words
    exchanged, punctuation gone or added. Words are what spaces separate. The drop is the accuracy on the texts as they
    are minus that on the same texts corrupted. Left-out words can change what a text means: there a drop is no fault.

    In plain words
    --------------
    When texts hold slips of the pen, the model becomes much worse.

    What to do
    ----------
    Write texts in one form before the model reads them, and train with typing errors if they will come.

    Parameters
    ----------
    subject : Subject
        The model and audited texts with labels.
    max_rows : int
        Texts drawn by the seed where there are more; fewer where they are long.
    level : float
        Confidence level of every interval.
    context : Context
        Where chance comes from.

    Returns
    -------
    Result
        Value: the mean drop over corruptions and severities, with Student's interval of the differences text by text.
        Views ``drop`` (corruption by severity), ``curves`` and ``by_corruption``.
    """
    import numpy as np

    from trustlab.checks.robustness._numbers import chosen_rows
    from trustlab.checks.robustness._suite import run_suite, told
    from trustlab.checks.robustness._text_corruptions import text_suite

    rng = context.rng(ID)
    texts = subject.texts
    assert texts is not None
    some = texts[:1000].tolist()
    mean = sum(map(len, some)) / max(len(some), 1)
    limit = min(max_rows, max(int(LETTERS / max(mean, 1)), 30))
    chosen = chosen_rows(np.ones(subject.n, dtype=bool), limit, rng)
    found = run_suite(subject, chosen, texts[chosen].tolist(), text_suite(rng), _joined)
    return told(subject, chosen, found, level, "the texts")


def _joined(made: Sequence[Any]) -> Any:
    import numpy as np

    rows = np.empty(sum(map(len, made)), dtype=object)
    rows[:] = [text for texts in made for text in texts]
    return rows
