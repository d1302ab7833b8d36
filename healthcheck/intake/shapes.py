"""The lines of a Postfix log that are counted without being read word by word, as one regular expression.

Nine lines of ten in such a log say nothing of delivery, and most of the others have one of two shapes: an attempt by `smtp` or
`local`, and `qmgr`'s `from=<...>`. The expression passes over the former, takes the latter apart, and gives every line that is
neither as it stands: those go to healthcheck.intake.log, which knows them all. What it passes over or takes apart must be
read in the same way there; tests/intake/test_count.py holds the two against each other.

Most of the time goes into the beginnings of lines: so the date and the hosts are those of the block, written out.
"""

import re
from collections.abc import Iterable

MOST_EXPRESSIONS = 32
SAMPLED = 16
"""Lines of a block that are looked at for its hosts and dates."""
MOST_NAMED = 4
"""Hosts and dates that are written out in an expression; of more, it takes any."""

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_BEGINNING = re.compile(
    rf"\n(?:({_MONTH}) [ \d]\d \d\d:\d\d:\d\d|(\d{{4}}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:\d\d))"
    # A name that could be the beginning of a line of Exim's own log is no host here.
    r" (?!exim |SMTP |TLS |unexpected |[0-9A-Za-z]{6}-)([A-Za-z0-9][\w.-]{0,63}) ",
    re.ASCII,
)
_ANY_HOST = r"(?!exim |SMTP |TLS |unexpected |[0-9A-Za-z]{6}-)[A-Za-z0-9][\w.-]{0,63}"
_QUEUE_ID = "[0-9A-Za-z]{5,32}+"
_LOCAL_PART = r"[0-9A-Za-z_.+=~#$%&'*/?^{|}!-]{1,64}+"
_DOMAIN = r"[a-z0-9.-]{1,200}[a-z0-9]"
"""Addresses that are reported as they are written."""
_RELAY = (
    r"relay=(?:([0-9A-Za-z_.-]{1,255}+)\[(?!127\.|::1\])[0-9A-Fa-f.:]{2,45}+\](?::\d{1,5}+)?|([^\s,\x80-\xff]{1,400})), "
    r"(?:conn_use=\d{1,9}+, )?"
)
_ATTEMPT = (
    rf"(({_QUEUE_ID}): to=<{_LOCAL_PART}@({_DOMAIN}))>, (?:orig_to=<[0-9A-Za-z_.+@-]{{0,200}}+>, )?{_RELAY}delay=[\d.]{{1,20}}+, "
    r"delays=[\d./]{1,60}+, dsn=([245]\.\d{1,3}\.\d{1,3}), status=(?:sent \(|(deferred|bounced) \(([^\n]*)\)(?=\n))"
)
_SENDER = rf"({_QUEUE_ID}): from=<(?:{_LOCAL_PART}(@{_DOMAIN}))?>, size="
_NOTING = "qmgr|cleanup"
_WANTED = r"[^:]{5,32}+: (?:to=|from=<|reject: |milter-reject: |proxy-reject: )|proxy-reject: "
"""The beginning of an attempt, a sender or a refusal: all other messages of Postfix say nothing. Whether it is one is seen later."""
_SERVICE = (
    "smtpd?|qmgr|cleanup|anvil|bounce|local|lmtp|pipe|virtual|postscreen|tlsproxy|scache|pickup|master|submission/smtpd|"
    "smtps/smtpd|tlsmgr|dnsblog|trivial-rewrite|proxymap|verify|error|relay|retry|trace|flush|postfix-script"
)
_SILENT_PROGRAM = (
    r"(?:opendkim|opendmarc|dovecot|amavis|spamd|spamass-milter|rspamd|postgrey|policyd-spf|clamd|clamav-milter|CRON|cron|"
    r"sshd|systemd|systemd-logind|kernel|fail2ban|named|unbound|rsyslogd)(?:\[\d{1,9}\])?: (?![A-Z][a-z]{2} [ \d]|\d{4}-|\{|<\d)"
)
"""Programs that deliver no mail and stand in mail logs all the same; but what has a frame of its own is another's line."""

