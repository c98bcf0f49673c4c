from __future__ import annotations

import base64
import re
from xml.dom import minidom

from trustlab.report import words
from trustlab.report.notebook import metadata, mimebundle


def test_pictures_survive_a_notebook_that_is_not_trusted(audit):
    text = mimebundle(audit)["text/html"]
    assert "<svg" not in text
    assert "<script" not in text
    sources = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', text)
    assert len(sources) >= 6
    for source, alt in sources:
        whole = minidom.parseString(base64.b64decode(source))
        assert whole.documentElement.tagName == "svg"
        assert len(alt) > 10


def test_hostile_pictures_are_well_formed(hostile):
    for source in re.findall(r"svg\+xml;base64,([^\"]+)", mimebundle(hostile)["text/html"]):
        names = {node.tagName for node in minidom.parseString(base64.b64decode(source)).getElementsByTagName("*")}
        assert names <= {"svg", "title", "style", "rect", "text", "line", "circle", "polygon", "polyline", "path"}


def test_the_same_words_as_everywhere(audit):
    bundle = mimebundle(audit)
    for said in (words.verdict(audit),):
        assert said in bundle["text/html"]
        assert said in bundle["text/plain"]


def test_an_output_tells_its_run_and_the_versions_it_read(making):
    refs = [{"asked": "loans@main", "repo": "loans", "commit": "3f9c"}]
    document = making([], provenance={"run": "0123", "refs": refs})
    assert metadata(document) == {"trustlab": {"schema": 1, "operation": "audit", "run": "0123", "refs": refs}}
    recorded = making([], operation="runs", payload={"document": document.to_dict()}, provenance={"run": "9"})
    assert metadata(recorded) == metadata(document), "a run that is looked at again is the run itself"
