"""The dashboard: one frozen record per page for stakeholders; its name is the name of its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustlab.core.context import Context
    from trustlab.dashboards.page import Page

About = Literal["model", "repo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Everything there is to know about one dashboard.

    Parameters
    ----------
    name : str
        The name of its file: ``trustlab/dashboards/verdict.py`` is ``verdict``; so is its notebook's.
    title : str
        What it answers, as a question.
    summary : str
        The docstring's first line.
    about : {'model', 'repo'}
        What one page of it is about.
    build : callable
        Takes the context and the name of the one that it is to be about (or None: the page chooses, and says so);
        returns the page.
    """

    name: str
    title: str
    summary: str
    about: About
    build: Callable[[Context, str | None], Page]


def dashboard(title: str, *, about: About) -> Callable[[Callable[[Context, str | None], Page]], Dashboard]:
    """Turn a function into a dashboard; the fields are those of `Dashboard`."""

    def record(build: Callable[[Context, str | None], Page]) -> Dashboard:
        summary = (build.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        name = build.__module__.rpartition(".")[2]
        return Dashboard(name=name, title=title, summary=" ".join(summary.split()), about=about, build=build)

    return record
