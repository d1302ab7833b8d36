"""The HTML report: nothing in it acts, nothing in it calls out, and whoever reads it, however, finds the answer."""

import json
import re
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.delivery.flow import Flow, Hour, Traffic
from checks.delivery.observed import Failure, Observed
from checks.model import Status
from healthcheck.render import html, text, words
from healthcheck.render import json as json_format
from healthcheck.render.html import charts, view
from healthcheck.report import CheckResult, Ignored, Report, Waiver, WaiverState
from tests.cli import run
from tests.render import report
from tests.render.test_hostile import JUNK, SENTINEL, hostile

ROOM = Path(html.__file__).parent
TEMPLATES = sorted((ROOM / "templates").glob("*.html"))
STYLE = (ROOM / "templates" / "style.css").read_text(encoding="utf-8")
VOID = frozenset({"meta", "link", "rect", "br"})
SPOKEN = frozenset({"aria-label"})
"""Attributes that hold words for people. All others are ours, letter by letter."""


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text by element."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.others: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == [], "an element is left open"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> ends another element"

    def handle_data(self, data):
        self.texts.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def words(self) -> str:
        """The visible text, with single spaces."""
        return " ".join("".join(piece for tag, piece in self.texts if tag not in ("script", "style")).split())

    @property
    def data(self) -> str:
        return "".join(piece for tag, piece in self.texts if tag == "script")

    @property
    def structure(self) -> list[object]:
        """Everything but words: elements, the names of their attributes, and the values that are not spoken."""
        return [
            *self.others,
            *((tag, [(k, None if k in SPOKEN else v) for k, v in given.items()]) for tag, given in self.elements),
        ]


def seen(word: str = "shop.example", day: int = 20) -> Observed:
    """Mail that was observed, with a stranger's word wherever one can stand."""
    failure = Failure(
        f"550 5.7.26 unauthenticated {word}",
        "550",
        "5.7.26",
        "auth_failed",
        "permanent",
        "no",
        "gmail",
        word,
        bounced=7,
        senders=((word, 7),),
        recipient_domains=((word, 7),),
        first=f"2026-11-{day}T09:00:00Z",
        last=f"2026-11-{day}T09:00:00Z",
    )
    other = msgspec.structs.replace(failure, category="recipient_unknown", enhanced="5.1.1", basic="550", bounced=2)
    flow = Flow(word, word, delivered=90, deferred=4, bounced=9, hard=2, put_off=3)
    hours = ((word, (Hour(f"2026-11-{day}T09", 60, 4, 9, 2), Hour("2026-11-02T10", 30, 0, 0))),)
    traffic = Traffic((flow,), hours, first="2026-11-02T10:00", last=f"2026-11-{day}T09:00", has_sender_side=True)
    return Observed((failure, other), 1, traffic, "2026-11-02T10:00:00Z", f"2026-11-{day}T09:00:00Z", (word, word))


def observed(word: str = "shop.example") -> Report:
    """The report of every status, with what was observed and with the requirements of a provider."""
    told = report(word)
    target = msgspec.structs.replace(told.target, observed=seen(word), audience=("gmail",))
    warned = told.checks[1]
    ignored = CheckResult(warned.id, warned.title, (), tuple(Ignored(one, word, word) for one in warned.shown))
    waivers = (Waiver(word, word, word, "2026-01-31", WaiverState.EXPIRED, 1),)
    return msgspec.structs.replace(told, target=target, checks=(*told.checks, ignored), waivers=waivers)


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


# The templates, read as text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_calls_a_value_safe(template):
    source = template.read_text(encoding="utf-8")
    code = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    statements = " ".join(re.findall(r"\{[{%].*?[}%]\}", code, re.DOTALL))
    assert not re.search(r"\b(safe|autoescape|Markup|raw|mark|include|import \*)\b", statements)
    # A value inside a tag stands between quotes, and never where a browser would run it, fetch it or go to it.
    for tag in re.findall(r"<[a-z][^<>]*>", re.sub(r"\{%.*?%\}", "", code), re.IGNORECASE):
        bare = re.sub(r'"[^"]*"', '""', tag)
        assert "{{" not in bare or re.match(r"<(h\{\{ level \}\}|details class=\"\"\{\{)", bare), tag
        assert not re.search(r"\s(on\w+|style|src|srcdoc|action)\s*=", tag), tag
        for target in re.findall(r'href="([^"]*)"', tag):
            assert re.fullmatch(
                r"#[a-z-]+|#\{\{ (title|domain\.title)\.anchor \}\}|\{\{ one\.link \}\}|data:,", target
            ), tag


