"""Parked domains: those that say in the DNS that they take no part in mail, neither sending nor receiving.

    example.com. TXT "v=spf1 -all"      nobody sends for it. RFC 7208 section 10.1.2
    example.com. MX  0 .                it receives nothing: the null MX. RFC 7505

What a sending domain needs, a parked one does not: a DKIM key, a way back for bounces, DMARC reports. The null MX is young and
often left out, so a domain without any MX record counts as well.
"""

from checks import records
from checks.inquiry import Answer, Outcome
from checks.spf.policy import spf_texts
from checks.spf.record import Modifier, parse_record


def is_parked(txt: Answer, mx: Answer) -> bool:
    """True for a domain that takes no part in mail, going by the answers for its TXT and MX records."""
    return authorises_nobody(txt) and (records.is_null_mx(mx) or mx.outcome is Outcome.NO_DATA)


def authorises_nobody(txt: Answer) -> bool:
    """True where the SPF record says `-all` and nothing else.

    A record with a fault, or with terms behind its `-all`, authorises nobody either; but whoever wrote it meant somebody to send.
    """
    published = spf_texts(txt)
    return bool(published) and all(map(_says_nobody, published))


def _says_nobody(text: str) -> bool:
    record = parse_record(text)
    # exp= and unknown modifiers authorise nobody; a redirect beside `all` was meant to. RFC 7208 sections 6.1, 6.2
    terms = [term for term in record.terms if not isinstance(term, Modifier) or term.name == "redirect"]
    return [term.text.lower() for term in terms] == ["-all"] and not record.faults
