"""A document in a notebook: a rich output that survives saving, sharing and sanitising."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from trustlab.core.views import clean
from trustlab.report import words
from trustlab.report.budget import Limits, fitted
from trustlab.report.families import overview, sections
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import Medium, advised, document_views
from trustlab.report.recorded import shown
from trustlab.report.style import report_css, standalone_css
from trustlab.report.terminal import to_text

if TYPE_CHECKING:
    from trustlab.core.result import Document

MAX_BYTES = 700_000
KEY = "trustlab"


def mimebundle(document: Document, *, everything: bool = False) -> dict[str, str]:
    """Return what a notebook stores and shows: plain text, and HTML that needs no script.

    Parameters
    ----------
    document : Document
        What to show.
    everything : bool
        List every finding, also those that a long list counts or folds.

    Returns
    -------
    dict of str to str
        By MIME type. JupyterLab, nbconvert and code hosts show the HTML as far as they trust it.
    """
    text = to_text(document, everything=everything)
    return {"text/plain": text, "text/html": fragment(document, everything=everything)}


def metadata(document: Document) -> dict[str, Any]:
    """Return what a notebook stores beside an output: which run it is of, and which versions of data it read.

    Returns
    -------
    dict
        ``{"trustlab": {"schema", "operation", "run", "refs"}}``; each of the refs has ``asked`` (as it was asked for),
        ``repo`` and ``commit``. ``trust data newer ASKED=COMMIT`` tells whether it has moved since.
    """
    held = shown(document)
    told = clean(dict(held.provenance))
    refs = [one for one in told.get("refs") or [] if isinstance(one, dict)]
    return {KEY: {"schema": 1, "operation": held.operation, "run": told.get("run"), "refs": refs}}


def fragment(document: Document, *, everything: bool = False) -> str:
    """Return the report as HTML for inside a page: the same findings, scoped styles, the theme's own colours."""
    held = shown(document)
    return fitted(lambda limits: _fragment(held, limits, unfolded=everything), MAX_BYTES)


def _fragment(document: Document, limits: Limits, *, unfolded: bool) -> str:
    medium = Medium(limits, place=as_image, document=document, anchors=False)
    advice = [advised(line, medium) for line in list(document.advice)[:8]]
    took = words.seconds(document)
    about = " · ".join(filter(None, (medium.cut(document.title or document.operation), took)))
    return el(
        "div",
        el("style", Markup(report_css(notebook=True))),
        el("p", about, _class="tl-soft"),
        el("h1", medium.cut(words.opening(document))),
        el("p", words.verdict(document), _class="tl-verdict"),
        overview(document, medium),
        sections(document, medium, unfolded=unfolded),
        *document_views(document, medium),
        el("p", "Next: ", join(advice, "  ")) if advice else None,
        _class="trustlab",
    )


def as_image(drawn: Markup) -> Markup:
    """Return a picture as an image element.

    A notebook that is not trusted yet drops SVG elements but keeps images, so the picture and its words stay.
    """
    if not drawn.startswith("<svg"):
        return drawn
    at = drawn.index(">") + 1
    words_of_it = drawn[at:].partition("<title>")[2].partition("</title>")[0]
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    kinds = {kind for said in re.findall(r'class="([^"]*)"', drawn) for kind in said.split()}
    whole = f"{drawn[:at]}<style>{standalone_css(kinds)}</style>{paper}{drawn[at:]}"
    source = f"data:image/svg+xml;base64,{base64.b64encode(whole.encode()).decode()}"
    # The words were escaped as text; as an attribute they only need the same again.
    return Markup(f'<img src="{source}" alt="{words_of_it}" class="tl-svg"/>')
