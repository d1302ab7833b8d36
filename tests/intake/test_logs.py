"""Each mail server's lines: kind, recipient, sender, reply, host; and the frames around them."""

import io
from datetime import UTC

import pytest

from healthcheck.intake import stamps
from tests.intake.reading import read, told

POSTFIX = """\
Nov 21 09:31:01 mx postfix/cleanup[9]: 4E30B1100C7: message-id=<1@example.com>
Nov 21 09:31:02 mx postfix/qmgr[9]: 4E30B1100C7: from=<news@example.com>, size=900, nrcpt=2 (queue active)
Nov 21 09:31:07 mx postfix/smtp[7]: 4E30B1100C7: to=<Kim@Example.NET>, relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.9] said: 550 5.1.1 <kim@example.net>: user unknown (in reply to RCPT TO command))
Nov 21 09:31:08 mx postfix/smtp[7]: 4E30B1100C7: to=<lee@example.net>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)
Nov 26 09:31:08 mx postfix/qmgr[9]: 4E30B1100C7: from=<news@example.com>, status=expired, returned to sender
Nov 26 09:31:09 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <x@example.org>: Relay access denied; from=<a@example.net> to=<x@example.org> proto=ESMTP helo=<h>
Nov 26 09:31:10 mx postfix/smtpd[9]: NOQUEUE: reject_warning: RCPT from unknown[198.51.100.7]: 554 5.7.1 no; from=<a@example.net> to=<x@example.org> proto=ESMTP helo=<h>
Nov 26 09:31:11 mx postfix/lmtp[9]: 5E30B1100C7: to=<me@example.org>, relay=mx.example.org[private/dovecot-lmtp], delay=1, dsn=2.0.0, status=sent (250 2.0.0 Saved)
Nov 26 09:31:12 mx postfix/smtp[9]: 6E30B1100C7: to=<p@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, dsn=2.1.5, status=deliverable (250 ok)
"""


def test_postfix(tmp_path):
    events, reading = read(tmp_path, POSTFIX, modified=1795700000)
    bounced, deferred, expired, rejected, saved, probe = events
    assert told(bounced, "kind", "time", "recipient", "recipient_domain", "sender", "queue_id", "message_id") == (
        "bounced",
        "2026-11-21T09:31:07Z",
        "Kim@example.net",
        "example.net",
        "news@example.com",
        "4E30B1100C7",
        "<1@example.com>",
    )
    assert told(bounced, "reply", "basic", "enhanced", "category", "suppress", "provider", "host", "local") == (
        "550 5.1.1 <kim@example.net>: user unknown",
        "550",
        "5.1.1",
        "recipient_unknown",
        "yes",
        "gmail",
        "gmail-smtp-in.l.google.com",
        False,
    )
    assert told(deferred, "kind", "enhanced", "category", "host") == ("deferred", "4.4.1", "network", None)
    assert told(expired, "kind", "recipient", "category", "sender") == (
        "bounced",
        "lee@example.net",
        "expired",
        "news@example.com",
    )
    assert told(rejected, "kind", "recipient", "sender", "category", "reply") == (
        "rejected",
        "x@example.org",
        "a@example.net",
        "relay_denied",
        "554 5.7.1 <x@example.org>: Relay access denied",
    )
    assert told(saved, "kind", "local", "basic", "category") == ("delivered", True, "250", None)
    assert probe.kind == "other"
    assert reading.unread_lines == 0
    assert [event.source.line for event in events] == [3, 4, 5, 6, 8, 9]


def test_an_expired_message_of_which_nothing_is_known_gives_one_event_without_a_recipient(tmp_path):
    (event,), _ = read(
        tmp_path, "Nov 21 09:31:08 mx postfix/qmgr[9]: 4E30B1100C7: from=<>, status=expired, returned to sender\n"
    )
    assert told(event, "kind", "recipient", "sender", "category") == ("bounced", None, "", "expired")


