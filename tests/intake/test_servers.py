"""What stands beside the mail servers in their logs: filters and mailboxes, which deliver nothing that a server does not tell."""

import pytest

from checks.delivery.events import DOORS
from tests.intake.reading import read
from tests.intake.test_lines import CASES

SERVERS = frozenset(
    (
        *("postfix", "exim", "sendmail", "qmail", "opensmtpd", "haraka", "halon", "kumomta", "powermta", "stalwart"),
        *("hmailserver", "msmtp", "courier", "kerio", "maddy", "cisco", "zonemta"),
    )
)


def test_a_refusal_in_the_log_of_a_server_is_one_at_its_own_door(tmp_path):
    refused = set()
    for case in CASES:
        events, _ = read(tmp_path, case.values[1]["log"], name="file")
        refused |= {event.format for event in events if event.kind == "rejected"} & SERVERS
    assert refused | {"halon"} == DOORS  # what Halon writes of its own refusals is the administrator's choice


@pytest.mark.parametrize(
    "line",
    [
        "amavis[1234]: (01234-01) Passed CLEAN {RelayedOutbound}, LOCAL [192.0.2.1]:5500 <news@example.com> -> "
        "<kim@example.net>, Queue-ID: 4E30B1100C7, mail_id: aBc, Hits: -1, size: 900, queued_as: 5F30B1100C7, 250 2.0.0 Ok",
        "amavis[1234]: (01234-02) Blocked SPAM {DiscardedInbound}, [198.51.100.7] <x@example.org> -> <kim@example.net>, "
        "quarantine: spam-x.gz, Message-ID: <a@example.org>, Hits: 9.1, 554 5.7.0 Reject, id=01234-02 - spam",
        "rspamd[99]: <a1b2c3>; task; rspamd_task_write_log: id: <a@example.com>, qid: <4E30B1100C7>, ip: 192.0.2.1, from: "
        "<news@example.com>, (default: F (no action): [-0.10/15.00] []), len: 900, rcpts: <kim@example.net>",
        "MailScanner[88]: Requeue: 4E30B1100C7.A1B2C to 5F30B1100C7",
        "MailScanner[88]: Message 4E30B1100C7.A1B2C from 198.51.100.7 (x@example.org) to example.net is spam, score=9",
        "dovecot: lmtp(kim@example.net)<12345><abc>: msgid=<a@example.com>: saved mail to INBOX",
        "dovecot: lda(kim@example.net)<12345><abc>: sieve: msgid=<a@example.com>: stored mail into mailbox 'INBOX'",
        "dovecot: lmtp(12345): Error: lmtp-server: conn 192.0.2.1:5500 [1]: rcpt kim@example.net: 452 4.2.2 Quota exceeded",
        "spamd[77]: spamd: result: Y 9 - BAYES_99 scantime=1.2,size=900,user=kim,mid=<a@example.com>,autolearn=no",
        "opendkim[66]: 4E30B1100C7: DKIM-Signature field added (s=mail, d=example.com)",
        "opendmarc[65]: 4E30B1100C7: example.org fail",
        "policyd-spf[64]: prepend Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip=198.51.100.7; "
        "helo=x.example.org; envelope-from=x@example.org; receiver=<UNKNOWN>",
        "postgrey[63]: action=greylist, reason=new, client_name=x.example.org, client_address=198.51.100.7, "
        "sender=x@example.org, recipient=kim@example.net",
        "clamd[62]: instream(127.0.0.1@5500): Eicar-Test-Signature FOUND",
        "fetchmail[61]: reading message kim@mail.example.net:1 of 1 (900 octets) flushed",
        "cyrus/lmtpunix[60]: Delivered: <a@example.com> to mailbox: user.kim",
    ],
    ids=lambda line: line.partition("[")[0].partition(":")[0],
)
def test_a_filter_and_a_mailbox_are_no_delivery(tmp_path, line):
    events, reading = read(tmp_path, f"Nov 21 09:31:07 mail {line}\n")
    assert events == []
    assert reading.unread_lines == 0
