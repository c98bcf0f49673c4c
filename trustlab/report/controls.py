"""A document in a live notebook: filters, and rows that open in place; what a row shows is made when it is opened."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from trustlab.core.result import SEVERITY
from trustlab.report import words
from trustlab.report.budget import Limits
from trustlab.report.marks import mark
from trustlab.report.markup import Markup, el
from trustlab.report.notebook import as_image, fragment, metadata
from trustlab.report.parts import Medium, caption, facts, guidance, lead_table, numbers, origin, show
from trustlab.report.pictures import picture
from trustlab.report.recorded import shown
from trustlab.report.style import report_css
from trustlab.report.terminal import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustlab.core.result import Document, Result
    from trustlab.core.views import View

_EVERYTHING = "all"
# The kinds that gain from being live; of the others the still picture says the same and weighs a thousandth.
_LIVE = frozenset({"series", "matrix", "distribution", "graph"})
_MAX_TITLE = 160
_LIVE_ONLY = "The report with filters and rows that open; the still report follows."
_ON_COPY = (
    "var b=this,c=b.parentNode.querySelector('pre').textContent;function d(){b.textContent='Copied';"
    "setTimeout(function(){b.textContent='Copy'},2000)}"
    "if(navigator.clipboard&&window.isSecureContext){navigator.clipboard.writeText(c).then(d)}"
    "else{var t=document.createElement('textarea');t.value=c;document.body.appendChild(t);t.select();"
    "document.execCommand('copy');t.remove();d()}"
)


def widget(document: Document) -> Any:
    """Return the report with controls: filters by family and status, a search, and rows that open in place.

    Parameters
    ----------
    document : Document
        What to show.

    Returns
    -------
    ipywidgets.VBox or None
        None where ipywidgets is not installed. Saved, it holds the still report as well, for who opens the notebook
        without a kernel.
    """
    if find_spec("ipywidgets") is None:
        return None
    return _Controls(shown(document)).box


class _Controls:
    """The parts of one view, and what happens when one is changed."""

    def __init__(self, document: Document) -> None:
        import ipywidgets

        self.medium = Medium(Limits(), place=as_image, document=document, anchors=False, on_copy=_ON_COPY)
        self.results = document.sorted_results()
        self.words = [_words(result) for result in self.results]
        self.family = _choice("Family", [(one, one) for one in sorted({result.family for result in self.results})])
        self.status = _choice("Status", _statuses(self.results))
        self.search = ipywidgets.Text(description="Search", placeholder="calibration, race, privacy")
        self.count = ipywidgets.HTML()
        self.rows = ipywidgets.Accordion()
        self.layout = ipywidgets.Layout()
        self.kept: list[int] = []
        for control in (self.family, self.status, self.search):
            control.observe(self.narrow, names="value")
        self.rows.observe(self.open, names="selected_index")
        self.narrow()
        filters = ipywidgets.HBox([self.family, self.status, self.search, self.count])
        filters.layout.flex_flow = "row wrap"
        self.head = ipywidgets.HTML(_head(document, self.medium))
        self.box = ipywidgets.VBox([self.head, filters, self.rows])
        self.document, self.live = document, self.box._repr_mimebundle_
        self.box._repr_mimebundle_ = lambda **asked: ({**self.live(**asked), **self.still()}, metadata(document))
        self.box._ipython_display_ = self.display

    def still(self) -> dict[str, str]:
        """Return the report that needs neither a kernel nor a script."""
        return {"text/html": fragment(self.document), "text/plain": to_text(self.document)}

    def display(self) -> None:
        """Show the live view, and the still one as an output of its own, which the live one hides where it lives.

        A saved notebook that is converted, or shown by a code host, has no live view: nbconvert would fetch scripts to
        draw one, and who has no network would see nothing.
        """
        from IPython.display import display

        mark = f"tl-still-{uuid.uuid4().hex}"
        hidden = el("style", Markup(f".{mark} {{ display: none }}"))
        self.head.value = f"{hidden}{_head(self.document, self.medium)}"
        still = self.still()
        still["text/html"] = el("div", Markup(still["text/html"]), _class=mark)
        display({**self.live(), "text/plain": _LIVE_ONLY}, raw=True)
        display(still, metadata=metadata(self.document), raw=True)

    def narrow(self, _: Any = None) -> None:
        """List the findings that the filters leave, worst first, all of them shut."""
        import ipywidgets

        asked = self.search.value.lower().split()
        self.kept = [
            at
            for at, result in enumerate(self.results)
            if self.family.value in {_EVERYTHING, result.family}
            and self.status.value in {_EVERYTHING, str(words.of(result))}
            and all(word in self.words[at] for word in asked)
        ]
        self.rows.selected_index = None
        self.rows.children = [ipywidgets.VBox(layout=self.layout) for _ in self.kept]
        self.rows.titles = tuple(_title(self.results[at]) for at in self.kept)
        self.count.value = f"{words.number(len(self.kept))} of {words.number(len(self.results))}"

    def open(self, _: Any = None) -> None:
        """Make what the opened row shows, the first time that it is opened."""
        at = self.rows.selected_index
        if at is not None and not self.rows.children[at].children:
            self.rows.children[at].children = _opened(self.results[self.kept[at]], self.medium)


def _words(result: Result) -> str:
    return f"{result.id} {result.title} {words.sentence(result)}".lower()


def _statuses(results: Sequence[Result]) -> list[tuple[str, str]]:
    present = {words.of(result) for result in results}
    return [(f"{words.ICON[one]} {words.WORD[one]}", str(one)) for one in SEVERITY if one in present]


def _choice(name: str, options: Sequence[tuple[str, str]]) -> Any:
    import ipywidgets

    return ipywidgets.Dropdown(description=name, options=[("all", _EVERYTHING), *options], value=_EVERYTHING)


def _title(result: Result) -> str:
    sentence = words.short(words.sentence(result), _MAX_TITLE)
    return f"{mark(result).icon} {words.short(result.family, 20)} · {sentence}"


def _head(document: Document, medium: Medium) -> Markup:
    return _inside(
        el("h1", medium.cut(words.opening(document))), el("p", words.verdict(document), _class="tl-verdict"), style=True
    )


def _inside(*parts: Markup | None, style: bool = False) -> Markup:
    sheet = el("style", Markup(report_css(notebook=True))) if style else None
    return el("div", sheet, *parts, _class="trustlab")


def _opened(result: Result, medium: Medium) -> list[Any]:
    """Return a row's inside: the picture and the numbers beside it, then words, further views, and the origin."""
    import ipywidgets

    views = list(result.views[: medium.limits.views])
    at = next((at for at, view in enumerate(views) if picture(view) is not None), None)
    sides = [_picture(views[at], medium) if at is not None else _still(medium.draw(result))]
    sides.append(ipywidgets.HTML(_inside(facts(numbers(result, medium)))))
    sides[0].layout.flex, sides[1].layout.flex = "1 1 26em", "1 1 16em"
    top = ipywidgets.HBox(sides)
    top.layout.flex_flow = "row wrap"
    said = el("p", medium.cut(words.sentence(result), 2000))
    more = [lead_table(view, medium) if index == at else show(view, medium) for index, view in enumerate(views)]
    below = ipywidgets.HTML(_inside(said, guidance(result, medium), *more, origin(result, medium)))
    return [top, below]


def _picture(view: View, medium: Medium) -> Any:
    """Return a live figure, or the still picture where plotly's widgets are not installed or would add nothing."""
    import ipywidgets

    if view.kind not in _LIVE or find_spec("anywidget") is None:
        title = el("p", el("b", medium.cut(words.view_title(view))))
        return _still(medium.draw(view), title, caption(view, medium))
    import plotly.graph_objects as go

    from trustlab.report.plotly import figure

    drawn = go.FigureWidget(figure(view))
    drawn.update_layout(height=drawn.layout.height or 340)
    return ipywidgets.VBox([drawn])


def _still(*parts: Markup | None) -> Any:
    import ipywidgets

    return ipywidgets.HTML(_inside(*parts))