def test_markup_is_trusted_in_one_place():
    sources = {path.name: path.read_text(encoding="utf-8") for path in ROOM.glob("*.py")}
    assert sum(source.count("Markup(") for source in sources.values()) == 1
    assert sources["__init__.py"].count("_trusted(") == 4, "its definition, filled templates, the data and the style"


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        ("RFC 7208 section 4.6.4", "https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4"),
        ("RFC 5782", "https://www.rfc-editor.org/rfc/rfc5782"),
        ("RFC 9989 appendix A.4", "https://www.rfc-editor.org/rfc/rfc9989#appendix-A.4"),
        ("RFC 7208 section 4.6.4, and more", ""),
        ("a provider's page (2026-11)", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_reference_is_a_link_where_it_is_an_rfc(reference, link):
    assert view.reference(reference) == (reference, link)


# Colours


def schemes() -> dict[str, dict[str, str]]:
    """The colours of each scheme by name."""
    found = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(found) == 3
    return {
        name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for name, block in zip(("light", "dark", "print"), found, strict=True)
    }


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_stands_out_from_every_ground_it_stands_on(scheme):
    colours = schemes()[scheme]
    for ink in ("ink", "quiet", "link"):
        for ground in ("ground", "card", "sunk"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for state in ("pass", "warn", "fail", "unknown", "skipped"):
        assert contrast(colours[state], colours[f"{state}-ground"]) >= 4.5, state
    assert contrast(colours["ink"], colours["warn-ground"]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_bar_stands_out_from_its_ground(scheme):
    colours = schemes()[scheme]
    for bar in ("delivered", "deferred", "bounced", "share"):
        for ground in ("ground", "rail") if bar == "share" else ("ground",):
            assert contrast(colours[bar], colours[ground]) >= 3, (bar, ground)


def test_all_schemes_have_all_colours():
    names = [set(colours) for colours in schemes().values()]
    assert names[0] == names[1] == names[2]
    assert set(re.findall(r"var\(--([a-z-]+)\)", STYLE)) == names[0]


def test_a_contrast_is_measured_as_the_standard_does():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


# Charts

numbers = st.integers(0, 10**9)
flows = st.lists(
    st.builds(
        Flow,
        st.sampled_from(["", "a.example", "b.example"]),
        st.text(max_size=5),
        numbers,
        bounced=numbers,
        put_off=numbers,
    ),
    max_size=20,
)
times = st.sampled_from(
    ["2026-11-20T09", "2026-11-20T23", "2026-11-21T00", "2026-12-30T09", "", "nonsense", "2026-13-99T99"]
)


@given(flows, st.lists(st.builds(Hour, times, numbers, numbers, numbers), max_size=8), times, times)
def test_no_bar_leaves_its_chart(found, hours, first, last):
    traffic = Traffic(tuple(found), (("a.example", tuple(hours)),), first=first, last=last, has_sender_side=True)
    drawn = charts.charts(Observed(traffic=traffic))
    if drawn is None:
        return
    for bar in (*drawn.providers, *drawn.categories, *drawn.refused):
        assert_within(bar.pieces, charts.FULL)
    for column in drawn.timeline.columns if drawn.timeline else ():
        assert_within(column.pieces, charts.HEIGHT)
        assert column.at < drawn.timeline.width


def assert_within(pieces: list[charts.Piece], most: float) -> None:
    at = 0.0
    for piece in pieces:
        assert piece.length > 0
        assert piece.start == pytest.approx(at, abs=0.02)
        at = piece.start + piece.length
    assert at <= most + 0.02


def test_what_is_nothing_has_no_rate():
    traffic = Traffic((Flow("a.example", "gmail"),), has_sender_side=True)
    assert charts.charts(Observed(traffic=traffic)) is None


def test_bounce_mails_alone_have_no_rate():
    traffic = Traffic((Flow("a.example", "gmail", bounced=9),), has_sender_side=False)
    assert charts.charts(Observed(traffic=traffic)) is None


def test_without_deliveries_failed_replies_are_counted_by_who_said_so():
    failures = msgspec.structs.replace(seen(), traffic=None, unlisted=0).failures
    drawn = charts.charts(Observed((*failures, msgspec.structs.replace(failures[0], provider=None, host=None))))
    assert [(row.name, row.numbers) for row in drawn.refused] == [("Gmail", (9,)), ("unknown", (7,))]
    assert drawn.rates == drawn.providers == []
    assert drawn.timeline is None


def test_rates_count_as_the_checks_count():
    told = charts.charts(seen())
    assert [(rate.name, rate.share, rate.counted) for rate in told.rates] == [
        ("Bounced", "9.1 %", "9 of 99 messages"),
        ("Bounced: address is gone", "2.0 %", "2 of 99 messages"),
        ("Put off", "2.9 %", "3 of 102 messages"),
        ("Reported as spam", "0 %", "0 of 90 delivered messages"),
    ]


def test_days_without_mail_are_seen():
    timeline = charts.charts(seen()).timeline
    assert (timeline.by, len(timeline.columns)) == ("day", 19)
    assert [column.time for column in timeline.columns if column.pieces] == ["2026-11-02", "2026-11-20"]
    assert timeline.told == (
        "Attempts by day, 2026-11-02 to 2026-11-20 UTC: 90 delivered, 4 put off, 9 bounced; "
        "the most on 2026-11-20, 73 attempts."
    )


def test_few_days_are_drawn_by_the_hour():
    traffic = Traffic(
        (),
        (("a.example", (Hour("2026-11-20T23", 2, 0, 1), Hour("2026-11-21T02", 1))),),
        first="2026-11-20T23:00",
        last="2026-11-21T02:10",
        has_sender_side=True,
    )
    timeline = charts.charts(Observed(traffic=traffic)).timeline
    assert timeline.by == "hour"
    assert [column.time for column in timeline.columns] == [
        "2026-11-20 23:00",
        "2026-11-21 00:00",
        "2026-11-21 01:00",
        "2026-11-21 02:00",
    ]


def test_what_is_rare_is_counted_with_the_failed_replies():
    rows = charts.charts(seen()).categories
    assert [(row.numbers, row.told) for row in rows] == [
        ((7,), "70.0 % of the failed replies"),
        ((2,), "20.0 % of the failed replies"),
        ((1,), "10.0 % of the failed replies"),
    ]
