"""Articles 9 to 15 of the EU AI Act, point by point, and which checks and records speak to each.

References
----------
Regulation (EU) 2024/1689 (Artificial Intelligence Act), OJ L, 2024/1689, 12.7.2024. Numbers and titles are those of
that publication; the words are ours and no substitute for it. Later amendments are not followed.
"""

from __future__ import annotations

from trustlab.checks.points import Chapter, Point

SOURCE = "Regulation (EU) 2024/1689, as published in OJ L, 2024/1689, 12.7.2024"

ARTICLES: tuple[Chapter, ...] = (
    Chapter(
        number="Article 9",
        title="Risk management system",
        points=(
            Point(
                ref="9(2)(a)",
                asks="Find and analyse the known and foreseeable risks to health, safety and fundamental rights",
                checks=("fairness", "segments", "privacy", "explanation.sensitive_proxy"),
                gap="risks that come from the use itself: a person must name them",
            ),
            Point(
                ref="9(2)(b)",
                asks="Estimate the risks of the intended use and of foreseeable misuse",
                checks=("robustness", "reliability.out_of_distribution"),
                gap="which misuse is to be foreseen",
            ),
            Point(
                ref="9(2)(c)",
                asks="Evaluate the risks that monitoring after release shows",
                gap="an audit sees one set of rows; later ones are watched by trust drift and by scheduled audits",
            ),
            Point(
                ref="9(2)(d), 9(5)",
                asks="Take fitting measures, so that the risk that remains is acceptable",
                records=("policy", "waivers"),
                gap="which measures were taken, and who judged the remaining risk acceptable and why",
            ),
            Point(
                ref="9(6) to 9(8)",
                asks="Test against metrics and thresholds that were set before, at the latest before release",
                checks=("performance", "fairness", "robustness", "reliability"),
                records=("policy", "run"),
            ),
            Point(
                ref="9(9)",
                asks="Consider people under 18 and other vulnerable groups",
                checks=("fairness", "segments"),
                gap="which groups are vulnerable here: only those named as sensitive or as segments are looked at",
            ),
        ),
    ),
    Chapter(
        number="Article 10",
        title="Data and data governance",
        points=(
            Point(ref="10(2)(a)", asks="Govern the design choices", gap="why these data and this design were chosen"),
            Point(
                ref="10(2)(b)",
                asks="Govern how data were collected and where they come from",
                records=("data",),
                gap="how they were collected, and for which purpose where they are personal",
            ),
            Point(
                ref="10(2)(c)",
                asks="Govern preparation: labelling, cleaning, updating, enrichment, aggregation",
                checks=(
                    "quality.label_noise",
                    "quality.duplicates",
                    "quality.near_duplicates",
                    "quality.types",
                    "quality.disguised_missing",
                    "quality.outliers",
                ),
                gap="what was done to the data before they came here",
            ),
            Point(
                ref="10(2)(d)",
                asks="State what the data are supposed to measure and represent",
                gap="what target and features stand for in the world",
            ),
            Point(
                ref="10(2)(e)",
                asks="Assess whether data are available, enough and suitable",
                checks=("quality.sample_size", "quality.class_imbalance", "performance.learning_curve"),
            ),
            Point(
                ref="10(2)(f), 10(2)(g)",
                asks="Examine for biases that may harm or discriminate, and detect, prevent and lessen them",
                checks=("fairness", "segments", "explanation.sensitive_proxy", "explanation.group_difference"),
                gap="whether answers flow back into later data",
            ),
            Point(
                ref="10(2)(h)",
                asks="Find gaps and shortcomings of the data",
                checks=("quality",),
            ),
            Point(
                ref="10(3)",
                asks="Relevant, representative, as free of errors and complete as can be, for the groups concerned too",
                checks=("quality", "fairness.label_bias"),
                gap="whether the rows represent those on whom the model will be used",
            ),
            Point(
                ref="10(4)",
                asks="Fit the geographical, contextual, behavioural or functional setting of the use",
                checks=("quality.drifted_split", "quality.unseen_categories", "segments"),
                gap="what the setting of the use is",
            ),
            Point(
                ref="10(5)",
                asks="Use special categories of personal data only where correcting bias needs it, with safeguards",
                checks=("privacy.personal_data",),
                gap="the legal ground, access, and when such data are deleted",
            ),
        ),
    ),
    Chapter(
        number="Article 11",
        title="Technical documentation",
        points=(
            Point(
                ref="11(1)",
                asks="Draw up the documentation before release and keep it up to date, with what Annex IV lists",
                records=("run", "data", "model"),
                gap="the documentation itself: an audit is a part of it; see Annex IV",
            ),
        ),
    ),
    Chapter(
        number="Article 12",
        title="Record-keeping",
        points=(
            Point(
                ref="12(1)",
                asks="Record events automatically over the system's lifetime",
                records=("run",),
                gap="logs of the system in use: what trustlab runs is journalled, what others run is not",
            ),
            Point(
                ref="12(2)",
                asks="Record what shows risks and substantial changes, and what monitoring needs",
                records=("data", "model"),
                gap="events after release",
            ),
        ),
    ),
    Chapter(
        number="Article 13",
        title="Transparency and provision of information to deployers",
        points=(
            Point(
                ref="13(1)",
                asks="Transparent enough that deployers can interpret the output and use it rightly",
                checks=("explanation",),
            ),
            Point(ref="13(3)(a)", asks="Who the provider is", gap="name and contact of the provider"),
            Point(ref="13(3)(b)(i)", asks="The intended purpose", gap="the purpose, in words"),
            Point(
                ref="13(3)(b)(ii)",
                asks="The accuracy, its metrics, robustness and cybersecurity that were tested, and what changes them",
                checks=("performance", "robustness", "reliability"),
                gap="cybersecurity beyond attacks on the model",
            ),
            Point(
                ref="13(3)(b)(iii)",
                asks="The circumstances that may lead to risks",
                checks=("segments", "robustness", "reliability.out_of_distribution"),
            ),
            Point(ref="13(3)(b)(iv)", asks="What it can tell to explain its output", checks=("explanation",)),
            Point(
                ref="13(3)(b)(v)",
                asks="How it performs for persons or groups",
                checks=("fairness", "segments"),
            ),
            Point(
                ref="13(3)(b)(vi)",
                asks="Specifications of the input, and what matters about training and test data",
                checks=("quality.schema", "quality.types", "quality.unseen_categories"),
                records=("data",),
            ),
            Point(
                ref="13(3)(b)(vii)",
                asks="What lets deployers interpret the output",
                checks=("explanation", "reliability.calibration", "reliability.conformal"),
            ),
            Point(ref="13(3)(c)", asks="Changes that are foreseen", gap="which changes are planned, and their effect"),
            Point(ref="13(3)(d)", asks="The measures of human oversight", gap="the measures; see Article 14"),
            Point(
                ref="13(3)(e)",
                asks="Resources needed, expected lifetime, maintenance",
                checks=("reliability.latency",),
                gap="expected lifetime and maintenance",
            ),
            Point(ref="13(3)(f)", asks="How deployers collect and read the logs", gap="the logs of the system in use"),
        ),
    ),
    Chapter(
        number="Article 14",
        title="Human oversight",
        points=(
            Point(
                ref="14(1) to 14(3)",
                asks="Built so that people can oversee it, by measures that fit the risk",
                gap="the interface and the measures: they lie outside the model",
            ),
            Point(
                ref="14(4)(a)",
                asks="People understand what it can and cannot do, and notice when it misbehaves",
                checks=("performance", "segments", "reliability"),
                gap="whether the people who oversee it do",
            ),
            Point(
                ref="14(4)(b)",
                asks="People stay aware that they may trust the output too much",
                checks=("reliability.calibration",),
                gap="how people follow the output in practice",
            ),
            Point(ref="14(4)(c)", asks="People interpret the output rightly", checks=("explanation",)),
            Point(
                ref="14(4)(d)",
                asks="People can leave the output aside, override or reverse it",
                checks=("reliability.selective",),
                gap="whether they can and do",
            ),
            Point(ref="14(4)(e)", asks="People can stop the system safely", gap="how it is stopped"),
            Point(
                ref="14(5)",
                asks="Remote biometric identification: two people confirm before anything is done",
                gap="whether this is such a system, and who confirms",
            ),
        ),
    ),
    Chapter(
        number="Article 15",
        title="Accuracy, robustness and cybersecurity",
        points=(
            Point(
                ref="15(1)",
                asks="Accuracy, robustness and cybersecurity that fit, and stay so over the lifetime",
                checks=("performance", "robustness", "reliability", "segments"),
                gap="the lifetime after this audit",
            ),
            Point(
                ref="15(3)",
                asks="Declare the accuracy and its metrics in the instructions for use",
                checks=("performance",),
                gap="the instructions for use",
            ),
            Point(
                ref="15(4), first and second subparagraph",
                asks="Resilient to errors, faults and inconsistencies",
                checks=("robustness", "reliability"),
                gap="redundancy, backups and fail-safe plans",
            ),
            Point(
                ref="15(4), third subparagraph",
                asks="Where it learns in use: no feedback loops of biased output",
                gap="whether its answers become its data",
            ),
            Point(
                ref="15(5)",
                asks="Resilient to attacks: poisoned data or models, adversarial inputs, attacks on confidentiality",
                checks=(
                    "robustness.adversarial_perturbation",
                    "robustness.evasion",
                    "robustness.constrained",
                    "privacy",
                    "quality.label_noise",
                ),
                gap="poisoned pre-trained parts, and the security of the machines that it runs on",
            ),
        ),
    ),
)
