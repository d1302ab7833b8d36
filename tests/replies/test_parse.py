"""Replies are read out of whatever wrapped them, and what only looks like a code is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.parse import parse_reply
from tests.patience import ends

CASES = [
    ("550 5.1.1 <kim@example.com>: user unknown", "550", "5.1.1"),
    ("550 5.1.1", "550", "5.1.1"),
    ("550", "550", None),
    ("5.7.26", None, "5.7.26"),
    ("550-5.7.26 not authenticated\n550 5.7.26 gsmtp", "550", "5.7.26"),
    ("421-4.7.0 [192.0.2.26 15] unusual 421-4.7.0 mail 421 4.7.0 visit https://example.com", "421", "4.7.0"),
    ("421 #4.4.5 Too many connections from your host", "421", "4.4.5"),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "553", "5.7.1"),
    ("#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", "550", "5.1.1"),
    ("'550 5.7.1 Message rejected'", "550", "5.7.1"),
    ("550 Rejected by Exim 4.94.2 policy", "550", None),
    ("550 mail server Postfix 5.1.1-beta says no", "550", None),
    ("554 Service unavailable; Client host [5.1.1.10] blocked", "554", None),
    ("554 rejected by 5.1.1.example.com", "554", None),
    ("This mailbox is disabled (554.30).", None, None),
    ("450 10 recipients, 99.9% spam at 12:45:50", "450", None),
    ("451 4.3.0 message size 55.0 MB, 550 messages queued", "451", "4.3.0"),
    ("No such user here", None, None),
    ("250 2.0.0 OK 1700000000 a1-20020ac", "250", "2.0.0"),
    ("334 VXNlcm5hbWU6", "334", None),
    ("550: 5.1.1 <kim@example.com>... User Unknown", "550", "5.1.1"),
    ("Could not be delivered because of\n550 5.1.1 User unknown", "550", "5.1.1"),
    ("Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <kim@example.com>... User Unknown", "550", "5.1.1"),
    ("(550, b'5.1.1 <kim@example.com>: user unknown')", "550", "5.1.1"),
    ("{'kim@example.com': (550, b'5.7.1 Relaying denied')}", "550", "5.7.1"),
    ('Expected response code "250" but got code "550", with message "550 5.7.1 denied".', "550", "5.7.1"),
    ("354 End data with <CR><LF>.<CR><LF>\n451 4.3.0 Error: queue file write error", "451", "4.3.0"),
    ("&lt;kim@example.com&gt;: 550 5.1.1 user unknown", "550", "5.1.1"),
    ("<p>550 5.7.1 <b>blocked</b></p>", "550", "5.7.1"),
    ("4bWxyz12345zQ550 5.7.1 rejected", None, "5.7.1"),
    ("queued as AB_450 4.7.1 and lost", None, "4.7.1"),
    ("错误550 5.1.1 用户不存在", "550", "5.1.1"),
]


@pytest.mark.parametrize(("text", "basic", "enhanced"), CASES)
def test_codes_are_found_where_they_are_and_nowhere_else(text, basic, enhanced):
    reply = parse_reply(text)
    assert (reply.basic, reply.enhanced) == (basic, enhanced)


WRAPPED = [
    (
        "host mx.example.net[192.0.2.9] said: 552 5.2.2 Over quota (in reply to RCPT TO command)",
        "mx.example.net",
        "rcpt",
    ),
    ("host mx.example.net[192.0.2.9] refused to talk to me: 552 5.2.2 Over quota", "mx.example.net", "connect"),
    (
        "SMTP error from remote mail server after RCPT TO:<kim@example.net>: host mx.example.net [192.0.2.9]: 552 5.2.2 Over quota",
        "mx.example.net",
        "rcpt",
    ),
    (
        "host mx.example.net [192.0.2.9]\n  SMTP error from remote mail server after end of data:\n    552 5.2.2 Over quota",
        "mx.example.net",
        "end-of-data",
    ),
    (
        "192.0.2.9 does not like recipient.\nRemote host said: 552 5.2.2 Over quota\nGiving up on 192.0.2.9.",
        None,
        "rcpt",
    ),
    ("mx.example.net [192.0.2.9] did not like our final DATA:\n552 5.2.2 Over quota", "mx.example.net", "end-of-data"),
    (
        "   ----- Transcript of session follows -----\n... while talking to mx.example.net.:\n>>> RCPT To:<kim@example.net>\n"
        "<<< 552 5.2.2 Over quota",
        "mx.example.net",
        "rcpt",
    ),
    ("Remote Server returned '552 5.2.2 Over quota'", None, None),
    ("The error that the other server returned was:\n552 5.2.2 Over quota", None, None),
    ("The response from the remote server was:\n552 5.2.2 Over quota", None, None),
    ("Diagnostic-Code: smtp; 552 5.2.2 Over quota", None, None),
    (
        "postfix/smtp[14580]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1.2, "
        "delays=0.1/0/0.9/0.2, dsn=5.2.2, status=bounced (host mx.example.net[192.0.2.9] said: 552 5.2.2 Over quota "
        "(in reply to end of DATA command))",
        "mx.example.net",
        "end-of-data",
    ),
]


@pytest.mark.parametrize(("text", "host", "phase"), WRAPPED)
def test_a_wrapper_tells_who_spoke_and_when(text, host, phase):
    reply = parse_reply(text)
    assert (reply.basic, reply.enhanced, reply.text) == ("552", "5.2.2", "Over quota")
    assert (reply.host, reply.phase) == (host, phase)


def test_a_reply_that_quotes_another_keeps_both():
    reply = parse_reply(
        "550 5.1.1 <kim@example.net>: Recipient address rejected: undeliverable address: host mx.example.net[192.0.2.3] said: "
        "450 4.1.1 unverified (in reply to RCPT TO command)"
    )
    assert (reply.basic, reply.enhanced) == ("550", "5.1.1")
    assert reply.inner is not None
    assert (reply.inner.basic, reply.inner.enhanced, reply.inner.text) == ("450", "4.1.1", "unverified")


def test_a_queue_that_gave_up_keeps_the_last_temporary_reply():
    reply = parse_reply(
        "554 5.4.7 [internal] message timeout (last transfail: 454 4.4.4 [internal] no MX or A for domain)"
    )
    assert reply.basic == "554"
    assert reply.inner is not None
    assert reply.inner.enhanced == "4.4.4"


def test_the_code_of_a_log_counts_only_where_there_is_no_reply():
    reply = parse_reply("dsn=4.4.1, status=deferred (connect to mx.example[198.51.100.7]:25: Connection timed out)")
    assert (reply.basic, reply.enhanced, reply.from_dsn) == (None, "4.4.1", True)


def test_the_words_of_all_lines_are_kept_where_the_reason_stands_last():
    reply = parse_reply("554-mx.example ESMTP not available\n554-No SMTP service\n554 IP address is block listed.")
    assert reply.text.endswith("IP address is block listed.")


def test_another_reply_behind_the_first_is_not_mixed_into_it():
    reply = parse_reply("550 5.1.1 <kim@example.net>... User unknown\n503 5.0.0 Need RCPT (recipient)")
    assert "RCPT" not in reply.text


@given(st.text())
def test_any_text_gives_a_reply(text):
    reply = parse_reply(text)
    assert reply.basic is None or (len(reply.basic) == 3 and reply.basic.isdigit())


@given(st.text(alphabet="0123456789.- \n()[]<>:;#=sSmMtTpPaAiIdDhHoOuUrRnNgGtT'\"@", max_size=300))
def test_what_nearly_looks_like_a_reply_gives_one(text):
    parse_reply(text)


@given(st.from_regex(r"[45]\d\d [45]\.[0-7]\.\d{1,2} [a-z ]{3,60}[a-z]", fullmatch=True))
def test_a_reply_reads_the_same_out_of_every_wrapper(text):
    plain = parse_reply(text)
    wrapped = parse_reply(f"host mx.example.net[192.0.2.9] said: {text} (in reply to RCPT TO command)")
    assert (wrapped.basic, wrapped.enhanced, wrapped.text) == (plain.basic, plain.enhanced, plain.text)
    assert wrapped.phase == "rcpt"


@given(st.sampled_from([text for text, _, _ in CASES]))
def test_reading_what_was_read_changes_nothing(text):
    once = parse_reply(text)
    if once.basic:
        again = parse_reply(once.raw)
        assert (again.basic, again.enhanced, again.text) == (once.basic, once.enhanced, once.text)


@pytest.mark.parametrize(
    "text",
    [
        "550 " + "a" * 1_000_000,
        "5" * 1_000_000,
        "550-" * 250_000,
        "host x[y] said: " * 60_000,
        "\x00\x1b[31m" * 200_000,
        "<" * 1_000_000,
        "((((((550 " * 100_000,
        "550 5.1.1 " * 100_000,
        "a@" * 500_000,
        "&lt;" * 250_000,
        "SMTP error from remote mail server after " * 25_000,
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_a_megabyte_of_anything_is_read(text):
    from checks.replies.explain import explain

    with ends():
        assert explain(text)


def test_a_gateways_own_code_and_title_are_the_verdict_on_the_reply_that_they_quote():
    reply = parse_reply(
        "smtp; 5.1.0 - Unknown address error 550-'5.1.1 <kim@example.net>: no such user' (delivery attempts: 0)"
    )
    assert (reply.basic, reply.enhanced, reply.text) == ("550", "5.1.0", "Unknown address error")
    assert reply.inner is not None
    assert (reply.inner.basic, reply.inner.enhanced) == ("550", "5.1.1")


def test_a_gateways_title_is_no_more_than_context_to_a_reply_without_a_code_of_its_own():
    reply = parse_reply("5.3.0 - Other mail system problem 550-'Unknown user kim@example.net' (delivery attempts: 0)")
    assert (reply.basic, reply.enhanced, reply.inner) == ("550", "5.3.0", None)
    assert (reply.text, reply.context) == ("Unknown user kim@example.net", "Other mail system problem")


@pytest.mark.parametrize("text", ["5.1.0 - x 550-'", "5.1.0 - abc 550-''", "5.1.0 - abc [d] 550-'" * 400])
def test_a_gateways_quotation_may_be_cut_or_empty(text):
    assert parse_reply(text).enhanced == "5.1.0"


def test_no_run_of_white_space_in_a_reply_takes_long():
    around = (
        "452 4.2.2 <kim@example.net> Not {} 550 no",
        "host mx.example.net[192.0.2.9] said: 550 no {} x (in reply to RCPT TO command)",
        "#< #5.1.1 smtp; 550 5.1.1 no {} x",
    )
    with ends():
        for text in around:
            for blank in ("\\n", "\n", " ", "\t", "\n "):
                for number in range(40):
                    parse_reply(text.format(blank * 7000) + str(number))


@pytest.mark.parametrize(
    ("text", "enhanced"),
    [
        ("550 5.9.1 suppressed", "5.9.1"),
        ("450 4.12.3 later", "4.12.3"),
        ("550 4.96.1 a release, as it is not of the class", None),
        ("5.9.1 alone it may be a release", None),
    ],
)
def test_a_code_of_a_subject_that_nobody_defined_is_one_right_behind_a_reply_of_its_class(text, enhanced):
    """RFC 3463 section 2 allows any subject of up to three digits, RFC 2034 section 4 puts the code there."""
    assert parse_reply(text).enhanced == enhanced
