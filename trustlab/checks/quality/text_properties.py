"""Are texts empty, copies, or told apart by their form?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from trustlab.core.context import Context
from trustlab.core.operation import operation
from trustlab.core.parameters import Range
from trustlab.core.result import Result, Threshold
from trustlab.models.subject import Subject

ID = "quality.text_properties"


@operation(
    "check",
    "Properties of the texts",
    needs=("texts",),
    threshold=Threshold(
        warn=0.0,
        fail=None,
        source="By definition: an empty text says nothing, and a copy nothing new. By tests: it fails where more "
        "audited texts stand in training than training texts are copies among themselves, and warns where a property "
        "gives the label away or has moved since training",
    ),
    references=(
        "Broder (1997). On the resemblance and containment of documents. SEQUENCES",
        "Lee et al. (2022). Deduplicating training data makes language models better. ACL",
        "Gururangan et al. (2018). Annotation artifacts in natural language inference data. NAACL",
    ),
    cost="seconds",
    example={"data": "loans.csv", "target": "approved", "text": "region"},
)
def text_properties(
    subject: Subject,
    almost: Annotated[float, Range(0, 1)] = 0.9,
    level: Annotated[float, Range(0.5, 0.999)] = 0.95,
    *,
    context: Context,
) -> Result:
    """Are texts empty, copies, or told apart by their form?

    Length, words, special characters, digits and capitals need no knowledge of the language: where one of them alone
    tells the label, the classes come from different sources, and a model may learn that. Copies are texts of which
    four fifths of the five-character shingles are the same (Jaccard), found by MinHash. Where people say the same
    short things, copies are natural: read the list before you drop any.

    In plain words
    --------------
    Texts can be told apart by their form and not by what they say.

    What to do
    ----------
    Bring the classes' texts into one form, drop copies and empty texts, and train again.

    Parameters
    ----------
    subject : Subject
        Texts; labels, training texts and sensitive attributes where known.
    almost : float
        From this share of the way from a guess to certainty a property is named. A choice, with no source.
    level : float
        Confidence level of the intervals.
    context : Context
        Where the halves come from on which a property is fitted and tried; row order matters through them.

    Returns
    -------
    Result
        Value: the share of texts that are empty or copies; where more stand in training than texts there are copies,
        that excess. Views: what each property tells, a table of the properties
        with their change since training, the texts found.

    References
    ----------
    Gururangan et al. (2018). Annotation artifacts in natural language inference data. NAACL.
    """
    from trustlab.checks.quality._content import copies_of, judged
    from trustlab.stats import texts as stats

    texts, train = subject.texts, subject.train.texts if subject.train is not None else None
    assert texts is not None
    everything = [*(train if train is not None else ()), *texts]
    found = judged(
        subject,
        "text",
        {"empty": stats.empty(list(texts))},
        subject.memo("quality.properties", lambda: stats.properties(list(texts))),
        None if train is None else stats.properties(list(train)),
        copies_of(stats.copies(everything), len(everything) - len(texts), level),
        almost=almost,
        level=level,
        rng=context.rng(ID),
        pictures=(),
    )
    near = int(stats.searched(everything).sum())
    if near == len(everything):
        return found
    beyond = f"Near copies were looked for among {near:,} of {len(everything):,} texts, equal ones among all."
    return replace(found, reason=f"{found.reason} {beyond}")
