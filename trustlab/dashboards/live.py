"""A dashboard as widgets, for its notebook: what it is about and what it shows are chosen in lists, by keyboard too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from trustlab.core.errors import TrustlabError
from trustlab.dashboards.catalog import get
from trustlab.dashboards.page import fragment
from trustlab.dashboards.style import story_css
from trustlab.report.markup import Markup, el

if TYPE_CHECKING:
    from trustlab.core.context import Context
    from trustlab.dashboards.page import Page

WHOLE = "The whole page"
PREHEATED = "VOILA_PREHEAT"
QUERY = "QUERY_STRING"
_WIDE = {"width": "auto", "max_width": "30em"}


def warm(name: str) -> None:
    """Load what the dashboard needs, so that a kernel that waits for a reader has nothing left to load."""
    import contextlib

    import ipywidgets  # noqa: F401 - it is what takes the time

    with contextlib.suppress(TrustlabError):
        get(name).build(_context(), None)


def asked(about: str = "") -> str | None:
    """Return what the reader wants the page to be about: what the address says, else ``about``, else None.

    A kernel of Voilà's pool runs before anybody asks: it waits here, so that what is shown is of the moment of asking.
    """
    if os.environ.get(PREHEATED) == "True":
        from voila.utils import wait_for_request

        wait_for_request()
    told = parse_qs(os.environ.get(QUERY, "")).get("about")
    return (told[0] if told else about) or None


def show(name: str, about: str = "") -> Any:
    """Return the dashboard as one widget.

    Parameters
    ----------
    name : str
        Which; the name of the notebook.
    about : str
        The model or repo that it is about, where the address says nothing; empty: the page chooses.
    """
    return Live(name, asked(about)).box


class Live:
    """The lists above a page and the page below them.

    Parameters
    ----------
    name : str
        Which dashboard.
    about : str or None
        What it begins with.
    """

    def __init__(self, name: str, about: str | None) -> None:
        import ipywidgets

        self._dashboard = get(name)
        self._page: Page | None = None
        self._filling = False
        wide, described = ipywidgets.Layout(**_WIDE), {"description_width": "initial"}
        self.about = ipywidgets.Dropdown(
            description=self._dashboard.about.capitalize(), layout=wide, style=described, options=[]
        )
        self.part = ipywidgets.Dropdown(
            description="Show", layout=ipywidgets.Layout(**_WIDE), style=described, options=[WHOLE]
        )
        self.again = ipywidgets.Button(
            description="Look again", tooltip="Read the workspace again", layout=ipywidgets.Layout(width="auto")
        )
        self.view, self.status = ipywidgets.HTML(), ipywidgets.HTML()
        row = ipywidgets.Layout(
            flex_flow="row wrap", width="100%", max_width="832px", margin="0 auto", grid_gap="8px 16px"
        )
        self.box = ipywidgets.VBox(
            [ipywidgets.HBox([self.about, self.part, self.again, self.status], layout=row), self.view]
        )
        self._read(about)
        self.about.observe(lambda change: self._choose(change["new"]), "value")
        self.part.observe(lambda _change: self._draw(), "value")
        self.again.on_click(lambda _button: self._read(self.about.value))

    def _read(self, about: str | None) -> None:
        # Read aloud by a screen reader, and seen by who wonders whether the choice was heard.
        self.status.value = el("span", "Reading the workspace…", role="status")
        try:
            page = self._dashboard.build(_context(), about)
        except TrustlabError as error:
            self._page = None
            self.view.value = _refusal(error)
            return
        finally:
            self.status.value = el("span", "", role="status")
        self._page = page
        names = list(dict.fromkeys([*page.choices, *([page.about] if page.about else [])]))
        parts = [WHOLE, *(section.heading for section in page.sections)]
        kept = self.part.value if self.part.value in parts else WHOLE
        # A list that gets other entries selects its first one: that is nobody's choice.
        self._filling = True
        try:
            for control, options, value in ((self.about, names, page.about), (self.part, parts, kept)):
                if control.options != tuple(options):
                    control.options = options
                control.value = value
        finally:
            self._filling = False
        self._draw()

    def _choose(self, about: str | None) -> None:
        if not self._filling:
            self._read(about)

    def _draw(self) -> None:
        if self._page is not None and not self._filling:
            self.view.value = fragment(self._page, None if self.part.value == WHOLE else self.part.value)


def _context() -> Context:
    from trustlab.core.context import Context

    return Context(progress=False, notice=lambda _sentence: None)


def _refusal(error: TrustlabError) -> str:
    """Return why there is no page, in words, and what to do."""
    return el(
        "div",
        el("style", Markup(story_css(notebook=True))),
        el("main", el("h1", "There is nothing to show yet"), el("p", error.message), el("p", error.hint)),
        _class="trustlab tl-story",
        role="alert",
    )
