"""The control question: does the resolver say NXDOMAIN where there is nothing?

Some resolvers answer names that do not exist with the address of a search page, a warning page or a login page. Through
such a resolver every missing name seems to be there: a blocklist lists everybody, a mail exchanger that is gone still has
an address. So one name is asked of which it is known that nobody has it; all that doubt answers share this question.

Two names, since each alone has a blind spot. Honest resolvers often answer `.invalid` themselves (RFC 6761 section 6.4)
and only pass on what lies below a real top-level domain, where the rewriting happens upstream; and a name below
`example.net` (reserved, RFC 2606 section 3) could in some closed world exist.
"""

from collections.abc import Sequence

import msgspec

from checks.inquiry import Answer, DnsQuestion, Outcome, ask_dns, together
from checks.names import is_below

ADDRESSES = ("A", "AAAA")
"""What is invented: no resolver makes up mail records or texts."""

RESERVED = "no-such-name.invalid"
ORDINARY = "no-such-name.example.net"
ORDINARY_TOO = "no-such-name.example.org"
"""Asked instead where the target lies below example.net: a wildcard of its own is not the resolver's doing."""

CERTAIN = DnsQuestion("example.com", "NS")
"""What certainly exists: the name is reserved (RFC 2606 section 3) and delegated. Neither the root nor a top-level domain:
those a resolver that knows nothing else may still hold, and zone files of one's own do not."""

INVENTED = "the resolver says the same of names that do not exist"
DENIED = "the resolver says the same of names that certainly exist"


class Control(msgspec.Struct, frozen=True):
    """The answers for two names that do not exist: one below an ordinary domain, one in `.invalid`.

    `ordinary` and `reserved` are those for A; `six` are those for AAAA, which a resolver may invent alone or as well.
    """

    ordinary: Answer
    reserved: Answer
    six: tuple[Answer, ...] = ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        return (self.ordinary, self.reserved, *self.six)

    @property
    def invented(self) -> tuple[Answer, ...]:
        """The answers that give a name that does not exist an address, or an alias to a page somewhere."""
        return tuple(answer for answer in self.answers if answer.outcome is Outcome.ANSWERED or answer.aliases)

    @property
    def rewrites(self) -> bool:
        """True where the resolver invents: nothing that it says of a name's existence proves anything."""
        return bool(self.invented)

    @property
    def honest(self) -> bool:
        """True where it was seen not to invent. Neither this nor `rewrites`: nobody could look."""
        return not self.rewrites and not self.ordinary.unknown

    def believed(self, answer: Answer) -> Answer:
        """The answer; or that nobody knows, where it says of a name no more than is said here of names that do not exist."""
        told = {*answer.aliases, *answer.records}
        if not told or not told <= {x for one in self.invented for x in (*one.aliases, *one.records)}:
            return answer
        return msgspec.structs.replace(answer, outcome=Outcome.TEMPFAIL, records=(), aliases=(), detail=INVENTED)


async def nxdomain_control(domain: str) -> Control:
    """Ask for an address of two names that nobody has. `domain` is the target, whose own zone is kept out of it."""
    ordinary = ORDINARY_TOO if is_below(domain, "example.net") else ORDINARY
    four, six = await together(
        together(ask_dns(ordinary, "A"), ask_dns(RESERVED, "A")),
        together(ask_dns(ordinary, "AAAA"), ask_dns(RESERVED, "AAAA")),
    )
    return Control(*four, six)


def disbelieved(answer: Answer) -> Answer:
    """The answer of a resolver that denies what exists: that a name is missing is not known then, but for names of which it is."""
    if answer.outcome is not Outcome.NXDOMAIN or answer.question.name in (ORDINARY, ORDINARY_TOO, RESERVED):
        return answer
    if answer.question == CERTAIN:
        return answer  # the proof itself
    return msgspec.structs.replace(answer, outcome=Outcome.TEMPFAIL, detail=DENIED)


class Believing:
    """Asks for one walk: addresses that the resolver invents come back as not known.

    The control goes out beside the first question for an address and is asked once: no round trip more.
    """

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._control: Control | None = None

    async def answers(self, questions: Sequence[DnsQuestion]) -> tuple[Answer, ...]:
        """The answers, all asked side by side, in order."""
        asked = together(*(ask_dns(question.name, question.rdtype) for question in questions))
        if not any(question.rdtype in ADDRESSES for question in questions):
            return await asked
        if (control := self._control) is None:
            answers, told = await together(asked, nxdomain_control(self._domain))
            self._control = control = told
        else:
            answers = await asked
        return tuple(control.believed(answer) if answer.question.rdtype in ADDRESSES else answer for answer in answers)
