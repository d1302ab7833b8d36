"""A resolver answers.

Everything else in a report begins with a DNS answer. Where none comes, nothing is known of the domain, good or bad; saying
so once, and how to mend it, is worth more than a page of "not known".
"""

from collections.abc import Iterable

from checks.model import Basis, Check, Finding, Message, Severity
from checks.vantage.reach import Reach, denies, is_outside, reach_of, servers

ANSWERS = Message(
    "vantage.resolver-answers.answers",
    Severity.INFO,
    "{about} answers",
)
OTHERS_SILENT = Message(
    "vantage.resolver-answers.others-silent",
    Severity.NOTICE,
    "{about} answers, but only after others had failed: {others}",
    "Mend the failing resolver, or take it out of /etc/resolv.conf or --resolver: mail servers with the same setting lose "
    "this time on every question.",
    ("RFC 1035 section 7.2",),
)
SILENT = Message(
    "vantage.resolver-answers.silent",
    Severity.WARNING,
    "no resolver has an answer ({why}): nothing can be known of {about} from here",
    "Check the network of this machine and its resolver, or name another one with --resolver ADDRESS. Without a network, "
    "--zone FILE examines a zone file and --lab the built-in examples.",
    ("RFC 1035 section 7.2",),
    Basis.UNDETERMINED,
)
DENIES = Message(
    "vantage.resolver-answers.denies",
    Severity.WARNING,
    "{about} says that {name} does not exist, which it certainly does: that other names are missing, {domain} among them, is "
    "not believed from it",
    "Ask a resolver that knows the whole DNS: --resolver ADDRESS. One for a closed network, or a filter that lets through only "
    "what is on its list, answers so; a network login page may as well.",
    ("RFC 2606 section 3", "RFC 2308 section 2.1"),
    Basis.UNDETERMINED,
)
NO_RESOLVER = Message(
    "vantage.resolver-answers.no-resolver",
    Severity.INFO,
    "only zone files are asked here, and {about} is in none of them",
    basis=Basis.NOT_APPLICABLE,
)


def judge(reach: Reach) -> Iterable[Finding]:
    """Any answer will do: that the target's own servers fail is not the resolver's fault."""
    answers = reach.over_udp
    known = tuple(answer for answer in answers if not answer.unknown)
    if not known:
        if all(is_outside(answer) for answer in answers):
            yield NO_RESOLVER(reach.domain, evidence=answers)
        else:
            yield SILENT(reach.domain, why=answers[0].why_unknown, evidence=answers)
        return
    if denies(reach.certain):
        about, name = reach.certain.server, reach.certain.question.name
        yield DENIES(about, name=name, domain=reach.domain or "the names asked for", evidence=(reach.certain,))
        return
    names = ", ".join(servers(known))
    # The detail of an answer that did come tells what became of the resolvers before. The target's own is left out:
    # its servers may treat two resolvers differently.
    others = sorted({answer.detail for answer in known if answer.detail and answer is not reach.target})
    if others:
        yield OTHERS_SILENT(names, others=others, evidence=answers)
    else:
        yield ANSWERS(names, evidence=answers)


CHECK = Check(
    "vantage.resolver-answers",
    "A resolver answers",
    reach_of,
    judge,
    (ANSWERS, OTHERS_SILENT, SILENT, DENIES, NO_RESOLVER),
)
