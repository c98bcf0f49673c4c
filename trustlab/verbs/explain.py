"""``trust explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from trustlab.core.context import Context
from trustlab.core.errors import UsageError, did_you_mean
from trustlab.core.operation import operation
from trustlab.core.parameters import Format, Range, Short
from trustlab.core.result import Outcome, Result
from trustlab.models.subject import Subject

if TYPE_CHECKING:
    from trustlab.core.operation import Operation

FAMILY = "explain."
DEFAULT = "shap"


@operation(
    "verb", "Explain", cost="seconds", records=True, example={"model": "lender", "data": "loans@main", "row": 17}
)
def explain(
    subject: Subject,
    row: Annotated[int | None, Short("r"), Range(0)] = None,
    method: Annotated[list[str] | None, Format("explainer"), Short("k")] = None,
    *,
    context: Context,
) -> Outcome:
    """Say what moves a prediction: that of one row, or the model's on average.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    row : int
        The row to explain, counted from 0 in the data as read, whatever ``where`` keeps and ``rows`` holds out; the
        model on the rows that are looked at, where not given.
    method : list
        The explainers (shap, permutation, partial_dependence …). Where not given, what suits the model: SHAP values;
        integrated gradients for a torch module over images; for more inputs than SHAP values can be sampled for, those
        of a linear model or of trees, the gradients of a module, or occlusion.
    """
    from trustlab.core.execute import evaluate

    chosen, predicted = _chosen(method or [suited(subject)], row), _predicted(subject, row)
    results = []
    for record in context.track(chosen, "explain"):
        parameters = {"row": row} if row is not None else {}
        results.append(evaluate(record, dict.fromkeys(record.bundles, subject), context, parameters=parameters))
    return Outcome(
        payload={**predicted, "method": [result.id for result in results]},
        results=results,
        summary=_sentence(results),
        advice=_next(subject, row),
    )


def suited(subject: Subject) -> str:
    """Return the method that suits the kind of model and the number of inputs."""
    from trustlab.explain.shap_values import too_wide

    predictor = subject.predictor
    if predictor is None:
        return DEFAULT
    if predictor.kind == "torch":
        from trustlab.explain.occlusion import is_image

        return "integrated_gradients" if is_image(subject) or too_wide(subject) else DEFAULT
    if not too_wide(subject):
        return DEFAULT
    from trustlab.explain._encoded import last_estimator
    from trustlab.explain.shap_tree import KINDS

    estimator = last_estimator(subject)
    if hasattr(estimator, "coef_"):
        return "shap_linear"
    return "shap_tree" if any(word in type(estimator).__name__ for word in KINDS) else "occlusion"


def _chosen(method: list[str], row: int | None) -> list[Operation]:
    from trustlab.core import registry

    known = {name.removeprefix(FAMILY): record for name, record in registry.of_kind("explainer").items()}
    chosen = []
    for word in method:
        short = word.removeprefix(FAMILY)
        if short not in known:
            raise UsageError(
                f"explain: method must be one of {', '.join(known)}; got {word!r}.{did_you_mean(short, known)}"
            )
        if row is not None and "row" not in {parameter.name for parameter in known[short].own}:
            raise UsageError(
                f"explain: row must go with a method that explains rows; got {short}, which explains the model as a "
                "whole",
                hint="Leave out --row, or use --method shap.",
            )
        chosen.append(known[short])
    return chosen


def _predicted(subject: Subject, row: int | None) -> dict[str, Any]:
    """Return the row, its prediction as the data would say it, and the probability of that."""
    if row is None or subject.predictor is None or subject.modality != "tabular":
        return {"row": row, "prediction": None, "probability": None}
    from trustlab.explain.shap_values import model_outputs

    outputs = model_outputs(subject, subject.row(row))[0]
    if not subject.classes:
        return {"row": row, "prediction": float(outputs[0]), "probability": None}
    code = int(outputs.argmax())
    probability = float(outputs[code]) if subject.predictor.has_proba else None
    return {"row": row, "prediction": subject.classes[code], "probability": probability}


def _next(subject: Subject, row: int | None) -> list[str]:
    if row is None or subject.predictor is None or subject.dataset.source == "memory":
        return []
    return [f"%trust explain {subject.predictor.name} --data {subject.dataset.name}"]


def _sentence(results: list[Result]) -> str | None:
    """Return the first explanation in a sentence, and its own quality in another."""
    first = next((result for result in results if result.reason), None)
    if first is None:
        return None
    quality = next((view.caption for view in first.views if view.name == "quality" and view.caption), None)
    return f"{first.reason} {quality}" if quality else first.reason
