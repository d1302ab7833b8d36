"""Questions, answers, and inquiries: how the core asks the world without touching it.

An *inquiry* is a coroutine that awaits nothing but questions and other inquiries, and returns a fact.
`ask` and `together` hand themselves to whoever drives the coroutine, so the same inquiry runs under an
event loop against real servers and under a plain function against a dict:

    async def mail_hosts(domain: str) -> Answer:
        return await ask(DnsQuestion(domain, "MX"))

    pursue(mail_hosts("example.com"), lambda question: world[question])

httpx's `auth_flow` and dnspython's `_Resolution` are built on the same idea.
"""

from collections.abc import Callable, Coroutine, Generator, Hashable
from enum import StrEnum
from typing import Any, TypeVar, overload

import msgspec

from checks.names import normalised

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

# What is awaited is never visible to the type system (a coroutine may yield anything): `pursue` checks it instead.
Inquiry = Coroutine[Any, Any, T]

ACCOUNT_KEY = "account-key"
"""The label that stands in a name for the key of an account: no question and no answer ever holds the key itself."""


class Outcome(StrEnum):
    """How an answer came out. A failure to look is an outcome, never an exception."""

    ANSWERED = "answered"
    NO_DATA = "no-data"
    """The name exists and has no record of this type."""
    NXDOMAIN = "nxdomain"
    """The name does not exist, and nothing below it does. RFC 8020"""
    TEMPFAIL = "tempfail"
    """SERVFAIL, a timeout, an unreachable or a garbled server: `Answer.detail` says which."""
    REFUSED = "refused"
    """The server declined to answer, or the name is outside the zones given."""


class DnsQuestion(msgspec.Struct, frozen=True, order=True):
    """One DNS query. `name` is lower-case, in A-labels, without the trailing dot; `rdtype` upper-case.

    It goes to the run's resolvers, or, without recursion, to the one authoritative server whose address is `server`.
    `tcp` asks over TCP from the start, for what is to be learned of TCP itself; truncation needs nothing said.
    With an `account`, the last label ACCOUNT_KEY of the name stands for its key, which only the network's side knows.
    """

    name: str
    rdtype: str
    server: str = ""
    tcp: bool = False
    account: str = ""

    @classmethod
    def about(cls, name: str, rdtype: str, account: str = "") -> "DnsQuestion":
        """The question about a name as it stands in a record: any case, with or without the final dot."""
        return cls(normalised(name), rdtype, account=account)


Question = DnsQuestion


class Answer(msgspec.Struct, frozen=True):
    """What came back for one question.

    `records` are in the presentation form of RFC 1035 section 5.1, as dig prints them (names absolute, octets that do
    not print as \\DDD), sorted: an answer is evidence, a fixture and a replay at once. `aliases` are the targets of the
    CNAME chain that was followed, in order; where it comes back to itself, the name that closes it is the last. `ttl` is the
    smallest of the chain, in seconds; for a negative answer that of RFC 2308, None where it was not read. `authenticated` is
    the AD bit. `asked_at` is RFC 3339 in UTC, `elapsed` in seconds.
    """

    question: Question
    outcome: Outcome
    records: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    authenticated: bool = False
    server: str = ""
    asked_at: str = ""
    elapsed: float = 0.0
    detail: str = ""

    @property
    def unknown(self) -> bool:
        """True where nobody could look: this must become neither a pass nor a fail."""
        return self.outcome in (Outcome.TEMPFAIL, Outcome.REFUSED)

    @property
    def loops(self) -> bool:
        """True for an alias that leads back to a name it came through. Then there is no answer, and the zone is at fault.

        Only who follows the links himself sees it: many resolvers say SERVFAIL, which says nothing of the zone.
        """
        return bool(self.aliases) and self.aliases[-1] in (self.question.name, *self.aliases[:-1])

    @property
    def why_unknown(self) -> str:
        """The reason in a few words, for a finding."""
        return self.detail or self.outcome.value


class Ask:
    """Awaited inside an inquiry, it hands its question to the driver and returns the driver's answer."""

    __slots__ = ("question",)

    def __init__(self, question: Question) -> None:
        self.question = question

    def __await__(self) -> Generator["Ask", Answer, Answer]:
        return (yield self)


class Together:
    """Awaited inside an inquiry, it hands several inquiries to the driver and returns all their facts, in order."""

    __slots__ = ("branches",)

    def __init__(self, branches: tuple[Inquiry[Any], ...]) -> None:
        self.branches = branches

    def __await__(self) -> Generator["Together", Any, Any]:
        return (yield self)


class Once(Together):
    """A single branch, which a driver may pursue once for all the inquiries that want it: those with the same key."""

    __slots__ = ("key",)

    def __init__(self, look: Callable[..., Inquiry[Any]], given: tuple[Hashable, ...]) -> None:
        super().__init__((look(*given),))
        self.key = (look, given)


def ask(question: Question) -> Ask:
    """Ask one question: `answer = await ask(DnsQuestion("example.com", "TXT"))`."""
    return Ask(question)


async def ask_dns(name: str, rdtype: str, account: str = "") -> Answer:
    """Ask one DNS question, as an inquiry of its own, so that it can stand in a `together`."""
    return await Ask(DnsQuestion.about(name, rdtype, account))


@overload
async def together(first: Inquiry[A], second: Inquiry[B], /) -> tuple[A, B]: ...
@overload
async def together(first: Inquiry[A], second: Inquiry[B], third: Inquiry[C], /) -> tuple[A, B, C]: ...
@overload
async def together(
    first: Inquiry[A], second: Inquiry[B], third: Inquiry[C], fourth: Inquiry[D], /
) -> tuple[A, B, C, D]: ...
@overload
async def together(*branches: Inquiry[T]) -> tuple[T, ...]: ...
async def together(*branches: Inquiry[Any]) -> tuple[Any, ...]:
    """Pursue several inquiries side by side and return their facts in the order given.

    One slow server holds back its own branch only. For a list of unknown length: `await together(*inquiries)`.
    """
    facts: tuple[Any, ...] = await Together(branches)
    return facts


async def once(look: Callable[..., Inquiry[T]], *given: Hashable) -> T:
    """The fact of `look(*given)`, which several inquiries want: the engine pursues it once a target.

    It is told by function and arguments, and must not come to want itself.
    """
    facts: tuple[T] = await Once(look, given)
    return facts[0]


def pursue(inquiry: Inquiry[T], answer: Callable[[Question], Answer]) -> T:
    """Drive an inquiry to its fact with a plain function and no event loop; branches one after the other.

    Raises TypeError if the inquiry awaits anything that is not a question or other inquiries.
    """
    reply: Any = None
    try:
        while True:
            step = inquiry.send(reply)
            match step:
                case Ask():
                    reply = answer(step.question)
                case Together():
                    reply = tuple(pursue(branch, answer) for branch in step.branches)
                case _:
                    raise not_a_question(step)
    except StopIteration as done:
        fact: T = done.value
        return fact
    finally:
        inquiry.close()


def not_a_question(step: object) -> TypeError:
    """The error of a driver that was handed something else: an inquiry awaits questions and inquiries only."""
    return TypeError(f"an inquiry awaits questions and other inquiries only, not {type(step).__name__}")