EXIM = """\
2026-11-21 09:31:00 1tE0ab-000001-2c <= news@example.com H=app [192.0.2.3] P=esmtp S=900 id=1@example.com
2026-11-21 09:31:07 1tE0ab-000001-2c => kim@Example.NET R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9] X=TLS1.3 C="250 2.0.0 OK queued"
2026-11-21 09:31:07 1tE0ab-000001-2c -> lee@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9] C="250 2.0.0 OK queued"
2026-11-21 09:31:08 1tE0ab-000001-2c ** ann@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<ann@example.net>: 550 5.1.1 User unknown
2026-11-21 09:31:09 1tE0ab-000001-2c == bob@example.net R=dnslookup T=remote_smtp defer (-44) H=mx.example.net [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 451 4.7.1 Greylisted, try later
2026-11-21 09:31:10 1tE0ab-000001-2c => box <me@example.org> R=localuser T=local_delivery
2026-11-21 09:31:11 1tE0ab-000001-2c *> dry@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9]
2026-11-21 09:31:12 H=(h) [198.51.100.7] F=<a@example.net> rejected RCPT <x@example.org>: relay not permitted
2026-11-21 09:31:13 1tE0ab-000001-2c Completed
2026-11-21 09:31:14 1tE0ac-000001-2c ** old@example.net R=dnslookup T=remote_smtp: retry timeout exceeded
"""


def test_exim(tmp_path):
    events, reading = read(tmp_path, EXIM)
    assert reading.unread_lines == 0
    assert [told(event, "kind", "recipient") for event in events] == [
        ("delivered", "kim@example.net"),
        ("delivered", "lee@example.net"),
        ("bounced", "ann@example.net"),
        ("deferred", "bob@example.net"),
        ("delivered", "me@example.org"),
        ("other", "dry@example.net"),
        ("rejected", "x@example.org"),
        ("bounced", "old@example.net"),
    ]
    assert told(events[0], "reply", "basic", "enhanced", "host", "sender", "message_id") == (
        "250 2.0.0 OK queued",
        "250",
        "2.0.0",
        "mx.example.net",
        "news@example.com",
        "<1@example.com>",
    )
    assert told(events[2], "reply", "category", "suppress") == ("550 5.1.1 User unknown", "recipient_unknown", "yes")
    assert told(events[3], "reply", "category", "host") == (
        "451 4.7.1 Greylisted, try later",
        "greylisted",
        "mx.example.net",
    )
    assert events[4].local
    assert told(events[6], "reply", "sender", "category") == ("relay not permitted", "a@example.net", "relay_denied")
    assert events[7].category == "expired"


SENDMAIL = """\
Nov 21 09:31:00 mx sendmail[9]: 5AL9V0ab000123: from=<news@example.com>, size=900, class=0, nrcpts=2, msgid=<1@example.com>, proto=ESMTP, relay=app [192.0.2.3]
Nov 21 09:31:07 mx sm-mta[9]: 5AL9V0ab000123: to=<kim@example.net>,<lee@example.net>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.net. [192.0.2.9], dsn=2.0.0, stat=Sent (ok queued)
Nov 21 09:31:08 mx sm-mta[9]: 5AL9V0ab000124: to=<ann@example.net>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.net. [192.0.2.9], dsn=5.1.1, stat=User unknown
Nov 21 09:31:09 mx sm-mta[9]: 5AL9V0ab000125: to=<bob@example.net>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.net. [192.0.2.9], dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.net.
Nov 21 09:31:10 mx sm-mta[9]: ruleset=check_rcpt, arg1=<x@example.org>, relay=h [198.51.100.7], reject=550 5.7.1 <x@example.org>... Relaying denied
"""


def test_sendmail_gives_one_event_an_address(tmp_path):
    events, _ = read(tmp_path, SENDMAIL)
    assert [told(event, "kind", "recipient") for event in events] == [
        ("delivered", "kim@example.net"),
        ("delivered", "lee@example.net"),
        ("bounced", "ann@example.net"),
        ("deferred", "bob@example.net"),
        ("rejected", "x@example.org"),
    ]
    assert [event.source.part for event in events[:2]] == [1, 2]
    assert told(events[0], "sender", "host", "enhanced") == ("news@example.com", "mx.example.net", "2.0.0")
    assert told(events[2], "category", "enhanced") == ("recipient_unknown", "5.1.1")
    assert told(events[4], "category", "basic") == ("relay_denied", "550")


QMAIL = """\
@400000006920307b0a2c1f24 new msg 77
@400000006920307b0a2c1f24 info msg 77: bytes 900 from <news@example.com> qp 5 uid 89
@400000006920307b0a2c1f24 starting delivery 1: msg 77 to remote kim@example.net
@400000006920307b0a2c1f24 starting delivery 2: msg 77 to remote lee@example.net
@400000006920307c0a2c1f24 delivery 1: success: 192.0.2.9_accepted_message./Remote_host_said:_250_2.0.0_ok/
@400000006920307d0a2c1f24 delivery 2: failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_5.1.1_no_such_user/Giving_up_on_192.0.2.9./
@400000006920307d0a2c1f24 end msg 77
"""


