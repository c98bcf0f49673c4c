"""The style sheets: one design for the page and the notebook, light and dark, on screen and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trustlab.report.words import COLOUR, SERIES_COLOURS

if TYPE_CHECKING:
    from collections.abc import Collection

LIGHT = {"ink": "#1b1f24", "soft": "#59616b", "page": "#ffffff", "box": "#f5f6f8", "rule": "#d5d9de", "link": "#005a8f"}
DARK = {"ink": "#eceff3", "soft": "#a9b1bb", "page": "#15181c", "box": "#1f242a", "rule": "#3b424b", "link": "#7cc4f2"}

# Where a notebook's theme names a colour, it wins; the plain value is for every place that has no theme.
_JUPYTER = {
    "ink": "--jp-content-font-color1",
    "soft": "--jp-content-font-color2",
    "page": "--jp-layout-color0",
    "box": "--jp-layout-color2",
    "rule": "--jp-border-color2",
    "link": "--jp-content-link-color",
}

_DASHES = ("none", "7 3", "2 3", "8 3 2 3", "12 4", "4 4")
_LIGHT_HUES = dict(enumerate(SERIES_COLOURS))
# The same family on a dark page: blue and black lose their edge there, so sky stands in for blue.
_DARK_HUES = _LIGHT_HUES | {0: "#56B4E9", 4: "#F0E442"}


def _variables(palette: dict[str, str], hues: dict[int, str], *, themed: bool) -> str:
    said = {
        name: f"var({_JUPYTER[name]}, {colour})" if themed and name in _JUPYTER else colour
        for name, colour in palette.items()
    }
    said |= {f"h{hue}": colour for hue, colour in hues.items()}
    return "".join(f"--tl-{name}:{colour};" for name, colour in said.items())


def _mixed(colour: str, share: float) -> str:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)


def picture_css() -> str:
    """Return the rules that colour the pictures' classes."""
    rules = [
        ".tl-svg text{font:12px system-ui,sans-serif}",
        ".tl-t{fill:var(--tl-ink)}.tl-m{fill:var(--tl-soft)}.tl-i{fill:#fff}.tl-j{fill:#000}",
        ".tl-g{stroke:var(--tl-rule);stroke-width:1}.tl-x{stroke:var(--tl-ink);stroke-width:1.5}",
        ".tl-r{stroke:var(--tl-ink);stroke-width:1.5;stroke-dasharray:5 3}",
        ".tl-n{fill:var(--tl-box);stroke:var(--tl-soft)}.tl-k{fill:none;stroke:var(--tl-rule)}",
        ".tl-e{fill:none;stroke:var(--tl-soft);stroke-width:1.5}.tl-h{fill:var(--tl-soft)}",
    ]
    for hue, dash in enumerate(_DASHES):
        colour = f"var(--tl-h{hue})"
        rules.append(
            f".tl-f{hue}{{fill:{colour}}}.tl-s{hue}{{stroke:{colour};stroke-width:2}}"
            f".tl-l{hue}{{fill:none;stroke:{colour};stroke-width:2;stroke-dasharray:{dash}}}"
            f".tl-b{hue}{{fill:{colour};fill-opacity:.18}}"
        )
    for step in range(9):
        share = (step + 1) / 9
        rules.append(f".tl-q{step}{{fill:{_mixed('#0072B2', share)}}}.tl-w{step}{{fill:{_mixed('#D55E00', share)}}}")
    return "\n".join(rules)


def standalone_css(kinds: Collection[str]) -> str:
    """Return the rules for a picture that is an image of its own: it sees no page, so it is always light.

    Parameters
    ----------
    kinds : collection of str
        The classes that it uses: a notebook holds a hundred such pictures, and the rules are larger than most.
    """
    rules = [rule for rule, kind in re.findall(r"(\.(tl-\w+)[^{}]*\{[^}]*\})", picture_css()) if kind in kinds]
    used = "".join(rules)
    told = [one for one in _variables(LIGHT, _LIGHT_HUES, themed=False).split(";") if f"({one.split(':')[0]})" in used]
    return f":root{{{';'.join(told)}}}{used}"


