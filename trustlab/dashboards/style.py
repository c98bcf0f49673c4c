"""The style of pages for stakeholders: one column with a margin for numbers, two pages on paper, one hand's width."""

from __future__ import annotations

from trustlab.report.style import picture_css, report_css
from trustlab.report.words import COLOUR


def story_css(*, notebook: bool) -> str:
    """Return the rules of a page: those of a report, and what makes it one column.

    Parameters
    ----------
    notebook : bool
        Take colours and sizes from the notebook's theme.
    """
    edges = "".join(f".tl-story .tl-top.tl-{status}{{border-left-color:{colour}}}" for status, colour in COLOUR.items())
    rules = [report_css(notebook=notebook), _STORY, edges]
    return "\n".join([*rules, picture_css(), _LIVE] if notebook else rules)


_STORY = """\
body.trustlab.tl-story{max-width:52em}
.tl-story header.tl-top{border-bottom:0;border-left:8px solid var(--tl-rule);padding:.1em 0 .3em 1.1em}
.tl-story h1{font-size:2em;margin:.1em 0 .4em}
.tl-story .tl-item{display:grid;grid-template-columns:minmax(0,1fr) 15em;gap:1.6em;padding:.9em 0;\
border-top:1px solid var(--tl-rule);break-inside:avoid}
.tl-story .tl-item>:only-child{grid-column:1/-1}
.tl-story .tl-item h3{margin:0 0 .5em;font-size:1.05em}
.tl-story .tl-item h3 .tl-badge{margin-right:.5em}
.tl-story .tl-badge.tl-few{min-width:0}
.tl-story code{color:var(--tl-ink)}
.tl-story aside{font-size:.85em;color:var(--tl-soft)}
.tl-story aside dt{color:var(--tl-soft)}.tl-story aside dd{color:var(--tl-ink)}
.tl-story aside dl{grid-template-columns:minmax(0,1fr);gap:0}
.tl-story aside dt{margin-top:.35em}
.tl-story .tl-columns{columns:2 18em;column-gap:2em}
.tl-story .tl-columns li{margin:.15em 0;orphans:2;widows:2}
.tl-story .tl-columns h3{break-after:avoid;margin:.6em 0 .2em}
.tl-story .tl-columns>div:first-child h3{margin-top:0}
.tl-story .tl-told{padding:.8em 0;border-top:1px solid var(--tl-rule)}
.tl-story .tl-told h3{margin:0}
.tl-story .tl-pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(19em,1fr));gap:1em 1.6em}
.tl-story footer dl{grid-template-columns:minmax(9em,auto) minmax(0,1fr)}
.tl-story footer dd{overflow-wrap:anywhere}
@media screen and (max-width:46em){.tl-story .tl-item{grid-template-columns:minmax(0,1fr);gap:.6em}
.tl-story h1{font-size:1.5em}
.tl-story footer dl{grid-template-columns:minmax(0,1fr)}.tl-story footer dt{margin-top:.4em}
.tl-story{overflow-wrap:anywhere}}
@media print{
@page{size:A4;margin:10mm 12mm}
body.trustlab.tl-story{font-size:7.8pt;line-height:1.25}
.tl-story h1{font-size:15pt}.tl-story h2{font-size:10pt}
.tl-story .tl-item{grid-template-columns:minmax(0,1fr) 19em;gap:1.2em;padding:.2em 0}
.tl-story .tl-item h3{margin:0 0 .1em;font-size:1.02em}
.tl-story .tl-item p{margin:.1em 0}
.tl-story .tl-pictures{grid-template-columns:1fr 1fr;gap:.6em}
.tl-story .tl-item .tl-svg{max-height:2.7cm;width:auto}
.tl-story .tl-briefs{columns:2;column-gap:1.4em}
.tl-story .tl-briefs .tl-item{grid-template-columns:minmax(0,1fr);gap:.1em}
.tl-story aside dl{grid-template-columns:auto minmax(0,1fr);gap:0 .6em}.tl-story aside dt{margin:0}
.tl-story aside dd.tl-big{font-size:1em}.tl-story aside dt:last-of-type,.tl-story aside dd:last-of-type{display:none}
.tl-story .tl-columns{columns:4;column-gap:1.2em;font-size:.75em;line-height:1.1}
.tl-story .tl-columns ul{margin:.1em 0;padding-left:1em}.tl-story .tl-columns li{margin:0}
.tl-story .tl-columns h3{margin:.3em 0 0}
.tl-story footer{margin-top:.5em;padding-top:0;font-size:.88em;line-height:1.15}
.tl-story figcaption,.tl-story .tl-screen{display:none}.tl-story h2{margin:.5em 0 .1em}
}"""

_LIVE = """\
.trustlab.tl-story{max-width:52em;margin:0 auto;font:16px/1.5 system-ui,sans-serif;padding:.5em 0}
.trustlab.tl-story dt{font-weight:400}"""
