"""The short way of counting comes to what the plain way comes to: on every log, whatever stands in it, wherever it is cut."""

import gzip
import os
import pickle
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.delivery.tally import Tally
from healthcheck.intake import failing
from healthcheck.intake.count import Chosen, count
from healthcheck.intake.counting import count_share
from healthcheck.intake.fast import Sums
from healthcheck.intake.read import Reading
from healthcheck.intake.shares import Share, Shares, Task
from healthcheck.intake.stamps import zone_named
from tests.conformance import absent, corpus

ZONE = zone_named(None)
QUEUE_IDS = ("4E30B1100C7", "20C386BBC4", "4bWxyz12345zQ")
RECIPIENTS = (
    *(
        "kim@example.net",
        "lee@example.org",
        "Kim.O'Neil@Example.NET",
        "lee@gmail.com",
        "postmaster",
        "kim@example.net.",
    ),
    *("kim@[192.0.2.1]", "x" * 90 + "@example.net", "kim+tag@sub.example.org"),
)
SENDERS = ("news@example.com", "", "bounce+1@News.Example.com", "root", "info@example.com")
RELAYS = (
    *(
        "mx.example.net[192.0.2.9]:25",
        "gmail-smtp-in.l.google.com[198.51.100.27]:25",
        "none",
        "local",
        "127.0.0.1[127.0.0.1]:10025",
    ),
    *("mx.example.net[private/lmtp]", "mx2.example.org[2001:db8::9]:25", "virtual", "[::1]"),
)
REPLIES = (
    "250 2.0.0 Ok: queued as 4E30B1100C8",
    "host mx.example.net[192.0.2.9] said: 550 5.1.1 <kim@example.net>: Recipient address rejected: User unknown (in reply to RCPT TO command)",
    "host mx.example.net[192.0.2.9] said: 554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.7 (in reply to RCPT TO command)",
    "host mx.example.net[192.0.2.9] said: 554 5.7.1 Service unavailable; Client host [203.0.113.8] blocked using zen.spamhaus.org (in reply to RCPT TO command)",
    "host gmail-smtp-in.l.google.com[198.51.100.27] said: 421-4.7.28 Our system has detected an unusual rate of mail from 203.0.113.7 4a2ffb33si1234edz.12 - gsmtp (in reply to end of DATA command)",
    "connect to mx.example.net[192.0.2.9]:25: Connection timed out",
    "host mx.example.net[192.0.2.9] said: 450 4.7.1 <news@example.com>: Sender address rejected: not found, status=odd (in reply to RCPT TO command)",
    "host mx.example.net[192.0.2.9] refused to talk to me: 421 4.7.0 try again later",
    'unknown user: "kim"',
    "Name service error for name=example.net type=MX: Host not found, try again",
    "host mx.example.net[192.0.2.9] said: 550 d\u00e9sol\u00e9 password=geheim1 &amp; (in reply to RCPT TO command)",
    "mail for example.net loops back to myself",
)
OTHERS = (
    "sendmail[5]: uAL9V7: to=<kim@example.net>, delay=00:00:01, mailer=esmtp, relay=mx.example.net. [192.0.2.9], dsn=2.0.0, stat=Sent (ok)",
    'exim[9]: 1aBcDe-000abc-00 => kim@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9] C="250 ok"',
    "opendkim[777]: 20C386BBC4: DKIM-Signature field added (s=s1, d=example.com)",
    "dovecot: imap-login: Login: user=<kim>",
    "postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 554 5.7.1 Service unavailable; Client host [192.0.2.66] blocked using zen.spamhaus.org; from=<x@example.org> to=<info@example.com> proto=ESMTP helo=<x>",
    "postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.67]: 550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown; from=<x@example.org> to=<nobody@example.com> proto=ESMTP helo=<x>",
    "postfix/cleanup[5]: 20C386BBC4: milter-reject: END-OF-MESSAGE from mx[192.0.2.5]: 5.7.1 spam; from=<news@example.com> to=<kim@example.net> proto=ESMTP helo=<mx>",
    "postfix/smtpd[5]: connect from mx[192.0.2.5]",
    "postfix/anvil[5]: statistics: max connection rate 1/60s for (smtp:192.0.2.5) at Jan  1 00:00:00",
    "postfix/exim[5]: 20C386BBC4: to=<kim@example.net>, status=sent (ok)",
    "postfix-out/smtp[5]: 20C386BBC4: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
    "postfix/smtp[5]: 20C386BBC4: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, conn_use=2, delay=1, delays=0/0/0/1, dsn=5.1.1, status=undeliverable (550 no)",
    "postfix/smtp[5]: 20C386BBC4: to=<kim@example.net>, orig_to=<k@relay=x.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (timeout)",
    "postfix/qmgr[5]: 20C386BBC4: from=<news@example.com>, status=expired, returned to sender",
    "postfix/qmgr[5]: 4E30B1100C7: from=<news@example.com>, status=force-expired, returned to sender",
    "postfix/qmgr[5]: 20C386BBC4: removed",
    "postfix/cleanup[5]: 20C386BBC4: message-id=<1@example.com>",
)
STAMPS = ("Dec 31 23:59:{:02}", "Jan  1 00:00:{:02}", "Jan  1 01:{:02}:00", "Feb  3 04:05:{:02}", "Jul 10 00:00:{:02}")
ISO_STAMPS = ("2026-01-01T00:00:{:02}.123456+01:00", "2026-01-02T03:{:02}:00Z", "2026-01-01T00:00:{:02}+00:00")


