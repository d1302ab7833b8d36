"""What an answer says as a whole: sure only where something decided, one advice, one story; who wrote it, and when."""

import json

import pytest

from checks.replies.catalogue import catalogue
from checks.replies.explain import explain
from checks.replies.shapes import Stream
from healthcheck.render.codes import entries, found
from healthcheck.render.explain import render


@pytest.mark.parametrize("text", ["550 5.7.26", "550 5.7.26 Service refused", "550 5.1.6", "550", "450 4.7.1"])
def test_where_only_a_number_of_several_uses_decided_the_answer_is_ambiguous(text):
    assert explain(text).ambiguous


@pytest.mark.parametrize("text", ["550 5.1.1", "452 4.2.2", "550 5.1.6 recipient no longer on server"])
def test_a_firm_number_or_words_that_decided_are_not_ambiguous(text):
    assert not explain(text).ambiguous


def test_an_address_is_not_given_up_for_a_number_that_others_read_as_spam():
    answer = explain("550 5.1.6")
    assert (answer.category, answer.suppress) == ("recipient_disabled", "no")
    assert "spam_content" in [other.category for other in answer.alternatives]


PHASES = [
    ("550 5.1.1 nobody here (in reply to end of DATA command)", "end-of-data"),
    ("550 5.1.1 nobody here (in reply to RCPT TO command)", "rcpt"),
    ("lost connection with mx.example.net[192.0.2.9] while performing the EHLO handshake", "ehlo"),
    ("lost connection with mx.example.net[192.0.2.9] while receiving the initial server greeting", "connect"),
    ("lost connection with mx.example.net[192.0.2.9] while sending end of data -- message may be sent more than once", "end-of-data"),
    ("conversation with mx.example.net[192.0.2.9] timed out while sending RCPT TO", "rcpt"),
    ("connect to mx.example.net[192.0.2.9]:25: Connection refused", "connect"),
    ("SASL authentication failed; server mx.example.net[192.0.2.9] said: 535 5.7.8 Error: authentication failed", "auth"),
    ("550 5.7.1 blocked while we look into it", None),
    ("550 5.7.1 we do not connect to strangers", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "phase"), PHASES)
def test_the_phase_is_told_by_words_outside_of_every_wrapper_too(text, phase):
    assert explain(text).phase == phase
    assert json.loads(Stream().explained(text))["phase"] == phase


def test_the_words_of_a_log_behind_a_reply_are_not_the_servers():
    words = "550 5.0.0 refused (in reply to RCPT TO command)"
    assert explain(words).decided_by == explain("550 5.0.0 refused").decided_by


WRITTEN_BY = [
    ("450 4.1.8 <news@example.com>: Sender address rejected: Domain not found", None, "postfix", "sender_dns"),
    ("450 4.1.8 <news@example.com>: Sender address rejected: Domain not found", "icloud", "icloud", "sender_dns"),
    ("550 Administrative prohibition", None, None, "policy"),
    ("550 Administrative prohibition, ask your postmaster", None, None, "policy"),
    ("550 Administrative prohibition", "mimecast", "mimecast", "recipient_refused"),
    ("421 Too many concurrent SMTP connections", None, None, "sender_rate"),
    ("421 mx.example.net: Too many concurrent SMTP connections; please try again later.", None, "exim", "sender_rate"),
    ("421 Too many concurrent SMTP connections", "ses-smtp", "ses-smtp", "sender_rate"),
]


@pytest.mark.parametrize(("text", "told", "provider", "category"), WRITTEN_BY)
def test_words_that_anybody_may_say_name_no_provider_that_was_not_told(text, told, provider, category):
    answer = explain(text, told)
    assert (answer.provider, answer.category) == (provider, category)


def test_what_exchange_quotes_behind_an_arrow_is_the_cause():
    answer = explain("550 5.0.350 Remote server returned an error -> 550 Message contained unsafe content (ss)")
    assert (answer.category, answer.suppress) == ("harmful_content", "no")
    assert answer.inner is not None
    assert (answer.inner.basic, answer.inner.text) == ("550", "Message contained unsafe content (ss)")


