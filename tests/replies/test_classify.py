"""What decides, what is kept beside it, and what never happens to an address."""

from re import _constants as op
from re import _parser as parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.catalogue import catalogue
from checks.replies.classify import SENDER_CAUSED, classify
from checks.replies.explain import explain
from checks.replies.parse import parse_reply

KNOWN = catalogue()

MEANINGS = [
    ("421 4.3.2 All server ports are busy", "remote_failure"),
    ("421 4.4.2 Error: timeout exceeded", "network"),
    ("421 4.7.0 Error: too many connections from 192.0.2.1", "sender_rate"),
    ("450 4.1.2 <kim@nx.example>: Recipient address rejected: Domain not found", "recipient_domain"),
    ("450 4.1.8 <foo@bad.example>: Sender address rejected: Domain not found", "sender_dns"),
    ("450 4.7.1 <dunno.example>: Helo command rejected: Host not found", "sender_dns"),
    ("450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]", "sender_dns"),
    ("452 4.5.3 Error: too many recipients", "message_limits"),
    ("501 5.1.7 Bad sender address syntax", "sender_invalid"),
    ("503 5.5.1 Error: need MAIL command", "bad_request"),
    ("530 5.7.0 Must issue a STARTTLS command first", "tls"),
    ("535 5.7.8 Error: authentication failed", "credentials"),
    ("550 5.1.0 <foo@example.com>: Sender address rejected: User unknown in local recipient table", "sender_invalid"),
    ("552 5.3.4 Message size exceeds fixed limit", "message_limits"),
    ("554 5.7.1 <kim@example.net>: Relay access denied", "relay_denied"),
    ("554 5.7.1 Service unavailable; Client host [192.0.2.2] blocked using bl.spamcop.net", "blocklisted"),
    (
        "556 5.1.10 <kim@nullmx.example>: Recipient address rejected: Domain nullmx.example does not accept mail",
        "recipient_domain",
    ),
    ("550 5.7.23 The message was rejected because of Sender Policy Framework violation", "auth_failed"),
    ("550 SPF check failed: 192.0.2.1 is not allowed to send mail from example.com", "auth_failed"),
    ("550 5.7.1 Email rejected per DMARC policy for example.com", "auth_failed"),
    ("550 5.7.1 This message has been rejected as spam", "spam_content"),
    ("552 5.7.0 Message contains a virus: Eicar-Test-Signature", "harmful_content"),
    ("451 4.7.1 Greylisting in action, please come back later", "greylisted"),
    ("554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "mailbox_full"),
    ("550 5.2.1 Mailbox for kim@example.com is disabled", "recipient_disabled"),
    ("550 No such user here", "recipient_unknown"),
    ("450 4.2.1 The user you are trying to contact is receiving mail too quickly.", "recipient_rate"),
    ("550 5.4.5 Daily user sending quota exceeded. gsmtp", "quota"),
    ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "relay_denied"),
    ("connect to mx.example.com[192.0.2.1]:25: Connection refused", "network"),
    ("554 5.4.6 Too many hops", "routing"),
    ("550 4.4.7 QUEUE.Expired; message expired", "expired"),
    ("554 5.6.0 Bad header: Duplicate header Message-ID", "malformed"),
    ("550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList; sender not in allowed-senders list", "recipient_refused"),
    ("550 The recipient does not accept mail from this sender", "recipient_refused"),
    ("550 5.7.1 Message rejected due to local policy", "policy"),
    ("554 5.7.1 Reverse DNS lookup failed for 192.0.2.1", "sender_dns"),
    ("550 Utilisateur inconnu", "recipient_unknown"),
    ("552 Boîte aux lettres pleine", "mailbox_full"),
    ("550 Empfänger unbekannt", "recipient_unknown"),
    ("550 5.1.1 We did not send to this address because it is on the suppression list for your account", "suppressed"),
    # the text against the number
    ("552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", "mailbox_full"),
    ("550 5.1.1 <kim@example.com> has sent to too many recipients this hour. IB607", "sender_rate"),
    ("550 5.4.1 Recipient address rejected: Access denied [AM0EUR02.prod.outlook.com]", "recipient_unknown"),
    ("552 5.2.2 The account is out of storage space and inactive. gsmtp", "recipient_disabled"),
    ("550 5.1.6 recipient no longer on server: kim@example.com", "recipient_disabled"),
    ("550 5.7.26 The sender is unauthenticated. gsmtp", "auth_failed"),
    ("550 5.7.26 Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocklisted"),
]


@pytest.mark.parametrize(("text", "category"), MEANINGS)
def test_words_mean_what_they_say(text, category):
    assert explain(text).category == category


