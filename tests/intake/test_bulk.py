"""Blocks that are counted as a whole come to what their lines come to; and most blocks of an ordinary log are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.intake.bulk import BlockCount
from healthcheck.intake.count import Chosen, count
from healthcheck.intake.fast import LineCount
from tests.intake.test_count import FIXED, RELAYS, REPLIES, ZONE, CutAt, must_agree

REJECT = (
    "postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 554 5.7.1 Service unavailable; Client host [192.0.2.66] "
    "blocked using zen.spamhaus.org; from=<x@example.org> to=<info@example.com> proto=ESMTP helo=<x>"
)
SILENT = (
    "postfix/smtpd[5]: connect from mx[192.0.2.5]",
    "opendkim[777]: 20C386BBC4: DKIM-Signature field added (s=s1)",
)


@st.composite
def orderly_logs(draw: st.DrawFn) -> list[str]:
    """Messages one after the other, each with its sender first; now and then something that depends on its place."""
    iso, second, found = draw(st.booleans()), draw(st.integers(0, 86_000)), []
    for number in range(draw(st.integers(1, 25))):
        queue_id = f"4E30B{draw(st.sampled_from((number, number, number, number, 0))):05X}"
        sender = draw(st.sampled_from(("news@example.com", "", "b+1@news.example.com", "info@example.com")))
        message = [f"postfix/qmgr[7]: {queue_id}: from=<{sender}>, size=1234, nrcpt=1 (queue active)"]
        for _ in range(draw(st.integers(0, 3))):
            status, dsn = draw(
                st.sampled_from((("sent", "2.0.0"),) * 3 + (("deferred", "4.7.1"), ("bounced", "5.1.1")))
            )
            recipient = draw(st.sampled_from(("kim@example.net", "lee@gmail.com", "lee@example.org")))
            service = draw(st.sampled_from(("smtp", "smtp", "smtp", "lmtp", "local")))
            message.append(
                f"postfix/{service}[7]: {queue_id}: to=<{recipient}>, relay={draw(st.sampled_from(RELAYS))}, delay=1.2, "
                f"delays=0.1/0/1/0.1, dsn={dsn}, status={status} ({draw(st.sampled_from(REPLIES))})"
            )
        message += draw(st.lists(st.sampled_from((*SILENT, REJECT)), max_size=2))
        if not draw(st.integers(0, 15)):
            message.reverse()
        for text in message:
            second = max(0, second + draw(st.sampled_from((0, 0, 1, 17, 70, 3000, -1 if number % 7 == 6 else 0))))
            day, clock = second // 86_400 + 1, f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
            found.append(
                f"2026-01-{day:02}T{clock}.123+01:00 mail1 {text}" if iso else f"Jan {day:2} {clock} mail1 {text}"
            )
    return found


@FIXED
@given(orderly_logs(), st.lists(st.integers(0, 60), max_size=3), st.integers(1, 2))
def test_an_orderly_log_comes_to_what_its_lines_come_to(tmp_path, log_lines, cuts, times):
    log = tmp_path / "mail.log"
    log.write_text("\n".join(log_lines * times) + "\n", encoding="utf-8")
    must_agree(log, parts=CutAt(cuts) if cuts else None)


FROM = "Jan  1 00:00:0{} mail1 postfix/qmgr[7]: {}: from=<{}>, size=1, nrcpt=1 (queue active)"
SENT = "Jan  1 00:00:0{} mail1 postfix/smtp[7]: {}: to=<kim@{}>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn={}"
ONE = [
    FROM.format(1, "4E30B1100C7", "news@example.com"),
    SENT.format(1, "4E30B1100C7", "example.net", "2.0.0, status=sent (ok)"),
]
PUT_OFF = SENT.format(
    2, "4E30B1100C7", "example.net", "4.7.1, status=deferred (connect to mx.example.net[192.0.2.9]:25: timed out)"
)


@pytest.mark.parametrize(
    ("log_lines", "whole"),
    [
        (ONE, True),
        (
            [
                *ONE,
                SENT.format(2, "4E30B1100C7", "example.org", "2.0.0, status=sent (ok)"),
                f"Jan  1 00:00:03 mail1 {REJECT}",
            ],
            True,
        ),
        ([*ONE, PUT_OFF.replace("kim@", "lee@")], True),
        (
            [
                *ONE,
                ONE[1].replace("mx.example.net[192.0.2.9]:25", "127.0.0.1[127.0.0.1]:10025").replace("kim@", "lee@"),
            ],
            True,
        ),
        ([*ONE, ONE[1].replace("/smtp[", "/local[").replace("kim@", "lee@")], True),
        ([*ONE, PUT_OFF], False),
        (ONE[::-1], False),
        ([*ONE, FROM.format(2, "4E30B1100C7", "info@example.com"), ONE[1]], False),
        (
            [
                *ONE,
                "Jan  1 00:00:03 mail1 postfix/qmgr[5]: 4E30B1100C7: from=<news@example.com>, status=expired, returned",
            ],
            False,
        ),
        (
            [
                *ONE,
                FROM.format(0, "4E30B1100C8", "info@example.com"),
                SENT.format(0, "4E30B1100C8", "a.test", "2.0.0, status=sent (ok)"),
            ],
            False,
        ),
        ([*ONE, SENT.format(2, "4E30B1100C9", "a.test", "2.0.0, status=sent (ok)").replace("Jan  1", "Jan  2")], False),
    ],
)
def test_a_block_is_counted_at_once_where_no_line_depends_on_its_place(tmp_path, monkeypatch, log_lines, whole):
    answers, at_once = [], BlockCount._at_once

    def watched(*given_):
        answers.append(at_once(*given_))
        return answers[-1]

    monkeypatch.setattr(BlockCount, "_at_once", watched)
    log = tmp_path / "mail.log"
    log.write_text("\n".join(log_lines) + "\n")
    must_agree(log)
    assert answers == [whole]
    count([str(log)], ZONE, Chosen(domain="example.com"), 1)
    assert len(answers) == 1, "what is chosen is chosen line by line"


def test_what_was_delivered_is_put_into_the_sums_before_there_is_too_much_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("healthcheck.intake.fast._MOST_SENT", 3)
    monkeypatch.setattr("healthcheck.intake.lines.BLOCK", 1000)
    log = tmp_path / "mail.log"
    log.write_text(
        "".join(
            f"{FROM.format(1, f'4E30B{number:05X}', f'news@{number % 7}.example.com')}\n"
            f"{SENT.format(1, f'4E30B{number:05X}', f'{number % 5}.test', '2.0.0, status=sent (ok)')}\n"
            for number in range(60)
        )
    )
    held = []
    monkeypatch.setattr(
        BlockCount, "_end_hour", lambda self: (held.append(len(self._sent)), LineCount._end_hour(self))[1]
    )
    must_agree(log)
    assert 3 <= max(held) <= 20
