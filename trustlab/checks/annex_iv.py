"""Annex IV of the EU AI Act, the technical documentation, point by point, and what here can go into it.

References
----------
Regulation (EU) 2024/1689 (Artificial Intelligence Act), Annex IV, OJ L, 2024/1689, 12.7.2024; the words are ours.
"""

from __future__ import annotations

from trustlab.checks.points import Chapter, Point

ANNEX_IV = Chapter(
    number="Annex IV",
    title="Technical documentation referred to in Article 11(1)",
    points=(
        Point(
            ref="1(a)",
            asks="Intended purpose, provider, version and how it relates to earlier ones",
            records=("model",),
            gap="purpose and provider",
        ),
        Point(ref="1(b)", asks="What hardware and software it works with", gap="the systems around the model"),
        Point(
            ref="1(c)",
            asks="Versions of software, and what updates need",
            records=("run",),
            gap="versions of what runs it in use",
        ),
        Point(ref="1(d)", asks="The forms in which it is put on the market", gap="how it is delivered"),
        Point(
            ref="1(e)", asks="The hardware that it is meant for", checks=("reliability.latency",), gap="which that is"
        ),
        Point(ref="1(f)", asks="Pictures of the product that it is part of", gap="the product"),
        Point(ref="1(g)", asks="The user interface that deployers get", gap="the interface"),
        Point(ref="1(h)", asks="Instructions for use", gap="the instructions"),
        Point(
            ref="2(a)",
            asks="How it was developed, also with the parts of others",
            records=("model",),
            gap="parts of others, and how they were used",
        ),
        Point(
            ref="2(b)",
            asks="Its logic, main design choices and assumptions, what it optimises, what its parameters weigh",
            checks=("explanation",),
            gap="rationale, assumptions and trade-offs",
        ),
        Point(
            ref="2(c)",
            asks="Architecture, and the computing that development took",
            checks=("reliability.latency",),
            gap="the architecture around the model, and the computing that training took",
        ),
        Point(
            ref="2(d)",
            asks="Data sheets: the training data, their origin, scope, selection, labelling and cleaning",
            checks=("quality",),
            records=("data",),
            gap="how data were obtained, selected and labelled",
        ),
        Point(
            ref="2(e)",
            asks="The human oversight that is needed, and what helps to interpret the output",
            checks=("explanation", "reliability.calibration", "reliability.selective"),
            gap="the oversight that is needed",
        ),
        Point(ref="2(f)", asks="Changes determined beforehand", gap="which changes are planned"),
        Point(
            ref="2(g)",
            asks="How it was validated and tested: data, metrics, discriminatory impacts, dated and signed reports",
            checks=("performance", "robustness", "reliability", "fairness", "segments"),
            records=("run", "data", "policy"),
            gap="signatures",
        ),
        Point(
            ref="2(h)",
            asks="Cybersecurity measures",
            checks=("robustness.adversarial_perturbation", "robustness.evasion", "privacy"),
            gap="measures outside the model",
        ),
        Point(
            ref="3",
            asks="Capabilities and limits, also for groups; unintended outcomes and risks; oversight; input data",
            checks=("performance", "fairness", "segments", "robustness", "quality.schema"),
            gap="risks that come from the use itself, and the oversight",
        ),
        Point(
            ref="4",
            asks="Why the performance metrics fit this system",
            checks=("performance.baselines", "performance.decision_threshold"),
            gap="the reason, in words",
        ),
        Point(
            ref="5",
            asks="The risk management system of Article 9",
            records=("policy", "waivers"),
            gap="the system; see Article 9",
        ),
        Point(
            ref="6",
            asks="Changes through its lifecycle",
            records=("model", "data"),
            gap="why it was changed; trust diff shows what changed between two audits",
        ),
        Point(
            ref="7",
            asks="Harmonised standards applied, or what was done instead",
            records=("policy",),
            gap="standards: the limits here have sources, which are no harmonised standards",
        ),
        Point(ref="8", asks="The EU declaration of Article 47", gap="the declaration: the provider's to make"),
        Point(
            ref="9",
            asks="How it is watched after release, with the plan of Article 72(3)",
            gap="the plan; trust drift and schedules can be parts of it",
        ),
    ),
)