GUIDE = [
    ("421 4.7.0 Service temporarily unavailable", "remote_failure", "Retry in 5-15 minutes"),
    ("450 4.7.1 Mailbox temporarily unavailable", "remote_failure", "Retry in 30-60 minutes"),
    ("451 4.4.5 Server too busy", "remote_failure", "Retry with reduced connection count"),
    ("452 4.2.2 Mailbox full", "mailbox_full", "Remove from list"),
    ("550 5.7.1 Authentication failed", "credentials", "Verify your username and password"),
    ("550 5.1.1 User unknown", "recipient_unknown", "Remove from list immediately"),
    ("550 5.1.6 Spam not accepted", "spam_content", "Review content, check for spam triggers"),
    ("550 5.7.26 Service refused", "auth_failed", "Check for blacklisting"),
    ("554 5.7.1 Message blocked", "policy", "remove problematic links"),
]


@pytest.mark.parametrize(("text", "category", "action"), GUIDE)
@pytest.mark.parametrize("whole", [True, False], ids=["with its text", "the code alone"])
def test_the_usual_advice_is_among_the_readings(text, category, action, whole):
    found = explain(text if whole else " ".join(text.split()[:2]))
    assert any(told.by == "guide" and action in (told.action or "") for told in found.readings)
    if whole:
        assert found.category == category


@pytest.mark.parametrize("code", ["550 5.7.26", "550 5.7.1", "554 5.7.1", "550 5.1.6", "550", "554"])
def test_a_number_that_is_used_for_several_things_decides_nothing(code):
    found = explain(code)
    assert found.ambiguous or found.registry is not None
    assert found.alternatives
    assert found.suppress in ("no", "yes")
    assert found.notes


def test_a_code_alone_shows_what_the_book_and_what_practice_say():
    found = explain("550 5.7.26")
    assert found.category == "auth_failed"
    assert found.ambiguous
    assert "blocklisted" in {one.category for one in found.alternatives}


@pytest.mark.parametrize(("code", "digit"), [("599", "5xx"), ("499", "4xx"), ("299", "2xx")])
def test_a_code_that_nobody_knows_is_still_explained_by_its_class(code, digit):
    found = explain(code)
    assert found.decided_by.by == "class" or found.category == "accepted"
    assert any(digit in told.meaning for told in found.readings)


def test_an_enhanced_code_in_no_registry_falls_back_to_its_subject():
    found = explain("550 5.7.999 zzz")
    assert found.category == "policy"
    assert any("no registry" in note for note in found.notes)


def test_the_example_of_the_contract():
    found = explain("421 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org")
    assert (found.basic, found.enhanced, found.form, found.provider) == ("421", "5.7.1", "smtp", "spamhaus")
    assert (found.category, found.permanence, found.retry, found.suppress) == (
        "blocklisted",
        "ambiguous",
        "delist",
        "no",
    )
    assert (found.who_acts, found.suspects) == ("sender", ("dnsbl",))
    assert (found.decided_by.by, found.decided_by.what) == ("text", "blocked using zen.spamhaus.org")
    assert found.decided_by.rule == "spamhaus-002"


def test_a_list_that_refused_the_question_is_the_receivers_fault():
    found = explain(
        "554 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org; Error: open resolver; 127.255.255.254"
    )
    assert (found.category, found.who_acts, found.suppress) == ("remote_failure", "recipient", "no")


def test_the_provider_that_spoke_is_preferred():
    text = "550 5.7.30 Your email did not pass DKIM"
    assert classify(parse_reply(text), "gmail").reading.rule.provider == "gmail"
    assert classify(parse_reply(text), host="gmail-smtp-in.l.google.com").provider == "gmail"


def test_the_recipients_domain_is_no_provider():
    assert explain("550 5.1.1 <kim@gmail.com>: user unknown").provider is None


def test_words_inside_an_address_are_its_owners():
    assert explain("550 5.1.1 <spam.virus.blocked@dmarc.example>: user unknown").category == "recipient_unknown"


def test_a_quoted_reply_is_the_cause_and_the_outer_one_the_verdict():
    found = explain(
        "554 5.7.1 delivery failed: host mx.example.net[192.0.2.9] said: 550 5.7.26 sender is unauthenticated "
        "(in reply to end of DATA command)"
    )
    assert (found.basic, found.enhanced, found.category) == ("554", "5.7.1", "auth_failed")
    assert found.inner is not None
    assert found.inner.enhanced == "5.7.26"


def test_an_expired_message_is_expired_and_keeps_its_cause():
    found = explain(
        "554 5.4.7 [internal] message timeout (last transfail: 421 4.7.0 [TSS04] deferred due to user complaints)"
    )
    assert found.category == "expired"
    assert found.alternatives[0].category == "reputation"
    assert found.suppress == "no"


def test_classes_that_disagree_are_ambiguous_and_said():
    found = explain("421 5.7.32 Your email was blocked because the From: header isn't aligned")
    assert found.permanence == "ambiguous"
    assert any("disagree" in note for note in found.notes)


