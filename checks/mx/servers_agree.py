"""All name servers of the zone give the same MX records.

A sending server asks whichever of them its resolver chose. Where one still names the mail exchangers of last year, or none,
some mail, replies and bounces go to a host that does not take them any more, and the next message arrives.
"""

from collections.abc import Iterable

from checks import records
from checks.authorities import Served, compared, served, words
from checks.inquiry import Answer, together
from checks.model import Check, Finding, Target

ID = "mx.servers-agree"
WORDS = words(ID, "the MX records", "MX")


async def served_of(target: Target) -> tuple[Served, ...]:
    """What the servers say of the Author Domain, and of the RFC5321.MailFrom domain where it is another."""
    domains = dict.fromkeys((target.domain, target.envelope_domain))
    return await together(*(served(domain, "MX") for domain in domains))


def judge(found: tuple[Served, ...]) -> Iterable[Finding]:
    """Each domain by itself; servers that all have no MX record agree as well."""
    for each in found:
        yield from compared(each, WORDS, _exchanges)


def _exchanges(answer: Answer) -> Iterable[str]:
    """The MX records in one spelling, since servers differ in that of names."""
    return (f"{preference} {exchange}." for preference, exchange in records.mail_exchanges(answer))


CHECK = Check(ID, "All name servers of the zone give the same MX records", served_of, judge, WORDS)
