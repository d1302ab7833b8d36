"""Files as they come: packed, twice, in folders, as mails, as JSON in every arrangement, cut off."""

import bz2
import gzip
import json
import lzma
import os
import socket
import threading
from pathlib import Path

import pytest

from healthcheck.intake import once
from healthcheck.intake.read import Reading, said_nothing
from healthcheck.intake.sources import NotReadable
from healthcheck.intake.stamps import zone_named
from tests.intake.reading import read, told
from tests.intake.test_logs import BODY, POSTFIX

UTC = zone_named(None)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_a_packed_log_is_known_by_its_content(tmp_path, pack):
    plain, _ = read(tmp_path, POSTFIX, "same.name")
    packed, _ = read(tmp_path, pack(POSTFIX.encode()), "same.name")
    assert plain == packed


def test_the_same_log_plain_and_packed_counts_once(tmp_path):
    (tmp_path / "mail.log").write_text(POSTFIX)
    (tmp_path / "mail.log.1.gz").write_bytes(gzip.compress(POSTFIX.encode()))
    reading = Reading([str(tmp_path)], UTC)
    assert len(list(reading.events())) == 6
    assert [source.format for source in reading.sources] == ["postfix", "duplicate"]


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b.log").write_text(POSTFIX)
    look = os.scandir

    def refused(path):
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(os, "scandir", refused)
    reading = Reading([str(tmp_path)], UTC)
    assert len(list(reading.events())) == 6
    assert [Path(sample.file).name for sample in reading.samples] == ["a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_once_and_whole(tmp_path):
    pipe = tmp_path / "pipe"  # `errors <(zcat mail.log.gz)`: whoever looks at it beforehand takes it away
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(POSTFIX,), daemon=True)
    writer.start()
    assert len(list(Reading([str(pipe)], UTC).events())) == 6
    writer.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_to_which_nobody_writes_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(once, "PATIENCE", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = threading.active_count()
    reading = Reading([str(pipe)], UTC)
    assert not list(reading.events())
    assert "nobody has opened it to write" in reading.samples[0].why
    assert threading.active_count() == before


def test_a_log_that_is_emptied_while_it_is_read_is_told(tmp_path):
    log = tmp_path / "mail.log"  # `copytruncate` of logrotate
    log.write_text(POSTFIX * 2000)
    reading = Reading([str(log)], UTC)
    events = reading.events()
    next(events)
    os.truncate(log, 0)
    assert 0 < len(list(events)) < 11_999
    assert [sample.why for sample in reading.samples][-1] == "it became shorter while it was read"


def test_what_has_no_end_or_no_content_is_refused_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("here")
        with pytest.raises(NotReadable, match="it is a socket"):
            Reading(["here"], UTC)
    with pytest.raises(NotReadable, match="it is a device, which has no end"):
        Reading(["/dev/zero"], UTC)
    assert not list(Reading([os.devnull], UTC).events())


def test_two_logs_that_only_begin_alike_are_both_read(tmp_path):
    long = POSTFIX * 60
    (tmp_path / "a").write_text(long)
    (tmp_path / "b").write_text(long + f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}\n")
    reading = Reading([str(tmp_path)], UTC)
    assert {event.source.file for event in reading.events()} == {str(tmp_path / "a"), str(tmp_path / "b")}


def test_a_damaged_archive_gives_what_can_be_unpacked(tmp_path):
    # Text that does not compress to nothing, so that half of the archive holds whole lines.
    log = "".join(
        f"Nov 21 09:31:07 mx postfix/smtp[7]: {hash(str(n)) % 10**12:X}{n:05}: {BODY.partition(': ')[2]}\n"
        for n in range(3000)
    )
    packed = gzip.compress(log.encode())
    events, reading = read(tmp_path, packed[: len(packed) // 2])
    assert 100 < len(events) < 3000
    assert any("unpacked" in sample.why for sample in reading.samples)


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(NotReadable, match="no such file"):
        Reading([str(tmp_path / "absent")], UTC)


def test_a_line_without_end_is_cut_and_the_rest_read(tmp_path):
    good = f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}\n".encode()
    events, reading = read(tmp_path, good + b"x" * 3_000_000 + b"\n" + good + b"Nov 21")
    assert len(events) == 2
    assert [event.source.line for event in events] == [1, 3]
    assert {sample.why for sample in reading.samples} == {"cut off"}


def test_nothing_read_is_known_as_such(tmp_path):
    _, reading = read(tmp_path, "hello\nworld\n")
    assert said_nothing(reading)
    assert reading.unread_lines == 2
    assert reading.unread_bytes == 10


DSN = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: news@example.com
Subject: Undelivered Mail Returned to Sender
Date: Sat, 21 Nov 2026 10:31:07 +0100
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your mail.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; kim@Example.NET
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 No such user

Final-Recipient: rfc822; lee@example.net
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.example.net[192.0.2.1]:25: Connection timed out

--b
Content-Type: message/rfc822

Return-Path: <bounces@example.com>
From: News <news@example.com>
To: kim@example.net
Message-ID: <1@example.com>

Hello
--b--
"""


def test_a_delivery_status_notification(tmp_path):
    (failed, delayed), _ = read(tmp_path, DSN, "a.eml")
    assert told(failed, "kind", "recipient", "sender", "reply", "host", "message_id", "time", "suppress") == (
        "bounced",
        "kim@example.net",
        "bounces@example.com",
        "550 5.1.1 No such user",
        "mx.example.net",
        "<1@example.com>",
        "2026-11-21T09:31:07Z",
        "yes",
    )
    assert told(delayed, "kind", "enhanced", "category") == ("deferred", "4.4.1", "network")


PLAIN_BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@example.com
To: news@example.com
Subject: failure notice
Date: Sat, 21 Nov 2026 09:31:07 +0000

Hi. This is the qmail-send program at example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.

<kim@example.net>:
192.0.2.9 does not like recipient.
Remote host said: 550 5.1.1 no such user
Giving up on 192.0.2.9.

--- Below this line is a copy of the message.

Return-Path: <news@example.com>
To: kim@example.net
"""
COMPLAINT = """\
From: <abuse@example.net>
To: <fbl@example.com>
Subject: FW: Earn money
Date: Sat, 21 Nov 2026 09:31:07 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <news@example.com>
Original-Rcpt-To: <kim@example.net>

--b
Content-Type: message/rfc822

From: <news@example.com>
To: <kim@example.net>

Spam
--b--
"""
LETTER = (
    "From: a@example.com\nTo: b@example.net\nSubject: hello\nDate: Sat, 21 Nov 2026 09:31:07 +0000\n\nHow are you?\n"
)


def test_a_bounce_in_words_only(tmp_path):
    (event,), _ = read(tmp_path, PLAIN_BOUNCE, "b.eml")
    assert told(event, "kind", "recipient", "basic", "enhanced", "category", "format") == (
        "bounced",
        "kim@example.net",
        "550",
        "5.1.1",
        "recipient_unknown",
        "bounce",
    )


def test_a_complaint(tmp_path):
    (event,), _ = read(tmp_path, COMPLAINT, "c.eml")
    assert told(event, "kind", "recipient", "sender", "category") == (
        "complained",
        "kim@example.net",
        "news@example.com",
        None,
    )


def test_a_letter_is_not_a_report(tmp_path):
    events, reading = read(tmp_path, LETTER, "d.eml")
    assert not events
    assert reading.samples[0].why == "not a report"
    assert "\n" not in reading.samples[0].text
    assert "?" not in reading.samples[0].text.replace("?", "", LETTER.count("?"))
    assert said_nothing(reading), "a mail that reports nothing was not read"


def test_a_letter_beside_a_bounce_leaves_something_read(tmp_path):
    _, reading = read(tmp_path, "".join(f"From a Sat Nov 21 09:31:07 2026\n{mail}\n" for mail in (LETTER, DSN)))
    assert not said_nothing(reading)


def test_an_mbox_is_mails_one_after_the_other(tmp_path):
    mbox = "".join(f"From MAILER-DAEMON Sat Nov 21 09:31:07 2026\n{mail}\n" for mail in (DSN, LETTER, PLAIN_BOUNCE))
    events, reading = read(tmp_path, mbox, "bounces")
    assert [told(event, "kind", "recipient") for event in events] == [
        ("bounced", "kim@example.net"),
        ("deferred", "lee@example.net"),
        ("bounced", "kim@example.net"),
    ]
    assert reading.unread_lines == 1


def test_a_maildir_is_read_in_the_order_of_names(tmp_path):
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "cur" / "2:2,S").write_text(PLAIN_BOUNCE)
    (tmp_path / "new" / "1").write_text(COMPLAINT)
    assert [event.kind for event in Reading([str(tmp_path)], UTC).events()] == ["bounced", "complained"]


SENDGRID = [
    {
        "event": "bounce",
        "email": "kim@example.net",
        "timestamp": 1795253467,
        "sg_event_id": "e1",
        "sg_message_id": "m1",
        "reason": "550 5.1.1 unknown",
        "status": "5.1.1",
    },
    {
        "event": "delivered",
        "email": "lee@example.net",
        "timestamp": 1795253467,
        "sg_event_id": "e2",
        "sg_message_id": "m1",
        "response": "250 OK",
    },
]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(SENDGRID),
        json.dumps(SENDGRID, indent=2),
        "\n".join(map(json.dumps, SENDGRID)),
        "\n".join(json.dumps(one, indent=1) for one in SENDGRID),
        json.dumps({"events": SENDGRID}),
    ],
    ids=["array", "pretty", "lines", "one-after-another", "wrapped"],
)
def test_json_in_every_arrangement(tmp_path, content):
    events, reading = read(tmp_path, content, "hook.json")
    assert [told(event, "kind", "recipient", "time", "message_id") for event in events] == [
        ("bounced", "kim@example.net", "2026-11-21T09:31:07Z", "m1"),
        ("delivered", "lee@example.net", "2026-11-21T09:31:07Z", "m1"),
    ]
    assert reading.unread_lines == 0


def test_an_event_that_was_posted_twice_counts_once(tmp_path):
    events, reading = read(tmp_path, json.dumps(SENDGRID + SENDGRID), "hook.json")
    assert len(events) == 2
    assert reading.repeated == 2


def test_json_that_breaks_off_gives_what_was_whole(tmp_path):
    events, reading = read(tmp_path, json.dumps(SENDGRID)[:-30], "hook.json")
    assert len(events) == 1
    assert reading.samples[0].why == "not JSON"


def test_a_credential_in_an_unread_line_is_not_shown(tmp_path):
    _, reading = read(tmp_path, "something Authorization: Bearer abcdefghijklmnop0123456789\n")
    assert "abcdefghijklmnop" not in reading.samples[0].text


def test_a_known_object_that_tells_nothing_of_delivery_was_read_all_the_same(tmp_path):
    entry = {
        "MESSAGE": "4E30B1100C7: removed",
        "SYSLOG_IDENTIFIER": "postfix/qmgr",
        "__REALTIME_TIMESTAMP": "1795253467000000",
    }
    events, reading = read(tmp_path, json.dumps(entry), "journal.json")
    assert not events
    assert not said_nothing(reading)
    assert reading.unread_lines == 0
