"""The HTML report in a real browser: it complains of nothing, asks for nothing, and looks like something, to everybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthcheck.render import html
from tests.cli import run
from tests.integration.chromium import CHROMIUM, Browser, browser, picture
from tests.render import report
from tests.render.page import observed
from tests.render.test_hostile import JUNK

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian package chromium)")

PATIENTS = {
    "healthy": ("example.com", "--ip", "192.0.2.25", "--selector", "s1", "--for", "gmail"),
    "shop": ("shop.example",),
    "listed": ("listed.example", "--ip", "192.0.2.66"),
    "flaky": ("flaky.example",),
    "several": ("shop.example", "example.com", "flaky.example"),
}
LOOKS = {
    "light": (1100, "light", "screen"),
    "dark": (1100, "dark", "screen"),
    "narrow": (360, "light", "screen"),
    "narrow and dark": (360, "dark", "screen"),
    "paper": (780, "light", "print"),
}
GROUNDS = {"light": (0xF7, 0xF6, 0xF3), "dark": (0x14, 0x18, 0x1A)}

CONTRASTS = """
(() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(x => x / 255)
    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, at) => sum + x * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.localName === 'script') continue;
    const [one, other] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const value = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (value < 4.5) found[element.outerHTML.slice(0, 120)] = value;
  }
  return found;
})()
"""
HIDDEN = """
[...document.querySelectorAll('main *')].filter(one => one.checkVisibility && !one.checkVisibility()
  && !one.closest('svg')).map(one => one.outerHTML.slice(0, 100))
"""
CUT = """
[...document.querySelectorAll('body *')].filter(one => !one.closest('svg, .unseen, .skip')
  && (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'
      || one.getBoundingClientRect().right > innerWidth + 1)).map(one => one.outerHTML.slice(0, 100))
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


def written(pages: Path, name: str, content: str) -> Path:
    file = pages / f"{name}.html"
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patients_report_is_quiet_and_readable_everywhere(chromium, capsys, pages, name):
    file = pages / f"{name}.html"
    run(capsys, "domain", *PATIENTS[name], "--lab", "-q", "--format", "html", "--output", file)
    pictures = {}
    for look, (width, scheme, media) in LOOKS.items():
        chromium.open(file, width, scheme, media)
        assert chromium.complaints() == [], look
        assert chromium.value("document.documentElement.scrollWidth") <= width, look
        assert chromium.value(CUT) == [], look
        assert chromium.value(CONTRASTS) == {}, look
        pictures[look] = picture(chromium.screenshot(0.25))
        assert len(pictures[look].colours) > 30, f"{look} is blank"
        assert pictures[look].ground < 0.98, f"{look} is nearly blank"
    for look, scheme in (("light", "light"), ("dark", "dark"), ("narrow and dark", "dark")):
        assert pictures[look].colours.get(bytes(GROUNDS[scheme]), 0) > 500, f"{look} has another ground"
    assert chromium.left() == []


def test_paper_shows_what_a_screen_folds_away(chromium, pages):
    file = written(pages, "paper", html.render([observed()]))
    chromium.open(file)
    assert chromium.value(HIDDEN) != []
    chromium.open(file, 780, "dark", "print")
    assert chromium.value(HIDDEN) == []
    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    chromium.open(file)
    printed = chromium.pdf()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    assert len(printed) > 20_000


def test_the_keyboard_is_enough(chromium, pages):
    chromium.open(written(pages, "keys", html.render([report()])))
    focused = "document.activeElement.className || document.activeElement.localName"
    chromium.press("Tab")
    assert chromium.value(focused) == "skip"
    assert chromium.value("document.activeElement.getBoundingClientRect().top") >= 0, "it is seen when it has the focus"
    chromium.press("Enter")
    assert chromium.value("document.activeElement.id") == "main"
    chromium.press("Tab")
    assert chromium.value(focused) == "summary"
    assert chromium.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert chromium.value("document.activeElement.parentElement.open") is False
    chromium.press("Enter")
    assert chromium.value("document.activeElement.parentElement.open") is True


