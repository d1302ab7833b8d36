"""The report as one HTML file: to be read, mailed, printed and kept.

It asks nobody for anything: no script runs in it, no font, picture or style comes from elsewhere, and a Content-Security-Policy
says so to the browser. Its one style is allowed by its hash. The report's JSON stands in it as data.

Jinja2 fills the templates beside this file and escapes whatever is put in (`autoescape`); no template may call a value safe,
which a test reads them for. What is put in passes `printable` first, so that no control character arrives there either.

A file of many domains stays one that a browser opens: beyond LARGEST bytes the JSON is left out, then the evidence, then the
checklists, at last the reports of the domains that are best off; the page says what is missing and how to get it.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from checks.model import Verdict
from checks.text import LONGEST, inert
from healthcheck import __version__
from healthcheck.extras import MissingExtra
from healthcheck.render.html import view
from healthcheck.render.json import JsonReports, as_json
from healthcheck.render.words import spoken_kind
from healthcheck.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment  # start-up time: an extra, for this format alone
    from markupsafe import Markup

LARGEST = 10_000_000
"""Bytes of the whole file: what a browser still opens at once, and what mail systems and trackers take."""
_FRAME = 900
"""Bytes that a report takes beside its parts: its row in the overview and its heading, the name apart."""
_WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Domain(msgspec.Struct):
    """What the page holds of one report, as far as there is room."""

    title: view.Title
    body: "Markup"
    checklist: "Markup | str" = ""
    evidence: "Markup | str" = ""


def render(reports: Sequence[Report], largest: int = LARGEST) -> str:
    """All reports as one HTML document of about `largest` bytes at most; of several, those that fail first. One report always
    stands whole but for its checklist, evidence and JSON, and every report has its row in the overview."""
    pages = _environment()
    ordered = sorted(reports, key=lambda report: _WORST_FIRST.index(report.verdict))
    titles = [view.title(number, report) for number, report in enumerate(ordered, 1)]
    room = _Room(largest - len(_style()) - sum(_FRAME + 2 * len(title.name.encode()) for title in titles))
    domains = _domains(pages, titles, ordered, room)
    data = _data(reports, room)
    page = _filled(
        pages,
        "page.html",
        heading=titles[0].name if len(titles) == 1 else f"Mail health of {len(titles):,} {spoken_kind(ordered)}",
        titles=titles,
        domains=domains,
        missing=room.missing,
        sums=view.sums(ordered),
        data=_trusted(data),
        style=_trusted(_style()),
        style_hash=_style_hash(),
        version=__version__,
    )
    return f"{page}\n"


class _Room:
    """Bytes that are left, and what found no place in them."""

    def __init__(self, largest: int) -> None:
        self.left = largest
        self.missing: list[str] = []

    def takes(self, parts: Sequence[str]) -> bool:
        """True, and their bytes are taken, where all of these fit."""
        size = sum(len(part.encode()) for part in parts)
        if size > self.left:
            return False
        self.left -= size
        return True


def _domains(
    pages: "Environment", titles: Sequence[view.Title], reports: Sequence[Report], room: _Room
) -> "list[Domain]":
    """The reports as far as they fit, the first whatever its size; then all their checklists, then all their evidence."""
    level = 2 if len(titles) == 1 else 3
    domains: list[Domain] = []
    for title, report in zip(titles, reports, strict=True):
        body = _filled(pages, "report.html", title=title, body=view.body(report), level=level)
        if not room.takes([body]) and domains:
            left = len(titles) - len(domains)
            room.missing.append(f"{left:,} {'report' if left == 1 else 'reports'} that the overview names")
            break
        domains.append(Domain(title, body))
    for part, what in (("checklist", "the checklists"), ("evidence", "the evidence")):
        values = getattr(view, part)
        filled: list[Markup] = []
        for domain, report in zip(domains, reports, strict=False):  # fewer domains where some found no room
            filled.append(_filled(pages, f"{part}.html", title=domain.title, told=values(report), level=level))
            if room.missing or not room.takes(filled[-1:]):
                room.missing.append(what)
                break
        else:
            for domain, piece in zip(domains, filled, strict=True):
                setattr(domain, part, piece)
    return domains


def _data(reports: Sequence[Report], room: _Room) -> str:
    """The JSON of `--format json`, on one line, with nothing in it that ends an element; "" where it finds no room."""
    if room.missing:
        room.missing.append("the report as JSON")
        return ""
    told = [as_json(report) for report in reports]
    whole = msgspec.json.encode(told[0] if len(told) == 1 else JsonReports("healthcheck.reports/1", told)).decode()
    escaped = whole.translate(_SCRIPT)
    if room.takes([escaped]):
        return escaped
    room.missing.append("the report as JSON")
    return ""


def printable(value: object) -> object:
    """What a template puts in, with every character that does not print made visible; markup of our own as it is."""
    if not isinstance(value, str) or value.isprintable() or hasattr(value, "__html__"):
        return value
    # In pieces, since it is not to be cut here: records stand whole.
    return "".join(str(inert(value[at : at + LONGEST])) for at in range(0, len(value), LONGEST))


def shortened(value: str) -> str:
    """A value inside a sentence, cut where it is very long."""
    return value if len(value) <= view.LONGEST_VALUE else f"{value[: view.LONGEST_VALUE]}… ({len(value)} characters)"


@cache
def _environment() -> "Environment":
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # an extra, for this format alone
    except ImportError:
        raise MissingExtra("--format html", "html") from None
    pages = Environment(
        loader=PackageLoader("healthcheck.render.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["shortened"] = shortened
    pages.filters["with_options"] = _OPTION.split
    return pages


def _filled(pages: "Environment", template: str, **values: Any) -> "Markup":
    """A template filled; what it put in is escaped."""
    return _trusted(pages.get_template(template).render(**values))


def _trusted(markup: str) -> "Markup":
    """Markup of our own: filled templates, our style, and the JSON, whose every < is escaped. Nothing else may come here."""
    from markupsafe import Markup  # an extra, as above

    return Markup(markup)  # noqa: S704 - see above


@cache
def _style() -> str:
    """The style, as it stands in the page."""
    text = files("healthcheck.render.html").joinpath("templates", "style.css").read_text(encoding="utf-8")
    return f"\n{text.strip()}\n"


@cache
def _style_hash() -> str:
    """What the policy allows: the hash of exactly this text. CSP Level 3 section 6.7.2.4"""
    return f"sha256-{b64encode(sha256(_style().encode()).digest()).decode()}"
