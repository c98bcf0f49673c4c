from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from trustlab.core.result import Result, Status, Threshold
from trustlab.core.views import Table, Text
from trustlab.report import html, words
from trustlab.report.notebook import fragment

TAGS = set(
    "html head meta title style body header main section footer script div p h1 h2 h3 b span code ul li dl dt dd "  # noqa: SIM905 - words
    "details summary figure figcaption table thead tbody tr th td label input select option button img pre "
    "svg text line rect circle path polyline polygon".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name class open id data-status data-family aria-pressed value scope "  # noqa: SIM905 - the same
    "tabindex for type autocomplete placeholder "
    "hidden src alt xmlns viewbox role aria-label x y x1 y1 x2 y2 cx cy r width height points d text-anchor".split()
)


class Strict(HTMLParser):
    """Collects what a browser would see as markup, and the text between."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.sources, self.texts, self.stack = set(), set(), [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "input", "img"}:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in {"meta", "input", "img"}:
            self.stack.pop()

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(text):
    reader = Strict()
    reader.feed(text)
    reader.close()
    assert reader.stack == []
    return reader


@pytest.mark.parametrize("render", [html.to_html, fragment])
def test_hostile_text_is_text_everywhere(hostile, render):
    page = render(hostile)
    page.encode("utf-8")
    seen = parsed(page)
    assert seen.tags <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert all(re.match(r"data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=]+$", source) for source in seen.sources)
    said = "".join(seen.texts)
    assert "<img src=x onerror=alert(1)>" in said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ufffe]", page)
    for picture in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page):
        drawn = parsed(base64.b64decode(picture).decode())
        assert drawn.tags <= TAGS
        assert drawn.attributes <= ATTRIBUTES | {"fill"}


def test_one_script_and_one_style_and_a_policy_that_names_them(hostile):
    page = html.to_html(hostile)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1].replace("&#x27;", "'")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    for tag in ("script", "style"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(bodies) == 1
        assert f"'sha256-{base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()}'" in policy
    assert not re.search(r'\sstyle="', page)


def test_nothing_is_fetched(audit):
    page = html.to_html(audit)
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert set(re.findall(r"https?://[^\"\s<]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_the_first_sentence_and_the_verdict_are_the_ones_of_every_renderer(audit):
    page = html.to_html(audit)
    assert f"<h1>{words.opening(audit)}</h1>" in page
    assert words.verdict(audit) in page


def test_worst_first_and_what_failed_is_open(audit):
    page = html.to_html(audit)
    order = re.findall(r'<details class="tl-finding tl-(\w+)"( open)?', page)
    statuses = [status for status, _ in order]
    assert statuses == ["fail", "fail", "error", "warn", "warn", "pass", "pass", "skipped", "not_applicable"]
    assert [bool(opened) for _, opened in order] == [True, True] + [False] * 7


def test_every_picture_has_words(audit):
    pictures = re.findall(r"<svg[^>]*>", html.to_html(audit))
    assert len(pictures) >= 6
    assert all(re.search(r'role="img" aria-label="[^"]{10,}"', picture) for picture in pictures)
    assert all(re.search(r'alt="[^"]+"', image) for image in re.findall(r"<img[^>]*>", html.to_html(audit)))


def test_numbers_sources_advice_and_provenance_are_on_the_page(audit):
    page = "".join(parsed(html.to_html(audit)).texts)
    numbers = ("2.07", "1.68 to 2.55", "2,380")
    sources = ("four-fifths rule, 29 CFR 1607.4(D)", "Hardt, Price and Srebro", "loans@3f9c21", "A. Lee")
    for said in (*numbers, *sources, "the model has no predict_proba", "Look at the refused applicants"):
        assert said in page, said


def test_long_tables_are_cut_and_say_so(making):
    rows = [[f"g{at}", at] for at in range(60_000)]
    result = Result(id="a.b", status=Status.FAIL, views=[Table(name="t", columns=["g", "n"], rows=rows)])
    page = html.to_html(making([result]))
    assert "and 59,950 more rows in the JSON" in page
    assert len(page) < 60_000


@pytest.mark.parametrize("render", [html.to_html, fragment])
def test_the_size_is_bounded_whatever_comes(making, every_view, render):
    text = "x" * 1_000
    views = [*every_view(text, rows=100), Text(name="long", text=text * 100)]
    common = {"title": text, "reason": text, "value": 0.3, "interval": (0.1, 0.4), "unit": text, "advice": [text] * 50}
    common |= {"threshold": Threshold(0.1, 0.2, text), "provenance": {f"k{key}": text for key in range(60)}}
    results = [
        Result(id=f"a.b{at}", status=Status.FAIL, views=views if at < 8 else views[:1], **common) for at in range(150)
    ]
    document = making(results, title=text, views=views, advice=[text] * 100, provenance=common["provenance"])
    page = render(document)
    assert len(page.encode()) < 2_000_000
    assert "in the JSON" in page
    assert page.rstrip().endswith(("</html>", "</div>"))


def test_an_image_that_is_no_png_is_left_to_its_words(making):
    from trustlab.core.views import Image

    for png in ("not base64!", base64.b64encode(b"<svg onload=alert(1)>").decode(), '"><script>'):
        result = Result(id="a.b", status=Status.PASS, views=[Image(name="i", png=png, alt="what it shows")])
        page = html.to_html(making([result], Status.PASS))
        assert "<img" not in page
        assert "Picture: what it shows" in page


def test_equal_documents_give_equal_pages(audit):
    assert html.to_html(audit) == html.to_html(audit)


def test_a_verb_without_findings_shows_its_own_views(making):
    log = Table(name="log", title="Commits", columns=["commit", "message"], rows=[["3f9c", "October"]])
    page = html.to_html(making([], Status.PASS, operation="data.log", title="History", summary="1 commit", views=[log]))
    assert "<h1>1 commit.</h1>" in page
    assert "<td>October</td>" in page
