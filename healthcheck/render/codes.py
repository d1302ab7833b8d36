"""The catalogue of replies, listed and searched: codes, API errors, categories, rules."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.replies.catalogue import Catalogue, Rule
from checks.replies.match import folded
from healthcheck.render import WIDTH, indented

MOST_SHOWN = 60
MOST_FIRST = 40
"""Columns for kind and code: a longer one stands on a line of its own."""
LEAST_MEANING = 40
INDENT = 10
_EITHER = re.compile(r"\[45\](\S*)")
_DIGIT = re.compile(r"d\+?")
"""In an Entry the backslashes of a pattern are gone."""


class Entry(NamedTuple):
    """One line of the list. `kind`: basic, enhanced, api, category, rule or (usual) advice, with `But:` where it misleads."""

    kind: str
    code: str
    category: str
    text: str
    source: str


def entries(known: Catalogue) -> Iterator[Entry]:
    """Everything, in the order in which it is listed."""
    for name, category in known.categories.items():
        yield Entry("category", name, name, f"{category.title}. {category.meaning}", "")
    for code, basic in known.basic.items():
        yield Entry("basic", code, "", basic.meaning, basic.reference)
    for code, one in known.enhanced.items():
        yield Entry("enhanced", f"X.{code}", one.category, f"{one.title}. {one.meaning}", one.reference)
    for error in known.api:
        name = ", ".join(error.names) or error.text or f"HTTP {'/'.join(map(str, error.http))}"
        yield Entry(
            "api", f"{error.provider} {name}", error.category, error.meaning, known.sources[error.sources[0]].url or ""
        )
    for rule in known.rules:
        codes = " ".join(part.replace("\\", "") for part in (rule.basic, rule.enhanced) if part)
        yield Entry(
            "rule",
            f"{rule.id} {codes}".strip(),
            rule.category,
            _meaning(rule, known),
            known.sources[rule.sources[0]].url or "",
        )
    # The last: what is passed around of a code says less than what servers mean by it.
    for advice in (*known.guide_codes, *known.guide_errors):
        code = " ".join(part for part in (advice.basic, advice.enhanced, advice.name) if part)
        yield Entry(
            "advice",
            code,
            advice.category,
            f"{advice.title}. {advice.meaning} {advice.action}"
            + (f" But: {advice.practice}" if advice.practice else ""),
            known.sources["guide"].title,
        )


def _meaning(rule: Rule, known: Catalogue) -> str:
    return rule.meaning or known.categories[rule.category].meaning


def found(known: Catalogue, query: str) -> list[Entry]:
    """The entries that hold every word of the query, in codes, names or texts; a code such as 5.7.26 finds X.7.26 too."""
    words = folded(query).split()
    wanted = [
        (word, f"x{word[1:]}" if word[:2] in ("2.", "4.", "5.") and word[2:3].isdigit() else word) for word in words
    ]
    kept = []
    for entry in entries(known):
        text = folded(f"{entry.kind} {entry.code} {entry.category} {entry.text}")
        tokens = set(text.replace(",", " ").replace(";", " ").split())
        if all(_holds(text, tokens, forms) for forms in wanted):
            kept.append(entry)
    return kept


def _holds(text: str, tokens: set[str], forms: tuple[str, str]) -> bool:
    # 5.7.1 is not to find 5.7.13: what looks like a code must stand alone.
    if any(char.isdigit() for char in forms[0]):
        return any(form in tokens or form == token.rstrip(".:") for form in forms for token in tokens)
    return forms[0] in text


def overview(known: Catalogue) -> str:
    """The categories, the codes and how many rules there are."""
    lines = [f"{len(known.categories) - 1} categories: what a reply can come to", ""]
    lines += [f"  {name:<20} {one.title}" for name, one in known.categories.items() if name != "accepted"]
    providers = sorted({rule.provider for rule in known.rules if rule.provider})
    services = sorted({error.provider for error in known.api})
    lines += [
        "",
        f"{len(known.basic)} basic codes, {len(known.enhanced)} enhanced codes, {len(known.rules)} rules",
        f"for {len(providers)} providers and products,",
        f"{len(known.api)} API errors of {len(services)} services: {', '.join(services)}",
        "",
        "healthcheck codes QUERY searches all of it: a code (5.7.26, 421), a name (rate_limit_exceeded), a provider, words.",
    ]
    return "\n".join(lines) + "\n"


def listed(kept: Iterable[Entry], width: int = WIDTH) -> str:
    """The entries as lines of text, none longer than `width`; the meaning beneath where it has no room beside."""
    kept = list(kept)
    rows = [(f"{one.kind:<8}  {_spoken(one)}", one.category, one.text) for one in kept[:MOST_SHOWN]]
    first = min(max((len(head) for head, _, _ in rows), default=0), MOST_FIRST)
    second = max((len(category) for _, category, _ in rows), default=0)
    beside = first + second + 4
    beside = beside if width - beside >= LEAST_MEANING else INDENT
    lines: list[str] = []
    for head, category, text in rows:
        begin = f"{head:<{first}}  {category:<{second}}  "
        if beside == INDENT or len(begin) > beside:
            lines.append(begin.rstrip())
            begin = " " * beside
        lines += textwrap.wrap(text, max(width, 40), initial_indent=begin, subsequent_indent=" " * beside)
    if len(kept) > MOST_SHOWN:
        lines.append(f"... and {len(kept) - MOST_SHOWN} more: give more words, or --format json")
    return "\n".join(lines) + "\n"


def _spoken(entry: Entry) -> str:
    """The code as people write it: a rule for every 4xx and 5xx says so, and not how it is searched for."""
    if entry.kind != "rule":
        return entry.code
    name, *codes = entry.code.split(" ")
    return " ".join((name, *(_DIGIT.sub("x", _EITHER.sub(r"4\1/5\1", code)).replace("(?:", "(") for code in codes)))


def as_json(kept: Iterable[Entry]) -> str:
    """The entries as JSON."""
    document = {"schema": "healthcheck.codes/1", "entries": [entry._asdict() for entry in kept]}
    return indented(document)