def test_qmail(tmp_path):
    (sent, failed), reading = read(tmp_path, QMAIL)
    assert told(sent, "kind", "recipient", "sender", "reply") == (
        "delivered",
        "kim@example.net",
        "news@example.com",
        "250 2.0.0 ok",
    )
    assert told(failed, "kind", "recipient", "basic", "enhanced", "category") == (
        "bounced",
        "lee@example.net",
        "550",
        "5.1.1",
        "recipient_unknown",
    )
    assert sent.time == "2025-11-21T09:27:14Z"
    assert reading.unread_lines == 0


OPENSMTPD = """\
2026-11-21T09:31:07.100Z mx smtpd[9]: 0a1b2c3d4e5f6a7b mta delivery evpid=11aabbcc22ddeeff from=<news@example.com> to=<kim@example.net> rcpt=<-> source="192.0.2.3" relay="192.0.2.9 (mx.example.net)" delay=1s result="Ok" stat="250 2.0.0 ok"
2026-11-21T09:31:08.100Z mx smtpd[9]: 0a1b2c3d4e5f6a7b mta delivery evpid=11aabbcc22ddeef0 from=<news@example.com> to=<lee@example.net> rcpt=<-> source="192.0.2.3" relay="192.0.2.9 (mx.example.net)" delay=1s result="PermFail" stat="550 5.1.1 no such user"
2026-11-21T09:31:09.100Z mx smtpd[9]: 0a1b2c3d4e5f6a7c smtp failed-command command="RCPT TO:<x@example.org>" result="550 Invalid recipient: <x@example.org>"
"""


def test_opensmtpd(tmp_path):
    (sent, failed, refused), _ = read(tmp_path, OPENSMTPD)
    assert told(sent, "kind", "recipient", "host", "sender") == (
        "delivered",
        "kim@example.net",
        "mx.example.net",
        "news@example.com",
    )
    assert told(failed, "kind", "basic", "category") == ("bounced", "550", "recipient_unknown")
    assert told(refused, "kind", "recipient", "basic") == ("rejected", "x@example.org", "550")


POWERMTA = """\
type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp
d,2026-11-21 09:31:07+0100,2026-11-21 09:31:00+0100,news@example.com,kim@example.net,,relayed,2.0.0 (success),"smtp;250 2.0.0 OK, thanks",mx.example.net (192.0.2.9),,smtp,app,smtp,192.0.2.3,192.0.2.9
b,2026-11-21 09:31:08+0100,2026-11-21 09:31:00+0100,news@example.com,lee@example.net,,failed,5.1.1 (bad destination mailbox address),smtp;550 5.1.1 unknown,mx.example.net (192.0.2.9),bad-mailbox,smtp,app,smtp,192.0.2.3,192.0.2.9
"""


def test_powermta_accounting(tmp_path):
    (sent, failed), _ = read(tmp_path, POWERMTA, name="acct.csv")
    assert told(sent, "kind", "time", "recipient", "host", "format") == (
        "delivered",
        "2026-11-21T08:31:07Z",
        "kim@example.net",
        "mx.example.net",
        "powermta",
    )
    assert told(failed, "kind", "basic", "enhanced", "category") == ("bounced", "550", "5.1.1", "recipient_unknown")


def test_a_message_trace(tmp_path):
    table = "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId\n2026-11-21T09:31:07Z,news@example.com,kim@example.net,Hello,Failed,<1@example.com>\n"
    (event,), _ = read(tmp_path, table, name="trace.csv")
    assert told(event, "kind", "recipient", "message_id", "format") == (
        "bounced",
        "kim@example.net",
        "<1@example.com>",
        "message-trace",
    )


def test_kumomta(tmp_path):
    line = '{"type":"TransientFailure","id":"d7ef","sender":"news@example.com","recipient":["kim@example.net","lee@example.net"],"queue":"example.net","site":"mx","response":{"code":451,"enhanced_code":{"class":4,"subject":7,"detail":1},"content":"Greylisted","command":null},"peer_address":{"name":"mx.example.net.","addr":"192.0.2.9"},"timestamp":1795253467}\n'
    events, _ = read(tmp_path, line * 1, name="kumo.json")
    assert [told(event, "kind", "recipient", "basic", "enhanced", "category", "time") for event in events] == [
        ("deferred", "kim@example.net", "451", "4.7.1", "greylisted", "2026-11-21T09:31:07Z"),
        ("deferred", "lee@example.net", "451", "4.7.1", "greylisted", "2026-11-21T09:31:07Z"),
    ]


BODY = "4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"


