"""The templates and the style of the HTML report, read as text: no value acts in them, and every colour can be told apart."""

import re
from pathlib import Path

import pytest

from healthcheck.render import html
from healthcheck.render.html import view
from tests.render.page import STYLE, TEMPLATES


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
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
    sources = {path.name: path.read_text(encoding="utf-8") for path in Path(html.__file__).parent.glob("*.py")}
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
