"""The resolver says NXDOMAIN where there is nothing.

Some providers and filters answer names that do not exist with an address of their own. Through them every blocklist lists
everybody, and a mail exchanger that is gone still has an address: a checker that believes them is wrong in both directions.
"""

from collections.abc import Iterable

from checks.model import Basis, Check, Finding, Message, Severity
from checks.unseen import AGAIN
from checks.vantage.reach import Reach, is_outside, reach_of, servers

HONEST = Message(
    "vantage.nxdomain-honest.honest",
    Severity.INFO,
    "{about} reports names that do not exist as such",
    references=("RFC 2308 section 2.1",),
)
REWRITES = Message(
    "vantage.nxdomain-honest.rewrites",
    Severity.WARNING,
    "{about} invents answers: it gives {names}, which nobody has, as {invented}. Through it every name seems to exist, so "
    "what this run says of blocklists and of missing names proves nothing",
    "Ask a resolver that does not: --resolver ADDRESS, best of one of your own (unbound as installed will do). Or switch off "
    'the search help or filter of this one ("DNS assistance", "safe browsing"), and look whether a network login page '
    "answers in its place.",
    ("RFC 2308 section 2.1", "RFC 6761 section 6.4"),
    Basis.UNDETERMINED,
)
PARTLY = Message(
    "vantage.nxdomain-honest.not-proven",
    Severity.NOTICE,
    "{about} is honest about {reserved}, which many resolvers answer by themselves; for {ordinary} it has no answer ({why})",
    "Run again; if it stays so, this resolver cannot look up ordinary names: check its way to the internet.",
    ("RFC 6761 section 6.4",),
    Basis.UNDETERMINED,
)
UNKNOWN = Message(
    "vantage.nxdomain-honest.unknown",
    Severity.WARNING,
    "whether names that do not exist are reported as such is not known: {about} could not be asked ({why})",
    AGAIN,
    ("RFC 2308 section 2.1",),
    Basis.UNDETERMINED,
)
NO_RESOLVER = Message(
    "vantage.nxdomain-honest.no-resolver",
    Severity.INFO,
    "{about} is not in the zone files that are asked here, and no resolver stands between that could invent it",
    basis=Basis.NOT_APPLICABLE,
)


def judge(reach: Reach) -> Iterable[Finding]:
    """One invented answer is enough; the name below an ordinary domain must have been seen not to exist."""
    control = reach.control
    ordinary, reserved = control.ordinary, control.reserved
    if control.rewrites:
        invented = sorted({x for answer in control.invented for x in (*answer.aliases, *answer.records)})
        yield REWRITES(
            ", ".join(servers(control.invented)) or "the resolver",
            names=list(dict.fromkeys(answer.question.name for answer in control.invented)),
            invented=invented,
            evidence=control.invented,
        )
    elif control.honest:
        yield HONEST(", ".join(servers(control.answers)) or "the resolver", evidence=control.answers)
    elif is_outside(ordinary):
        yield NO_RESOLVER(ordinary.question.name, evidence=control.answers)
    elif reserved.unknown:
        yield UNKNOWN(ordinary.question.name, why=ordinary.why_unknown, evidence=control.answers)
    else:
        yield PARTLY(
            ", ".join(servers((reserved,))) or "the resolver",
            reserved=reserved.question.name,
            ordinary=ordinary.question.name,
            why=ordinary.why_unknown,
            evidence=control.answers,
        )


CHECK = Check(
    "vantage.nxdomain-honest",
    "The resolver says NXDOMAIN where there is nothing",
    reach_of,
    judge,
    (HONEST, REWRITES, PARTLY, UNKNOWN, NO_RESOLVER),
)
