"""A page of the HTML report taken apart, and reports to make one of."""

from html.parser import HTMLParser
from pathlib import Path

import msgspec

from checks.delivery.flow import Flow, Hour, Traffic
from checks.delivery.observed import Failure, Observed
from healthcheck.render import html
from healthcheck.report import CheckResult, Ignored, Report, Waiver, WaiverState
from tests.render import report

TEMPLATES = Path(html.__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
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


def mail(word: str = "shop.example", day: int = 20) -> Observed:
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
    target = msgspec.structs.replace(told.target, observed=mail(word), audience=("gmail",))
    warned = told.checks[1]
    ignored = CheckResult(warned.id, warned.title, (), tuple(Ignored(one, word, word) for one in warned.shown))
    waivers = (Waiver(word, word, word, "2026-01-31", WaiverState.EXPIRED, 1),)
    return msgspec.structs.replace(told, target=target, checks=(*told.checks, ignored), waivers=waivers)
