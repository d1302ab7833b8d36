"""What was observed of a domain's mail: whose it is, when it was, and what nobody can be told from it."""

import msgspec
import pytest

from checks.model import Origin, Signature
from healthcheck.intake.count import Chosen
from healthcheck.intake.observe import TYPED, Gathered, Given, gather, typed
from healthcheck.intake.sources import NotReadable
from healthcheck.intake.stamps import zone_named

UTC = zone_named(None)
BOUNCE = """\
From: MAILER-DAEMON@mx.example.net
To: b-1@bounce.service.example
Subject: Undelivered Mail Returned to Sender
Date: Sat, 21 Nov 2026 09:31:07 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; kim@example.net
Action: failed
Status: 5.7.26
Diagnostic-Code: smtp; 550 5.7.26 Unauthenticated email from shop.example is not accepted

--b
Content-Type: text/rfc822-headers

Return-Path: <b-1@bounce.service.example>
DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s9; h=from; bh=AA==; b=AA==
From: Shop <news@{author}>
To: kim@example.net
Subject: hello

--b--
"""


def line(queue_id: str, sender: str, day: int, outcome: str = "status=sent (250 ok)") -> str:
    stamp = f"2026-11-{day:02}T09:31:0"
    return (
        f"{stamp}1Z mx postfix/qmgr[9]: {queue_id}: from=<{sender}>, size=9, nrcpt=1 (queue active)\n"
        f"{stamp}2Z mx postfix/smtp[7]: {queue_id}: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, dsn=2.0.0, {outcome}\n"
    )


REFUSED = "status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 <kim@example.net>: user unknown (in reply to RCPT TO command))"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mail.log"
    path.write_text(
        line("4E30B1100C1", "a@shop.example", 20, REFUSED)
        + line("4E30B1100C2", "a@news.shop.example", 21)
        + line("4E30B1100C3", "a@notshop.example", 21, REFUSED)
        + line("4E30B1100C4", "b@service.example", 22, REFUSED)
        + line("4E30B1100C5", "", 22)
    )
    return str(path)


def seen(paths, *replies, own=None, since=None, until=None) -> Gathered:
    given = Given(tuple(map(str, paths)), replies, Chosen(since, until), UTC)
    return gather(given, own or {"shop.example": ()})


def test_mail_counts_for_the_domain_of_its_return_path_and_those_above_it(log):
    found = seen([log])
    observed = found.observed["shop.example"]
    assert observed.replies == 1
    assert observed.traffic is not None
    assert sum(flow.settled for flow in observed.traffic.flows) == 2
    assert found.others == {"notshop.example": 1, "service.example": 1, "": 1}
    assert (observed.first, observed.last) == ("2026-11-20T09:31:02Z", "2026-11-21T09:31:02Z")
    assert observed.sources == (log,)


def test_a_return_path_that_is_its_own_counts_whatever_it_is_called(log):
    found = seen([log], own={"shop.example": ("service.example",)})
    assert found.observed["shop.example"].replies == 2


def test_where_a_service_sent_it_the_reply_tells_whose_mail_it_was(tmp_path):
    path = tmp_path / "mail.log"
    policy = "550 5.7.26 Unauthenticated email from {} is not accepted due to domain's DMARC policy"
    told = "status=bounced (host mx.example.net[192.0.2.9] said: " + policy + " (in reply to end of DATA command))"
    path.write_text(
        line("4E30B1100C1", "b@service.example", 20, told.format("shop.example"))
        + line("4E30B1100C2", "b@service.example", 21, told.format("notshop.example"))
        + line("4E30B1100C3", "b@service.example", 22, REFUSED)
    )
    for own in ({"shop.example": ()}, {"shop.example": (), "other.example": ()}):
        (failure,) = seen([path], own=own).observed["shop.example"].failures
        assert (failure.replies, failure.senders) == (1, (("service.example", 1),))


def test_such_a_failure_counts_beside_mail_of_its_own_that_arrived_and_is_in_no_rate(tmp_path):
    path = tmp_path / "mail.log"
    policy = "550 5.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy"
    told = f"status=bounced (host mx.example.net[192.0.2.9] said: {policy} (in reply to end of DATA command))"
    own = line("4E30B1100C1", "a@shop.example", 20)
    path.write_text(
        own + line("4E30B1100C2", "b@service.example", 21, told) + line("4E30B1100C3", "b@service.example", 21)
    )
    for names in ({"shop.example": ()}, {"shop.example": (), "other.example": ()}):
        found = seen([path], own=names)
        observed = found.observed["shop.example"]
        assert [(one.replies, one.senders) for one in observed.failures] == [(1, (("service.example", 1),))]
        assert sum(flow.settled for flow in observed.traffic.flows) == 1
        assert sum(found.others.values()) + found.left_out == 1


def test_a_reply_that_names_it_adds_nothing_where_its_own_mail_failed(tmp_path):
    path = tmp_path / "mail.log"
    policy = "550 5.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy"
    told = f"status=bounced (host mx.example.net[192.0.2.9] said: {policy} (in reply to end of DATA command))"
    path.write_text(
        line("4E30B1100C1", "a@shop.example", 20, told) + line("4E30B1100C2", "b@service.example", 21, told)
    )
    (failure,) = seen([path]).observed["shop.example"].failures
    assert failure.replies == 1


