"""Bounce mails are taken apart: one entry a recipient, well-made or in prose, and never anything but an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.bounced import explain_bounce
from healthcheck.intake.bounce import is_complaint, is_mail, read_bounce
from tests.patience import ends

REPORT = b"""From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: news@example.com
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<kim@example.net>: host mx.example.net[192.0.2.9] said: 550 5.1.1 user unknown

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; kim@EXAMPLE.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <kim@example.net>: user
    unknown

Final-Recipient: rfc822; sam@example.org
Action: delayed
Status: 4.2.2
Diagnostic-Code: smtp; 452 mailbox full

Final-Recipient: rfc822; jo@example.org
Action: delivered
Status: 2.0.0

--b1
Content-Type: message/rfc822

From: news@example.com
To: other@example.com
Subject: 550 5.7.1 spam

Final-Recipient: rfc822; inside@example.com
Action: failed
--b1--
"""

QMAIL = b"""From: MAILER-DAEMON@mx.example.com
To: news@example.com
Subject: failure notice

Hi. This is the qmail-send program at mx.example.com.

<kim@example.net>:
192.0.2.9 does not like recipient.
Remote host said: 550 5.1.1 <kim@example.net>: user unknown
Giving up on 192.0.2.9.

<sam@example.org>:
Sorry, I couldn't find any host named example.org. (#5.1.2)

--- Below this line is a copy of the message.

Return-Path: <news@example.com>
Subject: 550 5.7.1 spam
"""


def explained(mail):
    return [explain_bounce(one) for one in read_bounce(mail)]


def test_a_report_gives_one_answer_a_recipient():
    found = explained(REPORT)
    assert [one.recipient for one in found] == ["kim@example.net", "sam@example.org", "jo@example.org"]
    assert [one.category for one in found] == ["recipient_unknown", "mailbox_full", "accepted"]
    assert {one.form for one in found} == {"dsn"}
    assert found[0].host == "mx.example.net"


def test_the_status_field_stands_in_for_a_code_that_is_missing():
    found = explained(REPORT)[1]
    assert (found.basic, found.enhanced, found.permanence) == ("452", "4.2.2", "temporary")
    assert any("still being tried" in note for note in found.notes)


def test_a_bounce_in_prose_gives_one_answer_a_recipient():
    found = explained(QMAIL)
    assert [(one.recipient, one.category) for one in found] == [
        ("kim@example.net", "recipient_unknown"),
        ("sam@example.org", "recipient_domain"),
    ]
    assert found[0].phase == "rcpt"


def test_what_was_returned_is_not_read_as_the_report():
    assert all("spam" not in one.category for one in explained(REPORT) + explained(QMAIL))


def test_an_exit_code_is_no_smtp_code():
    mail = REPORT.replace(b"smtp; 550 5.1.1 <kim@example.net>: user\n    unknown", b"X-Unix; 250")
    assert explained(mail)[0].category == "recipient_unknown"


def test_a_bounce_that_names_nobody_gives_one_answer():
    mail = b"From: MAILER-DAEMON\nSubject: failed\n\nYour message was not delivered within 0 days and 1 hours.\n"
    assert [(one.recipient, one.category) for one in explained(mail)] == [(None, "expired")]


@pytest.mark.parametrize(
    ("data", "mail"), [(REPORT, True), (QMAIL, True), (b"550 5.1.1 user unknown\n", False), (b'{"a": 1}', False)]
)
def test_a_mail_is_known_by_its_headers(data, mail):
    assert is_mail(data) is mail


def test_a_feedback_report_is_a_complaint():
    assert is_complaint(b"Content-Type: multipart/report\n\n--b\nContent-Type: message/feedback-report\n\n")
    assert not is_complaint(REPORT)


@given(st.binary(max_size=2000))
def test_any_bytes_give_an_answer(data):
    assert [explain_bounce(one) for one in read_bounce(b"From: a@example.com\nSubject: x\n" + data)]


@given(st.lists(st.sampled_from(REPORT.splitlines() + QMAIL.splitlines()), max_size=60))
def test_a_mail_with_its_lines_mixed_gives_an_answer(lines):
    explained(b"\n".join(lines))


def test_many_recipients_and_long_lines_take_no_long_time():
    blocks = b"".join(
        b"\nFinal-Recipient: rfc822; k%d@example.net\nAction: failed\nStatus: 5.1.1\n" % n for n in range(5000)
    )
    mail = REPORT.replace(
        b"\nFinal-Recipient: rfc822; kim@EXAMPLE.net", blocks + b"\nFinal-Recipient: rfc822; kim@EXAMPLE.net", 1
    )
    assert len(read_bounce(mail)) == 1000
    assert read_bounce(QMAIL + b"<" * 1_000_000)


HEAD = b"From: MAILER-DAEMON@example.com\nTo: b@example.com\nSubject: failed\n"


@pytest.mark.parametrize(
    "mail",
    [
        (HEAD + b"Content-Type: message/rfc822\n\n") * 1000,
        (HEAD + b"content-type:\n\tmessage/rfc822\n\n") * 20_000,
        HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)),
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n\n" * 600_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<style>" * 500_000,
    ],
    ids=["nested", "nested-folded", "multipart", "divided", "html"],
)
def test_a_mail_that_nests_or_divides_itself_is_answered(mail):
    with ends():
        assert read_bounce(mail + b"550 5.1.1 user unknown")


def test_styles_and_scripts_are_no_words():
    page = b"<style>550 5.7.1 spam</style><p>550 5.1.1 user unknown</p><script>452 4.2.2 full</script>"
    (one,) = read_bounce(HEAD + b"Content-Type: text/html\n\n" + page)
    assert "5.1.1" in one.said
    assert "5.7.1" not in one.said
    assert "4.2.2" not in one.said