@st.composite
def lines(draw: st.DrawFn, stamps: tuple[str, ...], most_strange: int) -> str:
    stamp = draw(st.sampled_from(stamps)).format(draw(st.integers(0, 59)))
    host = draw(st.sampled_from(("mail1", "mail1", "mx-2.example.com")))
    queue_id = draw(st.sampled_from(QUEUE_IDS))
    shape = draw(st.integers(0, 9))
    if shape < 5:
        status, dsn = draw(st.sampled_from((("sent", "2.0.0"), ("deferred", "4.7.1"), ("bounced", "5.1.1"))))
        service = draw(st.sampled_from(("smtp", "lmtp", "local", "pipe", "relay/smtp")))
        message = (
            f"postfix/{service}[7]: {queue_id}: to=<{draw(st.sampled_from(RECIPIENTS))}>, relay={draw(st.sampled_from(RELAYS))}, "
            f"delay=1.2, delays=0.1/0/1/0.1, dsn={dsn}, status={status} ({draw(st.sampled_from(REPLIES))})"
        )
    elif shape < 8:
        message = (
            f"postfix/qmgr[7]: {queue_id}: from=<{draw(st.sampled_from(SENDERS))}>, size=1234, nrcpt=1 (queue active)"
        )
    else:
        message = draw(st.sampled_from(OTHERS[-most_strange:]))
    line = f"{stamp} {host} {message}"
    mutation = draw(st.integers(0, 60))
    if mutation == 0:
        line = line[: draw(st.integers(0, len(line)))]
    elif mutation == 1:
        at = draw(st.integers(0, len(line)))
        line = (
            line[:at]
            + draw(
                st.sampled_from(
                    ("\0", "\u202e", "\x85", "\r", "\u20ac", "\ufeff", ">", "; ", ": ", "=", "<", "(", "\n")
                )
            )
            + line[at:]
        )
    return line


def logs(stamps: tuple[str, ...], most_strange: int = 100) -> st.SearchStrategy[list[str]]:
    return st.lists(lines(stamps, most_strange), min_size=1, max_size=40)


