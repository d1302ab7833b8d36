"""Layouts of bounces in which the recipient or the reply stands where one would not look first."""

import pytest

from healthcheck.intake.mails.bounce import read_bounce
from tests.intake.bounce_samples import COPY, HEAD, STATUS, in_words, report
from tests.intake.reading import read, told

EXCHANGE = (
    "From: Microsoft Outlook <MicrosoftExchange0123456789abcdef@example.com>\nReturn-Path: <>\nTo: news@example.com\n"
)

LAYOUTS = {
    "what was sent is told before the reason": (
        in_words(
            "退信通知",
            "您的邮件未能送达。\n\n原邮件信息：\n收件人： kim@example.net\n主题： News\n\n原因：\nSMTP error: 550 User not found\n",
        ),
        ("kim@example.net", "550", None),
    ),
    "details of the message before the error": (
        in_words(
            "Undeliverable: News",
            "Status code: 550 5.7.509\n\nOriginal Message Details\nSender Address: news@example.com\nRecipient Address: kim@example.net\n"
            "\nError Details\nError: 550 5.7.509 Access denied, sending domain EXAMPLE.COM does not pass DMARC verification\n",
            head=EXCHANGE,
        ),
        ("kim@example.net", "550", "5.7.509"),
    ),
    "a transcript with arrows": (
        in_words(
            "Permanent Delivery Failure",
            "FAILED ADDRESS: kim@example.net\n\n Sat 09:31:05: --> RCPT To:<kim@example.net>\n"
            " Sat 09:31:05: <-- 550 <kim@example.net>, nobody of that name\n",
        ),
        ("kim@example.net", "550", None),
    ),
    "a reply in square brackets": (
        in_words("Error sending message", "Rcpt=[kim@example.net];Error=[550 5.1.1 Mailbox unavailable]\n"),
        ("kim@example.net", "550", "5.1.1"),
    ),
    "a reply behind the word for it": (
        in_words(
            "Undelivered Mail", "kim@example.net, ERROR CODE :550 - 5.1.1 <kim@example.net>: nobody of that name\n"
        ),
        ("kim@example.net", "550", "5.1.1"),
    ),
    "an address with its kind in front": (
        report(STATUS.replace("rfc822; kim", "rfc822;SMTP:kim")),
        ("kim@example.net", "550", "5.1.1"),
    ),
    "a status that names nobody, and words that do": (
        report(
            STATUS.replace("Final-Recipient: rfc822; kim@example.net\n", ""),
            words="This address failed:\n\n<sam@example.net>: 550 5.1.1 No such user",
        ),
        ("sam@example.net", "550", "5.1.1"),
    ),
    "a status that names nobody, and a copy that does": (
        report(STATUS.replace("Final-Recipient: rfc822; kim@example.net\n", "")),
        ("kim@example.net", "550", "5.1.1"),
    ),
}


@pytest.mark.parametrize(("mail", "wanted"), LAYOUTS.values(), ids=list(LAYOUTS))
def test_the_recipient_and_the_reply_are_found_in_every_layout(tmp_path, mail, wanted):
    (event,), _ = read(tmp_path, mail, "mail")
    assert event.kind == "bounced"
    assert told(event, "recipient", "basic", "enhanced") == wanted


def test_the_reply_with_words_decides_and_not_the_code_above_it(tmp_path):
    (event,), _ = read(tmp_path, LAYOUTS["details of the message before the error"][0], "mail")
    assert event.category == "auth_failed"
    assert event.reply.endswith("does not pass DMARC verification")


def test_a_reply_ends_where_its_brackets_do(tmp_path):
    (event,), _ = read(tmp_path, LAYOUTS["a reply in square brackets"][0], "mail")
    assert event.reply == "550 5.1.1 Mailbox unavailable"


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("No se puede entregar: News", "No se encontró la dirección kim@example.net"),
        ("Não é possível entregar: News", "A mensagem para kim@example.net não foi entregue."),
        ("Kan inte levereras: News", "Meddelandet till kim@example.net kunde inte levereras."),
        ("Не удается доставить: News", "Сообщение для kim@example.net не доставлено."),
        ("Nelivrat: News", "Mesajul către kim@example.net nu a putut fi livrat."),
        ("Teslim edilemiyor; iletilemiyor: News", "kim@example.net adresine teslim edilemedi."),
        ("Δεν είναι δυνατή η παράδοση: News", "kim@example.net 550"),
    ],
)
def test_the_title_of_a_notice_tells_what_it_is_in_the_language_of_the_server(subject, words):
    (one,) = read_bounce(in_words(subject, words, head=EXCHANGE)).told
    assert (one.kind, one.recipient) == ("bounced", "kim@example.net")


def wrapped(inner, fields="Return-Path: <>\nSubject: FW: Undelivered Mail Returned to Sender\n"):
    return (
        (
            f"From: gateway@mx.example.com\nTo: news@example.com\n{fields}Content-Type: multipart/mixed; boundary=o\n\n--o\n\n"
            "The attached mail was received.\n\n--o\nContent-Type: message/rfc822\n\n"
        ).encode()
        + inner
        + b"\n--o--\n"
    )


def test_a_report_that_a_machine_passes_on_as_an_attachment_is_read():
    mail = read_bounce(wrapped(report(STATUS)))
    assert [(one.kind, one.recipient) for one in mail.told] == [("bounced", "kim@example.net")]


def test_an_answer_that_gives_a_letter_back_stays_an_answer():
    letter = (
        f"{HEAD}Subject: Undeliverable parcels\n\nWe could not deliver your parcel to kim@example.net.\n{COPY}".encode()
    )
    mail = read_bounce(wrapped(letter, "Auto-Submitted: auto-replied\nSubject: Automatic reply: parcels\n"))
    assert mail.form == "autoreply"
