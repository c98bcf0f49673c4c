"""The five principles of trustworthy models, and which checks speak to them."""

from __future__ import annotations

from trustlab.checks.points import Chapter, Point

PRINCIPLES = Chapter(
    number="Principles",
    title="Five principles",
    points=(
        Point(
            ref="privacy and security",
            asks="What people entrust to the model stays with it, and who means harm gains little",
            checks=(
                "privacy",
                "robustness.adversarial_perturbation",
                "robustness.evasion",
                "robustness.constrained",
                "quality.label_noise",
            ),
            gap="who has access to data and model, consent, encryption, and how incidents are handled",
        ),
        Point(
            ref="human focus",
            asks="People can understand an answer, know how sure it is, and decide themselves",
            checks=("explanation", "reliability", "robustness.counterfactuals"),
            gap="whether people who use or meet the model understand it, can object, and are heard",
        ),
        Point(
            ref="inclusion",
            asks="It serves the people of every group, and none pays for the others",
            checks=(
                "fairness",
                "segments",
                "explanation.group_difference",
                "explanation.sensitive_proxy",
                "quality.sample_size",
                "quality.class_imbalance",
            ),
            gap="whether those concerned took part, whether the groups named are the right ones, and accessibility",
        ),
        Point(
            ref="responsibility",
            asks="Someone answers for the data, the numbers, the limits and the decision to use it",
            checks=("quality", "performance"),
            records=("run", "data", "model", "policy", "waivers"),
            gap="who answers for harm, and what is owed to those harmed",
        ),
        Point(
            ref="robustness",
            asks="It keeps working where data are noisy, unusual, later or hostile",
            checks=(
                "robustness",
                "reliability",
                "quality.drifted_split",
                "quality.unseen_categories",
                "quality.shortcut",
            ),
            gap="what happens when it fails in use: fallbacks, alarms, repair",
        ),
    ),
)