def plain(paths: list[str], chosen: Chosen) -> tuple[Sums, Reading]:
    """Every event, one by one."""
    sums, reading = Sums(traffic=True), Reading(paths, ZONE)
    for event in chosen.of(reading.events()):
        sums.tally.add(event)
        sums.failures.add(event)
        sums.traffic.add(event)
    return sums, reading


def shown(sums: object) -> tuple[object, ...]:
    tally: Tally = sums.tally
    return (
        tally.sums(),
        (tally.first, tally.last, tally.overflowed, tally.has_sender_side),
        sums.failures.listed(10_000),
        sums.traffic.traffic(),
    )


class Here:
    """A share that is counted in this process, and comes to what a pipe would carry."""

    def __init__(self, task: Task, work: Callable[[Task], Share | None]) -> None:
        self.task = task
        self._work = work

    def result(self) -> Share | None:
        return pickle.loads(pickle.dumps(self._work(self.task)))

    def stop(self) -> None:
        pass


class CutAt(Shares):
    """Cuts a file at given ends of lines."""

    def __init__(self, lines_before: Iterable[int]) -> None:
        super().__init__(1)
        self._lines_before = lines_before

    def cuts(self, path: Path) -> list[int]:
        ends = [at + 1 for at, byte in enumerate(path.read_bytes()) if byte == 10]
        return sorted({ends[number % len(ends)] for number in self._lines_before}) if ends else []

    def start(self, task: Task, work: Callable[[Task], Share | None]) -> Here:
        return Here(task, work)


def must_agree(path: Path, chosen: Chosen = Chosen(), parts: Shares | None = None) -> None:  # noqa: B008 - frozen
    sums, reading = plain([str(path)], chosen)
    counted = count([str(path)], ZONE, chosen, 1, parts=parts)
    assert shown(counted) == shown(sums)
    assert counted.sources == reading.sources
    assert (counted.unread_lines, counted.unread_bytes) == (reading.unread_lines, reading.unread_bytes)
    assert counted.samples == reading.samples


FIXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize("stamps", [STAMPS, ISO_STAMPS, STAMPS + ISO_STAMPS], ids=["syslog", "iso", "both"])
@FIXED
@given(data=st.data())
def test_the_short_way_comes_to_what_the_plain_way_comes_to(tmp_path, stamps, data):
    log = tmp_path / "mail.log"
    end = data.draw(st.sampled_from(("\n", "\n", "", "\r\n")))
    log.write_text("\n".join(data.draw(logs(stamps))) + end, encoding="utf-8", newline="")
    must_agree(log)


ATTEMPT = (
    b"Jan  1 00:00:01 mail1 postfix/smtp[7]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, "
    b"delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 %s (in reply to RCPT TO))\n"
)
ODD_SENDER = b"Jan  1 00:00:00 mail1 postfix/qmgr[7]: 4E30B1100C7: from=<news@example.com>, size=1234, nrcpt=1 (reject: active)\n"


@pytest.mark.parametrize(
    "content",
    [
        ATTEMPT % (b"x" * 3_000_000) + ATTEMPT % b"user unknown",
        b"x" * 3_000_000 + b"\n" + ATTEMPT % b"user unknown",
        (ATTEMPT % b"user unknown") * 3000 + b"no log\n" * 7 + ATTEMPT % b"\xff\xfe\x00\x1b[31m\xe2\x80\xae",
        b"\xef\xbb\xbf" + ATTEMPT % b"user unknown" + b"\xef\xbb\xbf" + ATTEMPT % b"user unknown",
        gzip.compress((ATTEMPT % b"user unknown") * 20_000)[:-600],
        (ATTEMPT % b"user unknown").replace(b"\n", b"\r\n") * 5,
        b"\n\n \n" + ATTEMPT % b"user unknown" + b"\n",
        (ATTEMPT % b"user unknown").replace(b"host mx.", b"host \x1b[31m\0mx."),
        ATTEMPT % b"user unknown"
        + (ATTEMPT % b"user unknown").replace(b"mx.example.net", b"gmail-smtp-in.l.google.com"),
        ODD_SENDER + ATTEMPT % b"user unknown",
        ODD_SENDER.replace(b"reject: ", b"status=") + ATTEMPT % b"user unknown",
        (ATTEMPT % b"user unknown").replace(b"[192.0.2.9]:25", b"[192.status=2.9]:25"),
        b"",
    ],
    ids=[
        "a long reply",
        "a long line",
        "bytes",
        "marks",
        "a damaged archive",
        "line ends of Windows",
        "empty lines",
        "a host that does not print",
        "a message that was given up twice",
        "a sender with words of a refusal",
        "a sender with words of an attempt",
        "a relay with words of an attempt",
        "nothing",
    ],
)
def test_hostile_files_come_to_the_same(tmp_path, content):
    log = tmp_path / "mail.log"
    log.write_bytes(content)
    must_agree(log)
    must_agree(log, parts=CutAt([0, 1]))