@pytest.mark.parametrize("text", ["550 4.7.1 Greylisted, please retry"])
def test_greylisting_passes_whatever_its_number(text):
    found = explain(text)
    assert (found.permanence, found.retry, found.suppress) == ("temporary", "later", "no")


@pytest.mark.parametrize("code", ["450 4.1.1", "451 4.1.1", "450 4.2.1"])
def test_a_temporary_refusal_suppresses_nobody_at_once(code):
    assert explain(f"{code} user unknown").suppress in ("no", "after_repeats")


@given(
    st.sampled_from([rule for rule in KNOWN.rules if rule.category in SENDER_CAUSED]),
    st.sampled_from(["550 5.7.1", "554 5.1.1", "550 5.2.1", "421 4.7.0", "550 5.1.10", ""]),
)
def test_nothing_that_the_sender_caused_suppresses_the_address(rule, codes):
    patterns = [needle.pattern for needle in KNOWN.needles if KNOWN.rules[needle.rule].id == rule.id]
    for pattern in patterns[:3]:
        words = "".join(char if char.isalnum() or char in " .-@" else " " for char in pattern)
        found = explain(f"{codes} {words}", provider=rule.provider or None)
        if found.category in SENDER_CAUSED:
            assert found.suppress == "no"


@given(
    st.sampled_from(["550", "554", "421", "451", "552"]), st.sampled_from(sorted(KNOWN.enhanced)), st.text(max_size=60)
)
def test_every_answer_speaks_the_words_of_the_contract(basic, subject, words):
    found = explain(f"{basic} {basic[0]}.{subject} {words}")
    assert found.category in KNOWN.categories
    assert found.permanence in ("permanent", "temporary", "ambiguous")
    assert found.retry in ("no", "later", "slower", "split", "fix", "delist")
    assert found.suppress in ("no", "yes", "domain", "this_sender", "after_repeats", "already")
    assert found.who_acts in ("sender", "recipient", "provider", "nobody", "unknown")
    categories = [found.category, *(one.category for one in found.alternatives)]
    assert len(categories) == len(set(categories))
    assert found.sources or found.decided_by.rule is None


def shortest(items):
    """The simplest text that a parsed pattern matches."""
    text = ""
    for kind, value in items:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind is op.SUBPATTERN:
            text += shortest(value[3])
        elif kind is op.BRANCH:
            text += shortest(value[1][0])
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            text += shortest(value[2]) * value[0]
        elif kind is op.IN:
            first, what = value[0]
            text += chr(what) if first is op.LITERAL else chr(what[0]) if first is op.RANGE else "7"
        elif kind is op.ANY:
            text += "x"
    return text


def code_of(pattern):
    return shortest(parser.parse(pattern.replace("[45]", "5"))) if pattern else ""


def test_a_providers_own_words_with_its_own_codes_mean_what_its_rule_says():
    wrong = []
    for needle in KNOWN.needles:
        rule, pattern = KNOWN.rules[needle.rule], needle.pattern
        if rule.provider:
            text = f"{code_of(rule.basic)} {code_of(rule.enhanced)} {shortest(parser.parse(pattern))}"
            found = explain(text, rule.provider)
            if found.category != rule.category:
                wrong.append((rule.id, text, found.category))
    # Two patterns need more between their words than the simplest text has.
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 mailbox unavailable due to your poor reputation",
        "550 5.1.1 mailbox unavailable due to DMARC policy of example.com",
        "550 5.2.1 mailbox unavailable due to spam from your IP; your IP is blacklisted",
        "550 5.1.1 no such user; your IP is blacklisted",
    ],
)
def test_words_about_the_sender_beside_the_recipients_suppress_nothing(text):
    assert explain(text).suppress == "no"


@pytest.mark.parametrize("code", ["550 5.1.1", "550 5.1.2", "550 5.1.10", "550 5.2.1", "550", "553 5.1.3"])
@pytest.mark.parametrize("words", ["no such user", "Domain not found", "account disabled", "null MX", "Fnord", ""])
def test_what_answers_mail_from_gives_up_no_recipient(code, words):
    found = explain(f"host mx.example.net[203.0.113.5] said: {code} {words} (in reply to MAIL FROM command)")
    assert found.category not in ("recipient_unknown", "recipient_disabled", "recipient_domain")
    assert found.suppress == "no"


@pytest.mark.parametrize(
    "said",
    ["the sender is unknown here", "your mailbox is not one of ours", "reply-to: fnord", "the originator is no more"],
)
@pytest.mark.parametrize("code", ["550 5.1.1", "550 5.2.1", "550 5.1.2 sender"])
def test_words_about_the_sender_give_up_no_recipient_even_where_a_number_decides(code, said):
    assert explain(f"{code} {said}").suppress == "no"


def test_an_error_of_a_service_is_not_read_by_rules_for_a_phase_of_smtp():
    body = '{"message":"Domain example.com is not allowed to send: The domain is unverified"}'
    found = explain(body)
    assert (found.form, found.category) == ("api", "account")
