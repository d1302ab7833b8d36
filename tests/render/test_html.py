"""The HTML report: nothing in it acts, nothing in it calls out, and whoever reads it, however, finds the answer."""

import json
import re
import sys
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given, settings

from checks.model import Status
from healthcheck.render import html, text, words
from healthcheck.render import json as json_format
from healthcheck.report import Report
from tests.cli import run
from tests.render import report
from tests.render.page import SPOKEN, STYLE, Page, observed
from tests.render.test_hostile import JUNK, SENTINEL, hostile


def kinds(word: str) -> tuple[list[Report], ...]:
    return [report(word)], [observed(word)], [observed(word), report(word)]


TAME = [Page(html.render(reports)).structure for reports in kinds(SENTINEL)]


@settings(max_examples=25, deadline=None)
@given(hostile)
@example("".join(JUNK) + SENTINEL)
@example('"' + SENTINEL + "' onload=alert(1) x=")
@example("</pre></code></style></script><script>alert(1)</script>" + SENTINEL)
@example("{{ 7 * 7 }}{% raw %}" + SENTINEL)
@example("&lt;script&gt;" + SENTINEL)
@example("</script><!--<script>" + SENTINEL)
def test_no_word_of_a_stranger_comes_alive(word):
    for reports, tame in zip(kinds(word), TAME, strict=True):
        written = html.render(reports)
        assert all(line.isprintable() for line in written.split("\n"))
        page = Page(written)
        assert page.structure == tame
        assert page.words.count(SENTINEL) >= 10
        assert "<" not in page.data
        assert json.loads(page.data) == json.loads(json_format.render(reports))
        for tag, attributes in page.elements:
            assert not any(SENTINEL in (value or "") for name, value in attributes.items() if name not in SPOKEN), tag


def test_a_value_stands_as_it_is_and_is_not_cut_twice():
    value = "x" * 3_000 + " \x1b\u202e " + "y" * 3_000
    assert html.printable(value) == "x" * 3_000 + " \\x1b\\u202e " + "y" * 3_000
    record = "v=spf1 " + "ip4:192.0.2.1 " * 200 + "-all"
    assert record in Page(html.render([report(record)])).words