@pytest.mark.parametrize("codes", ["550 5.7.1", "553 5.7.1"])
def test_a_sender_that_is_not_logged_in_lacks_a_login(codes):
    assert explain(f"{codes} <news@example.com>: Sender address rejected: not logged in").category == "credentials"


@pytest.mark.parametrize("text", ["expired, returned to sender", "status=expired, returned to sender"])
def test_a_queue_time_that_is_over_is_expired(text):
    answer = explain(text)
    assert (answer.category, answer.permanence, answer.suppress) == ("expired", "ambiguous", "no")


CLASSES = [
    ("2xx", "accepted", None, "the email was processed"),
    ("3xx", "accepted", None, "3xx"),
    ("4xx", "unknown", "temporary", "trying again later"),
    ("5xx", "unknown", "permanent", "will not help"),
    ("5.x.x", "unknown", "permanent", "will not help"),
]


@pytest.mark.parametrize(("text", "category", "permanence", "words"), CLASSES)
def test_a_class_is_explained_by_its_rule(text, category, permanence, words):
    answer = explain(text)
    assert (answer.category, answer.permanence, answer.suppress) == (category, permanence, "no")
    assert words in answer.meaning
    assert json.loads(Stream().explained(text))["meaning"] == answer.meaning


def test_a_code_of_the_registry_without_its_class_is_explained():
    answer = explain("X.7.26")
    assert (answer.enhanced, answer.category) == ("5.7.26", "auth_failed")
    assert "X stands for the class" in answer.notes[0]


@pytest.mark.parametrize("text", ["5.9.9", "4.9.1", "X.9.9"])
def test_a_code_that_no_registry_has_is_told_with_its_class(text):
    answer = explain(text)
    assert answer.permanence == ("temporary" if text[0] == "4" else "permanent")
    assert any("Nothing but the first digit" in note for note in answer.notes)


@pytest.mark.parametrize("text", ["550 5.1.1", "452 4.2.2", "550", "rate_limited"])
def test_every_source_has_an_address_that_can_be_opened_or_none(text):
    sources = explain(text).sources
    assert sources
    assert all(one.url is None or one.url.startswith("https://") for one in sources)


@pytest.mark.parametrize("text", ["Too many requests", "Rate limit reached, slow down"])
def test_a_services_429_is_its_quota_whatever_its_words(text):
    answer = explain(json.dumps({"message": text}), "resend", 429)
    assert (answer.category, answer.suspects) == ("quota", ())


@pytest.mark.parametrize("advice", catalogue().guide_codes, ids=lambda advice: advice.id)
def test_the_action_is_one_advice_and_the_usual_one_stands_among_the_readings(advice):
    answer = explain(f"{advice.basic} {advice.enhanced}".strip())
    ours = catalogue().categories[answer.category].action
    assert answer.action in (advice.action, ours) or answer.suppress == "no"
    assert answer.category == "accepted" or not (advice.action in answer.action and ours in answer.action)
    assert advice.action in [one.action for one in answer.readings]


def test_a_550_alone_keeps_the_address_in_every_line():
    answer = explain("550")
    assert answer.suppress == "no"
    assert answer.action.startswith("Keep the address for now")
    assert "it is not at fault" not in render([answer])


@pytest.mark.parametrize("text", ["550", "550 5.7.26", "550 5.7.26 Service refused", "550 5.7.1", "554 5.7.1", "5.9.9"])
def test_that_the_number_decides_little_is_said_once(text):
    told = [note for note in explain(text).notes if "used for several things" in note or "alone." in note]
    assert len(told) <= 1


@pytest.mark.parametrize("text", ["550 5.1.1", "550 5.7.26", "554 5.7.1 relay access denied"])
def test_a_permanent_reply_is_not_said_to_be_so_twice(text):
    assert "pass by itself" not in render([explain(text)])


def test_the_advice_that_misleads_comes_last_in_the_list_of_codes_and_is_marked():
    kept = found(catalogue(), "5.7.26")
    assert (kept[0].kind, kept[-1].kind) == ("enhanced", "advice")
    assert "But: By the registry" in kept[-1].text
    assert [one.kind for one in entries(catalogue())][-1] == "advice"