def report_css(*, notebook: bool) -> str:
    """Return the rules of a report.

    Parameters
    ----------
    notebook : bool
        Take colours and sizes from the notebook's theme, and leave alone what is outside the report.
    """
    badges = "".join(f".tl-badge.tl-{status}{{background:{colour}}}" for status, colour in COLOUR.items())
    counts = "".join(f".tl-is.tl-{status}{{box-shadow:inset 0 -3px {colour}}}" for status, colour in COLOUR.items())
    edges = "".join(
        f".trustlab .tl-finding.tl-{status}{{border-left-color:{colour}}}" for status, colour in COLOUR.items()
    )
    shared = [
        f".trustlab{{{_variables(LIGHT, _LIGHT_HUES, themed=notebook)}}}",
        f"@media (prefers-color-scheme:dark){{.trustlab{{{_variables(DARK, _DARK_HUES, themed=notebook)}}}}}",
        f"@media print{{.trustlab{{{_variables(LIGHT, _LIGHT_HUES, themed=False)}}}}}",
        _SHARED,
        badges,
        counts,
        edges,
        _PRINT,
    ]
    return "\n".join([*shared, *([_INSET] if notebook else [_PAGE, picture_css()])])


_SHARED = """\
.trustlab{color:var(--tl-ink);line-height:1.5;overflow-wrap:anywhere}
.trustlab *{box-sizing:border-box}
.trustlab h1{font-size:1.7em;line-height:1.25;margin:.2em 0 .4em;font-weight:650;text-wrap:balance;color:inherit}
.trustlab h2{font-size:1.15em;margin:1.6em 0 .5em;font-weight:650;color:inherit}
.trustlab h3{font-size:1em;margin:1em 0 .3em;font-weight:650;color:inherit}
.trustlab p{margin:.4em 0}
.trustlab .tl-soft{color:var(--tl-soft);font-size:.9em}
.trustlab .tl-verdict{font-weight:600}
.trustlab .tl-finding{border:1px solid var(--tl-rule);border-left:6px solid;border-radius:6px;margin:.45em 0;\
background:var(--tl-page)}
.trustlab .tl-finding>summary{display:flex;gap:.75em;align-items:baseline;padding:.55em .8em;\
cursor:pointer;list-style:none}
.trustlab .tl-finding>summary::-webkit-details-marker{display:none}
.trustlab .tl-finding>summary::after{content:"+";margin-left:auto;color:var(--tl-soft);font-weight:600}
.trustlab .tl-finding[open]>summary::after{content:"\\2212"}
.trustlab summary:focus-visible,.trustlab :focus-visible{outline:3px solid var(--tl-link);outline-offset:2px}
.trustlab .tl-badge{color:#000;flex:0 0 9.5em;text-align:center;border-radius:4px;padding:.1em .5em;font-weight:600;\
font-size:.85em;white-space:nowrap;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.trustlab .tl-says{flex:1 1 auto;min-width:0}
.trustlab .tl-says b{display:block;font-weight:600}
.trustlab .tl-family{margin:.45em 0}
.trustlab .tl-family>summary{cursor:pointer;padding:.3em .2em}
.trustlab .tl-family>summary>span{margin-left:.5em}
.trustlab .tl-family>.tl-finding{margin-left:1.2em}
.trustlab .tl-badge.tl-few{display:inline-block;min-width:4em}
.trustlab .tl-overview table{font-size:.95em}.trustlab .tl-none{color:var(--tl-soft)}.trustlab .tl-is{font-weight:600}
.trustlab .tl-code{display:grid;grid-template-columns:5.5em minmax(0,1fr) auto;gap:.6em;align-items:start}
.trustlab .tl-code pre{margin:.2em 0}
.trustlab button{font:inherit;font-size:.9em;color:inherit;background:var(--tl-box);border:1px solid var(--tl-soft);\
border-radius:4px;padding:.2em .7em;cursor:pointer}
.trustlab .tl-body{padding:.2em 1em 1em;border-top:1px solid var(--tl-rule)}
.trustlab .tl-split{display:grid;grid-template-columns:minmax(0,1.7fr) minmax(12em,1fr);gap:1.5em;align-items:start;\
margin-top:.9em}
.trustlab .tl-split>:only-child{grid-column:1/-1}
.trustlab figure{margin:0}
.trustlab figcaption{font-size:.9em;color:var(--tl-soft);margin-top:.2em}
.trustlab .tl-svg,.trustlab .tl-img{max-width:100%;height:auto;display:block}
.trustlab .tl-svg{width:100%;max-width:37em}
.trustlab dl{margin:0;display:grid;grid-template-columns:auto minmax(0,1fr);gap:.15em .9em}
.trustlab dt{color:var(--tl-soft);float:none;width:auto}
.trustlab dd{margin:0;float:none;width:auto;font-variant-numeric:tabular-nums}
.trustlab dd.tl-big{font-size:1.5em;font-weight:650;line-height:1.2}
.trustlab .tl-scroll{overflow-x:auto;margin:.5em 0}
.trustlab table{border-collapse:collapse;font-size:.88em;font-variant-numeric:tabular-nums;margin:0;border:0}
.trustlab caption{text-align:left;color:var(--tl-soft);padding:.2em 0}
.trustlab th,.trustlab td{padding:.25em .7em;border:0;border-bottom:1px solid var(--tl-rule);text-align:left;\
vertical-align:top;max-width:28em;background:none;overflow-wrap:break-word}
.trustlab th{font-weight:600}
.trustlab .tl-right{text-align:right}.trustlab td.tl-right{white-space:nowrap}
.trustlab code{font-family:ui-monospace,monospace;font-size:.92em;background:var(--tl-box);padding:.1em .35em;\
border-radius:3px;color:inherit}
.trustlab pre{white-space:pre-wrap;background:var(--tl-box);padding:.7em;border-radius:4px;font-size:.88em;\
margin:.5em 0}
.trustlab ul{margin:.3em 0;padding-left:1.2em}
.trustlab .tl-more{margin:.6em 0}
.trustlab .tl-more>summary{cursor:pointer;color:var(--tl-link);font-size:.92em}
@media (max-width:46em){.trustlab .tl-split{grid-template-columns:minmax(0,1fr)}}"""

