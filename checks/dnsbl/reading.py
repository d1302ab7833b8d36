"""One answer of one list: which documented codes are in it, or why it says nothing. RFC 5782 section 2.1

Every A record is read: a refusal counts wherever it stands among them, and so does an address that no list may give.
"""

from collections.abc import Iterable

import msgspec

from checks.dnsbl.inventory import BlockList, Code, Effect, parse_code
from checks.inquiry import Answer, Outcome

Octets = tuple[int, int, int, int]

# Spamhaus began it, Validity and others followed: at no list does 127.255.255.* say anything of who was asked about.
REFUSALS = tuple(
    parse_code(line)
    for line in (
        "127.255.255.252 refused the name of the list is mistyped",
        "127.255.255.254 refused it declines to answer public resolvers and those whose user it cannot tell",
        "127.255.255.255 refused it has had too many questions from this resolver, or from one that is not registered",
        "127.255.255.* refused it answers with an error code",
    )
)
BLOCKED = (127, 0, 0, 1)
"""What resolvers that filter answer for names they block, and some lists for resolvers they do not serve."""


class Reading(msgspec.Struct, frozen=True):
    """What an answer says. No codes and nothing unknown: not listed.

    `codes` are the documented codes found, `unknown` the reason why nothing can be said, `refused` whether that is
    the list's own refusal, `shown` the answer's addresses.
    """

    codes: tuple[Code, ...] = ()
    unknown: str = ""
    refused: bool = False
    shown: tuple[str, ...] = ()

    @property
    def absent(self) -> bool:
        return not self.codes and not self.unknown


def read_answer(one: BlockList, answer: Answer) -> Reading:
    """Read a list's answer about an address or a domain. Nothing that is not documented becomes a listing."""
    if answer.unknown:
        return Reading(unknown=answer.why_unknown)
    if answer.outcome is not Outcome.ANSWERED:
        return Reading()
    shown = answer.records
    codes: list[Code] = []
    strange = ""
    for record in shown:
        octets = octets_of(record)
        if octets is None or octets[0] != 127:
            return Reading(unknown=f"it answered {record}, which no list may: something else answered", shown=shown)
        found = tuple(matching(one, octets))
        refusal = next((code for code in found if code.effect is Effect.REFUSED), None)
        if refusal is not None:
            return Reading(unknown=f"{refusal.meaning} ({record})", refused=True, shown=shown)
        codes += found
        if not found:
            strange = strange or _strange(record, octets)
    if codes:
        return Reading(tuple(dict.fromkeys(codes)), shown=shown)
    return Reading(unknown=strange or "it answered without an address", shown=shown)


def _strange(record: str, octets: Octets) -> str:
    if octets == BLOCKED:
        return f"it answered {record}, as resolvers do that block a name"
    return f"it answered {record}, a code that it does not document"


def matching(one: BlockList, octets: Octets) -> Iterable[Code]:
    """The codes that an address stands for: the refusals of all lists, then the list's own; several for bits only."""
    for code in REFUSALS if octets[:3] == (127, 255, 255) else one.codes:
        if code.fits(octets):
            yield code
            if not code.is_bit:
                return


def octets_of(record: str) -> Octets | None:
    """The four octets of an A record; None for anything else."""
    parts = record.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and part.isascii() and len(part) <= 3 for part in parts):
        return None
    a, b, c, d = (int(part) for part in parts)
    return (a, b, c, d) if max(a, b, c, d) <= 255 else None