@pytest.mark.parametrize(
    "line",
    [
        f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}",
        f"<22>Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}",
        f"Nov 21 2026 09:31:07 mx postfix/smtp[7]: {BODY}",
        f"2026-11-21T09:31:07.123456+00:00 mx postfix/smtp[7]: {BODY}",
        f"2026-11-21T10:31:07+01:00 mx mta-out/smtp[7]: {BODY}",
        f"<22>1 2026-11-21T09:31:07Z mx postfix/smtp 7 - - {BODY}",
        f'<22>1 2026-11-21T09:31:07Z mx postfix/smtp 7 ID1 [a b="c\\]d"][e f="g"] {BODY}',
        '{"__REALTIME_TIMESTAMP":"1795253467000000","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"' + BODY + '"}',
        '{"log":"2026-11-21T09:31:07Z mx postfix/smtp[7]: '
        + BODY
        + '\\n","stream":"stdout","time":"2026-11-21T09:31:08Z"}',
    ],
    ids=["rfc3164", "priority", "year", "iso", "zone", "rfc5424", "structured", "journald", "docker"],
)
def test_one_line_in_every_frame(tmp_path, line):
    (event,), _ = read(tmp_path, line + "\n")
    assert told(event, "kind", "time", "recipient", "host") == (
        "delivered",
        "2026-11-21T09:31:07Z",
        "kim@example.net",
        "mx.example.net",
    )


def test_a_stamp_without_a_zone_takes_the_one_that_was_named(tmp_path):
    (event,), _ = read(tmp_path, f"Nov 21 10:31:07 mx postfix/smtp[7]: {BODY}\n", zone="Europe/Berlin")
    assert event.time == "2026-11-21T09:31:07Z"


def test_stamps_without_a_year_step_over_new_year(tmp_path):
    log = "".join(
        f"{stamp} mx postfix/smtp[7]: {BODY}\n"
        for stamp in ("Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  2 08:00:00")
    )
    events, _ = read(tmp_path, log, modified=1767340801)  # 2026-01-02 08:00:01
    assert [event.time[:10] for event in events] == ["2025-12-31", "2026-01-01", "2025-12-31", "2026-01-02"]


def test_a_few_lines_may_hold_years(tmp_path):
    months = ("Oct", "Dec", "Jan", "Apr", "Jul", "Oct", "Jan", "Mar", "Jul")  # as one greps them out of a log
    log = "".join(f"{month}  1 10:00:00 mx postfix/smtp[7]: {BODY}\n" for month in months)
    events, _ = read(tmp_path, log, modified=1782900000)  # 2026-07-01 10:00
    assert [event.time[:4] for event in events] == ["2024"] * 2 + ["2025"] * 4 + ["2026"] * 3


def test_half_a_year_without_a_line_is_one_in_which_time_went_on(tmp_path):
    months = ("Jan", "Jul", "Jan", "Dec", "Jan")  # the last December is a line out of order
    log = "".join(f"{month} 10 10:00:00 mx postfix/smtp[7]: {BODY}\n" for month in months)
    events, _ = read(tmp_path, log, modified=1782900000)  # 2026-07-01 10:00
    assert [event.time[:7] for event in events] == ["2025-01", "2025-07", "2026-01", "2025-12", "2026-01"]


def test_the_years_of_a_large_log_are_counted_without_reading_all_of_it(tmp_path):
    line = " 10 10:00:00 mx postfix/smtp[7]: " + BODY * 3
    months = [month for _ in range(3) for month in stamps.MONTHS for _ in range(100)]
    log = tmp_path / "mail.log"
    log.write_text("".join(f"{month}{line}\n" for month in months))
    assert log.stat().st_size > 2 * stamps.BLOCK
    with log.open("rb") as plain:
        assert stamps.first_year(plain, 1798700000, UTC) == 2024  # last written on 2026-12-31
    assert stamps.first_year(io.BytesIO(log.read_bytes()), 1798700000, UTC) == 2024


def test_a_file_last_written_before_its_stamp_comes_round_is_of_the_year_before(tmp_path):
    (event,), _ = read(tmp_path, f"Dec 24 10:00:00 mx postfix/smtp[7]: {BODY}\n")
    assert event.time == "2025-12-24T10:00:00Z"


def test_lines_of_several_mail_systems_may_stand_in_one_file(tmp_path):
    events, reading = read(tmp_path, POSTFIX + EXIM + SENDMAIL + QMAIL + OPENSMTPD, modified=1795700000)
    assert {event.format for event in events} == {"postfix", "exim", "sendmail", "qmail", "opensmtpd"}
    assert reading.unread_lines == 0