@pytest.mark.parametrize("stamps", [STAMPS, ISO_STAMPS], ids=["syslog", "iso"])
@FIXED
@given(data=st.data(), cuts=st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_a_log_cut_at_any_ends_of_lines_comes_to_the_whole(tmp_path, stamps, data, cuts):
    log = tmp_path / "mail.log"
    log.write_text("\n".join(data.draw(logs(stamps, most_strange=15))) + "\n", encoding="utf-8", newline="")
    must_agree(log, parts=CutAt(cuts))


@FIXED
@given(
    logs(STAMPS),
    st.sampled_from(
        (
            Chosen(since="2026-01-01T00:00:10Z"),
            Chosen(until="2026-01-01T01:10:00Z"),
            Chosen(domain="example.com"),
            Chosen(stream="news.example.com"),
            Chosen(stream=""),
        )
    ),
    st.lists(st.integers(0, 40), max_size=2),
)
def test_what_is_chosen_is_chosen_on_both_ways(tmp_path, log_lines, chosen, cuts):
    log = tmp_path / "mail.log"
    log.write_text("\n".join(log_lines) + "\n", encoding="utf-8", newline="")
    must_agree(log, chosen, CutAt(cuts))


def test_processes_side_by_side_come_to_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("healthcheck.intake.shares.LEAST", 20_000)
    monkeypatch.setattr("healthcheck.intake.counting._FIRST", 5000)
    attempts = [
        f"Jan  1 00:00:{second:02} mail1 postfix/smtp[7]: {queue_id}: to=<{to}>, relay={relay}, delay=1, delays=0/0/0/1, "
        f"dsn=4.7.1, status={status} ({reply})"
        for second in range(60)
        for queue_id, to, relay, status, reply in zip(
            QUEUE_IDS * 4, RECIPIENTS, RELAYS, ("sent", "deferred", "bounced") * 3, REPLIES, strict=False
        )
    ]
    senders = [
        f"Jan  1 00:00:00 mail1 postfix/qmgr[7]: {one}: from=<news@example.com>, size=1, nrcpt=1" for one in QUEUE_IDS
    ]
    log = tmp_path / "mail.log"
    log.write_text("\n".join((*senders, *attempts)) + "\n")
    assert len(Shares(3).cuts(log)) == 2
    must_agree(log, parts=Shares(3))


def test_what_a_process_that_broke_had_to_count_is_counted_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("healthcheck.intake.shares.LEAST", 20_000)
    monkeypatch.setattr("healthcheck.intake.counting.count_share", lambda task: os._exit(1))
    log = tmp_path / "mail.log"
    log.write_bytes((ATTEMPT % b"user unknown") * 400)
    must_agree(log, parts=Shares(2))


def test_who_sent_what_was_delivered_on_this_machine_need_not_be_known(tmp_path):
    to = "postfix/local[7]: 4E30B{:05X}: to=<kim@example.com>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)"
    log = tmp_path / "mail.log"
    log.write_text("".join(f"Jan  1 00:00:01 mail1 {to.format(number)}\n" for number in range(30)))
    parts = CutAt([10, 20])
    must_agree(log, parts=parts)
    must_agree(log, Chosen(stream="example.com"), parts)
    share = parts.start(Task(str(log), "mail.log", 0, None, ZONE, Chosen(), True, (2026, 1), 0.0), count_share).result()
    assert share is not None
    assert not share.later


@absent("postfix/as-syslog.log")
def test_real_lines_of_all_daemons_of_postfix(tmp_path):
    lines_ = corpus("postfix/as-syslog.log").read_bytes().splitlines(keepends=True)
    log = tmp_path / "mail.log"
    for seed in range(5):
        random.Random(seed).shuffle(lines_)
        log.write_bytes(b"".join(lines_ * 3))
        must_agree(log)


def test_what_is_counted_behind_a_share_is_not_lost(tmp_path):
    log = tmp_path / "mail.log"
    exim = f"Jan  1 00:00:02 mail1 {OTHERS[1]}\n".encode()
    log.write_bytes((ATTEMPT % b"user unknown") * 2 + exim + ATTEMPT % b"user unknown")
    must_agree(log, parts=CutAt([0, 1]))


def test_a_refusal_that_is_cut_off_has_no_sender_in_a_share_either(tmp_path):
    log = tmp_path / "mail.log"
    refusal = b"Jan  1 00:00:02 mail1 postfix/cleanup[5]: 4E30B1100C7: milter-reject: END-OF-MESSAGE from m\n"
    log.write_bytes(ODD_SENDER + refusal)
    must_agree(log, Chosen(stream="example.com"), CutAt([0]))


def test_what_is_remembered_for_speed_may_be_forgotten_at_any_time(tmp_path, monkeypatch):
    monkeypatch.setattr(failing, "MOST_REMEMBERED", 3)
    log = tmp_path / "mail.log"
    said = "554 5.7.1 Client host [192.0.2.{}] blocked using zen.spamhaus.org"
    log.write_text(
        "".join(
            f"Nov 21 09:31:{second:02} mx postfix/smtp[7]: 4E30B1100C{second % 10}: to=<kim@example.net>, relay=mx.example.net"
            f"[203.0.113.5]:25, dsn=5.7.1, status=bounced (host mx.example.net[203.0.113.5] said: {said.format(second % 20)})\n"
            for second in range(60)
        )
    )
    must_agree(log)


def test_a_probe_of_an_address_says_nothing_of_who_waits(tmp_path):
    to = "postfix/smtp[7]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1"
    log = tmp_path / "mail.log"
    log.write_text(
        f"Jan  1 00:00:00 mail1 {to}, dsn=4.4.1, status=deferred (timeout)\n"
        f"Jan  1 00:00:01 mail1 {to}, dsn=5.1.1, status=undeliverable (550 no)\n"
        "Jan  1 00:00:02 mail1 postfix/qmgr[5]: 4E30B1100C7: from=<news@example.com>, status=expired, returned to sender\n"
    )
    must_agree(log, parts=CutAt([0]))
    must_agree(log, parts=CutAt([0, 1]))


def test_behind_a_share_that_was_counted_elsewhere_the_year_may_be_another(tmp_path):
    to = "postfix/smtp[7]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1"
    log = tmp_path / "mail.log"
    stamps = ("Dec 31 23:59:01", "Feb  3 00:00:00", "Jul 10 00:00:00", "Dec 31 23:59:30", "Dec 31 23:59:31")
    log.write_text("".join(f"{stamp} mail1 {to}, dsn=2.0.0, status=sent (ok)\n" for stamp in stamps))
    os.utime(log, (1798800000, 1798800000))  # 2027-01-01
    must_agree(log, Chosen(since="2026-01-01T00:00:00Z"), CutAt([0, 2]))
