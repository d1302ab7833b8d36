"""`explain --batch`: one answer a line, in order, whatever the lines are."""

import json

import pytest

from tests.cli import spawn

ENVELOPES = [
    ({"reply": "550 5.1.1 user unknown"}, {"category": "recipient_unknown", "provider": None, "http": None}),
    (
        {"reply": "550-5.7.26 one\n550 5.7.26 the sender is unauthenticated", "host": "gmail-smtp-in.l.google.com"},
        {"category": "auth_failed", "provider": "gmail", "enhanced": "5.7.26"},
    ),
    ({"reply": "550 5.7.30 DKIM failed", "provider": "gmail", "host": None, "http": None}, {"provider": "gmail"}),
    (
        {"reply": '{"ErrorCode":406,"Message":"inactive"}', "provider": "postmark", "http": 422},
        {"category": "suppressed", "form": "api", "http": 422, "name": "406"},
    ),
    ({"reply": "", "provider": None}, {"category": "unknown", "input": ""}),
    ({"reply": "250 OK"}, {"category": "accepted", "permanence": None}),
]
BODIES = [
    ('{"statusCode":429,"name":"daily_quota_exceeded","message":"You have reached your daily quota"}', "quota"),
    ('{"errors":[{"message":"Maximum credits exceeded","field":null,"help":null}]}', "quota"),
    ("<Error><Code>Throttling</Code><Message>Maximum sending rate exceeded.</Message></Error>", "quota"),
    ('{"__type":"AccountSendingPausedException","message":"paused"}', "account"),
]


def answers(*lines: str) -> list[dict[str, object]]:
    done = spawn("explain", "--batch", input="".join(f"{line}\n" for line in lines).encode())
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_envelope_brings_its_context():
    found = answers(*(json.dumps(envelope) for envelope, _ in ENVELOPES))
    for (envelope, wanted), answer in zip(ENVELOPES, found, strict=True):
        assert {key: answer[key] for key in wanted} == wanted, envelope


def test_a_body_of_a_service_is_a_reply_of_its_own():
    found = answers(*(body for body, _ in BODIES))
    assert [(one["form"], one["category"]) for one in found] == [("api", category) for _, category in BODIES]


@pytest.mark.parametrize("place", range(4))
def test_a_blank_line_has_its_answer_in_its_place(place):
    lines = ["550 5.1.1 user unknown", "452 4.2.2 mailbox full", "250 OK"]
    lines.insert(place, "" if place % 2 else "   ")
    found = answers(*lines)
    assert len(found) == 4
    assert (found[place]["category"], found[place]["basic"]) == ("unknown", None)
    rest = [one["category"] for number, one in enumerate(found) if number != place]
    assert rest == ["recipient_unknown", "mailbox_full", "accepted"]


def test_envelopes_bodies_and_replies_may_be_mixed():
    found = answers(json.dumps(ENVELOPES[1][0]), "", BODIES[0][0], "421 4.7.0 busy", '{"reply": 5}', '{"reply":')
    assert [one["basic"] for one in found[:4]] == ["550", None, None, "421"]
    assert len(found) == 6


def test_the_same_line_has_the_same_bytes_wherever_it_stands():
    done = spawn("explain", "--batch", input=b"550 5.1.1 user unknown\n450 4.7.1 greylisted\n550 5.1.1 user unknown\n")
    first, _, last = done.stdout.splitlines()
    assert first == last
