"""An explanation as a person reads it: what it is and what to do first, then the book, the other readings, the sources."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from checks.diagnosis.cause import Cause
from checks.replies.catalogue import Wait
from checks.replies.classify import RECIPIENTS
from checks.replies.explanation import USUAL, Explanation
from healthcheck.render import WIDTH, indented

SCHEMA = "healthcheck.explanations/1"
_LABEL = 12
LONGEST_REPLY = 400

WILL_PASS = {
    "permanent": "",
    "temporary": "temporary",
    "ambiguous": "may or may not pass by itself",
    None: "",
}
RETRY = {
    "no": "do not send it again",
    "later": "try again",
    "slower": "try again, more slowly",
    "split": "send again in smaller pieces",
    "fix": "send again when the cause is repaired",
    "delist": "send again after the listing is removed",
}
ADDRESS = {
    "no": "keep it: it is not at fault",
    "yes": "suppress it now",
    "domain": "suppress it, and every address at that domain",
    "this_sender": "suppress it for this sender or stream only",
    "after_repeats": "keep it; suppress it if this goes on for two weeks",
    "already": "your provider has suppressed it already",
}
WHO = {
    "sender": "you, the sender",
    "recipient": "the recipient's side",
    "provider": "the service that sends for you",
    "nobody": "nobody",
    "unknown": "not known",
}
STATES = {"confirmed": "CONFIRMED", "ruled-out": "ruled out", "open": "open"}


def as_json(replies: Sequence[Explanation], report: str | None = None, causes: Sequence[Cause] | None = None) -> str:
    """The JSON document; `report` is a rendered report."""
    parts: dict[str, object] = {"schema": SCHEMA, "replies": tuple(replies)}
    if causes is not None:
        parts["report"] = msgspec.Raw(report.encode()) if report else None
        from healthcheck.render.why_json import json_causes  # start-up time: with --domain only

        parts["causes"] = json_causes(causes)
    return indented(parts)


def waiting(wait_s: Wait | None) -> str:
    """A span of seconds in words: 5 to 30 minutes."""
    if wait_s is None:
        return ""
    least, most = (_spoken(seconds) for seconds in wait_s)
    if least == most:
        return f"after {least}"
    same = least.split(" ")[-1].rstrip("s") == most.split(" ")[-1].rstrip("s")
    return f"after {least.split(' ')[0] if same else least} to {most}"


def _spoken(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and (seconds % size == 0 or seconds > 4 * size):
            count = round(seconds / size)
            return f"{count} {word}{'s' if count != 1 else ''}"
    return "0 seconds"


def render(
    replies: Sequence[Explanation], width: int = WIDTH, causes: Sequence[Cause] | None = None, domain: str = ""
) -> str:
    """All explanations as text, a blank line between two."""
    blocks = ["\n".join(_lines(one, width, causes is None)) for one in replies]
    if causes is not None:
        blocks.append("\n".join(_causes(causes, domain, width)))
    return "\n\n".join(blocks) + "\n"


def _lines(one: Explanation, width: int, hint: bool) -> Iterator[str]:
    yield _headline(one)
    quoted = one.input if len(one.input) <= LONGEST_REPLY else one.input[:LONGEST_REPLY] + "…"
    if one.form != "code":
        yield from _wrapped("", quoted, width, 2, 2)
    yield ""
    yield from _said("means", one.meaning, width)
    yield from _said("do this", one.action, width)
    again = " ".join(part for part in (RETRY[one.retry], waiting(one.wait_s)) if part)
    if one.category != "accepted":
        passing = WILL_PASS[one.permanence]
        yield from _said("again?", f"{again} ({passing})" if passing else again, width)
        yield from _said("the address", _address(one), width)
        yield from _said("who acts", WHO[one.who_acts], width)
    yield ""
    yield from _proof(one, width)
    if hint and one.suspects:
        yield from _said(
            "prove it", f"healthcheck explain ... --domain YOUR-DOMAIN looks at {', '.join(one.suspects)}", width
        )


def _address(one: Explanation) -> str:
    if one.suppress == "no" and one.category in RECIPIENTS:
        return "keep it until words or an enhanced code say that it is gone"
    if one.suppress == "no" and one.category == "unknown":
        return "keep it: nothing says that it is at fault"
    return ADDRESS[one.suppress]


def _headline(one: Explanation) -> str:
    codes = " ".join(
        code for code in (one.basic, one.enhanced, one.name, f"HTTP {one.http}" if one.http else None) if code
    )
    where = f" ({one.provider})" if one.provider else ""
    whom = f"{one.recipient}: " if one.recipient else ""
    guess = "   a guess: the number alone does not tell" if one.ambiguous and one.category != "unknown" else ""
    return f"{whom}{one.title}   {codes}{where}{guess}".rstrip()


def _proof(one: Explanation, width: int) -> Iterator[str]:
    by = one.decided_by
    how = {
        "text": "the words",
        "token": "the provider's own code",
        "enhanced": "the enhanced code",
        "basic": "the basic code",
    }
    how |= {"class": "the first digit", "api": "the error"}
    what = f" {by.what!r}" if by.what else ""
    yield from _said("decided by", f"{how[by.by]}{what}" + (f", rule {by.rule}" if by.rule else ""), width)
    if one.registry is not None:
        yield from _said("by the book", f"{one.registry.title} ({one.registry.reference})", width)
    for told in one.readings:
        if told.by == "guide" and told.action != one.action:  # else it is said above
            yield from _said("usual advice", f"{told.title}: {told.meaning} {told.action}", width)
    if one.inner is not None:
        codes = " ".join(code for code in (one.inner.basic, one.inner.enhanced) if code)
        yield from _said("it quotes", f"{codes} {one.inner.text}", width)
    if one.alternatives:
        yield from _said("or else", "; ".join(other.title for other in one.alternatives), width)
    for note in one.notes:
        if not note.startswith(USUAL):  # said above
            yield from _said("note", note, width)
    for source in one.sources:
        yield from _said("source", f"{source.title} ({source.seen}) {source.url or ''}".rstrip(), width)


def _causes(causes: Sequence[Cause], domain: str, width: int) -> Iterator[str]:
    yield (
        f"Looked at {domain}"
        if any(cause.suspect for cause in causes)
        else f"No check of {domain} can prove or refute this: it is not about the domain's records."
    )
    for cause in causes:
        lead = f"  {STATES[cause.state]:<10} {cause.suspect or cause.category:<24} "
        yield from _wrapped(lead, _because(cause), width, 0, 14)
        if cause.state == "confirmed" and cause.remedy:
            yield from _indented("do this     ", cause.remedy, width)


def _because(cause: Cause) -> str:
    if cause.state == "confirmed":
        return ", ".join(cause.confirmed_by)
    if cause.state == "ruled-out":
        return f"passed: {', '.join(cause.ruled_out_by)}"
    return "; ".join(cause.open_because)


def _indented(label: str, text: str, width: int) -> Iterator[str]:
    for number, line in enumerate(text.split("\n")):
        lead = f"{'':13}{label if number == 0 else ' ' * len(label)}"
        yield from (_wrapped(lead, line, width, 0, len(lead)) if number == 0 else [f"{lead}{line}"])


def _said(label: str, text: str, width: int) -> Iterable[str]:
    return _wrapped(f"  {label:<{_LABEL}} ", text, width, 0, _LABEL + 3)


def _wrapped(lead: str, text: str, width: int, first: int, rest: int) -> Iterable[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=lead or " " * first,
        subsequent_indent=" " * rest,
        break_on_hyphens=False,
        break_long_words=True,
    ) or [lead.rstrip()]
