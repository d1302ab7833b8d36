"""A first healthcheck.toml: what the DNS tells of a domain, with a word on every line that its owner should look at.

What was found is written as it was found; what the DNS cannot tell (sending addresses, logs, who is to be told) stands there
as a comment to fill in. Nothing is guessed into force.
"""

import ipaddress
from collections.abc import Iterable, Iterator

import msgspec

from checks.dkim.keys import Keys, dkim_keys
from checks.inquiry import Outcome, ask_dns, together
from checks.names import normalised
from checks.providers.fingerprint import Place, recognised
from checks.records import mail_exchanges, texts
from checks.text import inert

USUAL_AUDIENCE = ("gmail", "yahoo", "microsoft")
"""Providers with written requirements, where most people have their mailboxes."""
MOST_NAMED = 20


class Found(msgspec.Struct, frozen=True):
    """What the DNS tells of a domain. `unknown`: what could not be looked at, and why."""

    domain: str
    selectors: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    """Who sends for it, by its SPF record and its keys."""
    mailboxes: tuple[str, ...] = ()
    """Who takes its mail, by its MX records."""
    exchanges: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Single addresses in its own SPF record."""
    dmarc: str = ""
    unknown: tuple[str, ...] = ()
    nothing: bool = False
    """No such domain."""
    silent: bool = False
    """Nobody answered anything."""


async def look(domain: str, deep: bool = False) -> Found:
    """The inquiry: DKIM keys under the usual selectors, SPF, MX and DMARC."""
    keys, dmarc = await together(dkim_keys(domain, deep=deep), ask_dns(f"_dmarc.{domain}", "TXT"))
    answers = (("SPF", keys.txt), ("MX", keys.mx), ("DMARC", dmarc), ("DKIM", keys.control))
    record = next((text for text in texts(keys.txt) if text.lower().startswith("v=spf1")), "")
    includes, addresses = _of_spf(record)
    exchanges = tuple(one.exchange for one in mail_exchanges(keys.mx) if one.exchange)
    selectors = _selectors(keys)
    senders = (
        *recognised(Place.SPF, includes),
        *(key.provider for key in keys.found if key.selector in selectors and key.provider),
    )
    return Found(
        domain,
        selectors,
        tuple(dict.fromkeys(senders)),
        recognised(Place.MX, exchanges),
        exchanges,
        addresses,
        next((text for text in texts(dmarc) if text.lower().startswith("v=dmarc1")), ""),
        tuple(f"{name}: {answer.why_unknown}" for name, answer in answers if answer.unknown),
        nothing=keys.txt.outcome is Outcome.NXDOMAIN,
        silent=all(answer.unknown for _, answer in answers),
    )


def _selectors(keys: Keys) -> tuple[str, ...]:
    """Those with a key that is in use; where every name has an answer, none was found."""
    return tuple(key.selector for key in keys.found if key.record is not None and not key.revoked and not key.wildcard)


def _of_spf(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a record includes, and the single addresses in it."""
    names: list[str] = []
    addresses: list[str] = []
    for term in text[:4096].split()[:100]:
        word = term.lstrip("+").lower()
        if word.startswith(("include:", "redirect=")):
            names.append(normalised(word[word.index(":" if ":" in word else "=") + 1 :]))
        elif word.startswith(("ip4:", "ip6:")):
            value = word[4:].removesuffix("/32" if word[2] == "4" else "/128")
            if (address := _address(value)) is not None:
                addresses.append(address)
    return tuple(names), tuple(dict.fromkeys(addresses))


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def as_toml(found: Found, today: str) -> str:
    """The file. `today` is a date."""
    return "\n".join(_lines(found, today)) + "\n"


def _lines(found: Found, today: str) -> Iterator[str]:
    yield f"# healthcheck.toml: written by healthcheck init for {_said(found.domain)} on {today}."
    yield "# Every key: docs/configuration.md. `healthcheck config check` reads it, `healthcheck domain` examines all of it."
    for reason in found.unknown:
        yield f"# NOT KNOWN, look again: {_said(reason)}"
    yield ""
    yield "[[domain]]"
    yield f"name = {_text(found.domain)}"
    yield from _about_dkim(found)
    yield from _about_addresses(found)
    yield "# The return path (Return-Path of a delivered message) and the name in EHLO, where they are not the domain itself:"
    yield f'# mail_from = "bounces.{_said(found.domain)}"'
    yield f'# helo = "mail.{_said(found.domain)}"'
    yield "# Whose requirements are judged: where do most of your recipients read their mail? It has no part in the verdict."
    yield f"audience = {_list(USUAL_AUDIENCE)}"
    yield "# What became of the mail: this proves why it fails. Paths are relative to this file."
    yield '# logs = ["/var/log/mail.log"]'
    yield from _about_exchanges(found)
    yield from _about_dmarc(found)
    yield from _streams(found)
    yield from _REST


def _about_dkim(found: Found) -> Iterator[str]:
    if found.selectors:
        yield "# DKIM keys that were found under usual selectors; take out those that nothing signs with any more."
        yield f"selectors = {_list(found.selectors)}"
    else:
        yield "# No DKIM key was found under a usual selector: take s= out of the DKIM-Signature of a message of yours."
        yield '# selectors = ["s1"]'


def _about_addresses(found: Found) -> Iterator[str]:
    yield "# The addresses that send: blocklists and reverse names are looked up for them."
    if found.addresses:
        yield "# These stand in the SPF record one by one. Are they yours? Then take the # away."
        yield f"# ips = {_list(found.addresses[:MOST_NAMED])}"
    else:
        yield '# ips = ["192.0.2.10"]'


def _about_exchanges(found: Found) -> Iterator[str]:
    if found.exchanges:
        taken = f", which is {_said(', '.join(found.mailboxes))}" if found.mailboxes else ""
        yield f"# Its mail is taken by {_said(', '.join(found.exchanges[:MOST_NAMED]))}{taken}."


def _about_dmarc(found: Found) -> Iterator[str]:
    if found.dmarc:
        yield f"# DMARC: {_said(found.dmarc)}"
        yield "# The aggregate reports that arrive at its rua tell all ways of sending:"
        yield '# reports = ["dmarc-reports/"]'


def _streams(found: Found) -> Iterator[str]:
    for provider in found.providers[:MOST_NAMED]:
        yield ""
        yield f"# SPF or a key names {_said(provider)}. Does it still send for you? Then say how:"
        yield "# [[domain.stream]]"
        yield f"# name = {_text(provider)}"
        yield '# mail_from = "the domain of the Return-Path"'
        yield '# selectors = ["the s= of its DKIM-Signature"]'


_REST = (
    "",
    "# [defaults]                 # for every [[domain]] that does not say otherwise",
    '# lists = ["default"]',
    "",
    "# [severity]                 # how much a finding matters to you: a code, a check, or the words it begins with",
    '# "dmarc.enforced" = "notice"',
    "",
    "# [[ignore]]                 # known and accepted, until a day: told and counted as ignored",
    '# id = "spf.lookup-limit"',
    '# domain = "*"',
    '# reason = "the new record goes live next week"',
    "# expires = 2027-01-31",
    "",
    "# [monitor]",
    '# every = "1h"',
    "",
    "# [[alert]]                  # secrets are named, never written: env, file, credential or command",
    '# name = "ops"',
    '# kind = "webhook"',
    '# url = {env = "ALERT_URL"}',
)


def _said(text: str) -> str:
    """Words of the world inside a comment: on one line, whatever they are."""
    return str(inert(text))[:500]


def _text(text: str) -> str:
    return '"' + str(inert(text)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"
