"""How long a reply says one should wait: `try again in 5 minutes`, `retry in 300 seconds`, `Retry-After: 60`.

What the server says itself counts more than what is usual for such a reply. In logs and logins there are other times, too
(`in the queue for 5 days`, `after 3 attempts`): only those count that stand behind words of trying again.
"""

import re
from functools import lru_cache

from checks.replies.catalogue import Lazily, Wait
from checks.replies.clean import any_in
from checks.replies.match import folded

LONGEST_WAIT = 30 * 86400
"""Seconds; what is longer is no wait."""

_UNITS = (
    ("second", 1),
    ("sec", 1),
    ("sekund", 1),
    ("segundo", 1),
    ("secondi", 1),
    ("сек", 1),
    ("秒", 1),
    ("minut", 60),
    ("min", 60),
    ("мин", 60),
    ("分", 60),
    ("hour", 3600),
    ("hr", 3600),
    ("stunde", 3600),
    ("heure", 3600),
    ("hora", 3600),
    ("ore", 3600),
    ("час", 3600),
    ("小时", 3600),
    ("時間", 3600),
    ("day", 86400),
    ("tag", 86400),
    ("jour", 86400),
    ("dia", 86400),
    ("giorn", 86400),
    ("s", 1),
    ("m", 60),
    ("h", 3600),
)
_AGAIN = (
    r"(?:try|trying|retry|retrying|retried|resend|reconnect|come back|resume|again|wait|reset|resets|greylist\w{0,3}|"
    r"deferred|erneut|warten|reessayer|reessayez|patienter|intente|intentar|reintente|riprova\w{0,2}|tente|"
    r"opnieuw|повторите|попробуйте|请|重试)"
)
SIGNS = (
    *("again", "retr", "wait", "reset", "come back", "resend", "reconnect", "resume", "available", "allowed"),
    *("greylist", "graylist", "deferred"),
    *("erneut", "warten", "reessay", "patient", "intent", "riprov", "tente", "opnieuw", "повтор", "попроб", "后", "请"),
)
"""Without one of these a text speaks of no waiting: most replies."""
_ROOTS = tuple(sign.partition(" ")[0] for sign in SIGNS if sign.isascii())
"""Where one of SIGNS stands in a folded text that was ASCII, one of these stood in it before."""
UNIT = "|".join(unit for unit, _ in _UNITS)
ASCII_UNITS = tuple(unit for unit, _ in _UNITS if unit.isascii())
_STATED = Lazily(
    rf"{_AGAIN}[^\d.;]{{0,40}}\b(?:in|after|for|within|another|at least|nach|dans|pendant|en|tra|fra|em|over|через|за)?[ ~]{{0,2}}"
    rf"(\d{{1,7}}) ?({UNIT})[a-zа-я]{{0,8}}(?![a-z])|(\d{{1,7}}) ?(秒|分|分钟|小时|時間)(?:钟)?(?:后|之后|以后)",
    re.IGNORECASE,
)
_BEFORE = Lazily(
    rf"\b(?:in|after|wait|dans|en|tra|fra|em) (\d{{1,7}}) ?({UNIT})[a-z]{{0,8}}(?![a-z])[^.;]{{0,40}}"
    r"(?:try|retry|again|erneut|reessay|resend)",
    re.IGNORECASE,
)
_IN_MINUTES = Lazily(rf"\bin (\d{{1,7}}) ?({UNIT})[a-z]{{0,8}} (?:erneut|wieder|nochmal)", re.IGNORECASE)
_AFTER = Lazily(
    r"retry[-_ ]?after(?:[-_ ]?(?:seconds|secs))?[\"']?\s{0,3}[:=]?\s{0,3}[\"']?(\d{1,7})(?![\d.:-])", re.IGNORECASE
)
_CLOCK = Lazily(rf"{_AGAIN}[^\d]{{0,20}}(?:in|after|for) (\d{{1,3}}):(\d\d):(\d\d)\b", re.IGNORECASE)


_TIME = Lazily(rf"\d ?(?:{'|'.join(ASCII_UNITS)})|\d:\d\d:\d\d")
"""Where the text is ASCII one of these stands in every wait but `Retry-After`: a look that is cheaper than the patterns."""


def stated_wait(text: str) -> Wait | None:
    """The wait that a folded text states, in seconds, least and most being the same; None where it states none."""
    if not any_in(SIGNS, text):
        return None
    if text.isascii() and _TIME().search(text) is None and ("after" not in text or "retry" not in text):
        return None
    if (clock := _CLOCK().search(text)) is not None:
        return _bounded(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3]))
    for pattern in (_STATED, _BEFORE, _IN_MINUTES):
        if (match := pattern().search(text)) is not None:
            number, unit = next((match[at], match[at + 1]) for at in range(1, (match.lastindex or 2), 2) if match[at])
            return _bounded(int(number) * _seconds(unit))
    after = _AFTER().search(text)
    return _bounded(int(after[1])) if after is not None else None


@lru_cache(16)
def wait_of(raw: str) -> Wait | None:
    """The wait that a reply's words state, before they are folded: most speak of none, and are not folded for it."""
    if raw.isascii() and not any_in(_ROOTS, raw.lower()):
        return None
    return stated_wait(folded(raw))


def _seconds(unit: str) -> int:
    lower = unit.lower()
    return next(seconds for name, seconds in _UNITS if lower.startswith(name))


def _bounded(seconds: int) -> Wait | None:
    return (seconds, seconds) if seconds <= LONGEST_WAIT else None