def test_one_click_selects_a_whole_record(chromium, pages):
    record = "v=spf1 " + "ip4:192.0.2.1 " * 60 + "-all"
    chromium.open(written(pages, "record", html.render([report(record)])), 360)
    chromium.click("pre.record")
    assert chromium.value("getSelection().toString().trim()") == f"{record}. TXT {record}"


def test_a_screen_reader_finds_landmarks_headings_and_words_for_pictures(chromium, pages):
    chromium.open(written(pages, "tree", html.render([observed(), report()])))
    chromium.call("Accessibility.enable")
    nodes = [node for node in chromium.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    assert [len(roles[role]) for role in ("banner", "main", "contentinfo")] == [1, 1, 1]
    assert all(name for role in ("heading", "link", "image", "region", "article") for name in roles[role])
    assert "Why mail is failing" in roles["heading"]
    assert any("failed replies" in name for name in roles["image"])
    assert "columnheader" in roles
    assert "rowheader" in roles


@pytest.mark.parametrize(
    "word", ["".join(JUNK), "</script></style><script>document.title='x'</script>"], ids=["junk", "tags"]
)
def test_no_word_of_a_stranger_runs(chromium, pages, word):
    chromium.open(written(pages, "hostile", html.render([observed(word), report(word)])), 360)
    assert chromium.complaints() == []
    assert chromium.left() == []
    assert chromium.value("document.scripts.length") == 1
    assert chromium.value("document.querySelectorAll('img, iframe, [onerror], [onload], main style').length") == 0
    assert chromium.value("document.title").endswith("· healthcheck")
    assert chromium.value("document.documentElement.scrollWidth") <= 360
    assert chromium.value("JSON.parse(document.getElementById('report').text).reports.length") == 2


def test_a_page_of_many_domains_opens(chromium, pages):
    crowd = [report("a" * 600, name=f"d{number}.example", answers=30) for number in range(1_000)]
    chromium.open(written(pages, "crowd", html.render(crowd)))
    assert chromium.complaints() == []
    assert chromium.value("document.querySelectorAll('.overview tbody tr').length") == 1_000
    assert chromium.value("document.querySelectorAll('article').length") > 300
    chromium.click(".overview tbody tr:nth-child(300) a")
    assert chromium.value("location.hash") == "#r300"
    heading = "document.getElementById('r300').getBoundingClientRect().top"
    assert -5 <= chromium.value(heading) < 800, "the link leads to its report"


def test_a_page_that_misbehaves_is_noticed(chromium, pages):
    """Without this, the browser's silence would prove nothing."""
    good = html.render([report()])
    bad = '<body><img src="http://tracker.test/x.png"><script>document.title = "x"</script><p style="color: red">'
    chromium.open(written(pages, "bad", good.replace("<body>", bad)))
    assert any("Content Security Policy" in complaint for complaint in chromium.complaints())
    assert chromium.value("document.title") != "x"
    assert chromium.left() == [], "the policy keeps the picture from being asked for"
    unguarded = re.sub(r"<meta http-equiv=[^>]*>", "", good.replace("<body>", bad))
    chromium.open(written(pages, "unguarded", unguarded))
    assert chromium.value("document.title") == "x"
    assert any("request http://tracker.test/" in complaint for complaint in chromium.complaints())
    assert any(b"tracker.test" in line for line in chromium.left())
    wide = unguarded.replace(
        "<main", '<div style="width: 90vw; overflow: hidden"><pre>' + "x" * 400 + "</pre></div><main"
    )
    chromium.open(written(pages, "wide", wide), 360)
    assert chromium.value(CUT) != []
    chromium.open(written(pages, "wider", wide.replace("overflow: hidden", "")), 360)
    assert chromium.value("document.documentElement.scrollWidth") > 360
    chromium.open(written(pages, "pale", wide.replace("<pre>", '<pre style="color: #999">')))
    assert chromium.value(CONTRASTS) != {}
    chromium.open(written(pages, "blank", good.split("<body>")[0] + "<body>"))
    assert len(picture(chromium.screenshot(0.25)).colours) < 30
