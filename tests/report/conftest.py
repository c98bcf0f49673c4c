"""Documents to render: one like an audit's, and one in which every text is an attack."""

from __future__ import annotations

import base64
import math
import struct
import zlib

import pytest

from trustlab.core.result import Document, Result, Status, Threshold
from trustlab.core.views import Distribution, Graph, Image, Matrix, Scalar, Series, Table, Text

HOSTILE = "<img src=x onerror=alert(1)>\"'&</style></script><script>alert(2)</script>\x1b[31m\x00\u202e\udc80\ufffe"


def png(colour: tuple[int, int, int] = (0, 114, 178), size: int = 24) -> str:
    """A plain square as base64 PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + bytes(colour) * size for _ in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    whole = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + whole).decode()


def views_of(text: str = "x", rows: int = 3) -> list:
    """One view of every kind, ``text`` wherever text can stand."""
    common = {"title": text, "caption": text}
    return [
        Scalar(name="scalar", columns=["value", "value_lo", "value_hi"], rows=[[0.2, 0.1, 0.3]], **common),
        Table(
            name="table",
            columns=["name", text, f"{text}_lo", f"{text}_hi", "other"],
            rows=[[text, 0.5, 0.4, 0.6, text]] * rows,
            units={text: text},
            **common,
        ),
        Series(
            name="series",
            columns=["x", "y", "y_lo", "y_hi", "g"],
            rows=[[at, at / 2, at / 3, at, f"{text} {at % 2}"] for at in range(rows)],
            x="x",
            y=["y"],
            group="g",
            reference={text: 0.5},
            **common,
        ),
        Series(
            name="bars",
            columns=[text, "y"],
            rows=[[f"{text}{at}", at] for at in range(rows)],
            x=text,
            y=["y"],
            mark="bar",
            **common,
        ),
        Series(
            name="points",
            columns=[text, "y"],
            rows=[[f"{text}{at}", at] for at in range(rows)],
            x=text,
            y=["y"],
            mark="point",
            **common,
        ),
        Matrix(
            name="matrix",
            columns=["r", text, "b"],
            rows=[[text, 0.9, -0.2], ["b", None, 1]],
            row_axis=text,
            column_axis=text,
            **common,
        ),
        Distribution(
            name="distribution",
            columns=["bin", text, "now"],
            rows=[[f"{text}{at}", 0.1, 0.2] for at in range(rows)],
            **common,
        ),
        Image(name="image", png=png(), alt=text, **common),
        Text(name="text", text=text, **common),
        Graph(
            name="graph", columns=["source", "target", "label"], rows=[["a", text, text]], nodes={"a": text}, **common
        ),
    ]


def make(results: list[Result], status: Status = Status.FAIL, operation: str = "audit", **fields) -> Document:
    given = {
        "title": "Audit of a model",
        "payload": {},
        "summary": None,
        "views": [],
        "advice": [],
        "provenance": {},
    } | fields
    return Document(operation=operation, status=status, results=results, **given)


@pytest.fixture
def hostile() -> Document:
    """Every text of a document, its findings and its views is an attack."""
    finding = Result(
        id=HOSTILE,
        title=HOSTILE,
        reason=HOSTILE,
        value=0.3,
        interval=(0.2, 0.4),
        level=0.95,
        n=10,
        p_value=0.01,
        unit=HOSTILE,
        threshold=Threshold(0.1, 0.25, HOSTILE),
        views=views_of(HOSTILE),
        advice=[HOSTILE],
        provenance={HOSTILE: HOSTILE, "nested": {HOSTILE: [HOSTILE]}},
        status=Status.FAIL,
    )
    others = [Result(id=HOSTILE, title=HOSTILE, reason=HOSTILE, status=status) for status in Status]
    return make(
        [finding, *others],
        title=HOSTILE,
        summary=HOSTILE,
        views=views_of(HOSTILE),
        advice=[HOSTILE],
        provenance={HOSTILE: HOSTILE, "started": HOSTILE},
        payload={HOSTILE: HOSTILE},
    )


@pytest.fixture
def audit() -> Document:
    """An audit as a risk officer would get it."""
    return make(
        [*_failed(), *_warned(), *_passed(), *_not_run()],
        title="lender v3 on loans@3f9c21 (2,380 rows)",
        advice=[
            "%trust explain lender --where \"race == 'Black'\"",
            "%trust mitigate lender --for fairness.error_rates",
        ],
        provenance={
            "run": "c0ffee",
            "started": "2026-11-02T06:00:03.120+00:00",
            "seconds": 41.2,
            "seed": 7,
            "author": "A. Lee",
            "inputs": {"data": {"ref": "loans@3f9c21", "rows": 2380}, "model": {"name": "lender", "version": 3}},
        },
    )


def _failed() -> list[Result]:
    columns = ["feature", "group", "n", "tn", "fp", "fn", "tp", "fpr", "fpr_lo", "fpr_hi", "fnr", "fnr_lo", "fnr_hi"]
    rows = [
        ["race", "Black", 339, 60, 31, 77, 171, 0.341, 0.252, 0.443, 0.310, 0.256, 0.371],
        ["race", "White", 2041, 301, 88, 248, 1404, 0.226, 0.187, 0.270, 0.150, 0.134, 0.168],
        ["sex", "female", 442, 71, 25, 66, 280, 0.260, 0.183, 0.357, 0.191, 0.153, 0.236],
        ["sex", "male", 1938, 290, 94, 259, 1295, 0.245, 0.204, 0.290, 0.167, 0.149, 0.186],
    ]
    return [
        Result(
            id="fairness.error_rates",
            title="Are errors spread evenly over groups?",
            status=Status.FAIL,
            n=2380,
            reason="Black applicants who would repay are refused 2.1 times as often as White applicants",
            value=2.07,
            unit="ratio",
            interval=(1.68, 2.55),
            level=0.95,
            p_value=0.00002,
            threshold=Threshold(1.1, 1.25, "four-fifths rule, 29 CFR 1607.4(D)"),
            views=[
                Table(
                    name="by_group",
                    title="Error rates by group",
                    columns=columns,
                    rows=rows,
                    caption="Lines are 95% intervals; groups whose lines do not overlap differ.",
                )
            ],
            advice=[
                "Look at the refused applicants of the worst group first.",
                "%trust explain lender --where \"race == 'Black'\"",
            ],
            provenance={
                "parameters": {"sensitive": ["race", "sex"]},
                "seed": 7,
                "references": ["Hardt, Price and Srebro (2016), Equality of Opportunity in Supervised Learning"],
            },
        ),
        Result(
            id="segments.worst_slice",
            title="Is there a slice where the model is much worse?",
            status=Status.FAIL,
            reason="ratio > 0.43 and self-employed: error 0.38 against 0.12 overall (confirmed on the held-out half)",
            value=0.26,
            interval=(0.17, 0.35),
            level=0.95,
            n=96,
            threshold=Threshold(0.05, 0.1, "policy of the credit desk, 2026"),
            views=[
                Series(
                    name="slices",
                    title="Error by slice",
                    columns=["slice", "error", "error_lo", "error_hi"],
                    mark="bar",
                    rows=[
                        ["ratio > 0.43 and self-employed", 0.38, 0.29, 0.48],
                        ["loan > 300k", 0.21, 0.15, 0.29],
                        ["ratio > 0.43", 0.18, 0.15, 0.22],
                        ["self-employed", 0.14, 0.11, 0.18],
                    ],
                    x="slice",
                    y=["error"],
                    reference={"overall": 0.12},
                )
            ],
        ),
    ]


def _warned() -> list[Result]:
    bins = [[at / 10 + 0.05, min(max(at / 10 + 0.05 + 0.06 * math.sin(at), 0), 1)] for at in range(10)]
    curve = [[x, y, max(y - 0.05, 0), min(y + 0.05, 1)] for x, y in bins]
    drift = [
        [f"{100 * at} to {100 * (at + 1)}k", math.exp(-((at - 3) ** 2) / 4) / 3.5, math.exp(-((at - 4) ** 2) / 5) / 4]
        for at in range(9)
    ]
    corr = [
        [a, *[round(math.cos(i - j), 2) for j in range(4)]] for i, a in enumerate(["income", "loan", "ratio", "age"])
    ]
    return [
        Result(
            id="reliability.calibration",
            title="Do probabilities mean what they say?",
            status=Status.WARN,
            reason="Probabilities run 6 points high between 0.6 and 0.8",
            value=0.041,
            interval=(0.028, 0.055),
            level=0.95,
            n=2380,
            threshold=Threshold(0.03, 0.08, "convention of this house's policy"),
            views=[
                Series(
                    name="reliability",
                    title="What was said, and what came",
                    x="said",
                    y=["came"],
                    columns=["said", "came", "came_lo", "came_hi"],
                    rows=curve,
                )
            ],
        ),
        Result(
            id="drift.ks",
            title="Has income changed since October?",
            status=Status.WARN,
            value=0.11,
            p_value=0.012,
            n=5102,
            reason="income moved up by a bin",
            threshold=Threshold(0.1, 0.2, "a convention"),
            views=[
                Distribution(
                    name="income", title="Income, share of applicants", columns=["income", "October", "now"], rows=drift
                ),
                Matrix(
                    name="correlation",
                    title="Correlation",
                    columns=["feature", "income", "loan", "ratio", "age"],
                    rows=corr,
                ),
            ],
        ),
    ]


def _passed() -> list[Result]:
    edges = [
        ["loans@main", "train", ""],
        ["train", "lender v3", ""],
        ["lender v3", "audit", "v3"],
        ["loans@main", "audit", "test half"],
        ["audit", "gate", ""],
    ]
    return [
        Result(
            id="quality.missing",
            title="Are values missing?",
            status=Status.PASS,
            value=0.0,
            n=2380,
            reason="No value is missing in 14 columns",
            threshold=Threshold(0.05, 0.2, "policy"),
        ),
        Result(
            id="performance.metrics",
            title="How good are the predictions?",
            status=Status.PASS,
            value=0.913,
            interval=(0.9, 0.926),
            level=0.95,
            n=2380,
            reason="ROC AUC 0.91",
            views=[
                Graph(name="made", title="How it was made", columns=["source", "target", "label"], rows=edges),
                Text(name="note", text="The test half was never seen in training."),
                Image(name="shape", png=png(), alt="a blue square"),
                Scalar(
                    name="auc", title="ROC AUC", columns=["value", "value_lo", "value_hi"], rows=[[0.913, 0.9, 0.926]]
                ),
            ],
        ),
    ]


def _not_run() -> list[Result]:
    return [
        Result(
            id="privacy.attribute_inference",
            title="Can attributes be inferred?",
            status=Status.NOT_APPLICABLE,
            reason="the model has no predict_proba",
        ),
        Result(
            id="robustness.adversarial_perturbation",
            title="Does an attacker's nudge change answers?",
            status=Status.SKIPPED,
            reason="--skip robustness",
        ),
        Result(
            id="explanation.stability", title="Are explanations stable?", status=Status.ERROR, reason="out of memory"
        ),
    ]


@pytest.fixture(scope="session")
def every_view():
    return views_of


@pytest.fixture(scope="session")
def making():
    return make


@pytest.fixture(scope="session")
def hostile_text() -> str:
    return HOSTILE
