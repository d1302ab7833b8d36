"""Delivery status notifications (RFC 3464, in other scripts RFC 6533): the groups of fields that stand for a recipient each.

The part begins with fields about the whole message; each group behind an empty line tells of one recipient what was done
(Action), how it ended (Status), and what the other server said (Diagnostic-Code).
"""

import re
from typing import NamedTuple

from checks.delivery.events import address, plain
from checks.replies.bounced import Returned

MOST_RECIPIENTS = 1000
KINDS = ("message/delivery-status", "message/global-delivery-status")
ACTIONS = {
    "failed": "bounced",
    "failure": "bounced",
    "fail": "bounced",
    "delayed": "deferred",
    "deferred": "deferred",
    "delay": "deferred",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "other",
    "deliverable": "other",
}
"""Kinds of events by the Action field. RFC 3464 section 2.3.3; deliverable is Postfix's answer to a probe."""
_BY_CLASS = {"2": "delivered", "4": "deferred"}
_SOONEST = re.compile(r"^[ \t>]{0,4}(?:final-recipient|original-recipient)[ \t]?:", re.IGNORECASE | re.MULTILINE)
_OUTCOME = re.compile(r"^[ \t>]{0,4}(?:action|status)[ \t]?:", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"^[ \t>]{0,4}([A-Za-z][A-Za-z-]{2,40})[ \t]?:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_RECIPIENT = frozenset({"final-recipient", "original-recipient", "x-actual-recipient"})
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_TYPE = re.compile(r"^[A-Za-z][\w.-]{0,40}\s?;\s?")
_TOLD = re.compile(r"[245]\d\d|[^\W\d_]{3}")
_UNIVERSAL = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_XTEXT = re.compile(r"\+(2B|3D)")
_PREFIX = re.compile(r"(^|;\s?)smtp:(?=[^\s@]{1,128}@)", re.IGNORECASE)
"""What Windows servers write in front of an address: the kind of address, as in their directory."""


class Notification(NamedTuple):
    """The recipients in order, and what the fields about the message say of its envelope sender ("" where they do not)."""

    recipients: tuple[Returned, ...]
    sender: str


def looks_like_status(text: str) -> bool:
    """True for text with the fields of a delivery status in it, whatever its type says."""
    return _SOONEST.search(text) is not None and _OUTCOME.search(text) is not None


def fields_in(text: str) -> list[tuple[str, str]]:
    """Fields as they stand in a part or a text, names in lower case, unfolded."""
    return [(name.lower(), " ".join(value.split())) for name, value in _FIELD.findall(text)]


def read_status(text: str) -> Notification:
    """The recipients that a delivery status names. A group begins behind an empty line, or where a field comes again."""
    groups: list[dict[str, str]] = []
    sender = ""
    for block in re.split(r"\n[ \t>]*\n", text):
        group: dict[str, str] = {}
        for name, value in fields_in(block):
            if name == "x-postfix-sender":
                sender = value
            if name in group and name in ("final-recipient", "action"):
                groups.append(group)
                group = {}
            group.setdefault(name, value)
        groups.append(group)
        if len(groups) > 2 * MOST_RECIPIENTS:
            break
    joined = _joined(groups)
    return Notification(tuple(_recipient(group) for group in joined[:MOST_RECIPIENTS]), sender)


def _joined(groups: list[dict[str, str]]) -> list[dict[str, str]]:
    """The groups that tell of a recipient. Some servers leave an empty line inside one: what follows it belongs to it."""
    found: list[dict[str, str]] = []
    for group in groups:
        if _RECIPIENT & group.keys():
            found.append(group)
        elif found and group and ("action" in group) and "action" not in found[-1]:
            found[-1].update(group)
        elif (
            found
            and group
            and "diagnostic-code" in group
            and "diagnostic-code" not in found[-1]
            and "action" not in group
        ):
            found[-1]["diagnostic-code"] = group["diagnostic-code"]
        elif "action" in group and "status" in group:
            found.append(group)
    return [group for group in found if {"action", "status", "final-recipient"} & group.keys()]


def _recipient(group: dict[str, str]) -> Returned:
    action = group.get("action", "").split(" ")[0].lower().rstrip(";,")
    status = _STATUS.search(group.get("status", ""))
    kind = ACTIONS.get(action) or _BY_CLASS.get(status[0][0] if status else "", "bounced")
    host = group.get("remote-mta", "").rpartition(";")[2].strip().split(" ")[0].strip("[]()")
    return Returned(
        _address(group),
        diagnostic(group),
        action or {"bounced": "failed", "deferred": "delayed"}.get(kind, kind),
        status[0] if status else None,
        plain(host) or None,
        kind=kind,
        time=group.get("last-attempt-date"),
    )


def diagnostic(group: dict[str, str]) -> str:
    """What the other server said, as far as it says anything; or the comment that stands beside the status."""
    code = group.get("diagnostic-code", "")
    text = _TYPE.sub("", code)
    # An exit code of a program (X-Unix; 77) is no SMTP code. RFC 3464 section 2.3.6
    said = (
        _TOLD.search(text)
        and text.lower() not in ("n/a", "none")
        and not re.match(r"x-unix\s?;\s?\d{1,3}$", code, re.I)
    )
    if said:
        return text
    comment = group.get("status", "").partition("(")[2].rstrip(") ")
    return comment if _TOLD.search(comment) else ""


def _address(group: dict[str, str]) -> str | None:
    """The final recipient; the original one where the final one is no address (a number, a mailbox's inner name)."""
    final = group.get("final-recipient")
    original = group.get("original-recipient")
    known = (final, _XTEXT.sub(_plain, original) if original else None, group.get("x-actual-recipient"))
    given = [_universal(one) for one in known if one]
    return next((one for one in given if one and "@" in one), given[0] if given else None)


def _universal(text: str) -> str | None:
    """An address of either type; `utf-8` ones may hold characters as \\x{E9}. RFC 6533 section 3"""
    text = _PREFIX.sub(r"\1", text)
    if text.lower().startswith("utf-8") and "\\x{" in text:
        text = _UNIVERSAL.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)
        text = text.encode("utf-8", "replace").decode()
    return address(text)


def _plain(found: "re.Match[str]") -> str:
    """`+2B` and `+3D` in an ORCPT that was copied as it came in. RFC 3461 section 4"""
    return chr(int(found[1], 16))
