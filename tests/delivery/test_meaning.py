"""What a failure means: one classification a template, and what the source itself knows."""

from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.events import FAILURES, KINDS, Place, address
from checks.delivery.meaning import Said, judged

HERE = Place("mail.log", 1)


def test_two_replies_of_one_template_keep_their_own_words():
    said = [
        Said(
            "bounced",
            "postfix",
            text=f"host mx.example.net[192.0.2.9] said: 550 5.1.1 <{who}@example.net>: user unknown (in reply to RCPT TO command)",
        )
        for who in ("kim", "lee")
    ]
    first, second = (judged(one, HERE) for one in said)
    assert first.reply == "550 5.1.1 <kim@example.net>: user unknown"
    assert second.reply == "550 5.1.1 <lee@example.net>: user unknown"
    assert first.category == second.category == "recipient_unknown"


def test_tokens_of_providers_are_no_part_of_what_varies():
    tokens = ("[TSS04]", "(S3150)")
    found = {
        judged(
            Said("deferred", "postfix", text=f"451 4.7.1 {token} Messages from 192.0.2.7 temporarily deferred"), HERE
        ).provider
        for token in tokens
    }
    assert len(found) == 2


def test_what_a_service_suppressed_was_no_new_failure_of_the_address():
    event = judged(Said("suppressed", "sendgrid", text="Bounced Address: 550 5.1.1 user unknown"), HERE)
    assert (event.category, event.suppress) == ("suppressed", "already")


def test_a_log_has_no_enhanced_code_where_the_remote_gave_none_and_a_report_states_one():
    log = judged(Said("bounced", "postfix", text="550 no such user", status="5.0.0"), HERE)
    report = judged(Said("bounced", "dsn", text="550 no such user", status="5.1.1"), HERE)
    assert log.enhanced is None
    assert report.enhanced == "5.1.1"


def test_a_credential_is_masked():
    event = judged(Said("bounced", "postfix", text="535 5.7.8 AUTH PLAIN AGtpbQBzZWNyZXQtcGFzc3dvcmQ= failed"), HERE)
    assert "AGtpb" not in (event.reply or "")


def test_an_address_is_reported_without_brackets_and_with_its_domain_in_lower_case():
    assert address("<Kim.O'Neil@Example.NET.>") == "Kim.O'Neil@example.net"
    assert address("rfc822; kim@example.net") == "kim@example.net"
    assert address("Kim <kim@example.net>") == "kim@example.net"
    assert address("<>") is None


@given(st.sampled_from(KINDS), st.text(max_size=200), st.one_of(st.none(), st.text(max_size=20)), st.text(max_size=60))
def test_any_text_gives_an_event(kind, text, status, who):
    event = judged(Said(kind, "postfix", text=text, status=status, recipient=who, sender=who), HERE)
    assert (event.category is not None) == (kind in FAILURES)
    assert (event.reply or "").isprintable()
    assert (event.recipient or "").isprintable()
