"""What the checks of delivery judge: the traffic that was observed. Nobody is asked for it; it is there or it is not."""

import re
from collections.abc import Iterable

import msgspec

from checks.delivery.flow import NULL_SENDER, OTHER, UNKNOWN, Flow, Traffic
from checks.model import Basis, Finding, Message, Severity, Target

MOST_TOLD = 20
"""Findings of one check; of more, those with the smallest counts are left out."""

_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


class Told(msgspec.Struct, frozen=True):
    """Of whom, and what is known: `traffic` is None where no log and no events were given, `replies` counts failed ones."""

    name: str
    traffic: Traffic | None
    replies: int = 0

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows that people and programs sent: the null sender's, which are bounces of others' mail, left out."""
        return tuple(x for x in self.traffic.flows if x.stream != NULL_SENDER) if self.traffic is not None else ()

    @property
    def tells_of_mail(self) -> bool:
        """True where the sending side tells of mail that it tried: where nothing was seen, nothing was seen to be well."""
        return self.traffic is not None and self.traffic.has_sender_side and any(map(_is_tried, self.flows))


def _is_tried(flow: Flow) -> bool:
    return bool(flow.settled or flow.deferred or flow.refused or flow.suppressed)


async def told_of(target: Target) -> Told:
    """The fact: what was observed of the target's mail. It asks nothing."""
    name = target.domain or target.called
    observed = target.observed
    if observed is None:
        return Told(name, None)
    return Told(name, observed.traffic, observed.replies)


MORE = (
    "Give more of the mail that was sent: the logs of more days, all servers' logs, the events of the sending service "
    "(--log FILE, --events FILE)."
)


PAGE = "docs/delivery.md"
"""It says how much mail is needed to judge, and why."""


def not_told(check_id: str) -> Message:
    """Where nothing tells of mail that was sent: delivery.fate-known says so once, the others have nothing to look at."""
    return Message(
        f"{check_id}.not-told",
        Severity.INFO,
        "no log and no events tell what became of the mail of {about}",
        basis=Basis.NOT_APPLICABLE,
    )


def if_told(told: Told, finding: Finding, not_told: Message) -> Finding:
    """What is said where nothing bad was found: the finding, or that nothing tells of mail that was tried."""
    return finding if told.tells_of_mail else not_told(told.name)


def too_short(check_id: str) -> Message:
    """Where a pattern would need more days to be seen."""
    return Message(
        f"{check_id}.too-short",
        Severity.NOTICE,
        "what was given of {about} covers {days} of the {least} days that are needed to tell what is usual from what is not",
        MORE,
        (PAGE,),
        Basis.UNDETERMINED,
    )


def worst(found: Iterable[Finding], by: str = "count") -> list[Finding]:
    """The gravest first, and of these those with most; at most MOST_TOLD."""

    def rank(finding: Finding) -> tuple[int, float, str]:
        number = finding.args.get(by)
        return -finding.message.severity, -number if isinstance(number, int | float) else 0.0, finding.about

    return sorted(found, key=rank)[:MOST_TOLD]


def codes_of(
    flows: tuple[Flow, ...], categories: frozenset[str] | None = None, of_class: str = "", most: int = 6
) -> tuple[str, ...]:
    """The enhanced codes of failed replies, of some categories and a class, the most frequent first: what a finding explains."""
    counts: dict[str, int] = {}
    for flow in flows:
        for reason in flow.reasons:
            wanted = categories is None or reason.category in categories
            if wanted and reason.code.startswith(of_class) and _ENHANCED.fullmatch(reason.code):
                counts[reason.code] = counts.get(reason.code, 0) + reason.replies
    return tuple(sorted(counts, key=lambda code: (-counts[code], code))[:most])


def tried(flow: Flow) -> int:
    """Messages that were tried, none counted less than once: settled, put off, refused by the sending service."""
    return flow.settled + flow.put_off + flow.refused


def afflicted(flow: Flow, categories: frozenset[str]) -> int:
    """Messages that met a reply of these categories: each once, however often it was retried."""
    reasons = [reason for reason in flow.reasons if reason.category in categories]
    put_off = min(flow.put_off, sum(reason.deferred for reason in reasons))
    return put_off + sum(reason.bounced + reason.refused for reason in reasons)


def spoken(stream: str) -> str:
    """What a stream is called where it stands for whose mail it is."""
    return f"{stream} senders" if stream in (OTHER, UNKNOWN) else stream


def by_stream(flows: tuple[Flow, ...]) -> dict[str, tuple[Flow, ...]]:
    """The flows of each stream, in order."""
    return _grouped((flow.stream, flow) for flow in flows)


def by_provider(flows: tuple[Flow, ...]) -> dict[str, tuple[Flow, ...]]:
    """The flows to each mailbox provider, in order."""
    return _grouped((flow.provider, flow) for flow in flows)


def _grouped(named: Iterable[tuple[str, Flow]]) -> dict[str, tuple[Flow, ...]]:
    groups: dict[str, list[Flow]] = {}
    for name, flow in named:
        groups.setdefault(name, []).append(flow)
    return {name: tuple(group) for name, group in groups.items()}