@pytest.mark.parametrize("reports", kinds("shop.example"), ids=["one", "observed", "several"])
class TestEveryPage:
    def test_it_calls_nobody(self, reports):
        page = Page(html.render(reports))
        assert page.all("script") == [{"type": "application/json", "id": "report"}]
        names = {name for _, given in page.elements for name in given}
        assert not names & {"src", "srcset", "style", "action", "background", "poster", "data", "xlink:href", "ping"}
        assert not [name for name in names if name.startswith("on")]
        targets = [given["href"] for given in page.all("a", "link", "area", "base") if "href" in given]
        assert all(
            re.fullmatch(r"#[a-z0-9-]+|data:,|https://www\.rfc-editor\.org/rfc/rfc\d+(#[\w.-]+)?", x) for x in targets
        )
        assert not re.search(r"url\(|@import|@font-face|expression\(", STYLE)
        assert not page.all("iframe", "img", "object", "embed", "form", "input", "button", "video", "audio", "base")

    def test_its_policy_allows_its_one_style_and_nothing_else(self, reports):
        written = html.render(reports)
        (style,) = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        (policy,) = [
            x["content"] for x in Page(written).all("meta") if x.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        )
        assert written.index("Content-Security-Policy") < written.index("<style>") < written.index("<body>")

    def test_headings_go_down_one_step_at_a_time(self, reports):
        levels = [int(tag[1]) for tag, _ in Page(html.render(reports)).elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_whoever_does_not_see_it_finds_the_way(self, reports):
        page = Page(html.render(reports))
        assert page.all("html") == [{"lang": "en"}]
        assert [len(page.all(landmark)) for landmark in ("header", "main", "footer")] == [1, 1, 1]
        ids = [given["id"] for _, given in page.elements if "id" in given]
        assert len(ids) == len(set(ids))
        pointed = [given["aria-labelledby"] for _, given in page.elements if "aria-labelledby" in given]
        inside = [given["href"][1:] for given in page.all("a") if given["href"].startswith("#")]
        assert set(pointed + inside) <= set(ids)
        assert page.all("a")[0] == {"class": "skip", "href": "#main"}
        assert len(page.all("section")) == len(pointed)
        assert all(given.get("aria-label") for given in page.all("article"))
        assert all(given.get("role") == "img" and given.get("aria-label") for given in page.all("svg"))
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(given.get("scope") in ("col", "row") for given in page.all("th"))
        assert len(page.all("summary")) == len(page.all("details"))

    def test_colour_alone_says_nothing(self, reports):
        written = html.render(reports)
        chips = re.findall(
            r'<span class="chip (\w+)"><span class="sign" aria-hidden="true"></span>([^<]*)</span>', written
        )
        assert len(chips) == written.count('class="chip ')
        assert all(word.strip() for _, word in chips)
        assert {look for look, _ in chips} <= set(re.findall(r"\.chip\.(\w+) \{", STYLE))

    def test_the_same_report_gives_the_same_bytes(self, reports):
        assert html.render(reports) == html.render(reports)


def test_it_tells_all_that_the_text_tells():
    given_report = observed()
    told = Page(html.render([given_report])).words.replace(" ", "")
    for line in text.render([given_report], width=5_000).splitlines():
        for piece in re.split(r" {2,}", line.strip()):
            spoken = piece.replace(" ", "")
            # The head and the checklist are laid out differently; they have a test of their own.
            if len(spoken) > 40 and not spoken.startswith(("münchen.example", "proved by")):
                assert spoken in told or spoken.partition(":")[2] in told, piece


def test_it_shows_every_check_and_every_answer():
    given_report = observed()
    told = Page(html.render([given_report])).words
    assert all(f"{result.title} {result.id}" in told for result in given_report.checks)
    assert words.counted(given_report) in told
    for answer in given_report.evidence:
        assert " ".join(words.proof(answer, 1_000).split()) in told
        assert answer.asked_at in told


def test_the_answer_comes_first():
    told = Page(html.render([observed()])).words
    order = (
        "FAIL",
        "Why mail is failing",
        "Do this",
        "Warnings",
        "Not known",
        "Checklist",
        "Evidence",
    )
    places = [told.index(heading) for heading in order[:1]] + [told.index(f" {heading} ") for heading in order[1:]]
    assert places == sorted(places)


def test_a_record_stands_in_an_element_of_its_own():
    records = re.findall(r'<pre class="record"><code>(.*?)</code></pre>', html.render([report("v=spf1 -all")]))
    assert records == ["v=spf1 -all. TXT v=spf1 -all"]


def test_of_several_reports_those_that_fail_come_first():
    good = report(name="good.example")
    good = msgspec.structs.replace(
        good, checks=tuple(x for x in good.checks if x.status is Status.PASS), unicode_domain="good.example"
    )
    bad = msgspec.structs.replace(report(name="bad.example"), unicode_domain="bad.example")
    written = html.render([good, bad])
    assert re.findall(r'<a href="#(r\d)">([a-z.]+)</a>', written) == [("r1", "bad.example"), ("r2", "good.example")]
    assert [one["target"]["domain"] for one in json.loads(Page(written).data)["reports"]] == [
        "good.example",
        "bad.example",
    ]


@pytest.mark.parametrize("largest", [60_000, 150_000, 400_000, html.LARGEST])
def test_a_page_keeps_to_its_size_and_says_what_it_left_out(largest):
    crowd = [report("a" * 600, name=f"d{number}.example", answers=9) for number in range(30)]
    written = html.render(crowd, largest)
    assert len(written.encode()) <= largest
    page = Page(written)
    assert page.words.count("FAIL") >= 30, "every report has its row in the overview"
    assert ("Left out here for size" in page.words) == (not page.data)
    if not page.data:
        assert "the report as JSON" in page.words


def test_the_first_report_stands_even_where_it_is_too_large():
    written = html.render([report("a" * 600, answers=200)], 10_000)
    assert "What is wrong" in written
    assert "the checklists, the evidence, the report as JSON" in Page(written).words


def test_a_thousand_domains_are_one_page_that_is_not_too_large():
    crowd = [report("a" * 600, name=f"d{number}.example", answers=30) for number in range(1_000)]
    assert len(html.render(crowd).encode()) <= html.LARGEST


@pytest.mark.parametrize("word", ["a" * 65_536, "<" * 65_536, "\x1b" * 65_536, "中" * 65_536])
def test_64_kib_of_anything_are_shortened_and_said_to_be(word):
    written = html.render([observed(word)])
    assert len(written.encode()) < 5_000_000
    assert "characters)" in written


def test_without_the_library_one_sentence_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    html._environment.cache_clear()
    said = run(capsys, "domain", "shop.example", "--lab", "--format", "html", "-q", "--only", "mx.published")
    assert said.code == 2
    assert said.err.strip().endswith("--format html needs the extra `html`: pip install 'mail-healthcheck[html]'")
    assert not said.out


def test_the_command_writes_it(capsys, tmp_path):
    file = tmp_path / "report.html"
    said = run(capsys, "domain", "shop.example", "--lab", "-q", "--format", "html", "--output", file)
    assert (said.code, said.out) == (1, "")
    assert "shop.example" in Page(file.read_text(encoding="utf-8")).words