_PAGE = """\
html{background:#fff}@media (prefers-color-scheme:dark){html{background:#15181c}}
body.trustlab{margin:0 auto;max-width:60em;padding:2em 1.25em 4em;font:16px/1.5 system-ui,sans-serif;\
background:var(--tl-page)}
.trustlab header{border-bottom:2px solid var(--tl-ink);padding-bottom:.8em}
.trustlab footer{border-top:1px solid var(--tl-rule);margin-top:2.5em;padding-top:.5em;font-size:.9em}
.trustlab .tl-filter{margin:1em 0 0;display:flex;gap:.6em;align-items:center;flex-wrap:wrap}
.trustlab .tl-filter[hidden],.trustlab [hidden]{display:none}
.trustlab input,.trustlab select{font:inherit;color:inherit;background:var(--tl-page);\
border:1px solid var(--tl-soft);border-radius:4px;padding:.25em .6em;max-width:100%}
.trustlab input{width:16em}
@media print{html,body.trustlab{background:#fff}body.trustlab{max-width:none;padding:0;font-size:10pt}}"""

# Ink and paper come together: a place that forces one of them must not hide the other.
_INSET = ".trustlab{background:var(--tl-page);padding:.5em 1em}"

_PRINT = """\
@media print{
.trustlab .tl-filter,.trustlab .tl-copy,.trustlab .tl-finding>summary::after{display:none!important}
.trustlab details::details-content{display:block;content-visibility:visible;block-size:auto}
.trustlab .tl-scroll{overflow:visible}
.trustlab .tl-split{grid-template-columns:minmax(0,1.7fr) minmax(11em,1fr)}
.trustlab figure,.trustlab tr,.trustlab summary,.trustlab dl{break-inside:avoid}
.trustlab h2,.trustlab summary{break-after:avoid}
.trustlab .tl-svg{max-width:13cm}
}"""
