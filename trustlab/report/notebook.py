"""A document in a notebook: a rich output that survives saving, sharing and sanitising, and a view with controls."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from trustlab.core.result import SEVERITY
from trustlab.report import words
from trustlab.report.budget import Limits, fitted
from trustlab.report.markup import Markup, el, join
from trustlab.report.parts import Medium, advised, document_views, sections
from trustlab.report.style import report_css, standalone_css
from trustlab.report.terminal import to_text

if TYPE_CHECKING:
    from trustlab.core.result import Document, Result

MAX_BYTES = 700_000
_EVERYTHING = "everything"


def mimebundle(document: Document) -> dict[str, str]:
    """Return what a notebook stores and shows: plain text, and HTML that needs no script.

    Parameters
    ----------
    document : Document
        What to show.

    Returns
    -------
    dict of str to str
        By MIME type. JupyterLab, nbconvert and code hosts show the HTML as far as they trust it.
    """
    return {"text/plain": to_text(document), "text/html": fragment(document)}


def fragment(document: Document) -> str:
    """Return the report as HTML for inside a page: the same findings, scoped styles, the theme's own colours."""
    return fitted(lambda limits: _fragment(document, limits), MAX_BYTES)


def _fragment(document: Document, limits: Limits) -> str:
    medium = Medium(limits, place=as_image, anchors=False)
    advice = [advised(line, medium) for line in list(document.advice)[:8]]
    took = words.seconds(document)
    about = " · ".join(filter(None, (medium.cut(document.title or document.operation), took)))
    return el(
        "div",
        el("style", Markup(report_css(notebook=True))),
        el("p", about, _class="tl-soft"),
        el("h1", medium.cut(words.opening(document))),
        el("p", words.verdict(document), _class="tl-verdict"),
        sections(document, medium),
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
    whole = f"{drawn[:at]}<style>{standalone_css()}</style>{paper}{drawn[at:]}"
    source = f"data:image/svg+xml;base64,{base64.b64encode(whole.encode()).decode()}"
    # The words were escaped as text; as an attribute they only need the same again.
    return Markup(f'<img src="{source}" alt="{words_of_it}" class="tl-svg"/>')


def widget(document: Document) -> Any:
    """Return the report with controls: filters by family and status, a list of findings, and what each shows.

    Parameters
    ----------
    document : Document
        What to show.

    Returns
    -------
    ipywidgets.VBox
        Its pictures are plotly figures.
    """
    import ipywidgets

    results = document.sorted_results()
    head = ipywidgets.HTML(
        el("div", el("h3", words.opening(document)), el("p", words.verdict(document)), _class="trustlab")
    )
    family = _choice("Family", list(dict.fromkeys(result.family for result in results)))
    status = _choice("Status", [str(one) for one in SEVERITY if any(words.of(result) == one for result in results)])
    listed = ipywidgets.Select(description="Finding", rows=8, layout={"width": "100%"})
    inside = ipywidgets.VBox()

    def choose(_: Any = None) -> None:
        listed.options = [
            (_line(result), at)
            for at, result in enumerate(results)
            if family.value in {_EVERYTHING, result.family} and status.value in {_EVERYTHING, str(words.of(result))}
        ]
        listed.index = 0 if listed.options else None

    def open_one(_: Any = None) -> None:
        inside.children = [] if listed.value is None else _opened(results[listed.value])

    for control, changed in ((family, choose), (status, choose), (listed, open_one)):
        control.observe(changed, names="value")
    choose()
    open_one()
    return ipywidgets.VBox([head, ipywidgets.HBox([family, status]), listed, inside])


def _line(result: Result) -> str:
    icon, sentence = words.ICON[words.of(result)], words.short(words.sentence(result), 120)
    return f"{icon} {words.short(result.id, 40)}  {sentence}"


def _choice(name: str, options: list[str]) -> Any:
    import ipywidgets

    return ipywidgets.Dropdown(description=name, options=[_EVERYTHING, *options], value=_EVERYTHING)


def _opened(result: Result) -> list[Any]:
    import ipywidgets
    import plotly.graph_objects as go

    from trustlab.report.parts import finding
    from trustlab.report.plotly import figure

    medium = Medium(Limits(views=0, pictures=False), place=as_image, anchors=False)
    told = ipywidgets.HTML(
        el("div", el("style", Markup(report_css(notebook=True))), finding(result, medium), _class="trustlab")
    )
    drawn = [go.FigureWidget(figure(view)) for view in result.views]
    return [told, *drawn]
