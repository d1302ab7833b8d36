"""The contract of `explain`, field by field, and the conflicts between seed, registry and practice, row by row."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.registry import CHECKS
from checks.replies.bounced import Returned, explain_bounce
from checks.replies.catalogue import catalogue
from checks.replies.classify import SENDER_CAUSED
from checks.replies.explain import explain
from checks.replies.shapes import Stream
from checks.replies.waits import stated_wait
from healthcheck.engine import named

KNOWN = catalogue()
FIELDS = frozenset(
    (
        "input",
        "form",
        "basic",
        "enhanced",
        "http",
        "name",
        "phase",
        "provider",
        "category",
        "permanence",
        "retry",
        "wait_s",
    )
) | frozenset(
    (
        *(
            "suppress",
            "who_acts",
            "title",
            "meaning",
            "action",
            "registry",
            "decided_by",
            "ambiguous",
            "alternatives",
            "inner",
        ),
        *("suspects", "sources", "notes"),
    )
)

FORMS = {
    "smtp": "550 5.1.1 user unknown",
    "code": "550 5.7.26",
    "text": "no such user here",
    "api": '{"statusCode":429,"name":"rate_limit_exceeded","message":"slow down"}',
}


@pytest.mark.parametrize(("form", "text"), FORMS.items())
def test_the_form_is_told_and_no_field_is_left_out(form, text):
    written = json.loads(msgspec.json.encode(explain(text)))
    assert written["form"] == form
    assert set(written) >= FIELDS


def test_a_bounce_mail_has_the_form_dsn():
    found = explain_bounce(Returned("kim@example.net", "smtp; 550 5.1.1 user unknown", "failed", "5.1.1"))
    assert (found.form, found.recipient, found.category) == ("dsn", "kim@example.net", "recipient_unknown")


@pytest.mark.parametrize(
    "text", ["250 2.0.0 OK", "354 go ahead", "220 mx.example.net ESMTP", "2.1.5", "334 VXNlcm5hbWU6"]
)
def test_what_was_accepted_has_no_permanence(text):
    found = explain(text)
    assert (found.category, found.permanence, found.suppress, found.retry) == ("accepted", None, "no", "no")


@given(st.text(max_size=120), st.sampled_from(["", "550 ", "450 4.7.1 ", "250 ", "354 "]))
def test_only_what_was_accepted_has_no_permanence(words, code):
    found = explain(code + words)
    assert (found.permanence is None) == (found.category == "accepted")


PHASES = [
    ("host mx.example.net[192.0.2.9] refused to talk to me: 554 no", "connect"),
    ("host mx.example.net[192.0.2.9] said: 501 no (in reply to EHLO command)", "ehlo"),
    ("host mx.example.net[192.0.2.9] said: 535 no (in reply to AUTH PLAIN command)", "auth"),
    ("host mx.example.net[192.0.2.9] said: 550 no (in reply to MAIL FROM command)", "mail"),
    ("host mx.example.net[192.0.2.9] said: 550 no (in reply to RCPT TO command)", "rcpt"),
    ("host mx.example.net[192.0.2.9] said: 550 no (in reply to DATA command)", "data"),
    ("host mx.example.net[192.0.2.9] said: 550 no (in reply to end of DATA command)", "end-of-data"),
    ("SMTP error from remote mail server after initial connection: 554 no", "connect"),
    ("SMTP error from remote mail server after EHLO mail.example.com: 554 no", "ehlo"),
    ("SMTP error from remote mail server after HELO data.example.com: 554 no", "ehlo"),
    ("SMTP error from remote mail server after MAIL FROM:<recipient@example.com> SIZE=10: 554 no", "mail"),
    ("SMTP error from remote mail server after pipelined MAIL FROM:<data@example.com>: 554 no", "mail"),
    ("SMTP error from remote mail server after RCPT TO:<mail@example.net>: 554 no", "rcpt"),
    ("SMTP error from remote mail server after DATA: 554 no", "data"),
    ("SMTP error from remote mail server after pipelined end of data: 554 no", "end-of-data"),
    ("SMTP error from remote mail server after AUTH PLAIN: 535 no", "auth"),
    ("NOQUEUE: reject: CONNECT from mail.example.com[192.0.2.7]: 554 5.7.1 no", "connect"),
    ("NOQUEUE: reject: RCPT from mail.example.com[192.0.2.7]: 554 5.7.1 no; from=<a@example.com>", "rcpt"),
    ("A1: milter-reject: END-OF-MESSAGE from mail.example.com[192.0.2.7]: 550 5.7.1 no", "end-of-data"),
    (">>> MAIL From:<a@example.com>\n<<< 550 5.7.1 no", "mail"),
    ("192.0.2.9 failed after I sent the message.\nRemote host said: 554 no", "end-of-data"),
    ("Connected to 192.0.2.9 but my name was rejected.\nRemote host said: 554 no", "ehlo"),
    ("Connected to 192.0.2.9 but greeting failed.\nRemote host said: 554 no", "connect"),
    ("550 5.7.1 no", None),
]


@pytest.mark.parametrize(("text", "phase"), PHASES)
def test_the_phase_is_told_as_far_as_the_wrapper_says(text, phase):
    assert explain(text).phase == phase


WAITS = [
    ("450 4.7.1 Greylisted, please try again in 300 seconds", 300),
    ("450 4.7.1 Try again in 5 minutes", 300),
    ("451 4.7.1 Greylisted for 5 minutes", 300),
    ("421 4.7.0 Too many connections, wait 15 min and try again", 900),
    ("421 4.7.28 rate limit reached; retry after 2 hours", 7200),
    ("450 4.7.1 will be accepted again in 00:04:59", 299),
    ("451 4.7.1 Bitte versuchen Sie es in 5 Minuten erneut", 300),
    ("451 4.7.1 Veuillez réessayer dans 300 secondes", 300),
    ("451 4.7.1 Intente de nuevo en 10 minutos", 600),
    ("451 4.7.1 повторите попытку через 5 минут", 300),
    ("451 4.7.1 请5分钟后重试", 300),
    ('{"message":"Too many requests","retry_after":30,"name":"rate_limit_exceeded"}', 30),
]


@pytest.mark.parametrize(("text", "seconds"), WAITS)
def test_a_wait_that_the_reply_states_is_the_wait(text, seconds):
    found = explain(text)
    assert found.retry in ("later", "slower")
    assert found.wait_s == (seconds, seconds)


def test_retry_after_beside_an_api_error_is_the_wait():
    assert explain('{"message":"limit"}\nRetry-After: 120', "sendgrid", 429).wait_s == (120, 120)


@pytest.mark.parametrize(
    "text",
    [
        "421 4.7.0 too many connections (limit 20 per 60 seconds)",
        "450 4.2.0 queued for 5 days",
        "451 try again later, see RFC 2821",
        "450 4.7.1 try again. 192.0.2.7 seen 12:45:50",
    ],
)
def test_other_numbers_are_no_waits(text):
    assert stated_wait(text.lower()) is None


@given(st.text(max_size=200))
def test_a_wait_is_of_at_most_a_month(text):
    wait = stated_wait(f"try again in {text}".lower())
    assert wait is None or (0 <= wait[0] == wait[1] <= 30 * 86400)


def test_what_will_not_work_has_no_wait():
    for text in ("550 5.1.1 user unknown", "550 5.7.26 unauthenticated", "554 5.7.1 blocked using zen.spamhaus.org"):
        found = explain(text)
        assert found.retry not in ("later", "slower")
        assert found.wait_s is None


INNER = [
    (
        "550 5.1.1 <kim@example.net>: undeliverable address: host mx.example.net[192.0.2.3] said: 450 4.1.1 unverified",
        "550",
        "450",
        "4.1.1",
    ),
    (
        "554 5.4.7 [internal] message timeout (last transfail: 454 4.4.4 [internal] no MX or A for domain)",
        "554",
        "454",
        "4.4.4",
    ),
    (
        "554 5.7.1 failed: host mx.example.net[192.0.2.3] said: 550 5.7.26 unauthenticated (in reply to DATA command)",
        "554",
        "550",
        "5.7.26",
    ),
]


@pytest.mark.parametrize(("text", "outer", "inner", "enhanced"), INNER)
def test_the_outer_reply_is_the_verdict_and_the_quoted_one_the_cause(text, outer, inner, enhanced):
    found = explain(text)
    assert found.basic == outer
    assert found.inner is not None
    assert (found.inner.basic, found.inner.enhanced) == (inner, enhanced)
    assert any("quotes" in note for note in found.notes)


def test_a_reply_that_quotes_none_has_no_inner():
    assert explain("550 5.1.1 user unknown").inner is None


DECIDED = [
    ("550 no such user", "text"),
    ("550 5.7.1 [TSS04] deferred", "token"),
    ("550 5.1.1", "enhanced"),
    ("552", "basic"),
    ("599", "class"),
    ("rate_limited", "api"),
]


@pytest.mark.parametrize(("text", "by"), DECIDED)
def test_the_answer_says_what_decided(text, by):
    found = explain(text)
    assert found.decided_by.by == by
    assert found.decided_by.what


@given(
    st.sampled_from(["550", "554", "421", "451", "552", "599", ""]),
    st.sampled_from(["", *(f"{digit}.{code}" for digit in "45" for code in sorted(KNOWN.enhanced))]),
    st.lists(st.sampled_from([needle.plain for needle in KNOWN.needles if needle.plain]), max_size=3),
)
def test_alternatives_and_sources_keep_their_promise(basic, enhanced, words):
    found = explain(" ".join([basic, enhanced, *words]).strip() or "550")
    readings = [found.category, *(one.category for one in found.alternatives)]
    assert len(readings) == len(set(readings))
    assert found.sources
    assert all(any(named(check.id, suspect) for check in CHECKS) for suspect in found.suspects)
    if found.category in SENDER_CAUSED:
        assert found.suppress == "no"
    if found.registry is None:
        assert found.enhanced is None or found.enhanced[2:] not in KNOWN.enhanced


def test_the_closest_other_reading_comes_first():
    found = explain("550 5.7.1 message rejected: dmarc policy; poor reputation of your ip")
    assert (found.category, found.alternatives[0].category) == ("auth_failed", "reputation")


def test_the_registry_tells_what_the_number_says_whatever_decided():
    found = explain("550 5.1.1 message rejected: spam")
    assert found.category == "spam_content"
    assert found.registry is not None
    assert (found.registry.title, found.registry.reference) == ("No such mailbox", "RFC 3463")
    assert explain("no such user").registry is None


@pytest.mark.parametrize("code", ["127.255.255.252", "127.255.255.254", "127.255.255.255"])
@pytest.mark.parametrize(
    "words", ["blocked using zen.spamhaus.org; {}", "listed at dbl.spamhaus.org ({})", "rejected, {}"]
)
def test_a_list_that_refused_to_answer_is_the_recipients_fault(code, words):
    found = explain("554 5.7.1 Client host [192.0.2.7] " + words.format(code))
    assert (found.who_acts, found.suppress) == ("recipient", "no")


@pytest.mark.parametrize(
    "words",
    [
        "https://www.spamhaus.org/returnc/pub/192.0.2.7/",
        "Error: open resolver",
        "blocked using list.dnswl.org; 127.0.0.255",
    ],
)
def test_other_ways_to_say_so(words):
    assert explain(f"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked; {words}").who_acts == "recipient"


@pytest.mark.parametrize(
    ("text", "permanence"),
    [
        ("421 5.7.32 From: header isn't aligned", "ambiguous"),
        ("550 4.7.1 refused", "ambiguous"),
        ("550 4.7.1 Greylisted, please retry", "temporary"),
        ("550 5.7.1 Greylisted, please retry", "temporary"),
        ("421 5.7.1 blocked using zen.spamhaus.org", "ambiguous"),
    ],
)
def test_codes_that_disagree_are_said_unless_the_words_decide(text, permanence):
    found = explain(text)
    assert found.permanence == permanence
    if found.basic is not None and found.enhanced is not None and found.basic[0] != found.enhanced[0]:
        assert any("disagree" in note for note in found.notes)


# facts: conflicts between seed, registry and real use; what should decide

CONFLICTS = [
    ("550 5.7.26 The sender is unauthenticated - gsmtp", "auth_failed"),
    ("550 5.7.26 rejected: poor reputation", "reputation"),
    ("550 5.7.26 Client host blocked using zen.spamhaus.org", "blocklisted"),
    ("550 5.1.6 recipient no longer on server", "recipient_disabled"),
    ("550 5.1.6", "recipient_disabled"),
    ("550 5.1.6 message rejected as spam", "spam_content"),
    ("550 5.7.1 rejected by DMARC policy, and listed at zen.spamhaus.org", "auth_failed"),
    ("550 5.7.1 listed at zen.spamhaus.org, your reputation is poor", "blocklisted"),
    ("550 5.7.1 relaying denied", "relay_denied"),
    ("550 5.7.1 This message is not RFC 5322 compliant", "malformed"),
    ("554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.example.org", "blocklisted"),
    ("554 5.7.1 <kim@example.net>: Relay access denied", "relay_denied"),
    ("554 5.7.1 Message rejected under suspicion of SPAM; yandex", "spam_content"),
    ("554 5.7.1 [CS01] Message rejected due to local policy", "policy"),
    ("421 4.4.5 Server busy, try again later", "remote_failure"),
    ("421 #4.4.5 Too many connections to this host", "sender_rate"),
    ("452 4.4.5 messages per second limit exceeded", "quota"),
    ("550 5.4.5 Daily user sending quota exceeded", "quota"),
    ("450 4.7.1 greylisted", "greylisted"),
    ("450 4.7.1 cannot find your reverse hostname", "sender_dns"),
    ("450 4.7.1 access denied by policy", "policy"),
    ("450 4.7.1 too many recipients", "message_limits"),
    ("421 4.7.0 very low reputation of the sending IP", "reputation"),
    ("421 4.7.0 TLS required for RCPT domain", "tls"),
    ("421 4.7.0 IP not in whitelist for RCPT domain", "recipient_refused"),
    ("421 4.7.0 [TSS04] Messages temporarily deferred", "reputation"),
    ("421 4.7.0 too many errors", "sender_rate"),
    ("452 4.2.2 mailbox full", "mailbox_full"),
    ("552 5.2.2 out of storage space and inactive. gsmtp", "recipient_disabled"),
    ("552 5.2.2 submission quota exceeded", "quota"),
    ("550 5.1.1 user unknown", "recipient_unknown"),
    ("552 5.1.1 Recipient overquota OFR_417", "mailbox_full"),
    ("552 5.1.1 Mailbox delivery failure policy. zoho", "recipient_refused"),
    ("550 5.4.1 Recipient address rejected: Access denied [x.prod.protection.outlook.com]", "recipient_unknown"),
    ("550 5.4.1 Relay Access Denied [x.prod.protection.outlook.com]", "relay_denied"),
    ("541 5.4.1 Mail rejected by destination domain", "recipient_refused"),
    ("550 5.4.1", "network"),
    ("550 5.2.1 receiving mail at a rate that prevents additional messages from being delivered", "recipient_rate"),
    ("554 5.7.9 Message not accepted for policy reasons. postmaster.yahooinc.com", "policy"),
    ("534 5.7.9 authentication mechanism is too weak", "credentials"),
    ("451 4.7.23 The IP address sending this message does not have a PTR record. gsmtp", "sender_dns"),
    ("550 5.7.27 SPF did not pass - gsmtp", "auth_failed"),
    ("550 5.7.29 This message wasn't sent over a TLS connection - gsmtp", "tls"),
    ("550 5.7.30 DKIM does not pass - gsmtp", "auth_failed"),
    ("421 4.7.31 The sending domain doesn't have a DMARC record - gsmtp", "auth_failed"),
    ("421 4.7.40 The sending domain doesn't have a DMARC record - gsmtp", "auth_failed"),
    ("504 5.7.40 Unrecognized authentication type", "credentials"),
    ("504 5.7.4 Unrecognized authentication type", "credentials"),
    ("535 5.7.80 Username and Password not accepted", "credentials"),
    ("534 5.7.90 Application-specific password required", "credentials"),
    ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "recipient_unknown"),
    ("556 5.1.10 Domain does not accept mail", "recipient_domain"),
    ("550 5.5.0 Requested action not taken: mailbox unavailable", "recipient_unknown"),
]


@pytest.mark.parametrize(("text", "category"), CONFLICTS)
def test_where_seed_registry_and_practice_disagree_the_words_decide(text, category):
    assert explain(text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "550 5.2.1 The user is receiving mail at a rate that prevents additional messages - gsmtp",
        "550 5.4.5 Daily user sending quota exceeded. gsmtp",
        "550 Ip frequency limited service.mail.qq.com",
        "550 Mailbox unavailable or access denied service.mail.qq.com",
        "554 5.2.121 recipient has exceeded their limit for the number of messages they can receive per hour",
        "554 MI:STC 163 too many messages today",
        "554 RP:TRC 163 too many recipients today",
        "554 IB111 secureserver",
        "550 5.7.1 Email blocked by spam statistics, yandex.com/support",
    ],
)
def test_what_is_permanent_by_its_number_and_clears_by_itself_suppresses_nobody(text):
    assert explain(text).suppress == "no"


# Basic against enhanced, no enhanced code, wrappers, foreign words, unknown codes (pitfall 103)

READ = [
    ("550 4.7.1 refused", "550", "4.7.1", "policy"),
    ("550 5.1.1 message refused: spam", "550", "5.1.1", "spam_content"),
    ("550 user unknown", "550", None, "recipient_unknown"),
    ("550-5.7.26 one\n550-5.7.26 unauthenticated\n550 5.7.26 gsmtp", "550", "5.7.26", "auth_failed"),
    ("Diagnostic-Code: smtp; 550 5.1.1 user unknown", "550", "5.1.1", "recipient_unknown"),
    ("smtp;550 5.1.1 user unknown", "550", "5.1.1", "recipient_unknown"),
    (
        "host mx.example.net[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO command)",
        "550",
        "5.1.1",
        "recipient_unknown",
    ),
    ("<p>550 5.1.1 <b>user</b> unknown</p>", "550", "5.1.1", "recipient_unknown"),
    ("550 5.1.1 &lt;kim@example.net&gt; user unknown", "550", "5.1.1", "recipient_unknown"),
    ("#550 5.7.1 relaying denied ##", "550", "5.7.1", "relay_denied"),
    ("550 5.1.1 Utilisateur inconnu", "550", "5.1.1", "recipient_unknown"),
    ("550 5.7.999 zzz", "550", "5.7.999", "policy"),
]


@pytest.mark.parametrize(("text", "basic", "enhanced", "category"), READ)
def test_however_a_reply_is_written_its_codes_and_words_are_read(text, basic, enhanced, category):
    found = explain(text)
    assert (found.basic, found.enhanced, found.category) == (basic, enhanced, category)


@pytest.mark.parametrize(
    ("text", "word"), [("599 zzz", "first digit"), ("550 5.7.999 zzz", "no registry"), ("499", "first digit")]
)
def test_a_code_in_no_list_is_read_by_its_class_and_says_so(text, word):
    assert any(word in note for note in explain(text).notes)


# Words against numbers (pitfall 104)

WORDS = [
    ("550 5.1.1 <kim@example.net> has sent to too many recipients this hour. IB607", None, "sender_rate", "no"),
    ("550 5.4.1 Recipient address rejected: Access denied", "microsoft365", "recipient_unknown", "yes"),
    ("552 1 Requested mail action aborted, mailbox not found", "yahoo", "recipient_unknown", "yes"),
    ("452 4.2.2 The recipient's inbox is out of storage space", "gmail", "mailbox_full", "after_repeats"),
    ("421-4.7.26 This mail is unauthenticated", "gmail", "auth_failed", "no"),
    ("550-5.7.26 This mail is unauthenticated", "gmail", "auth_failed", "no"),
]


@pytest.mark.parametrize(("text", "provider", "category", "suppress"), WORDS)
def test_the_words_count_more_than_the_number(text, provider, category, suppress):
    found = explain(text, provider)
    assert (found.category, found.suppress) == (category, suppress)


def test_deferred_and_rejected_for_the_same_cause_differ_in_permanence_only():
    later = explain("421-4.7.26 Your email is unauthenticated - gsmtp")
    never = explain("550-5.7.26 Your email is unauthenticated - gsmtp")
    assert (later.permanence, never.permanence) == ("temporary", "permanent")
    assert (later.category, later.suspects) == (never.category, never.suspects)


# Nothing that the sender caused gives an address up, whatever the number says

CODES = ["", "550 ", "550 5.1.1 ", "554 5.2.1 ", "550 5.1.10 ", "556 5.1.2 ", "552 5.2.2 ", "421 4.7.0 ", "511 5.1.6 "]


@pytest.mark.parametrize(
    "rule", [rule for rule in KNOWN.rules if rule.category in SENDER_CAUSED], ids=lambda rule: rule.id
)
def test_no_rule_about_the_sender_gives_an_address_up(rule):
    number = KNOWN.rules.index(rule)
    plain = [needle.plain for needle in KNOWN.needles if needle.rule == number and needle.plain]
    for words in plain[:6]:
        for code in CODES:
            found = explain(code + words, provider=rule.provider or None)
            if found.category in SENDER_CAUSED:
                assert found.suppress == "no", (code, words)


def test_a_stream_gives_what_one_by_one_gives():
    texts = [text for text, _ in (*CONFLICTS, *WAITS)]
    stream = Stream()
    assert [stream.explained(text) for text in texts * 2] == [msgspec.json.encode(explain(text)) for text in texts * 2]


def test_a_status_that_says_more_than_the_reply_stands_in_for_its_code():
    told = Returned("kim@example.net", "550 5.0.0 <kim@example.net>... Insufficient permission", "failed", "5.3.0")
    assert explain_bounce(told).enhanced == "5.3.0"
    assert explain_bounce(msgspec.structs.replace(told, status="4.3.0")).enhanced == "5.0.0"


def test_the_code_that_a_server_puts_behind_its_quotation_is_the_enhanced_one():
    around = "remote host 203.0.113.5 said: 550 Unknown user kim@example.net\n. (#5.5.0)"
    told = Returned("kim@example.net", "550 Unknown user kim@example.net", "failed", around=around)
    found = explain_bounce(told)
    assert (found.basic, found.enhanced, found.category) == ("550", "5.5.0", "recipient_unknown")
