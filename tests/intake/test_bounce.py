"""Bounce mails are taken apart: one entry a recipient, well-made or in prose, and never anything but an answer."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.events import KINDS, Place
from checks.delivery.meaning import judged
from checks.model import Origin, Signature
from checks.replies.bounced import explain_bounce
from healthcheck.cli.explain_mail import explained_mail
from healthcheck.intake.mails.bounce import is_mail, read_bounce, returned_message, returned_stream
from healthcheck.intake.mails.mime import LONGEST_TEXT, MOST_PARTS, read_mime
from healthcheck.intake.mails.reporting import read_mail
from tests.intake.bounce_samples import COMPLAINTS, COPY, SAMPLES, STATUS, feedback, in_words, report
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
    return [explain_bounce(one) for one in read_bounce(mail).told]


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


@given(st.binary(max_size=2000))
def test_any_bytes_give_an_answer(data):
    assert explained_mail(b"From: a@example.com\nSubject: x\n" + data)


@given(st.lists(st.sampled_from(REPORT.splitlines() + QMAIL.splitlines()), max_size=60))
def test_a_mail_with_its_lines_mixed_gives_an_answer(lines):
    explained(b"\n".join(lines))


def test_many_recipients_and_long_lines_take_no_long_time():
    blocks = b"".join(
        b"\nFinal-Recipient: rfc822; k%d@example.net\nAction: failed\nStatus: 5.1.1\n" % n for n in range(5000)
    )
    mail = REPORT.replace(b"\nFinal-Recipient: rfc822; kim@EXAMPLE.net", blocks, 1)
    assert len(read_bounce(mail).told) == 1000
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
    (one,) = read_bounce(HEAD + b"Content-Type: text/html\n\n" + page).told
    assert "5.1.1" in one.said
    assert "5.7.1" not in one.said
    assert "4.2.2" not in one.said


def events(mail):
    return [judged(said, Place("mail")) for said in read_mail(mail)[0]]


@pytest.mark.parametrize(("mail", "wanted"), SAMPLES.values(), ids=list(SAMPLES))
def test_each_form_of_a_bounce_gives_its_events(mail, wanted):
    assert is_mail(mail)
    assert [(one.kind, one.recipient, one.basic, one.enhanced) for one in events(mail)] == wanted


@pytest.mark.parametrize(("mail", "wanted"), COMPLAINTS.values(), ids=list(COMPLAINTS))
def test_each_form_of_a_feedback_report_gives_its_recipients(mail, wanted):
    assert [(one.kind, one.recipient) for one in events(mail)] == wanted
    assert {one.sender for one in events(mail)} == {"news@example.com"}


@pytest.mark.parametrize(
    "mail", [x for x, wanted in SAMPLES.values() if wanted], ids=[x for x in SAMPLES if SAMPLES[x][1]]
)
def test_explain_and_errors_read_the_same(mail):
    read, told = events(mail), explained_mail(mail)
    assert [one.recipient for one in read] == [one.recipient for one in told]
    failed = [(a, b) for a, b in zip(read, told, strict=True) if a.category is not None]
    assert [(a.basic, a.enhanced, a.category, a.suppress) for a, _ in failed] == [
        (b.basic, b.enhanced, b.category, b.suppress) for _, b in failed
    ]


def test_a_mail_that_reports_nothing_is_said_to_be_none():
    letter, _ = SAMPLES["a letter"]
    assert read_mail(letter) == ([], "not a report")
    (one,) = explained_mail(letter)
    assert one.notes[0].startswith("This mail is not a report")


def test_a_complaint_is_explained_as_one():
    (one,) = explained_mail(COMPLAINTS["abuse"][0])
    assert (one.recipient, one.suppress, one.who_acts, one.suspects) == ("kim@example.net", "this_sender", "sender", ())
    assert "spam" in one.title


# The stream of the message that came back


def test_the_returned_header_tells_the_stream():
    found = returned_message(read_bounce(report(STATUS)))
    assert found.author == "example.com"
    assert found.stream.origin is Origin.MESSAGE
    assert found.stream.mail_from == "example.com"
    assert found.stream.signatures == (Signature("example.com", "s1"),)
    assert found.stream.ips == ()
    assert found.claimed == ipaddress.ip_address("192.0.2.7")


@pytest.mark.parametrize(
    "kind", ["text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "message/global"]
)
def test_the_returned_header_may_come_alone(kind):
    mail = report(STATUS, returned=COPY.partition("\n\n")[0] + "\n").replace(b"message/rfc822", kind.encode())
    assert returned_stream(read_bounce(mail)).signatures == (Signature("example.com", "s1"),)


def test_a_copy_behind_the_words_tells_the_stream():
    mail, _ = SAMPLES["qmail"]
    found = returned_message(read_bounce(mail))
    assert (found.author, found.stream.mail_from) == ("example.com", "example.com")
    assert found.stream.signatures == (Signature("example.com", "s1"),)


def test_a_copy_that_was_moved_in_or_quoted_tells_the_stream():
    for prefix in ("   ", "> ", "\t"):
        copy = "\n".join(f"{prefix}{line}".rstrip() for line in COPY.splitlines())
        mail = in_words("Loop alert", f"550 5.1.1 <kim@example.net>: unknown\n\nOriginal mail as follows:\n\n{copy}\n")
        found = returned_message(read_bounce(mail))
        assert (found.author, found.stream.signatures) == ("example.com", (Signature("example.com", "s1"),)), prefix


def test_a_report_goes_to_the_return_path_of_the_message():
    copy = COPY.replace("Return-Path: <news@example.com>\n", "")
    mail = report(STATUS, returned=copy).replace(b"To: news@example.com", b"To: <b+7@bounce.example.com>", 1)
    bounce = read_bounce(mail)
    assert bounce.sender == "b+7@bounce.example.com"
    assert returned_stream(bounce).mail_from == "bounce.example.com"


def test_an_unsigned_copy_may_have_been_signed_on_its_way_out():
    copy = "\n".join(line for line in COPY.splitlines() if not line.startswith("DKIM"))
    assert returned_stream(read_bounce(report(STATUS, returned=copy))).signatures is None


def test_a_feedback_report_states_the_address_that_it_came_from():
    mail = feedback("Feedback-Type: abuse\nSource-IP: 198.51.100.7\nOriginal-Mail-From: <b@bounce.example.com>\n")
    stream = returned_stream(read_bounce(mail))
    assert stream.ips == (ipaddress.ip_address("198.51.100.7"),)
    assert stream.mail_from == "bounce.example.com"


def test_a_report_without_the_message_tells_no_stream():
    assert returned_message(read_bounce(report(STATUS, returned=""))) is None
    assert returned_stream(read_bounce(b"")) is None


def test_a_double_bounce_has_the_null_return_path():
    copy = COPY.replace("<news@example.com>\nReceived", "<>\nReceived")
    bounce = read_bounce(report(STATUS, returned=copy))
    assert bounce.sender == ""
    assert returned_stream(bounce).mail_from == ""


# Hostile mails

BOMBS = {
    "boundaries inside boundaries": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(5000)
    ),
    "one boundary for all": b'Content-Type: multipart/mixed; boundary="b"\n\n'
    + b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n' * 20_000,
    "a boundary of nothing": b'Content-Type: multipart/mixed; boundary=""\n\n' + b"--\n" * 500_000,
    "empty parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 500_000,
    "a field without end": b"X: " + b"y" * 3_000_000,
    "a fold without end": b"X: y\n" + b" z\n" * 700_000,
    "parameters": b"Content-Type: text/plain" + b'; a="\\' * 300_000 + b"\n\n",
    "encoded words": b"Subject: " + b"=?utf-8?b?" * 300_000 + b"\n\n",
    "brackets": b"\n" + b"<" * 2_000_000,
    "addresses": b"\n" + b"a@b.example " * 200_000,
    "at signs": b"\n" + b"@" * 2_000_000,
    "codes": b"\n" + b"550 5.1.1 " * 200_000,
    "tags": b"Content-Type: text/html\n\n" + b"<p " * 700_000,
    "spaces": b"\n" + b" " * 2_000_000 + b"\n" * 1_000_000,
    "dashes": b"\n" + b"-" * 2_000_000,
    "a word said often": b"\n" + b"delivery a b c d e " * 100_000,
    "transcripts": b"\n\n In: RCPT TO:<" + b"Out: 550 x\n In: RCPT TO:<a@b>\n" * 100_000,
    "base64 of nothing": b"Content-Transfer-Encoding: base64\n\n" + b"=" * 2_000_000,
    "a charset that is a compressor": b"Content-Type: text/plain; charset=zlib\n\n" + b"x" * 2000,
    "a charset that is slow": b"Content-Type: text/plain; charset=punycode\n\n" + b"x-" * 60_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_mail_is_answered_at_once(name):
    with ends():
        found = read_bounce(HEAD + BOMBS[name])
        assert len(found.told) <= 1000
        assert events(HEAD + BOMBS[name]) is not None


def test_parts_and_their_text_are_bounded():
    mail = read_mime(b'Content-Type: multipart/mixed; boundary="b"\n\n' + (b"--b\n\n" + b"x" * 200 + b"\n") * 10_000)
    assert len(mail.parts) == MOST_PARTS
    assert len(read_mime(b"\n" + b"x" * 3_000_000).parts[0].text) == LONGEST_TEXT


def test_what_stands_in_a_mail_comes_out_inert():
    mail = report(
        STATUS.replace("No such user", "No \x1b[31msuch\u202e user \x00").replace("dns; mx.", "dns; m\x00\u202ex.")
    )
    (event,) = events(mail)
    assert event.reply.isprintable()
    assert event.host.isprintable()


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_of_some_kind(data):
    for mail in (data, HEAD + data, report(STATUS) + data, report(STATUS).replace(b"kim", data[:20])):
        found = read_bounce(mail)
        assert all(one.kind in KINDS for one in found.told)
        assert bool(found.form) == bool(found.told) or found.form == "posted"
        assert explained_mail(mail)
        returned_message(found)


MIXED = [line for mail, _ in (*SAMPLES.values(), *COMPLAINTS.values()) for line in mail.split(b"\n")]


@given(st.lists(st.sampled_from(MIXED), max_size=80))
def test_lines_of_any_mails_in_any_order_are_read(lines):
    mail = b"\n".join(lines)
    found = read_bounce(mail)
    assert len(found.told) <= 1000
    assert all(one.recipient is None or one.recipient.isprintable() for one in found.told)
    assert all(one.host is None or one.host.isprintable() for one in found.told)
    returned_message(found)
    assert explained_mail(mail)


@given(st.sampled_from([mail for mail, _ in SAMPLES.values()]), st.data())
def test_a_bounce_that_is_cut_anywhere_is_read(mail, data):
    cut = data.draw(st.integers(0, len(mail)))
    read_mail(mail[:cut])
    assert explained_mail(mail[:cut] or b"x")
