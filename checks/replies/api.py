"""Errors of sending services: which error a body holds, and whose it is.

Services answer with JSON (Amazon also with XML), each in a shape of its own, and the HTTP status lies: SendGrid says
"Maximum credits exceeded" with 401, Amazon throttles with 400, Postmark's ErrorCode 413 is no HTTP 413. So the name
or number in the body comes first, then the words, then the status.
"""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from checks.replies.catalogue import ApiError, Lazily, catalogue

MOST_VALUES = 400
"""Values of one body that are looked at."""
_LONGEST = 600

_NAME_KEYS = frozenset(
    {"name", "code", "errorcode", "error_code", "__type", "type", "error", "reject_reason", "status", "id"}
)
_TEXT_KEYS = frozenset(
    {
        "message",
        "description",
        "error",
        "errormessage",
        "detail",
        "details",
        "title",
        "error_description",
        "reason",
        "errors",
    }
)
_REPLY_KEYS = frozenset(
    {
        "reason",
        "response",
        "diagnosticcode",
        "description",
        "details",
        "smtp-response",
        "smtpresponse",
        "message",
        "diag",
    }
)
_STATUS_KEYS = frozenset({"statuscode", "status_code", "status", "http_status"})
_XML = Lazily(r"<Code>([\w.-]{1,80})</Code>\s*(?:<Message>([^<]{0,600}))?", re.IGNORECASE)
_BOTO = Lazily(
    r"\b(?:An error occurred )?\((\w{4,80})\) when calling the \w{3,60} operation[^:]{0,80}: ?(.{0,600})", re.DOTALL
)
_BARE = Lazily(r"[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)*")
_PAIR = Lazily(r"^([A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*(?:Exception)?)\s*[:-]\s+(.{3,600})$", re.DOTALL)


class Body(msgspec.Struct, frozen=True):
    """What a body holds. `names` are the candidates for the error's name or number, `text` its words, `smtp` replies in it."""

    names: tuple[str, ...] = ()
    text: str = ""
    http: int | None = None
    provider: str | None = None
    smtp: tuple[str, ...] = ()


class ApiMatch(msgspec.Struct, frozen=True):
    """An entry of the catalogue and what led to it: `name` as the service calls the error, or None."""

    error: ApiError
    name: str | None
    what: str
    exact: bool


@cache
def services() -> frozenset[str]:
    """The sending services whose errors are known."""
    return frozenset(error.provider for error in catalogue().api)


def read_body(text: str) -> Body | None:
    """The error in a body of JSON or XML, in the words of a client library, or a bare name; None for anything else."""
    bare = text.strip().strip("\"'`")
    if bare[:1] in "{[":
        return _json(bare)
    if "<Code>" in bare and (match := _XML().search(bare[:4000])) is not None:
        return Body((match[1],), match[2] or "", provider="ses")
    if ") when calling the " in bare and (match := _BOTO().search(bare[:4000])) is not None:
        return Body((match[1],), match[2].strip(), provider="ses")
    if len(bare) <= 80 and _BARE().fullmatch(bare) and known_name(bare):
        return Body((bare,))
    if (match := _PAIR().match(bare[:1000])) is not None and known_name(match[1]):
        return Body((match[1],), match[2])
    return None


def known_name(name: str) -> bool:
    """True for a name that some service or the usual references use; a single common word is none."""
    lower = name.lower()
    if "_" not in name and "-" not in name and lower == name and not any(char.isdigit() for char in name):
        return False
    return lower in _names()


@cache
def _names() -> frozenset[str]:
    known = catalogue()
    of_services = {name.lower() for error in known.api for name in error.names}
    return frozenset(of_services | {one.name for one in known.guide_errors})