Row = tuple[str, str, str, str, str, str, str, str, str, str, str, str, str, str]
"""What an expression gives of a line: of an attempt its stamp up to the second, zone, service, `queue id: to=<recipient`, queue id,
recipient's domain, host, else all of relay=, dsn, status ("" for sent), text; of a sender
its queue id and `@domain`; any other line as it stands. "" for the rest."""

_expressions: dict[tuple[bool, str, str], re.Pattern[str]] = {}


def expression_for(text: str) -> re.Pattern[str]:
    """The expression for a block of lines, each behind an end of line. Its `findall` gives Rows."""
    step = max(1, len(text) // SAMPLED)
    found = [one for at in range(0, len(text), step) if (one := _BEGINNING.search(text, at, at + 4000)) is not None]
    iso = bool(found) and found[0][1] is None
    dates = _named((one[2 if iso else 1] for one in found), r"\d{4}-\d\d-\d\d" if iso else _MONTH)
    hosts = _named((one[3] for one in found), _ANY_HOST)
    expression = _expressions.get((iso, dates, hosts))
    if expression is None:
        if len(_expressions) >= MOST_EXPRESSIONS:
            _expressions.clear()
        expression = _expressions[iso, dates, hosts] = _compiled(iso, dates, hosts)
    return expression


def _named(texts: Iterable[str | None], any_of_them: str) -> str:
    names = sorted({text for text in texts if text})
    if not names or len(names) > MOST_NAMED:
        return any_of_them
    return f"(?:{'|'.join(map(re.escape, names))})" if len(names) > 1 else re.escape(names[0])


def _compiled(iso: bool, dates: str, hosts: str) -> re.Pattern[str]:
    if iso:
        stamp = rf"({dates}T\d\d:\d\d:\d\d)(?:\.\d{{1,9}})?(Z|[+-]\d\d:\d\d)"
        passed = rf"{dates}T\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:\d\d)"
    else:
        stamp = rf"({dates} [ \d]\d \d\d:\d\d:\d\d)()"
        passed = rf"{dates} .{{5}}:.{{5}}"  # nobody reads the time of a line that says nothing
    program = r"postfix[\w.-]{0,30}+/"
    silent = rf"{passed} {hosts} (?:{program}(?:{_SERVICE})\[\d{{1,9}}+\]: (?!{_WANTED})|{_SILENT_PROGRAM})"
    noted = rf"{passed} {hosts} {program}(?:{_NOTING})\[\d{{1,9}}+\]: {_SENDER}"
    tried = rf"{stamp} {hosts} {program}({_SERVICE})\[\d{{1,9}}+\]: {_ATTEMPT}"
    return re.compile(rf"\n(?!{silent})(?:{tried}|{noted}|([^\n]+))", re.ASCII)


OF_POSTFIX = re.compile(
    rf"\n(?:{_MONTH} .{{5}}:.{{5}}|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\S{{0,20}}) {_ANY_HOST} "
    rf"postfix[\w.-]{{0,30}}/(?:{_SERVICE})\[\d{{1,9}}\]: ",
    re.ASCII,
)
"""Finds a line of Postfix, to tell whose log it is where nothing else does."""

REFUSAL = re.compile(
    rf"(?:({_MONTH} [ \d]\d \d\d:\d\d:\d\d)|(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{{1,9}})?(Z|[+-]\d\d:\d\d)) {_ANY_HOST} "
    rf"postfix[\w.-]{{0,30}}/(?:{_SERVICE})\[\d{{1,9}}\]: ([^\n[][^\n]*reject: [^\n]*)",
    re.ASCII,
)
"""A line with a refusal: its stamp without a zone, or with one, and the zone; its message."""
