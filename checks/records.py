"""What a DNS record says: presentation form (RFC 1035 section 5.1) -> value.

Answers hold records as dig prints them; these functions read them back, and `as_published` writes one for a remedy. They
never fail: a record that is not what its type promises gives None or an empty value, and the caller decides what that means.
"""

import re
from typing import NamedTuple

from checks.inquiry import Answer, Outcome
from checks.names import normalised

LONGEST_STRING = 255
"""Octets of one character-string. RFC 1035 section 3.3"""

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)


def character_strings(record: str) -> tuple[str, ...]:
    """The character-strings of a TXT (or SPF) record, unescaped; one character an octet (ISO 8859-1)."""
    if record[:1] == record[-1:] == '"' and record.count('"') == 2 and "\\" not in record:
        return (record[1:-1],)  # nearly every record, and a tenth of the time
    return tuple(
        _ESCAPE.sub(_unescaped, found[1] if found[1] is not None else found[2]) for found in _STRING.finditer(record)
    )


def _unescaped(found: re.Match[str]) -> str:
    escaped = found[1]
    if len(escaped) == 3 and escaped.isdecimal() and escaped.isascii():
        return chr(int(escaped) & 0xFF)
    return escaped


def text(record: str) -> str:
    """A TXT record as the protocols read it: its strings joined with nothing between. RFC 7208 section 3.3, RFC 6376 section 3.6.2.2"""
    return "".join(character_strings(record))


def as_published(name: str, text: str) -> str:
    """A TXT record as a line of a zone file, in strings of at most 255 octets. RFC 1035 section 3.3, RFC 7208 section 3.3"""
    strings = []
    rest = text
    while len(rest) > LONGEST_STRING:
        # Cut before a space where there is one: the space stays, since strings are joined with nothing between.
        at = rest.rfind(" ", 1, LONGEST_STRING + 1)
        at = at if at > 0 else LONGEST_STRING
        strings.append(rest[:at])
        rest = rest[at:]
    quoted = ('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in (*strings, rest))
    return f"{name}. TXT {' '.join(quoted)}"


def texts(answer: Answer) -> tuple[str, ...]:
    """The texts of all TXT records of an answer; () for anything but ANSWERED."""
    return tuple(text(record) for record in answer.records) if answer.outcome is Outcome.ANSWERED else ()


class MailExchange(NamedTuple):
    """One MX record. The root as exchange ("") is the null MX of RFC 7505."""

    preference: int
    exchange: str


def mail_exchanges(answer: Answer) -> tuple[MailExchange, ...]:
    """The MX records of an answer, by preference, then name."""
    found = []
    for record in answer.records if answer.outcome is Outcome.ANSWERED else ():
        preference, _, exchange = record.partition(" ")
        if preference.isdecimal():
            found.append(MailExchange(int(preference), normalised(exchange.strip())))
    return tuple(sorted(found))


def is_null_mx(answer: Answer) -> bool:
    """True where the MX records say that the domain takes no mail: a single one, preference 0, the root. RFC 7505 section 3"""
    return mail_exchanges(answer) == (MailExchange(0, ""),)


def names(answer: Answer) -> tuple[str, ...]:
    """The names that PTR, NS or CNAME records point to, in normal form."""
    return tuple(normalised(record) for record in answer.records) if answer.outcome is Outcome.ANSWERED else ()