def test_the_fast_way_of_one_domain_sees_what_the_plain_way_of_several_sees(tmp_path):
    path = tmp_path / "mail.log"
    outcomes = (
        "dsn=2.0.0, status=sent (250 2.0.0 OK)",
        "dsn=5.1.1, status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 <u@example.net>: user unknown (in reply to RCPT TO command))",
        "dsn=4.2.2, status=deferred (host mx.example.net[192.0.2.9] said: 452 4.2.2 <u@example.net> over quota (in reply to RCPT TO command))",
    )
    senders = ("a@shop.example", "b@news.shop.example", "c@other.example", "")
    lines = []
    for n in range(600):
        stamp, queue_id = f"Nov 21 09:{n // 60:02}:{n % 60:02} mx", f"4E30B1{n:05X}"
        lines += [
            f"{stamp} postfix/qmgr[9]: {queue_id}: from=<{senders[n % 4]}>, size=900, nrcpt=1 (queue active)",
            f"{stamp} postfix/smtp[7]: {queue_id}: to=<u{n}@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1.1, "
            f"delays=0.1/0/0.5/0.5, {outcomes[n % 3]}",
            f"{stamp} postfix/qmgr[9]: {queue_id}: removed",
        ]
    path.write_text("\n".join(lines) + "\n")
    alone = seen([path])
    together = seen([path], own={"shop.example": (), "absent.example": ()})
    assert alone.observed["shop.example"] == together.observed["shop.example"]
    assert alone.observed["shop.example"].replies == 200
    assert sum(alone.others.values()) + alone.left_out == sum(together.others.values()) == 300
    assert alone.others.keys() == together.others.keys() == {"other.example", ""}


def test_each_domain_gets_its_own(log):
    found = seen([log], own={"shop.example": (), "notshop.example": (), "quiet.example": ()})
    assert {domain: one.replies for domain, one in found.observed.items()} == {
        "shop.example": 1,
        "notshop.example": 1,
        "quiet.example": 0,
    }
    assert found.observed["quiet.example"].traffic is None


def test_what_is_outside_the_window_is_counted_apart(log):
    found = seen([log], since="2026-11-21T00:00:00Z", until="2026-11-22T00:00:00Z")
    assert found.outside == 3
    assert found.observed["shop.example"].replies == 0


def test_a_bounce_mail_counts_for_the_domain_in_the_from_that_came_back(tmp_path):
    path = tmp_path / "bounce.eml"
    path.write_text(BOUNCE.format(author="shop.example"))
    found = seen([path])
    assert found.observed["shop.example"].replies == 1
    (stream,) = found.learned["shop.example"]
    assert stream.origin is Origin.MESSAGE
    assert stream.mail_from == "bounce.service.example"
    assert stream.signatures == (Signature("shop.example", "s9"),)


def test_a_bounce_mail_of_somebody_else_is_left_out(tmp_path):
    path = tmp_path / "bounce.eml"
    path.write_text(BOUNCE.format(author="other.example"))
    found = seen([path])
    assert found.observed["shop.example"].replies == 0
    assert found.learned["shop.example"] == ()
    assert found.others == {"other.example": 1}


def test_a_bounce_mail_without_the_message_counts_for_whoever_gave_it(tmp_path):
    path = tmp_path / "bounce.eml"
    path.write_text(
        BOUNCE.partition("--b\nContent-Type: text/rfc822-headers")[0].replace("To: b-1@bounce.service.example\n", "")
    )
    found = seen([path])
    assert found.observed["shop.example"].replies == 1


def test_the_message_that_came_back_says_nothing_of_the_lines_of_the_next_file(tmp_path, log):
    path = tmp_path / "a-bounce.eml"
    path.write_text(BOUNCE.format(author="shop.example"))
    found = seen([path, log])
    assert found.observed["shop.example"].replies == 2
    assert found.others["notshop.example"] == 1


def test_a_typed_reply_is_one_failed_reply_without_a_time():
    found = seen([], "550-5.7.26 Unauthenticated email\n550 5.7.26 gsmtp", "452 4.2.2 over quota")
    observed = found.observed["shop.example"]
    assert observed.replies == 2
    assert observed.traffic is None
    assert observed.first is None
    assert observed.sources == (TYPED,)
    assert {(one.basic, one.enhanced, one.deferred, one.bounced) for one in observed.failures} == {
        ("550", "5.7.26", 0, 1),
        ("452", "4.2.2", 1, 0),
    }


@pytest.mark.parametrize("text", ["", " ", "\x00\x1b[31m", "é" * 100_000, "550", "-" * 70_000, "5" * 40_000])
def test_anything_may_be_typed(text):
    assert typed(text).kind in ("bounced", "deferred")


def test_nothing_tells_who_received_the_mail(log, tmp_path):
    path = tmp_path / "bounce.eml"
    path.write_text(BOUNCE.format(author="shop.example"))
    found = seen([log, path], "550 5.1.1 <kim@example.net> user unknown")
    assert b"kim" not in msgspec.json.encode(found.observed)


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(NotReadable, match="no such file"):
        seen([tmp_path / "absent"])


def test_what_tells_nothing_is_named(tmp_path):
    path = tmp_path / "noise"
    path.write_bytes(b"\x00\xff\x1b[31m\nhello\n")
    found = seen([path])
    assert found.sources[0].events == 0
    assert found.samples[0].why == "no known format"