def _json(text: str) -> Body | None:
    try:
        document = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None
    names: list[str] = []
    words: list[str] = []
    replies: list[str] = []
    http = None
    keys: set[str] = set()
    for key, value in _pairs(document):
        lower = key.lower()
        keys.add(key)
        if isinstance(value, bool) or value is None:
            continue
        if lower in _STATUS_KEYS and isinstance(value, int) and 100 <= value < 600:
            http = http or value
        elif lower in _NAME_KEYS and isinstance(value, int | str) and len(str(value)) <= 80:
            names.append(str(value).rpartition("#")[2])
        if isinstance(value, str) and lower in _TEXT_KEYS and (" " in value or lower == "message"):
            words.append(value[:_LONGEST])
        if isinstance(value, str) and lower in _REPLY_KEYS and re.match(r"\W{0,4}[45]\d\d[ -]", value):
            replies.append(value[:4000])
    return Body(
        tuple(dict.fromkeys(names)),
        " ".join(dict.fromkeys(words)),
        http,
        _shape(keys, names),
        tuple(dict.fromkeys(replies)),
    )


def _pairs(document: object) -> Iterator[tuple[str, object]]:
    """The keys and values of a JSON document, level by level, at most MOST_VALUES."""
    left, waiting = MOST_VALUES, [("", document)]
    while waiting and left > 0:
        key, value = waiting.pop(0)
        left -= 1
        if isinstance(value, dict):
            waiting += [(str(name), item) for name, item in list(value.items())[:60]]
        elif isinstance(value, list):
            waiting += [(key, item) for item in value[:20]]
        else:
            yield key, value


def _shape(keys: set[str], names: list[str]) -> str | None:
    """Which service writes bodies of this shape."""
    if "ErrorCode" in keys and "Message" in keys:
        return "postmark"
    if "ErrorIdentifier" in keys or any(name.startswith(("mj-", "send-")) for name in names):
        return "mailjet"
    if "statusCode" in keys and "name" in keys:
        return "resend"
    if "__type" in keys:
        return "ses"
    if {"status", "code", "name", "message"} <= keys or "reject_reason" in keys:
        return "mandrill"
    if "errors" in keys or {"message", "field"} <= keys:
        return (
            "sendgrid" if "field" in keys or "help" in keys else "sparkpost" if {"code", "description"} & keys else None
        )
    if {"code", "message", "description"} <= keys:
        return "sparkpost"
    if {"code", "message"} <= keys and any(
        n.lower() == name for n in names for e in catalogue().api if e.provider == "brevo" for name in e.names
    ):
        return "brevo"
    return None


def find_error(body: Body, provider: str | None, http: int | None) -> ApiMatch | None:
    """The entry that fits best: by name and status, by words, by the service's status alone."""
    best: tuple[int, ApiMatch] | None = None
    lower = {name.lower(): name for name in reversed(body.names)}
    text = body.text.lower()
    status = http or body.http
    for error in catalogue().api:
        if provider is not None and error.provider != provider:
            continue
        name = next(
            (lower[x.lower()] for x in error.names if x.lower() in lower and (provider or not x.isdigit())), None
        )
        said = bool(error.text) and error.text.lower() in text and (provider is not None or len(error.text) > 24)
        alone = provider is not None and not error.names and not error.text and status in error.http
        if name is None and not said and not alone:
            continue
        score = (
            8 * (name is not None) + 6 * said + 2 * (status in error.http) + (0 if error.names or error.text else -1)
        )
        what = name or (error.text if said else f"HTTP {status}")
        if best is None or score > best[0]:
            best = (score, ApiMatch(error, name, what, not alone))
    return best[1] if best else None


_BY_STATUS = {
    400: "bad_request",
    401: "credentials",
    402: "quota",
    403: "account",
    404: "bad_request",
    405: "bad_request",
    406: "bad_request",
    408: "remote_failure",
    409: "bad_request",
    413: "message_limits",
    415: "bad_request",
    420: "quota",
    422: "bad_request",
    429: "quota",
}


def category_of_status(http: int | None) -> str | None:
    """What an HTTP status alone says."""
    if http is None:
        return None
    return _BY_STATUS.get(http) or (
        "remote_failure" if 500 <= http < 600 else "accepted" if 200 <= http < 300 else None
    )
