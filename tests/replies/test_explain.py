"""API errors, masks, and the shape of what `explain` gives back."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.catalogue import catalogue
from checks.replies.explain import explain

FIELDS = (
    *(
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
    ),
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


@pytest.mark.parametrize("text", ["550 5.1.1 user unknown", "250", "rate_limited", "zzz", ""])
def test_every_field_of_the_contract_is_there_and_none_is_left_out(text):
    written = json.loads(msgspec.json.encode(explain(text)))
    assert set(FIELDS) <= set(written)


BODIES = [
    (
        '{"statusCode":429,"name":"daily_quota_exceeded","message":"You have reached your daily quota"}',
        None,
        None,
        "resend",
        "quota",
    ),
    (
        '{"name":"validation_error","statusCode":403,"message":"The example.com domain is not verified"}',
        None,
        None,
        "resend",
        "account",
    ),
    (
        '{"ErrorCode":406,"Message":"You tried to send to a recipient that has been marked as inactive."}',
        None,
        422,
        "postmark",
        "suppressed",
    ),
    ('{"ErrorCode":413,"Message":"You are not allowed to send"}', None, 422, "postmark", "account"),
    ('{"errors":[{"message":"Maximum credits exceeded","field":null,"help":null}]}', None, 401, "sendgrid", "quota"),
    (
        '{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked","field":null,"help":null}]}',
        None,
        401,
        "sendgrid",
        "credentials",
    ),
    (
        '{"status":"error","code":-1,"name":"Invalid_Key","message":"Invalid API key"}',
        None,
        500,
        "mandrill",
        "credentials",
    ),
    ('{"code":"not_enough_credits","message":"no credits"}', None, 402, "brevo", "quota"),
    ('{"message":"Forbidden"}', "mailgun", 401, "mailgun", "credentials"),
    ('{"errors":[{"message":"limit","code":"2102","description":"daily"}]}', None, 420, "sparkpost", "quota"),
    (
        '{"ErrorIdentifier":"x","ErrorCode":"mj-0013","StatusCode":400,"ErrorMessage":"bad"}',
        None,
        None,
        "mailjet",
        "recipient_unknown",
    ),
    ('{"__type":"AccountSendingPausedException","message":"paused"}', None, 400, "ses", "account"),
    (
        "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Maximum sending rate exceeded.</Message></Error>"
        "</ErrorResponse>",
        None,
        400,
        "ses",
        "quota",
    ),
    (
        "An error occurred (MessageRejected) when calling the SendEmail operation: Email address is not verified.",
        None,
        None,
        "ses",
        "account",
    ),
    ('{"code":"400009","message":"sender"}', "zoho-campaigns", 400, "zoho-campaigns", "account"),
    ('{"error":"Invalid API Token"}', "mailpace", 400, "mailpace", "credentials"),
    ('{"error":"Daily limit exceeded"}', "emailit", 429, "emailit", "quota"),
    ("406", "postmark", None, "postmark", "suppressed"),
]


@pytest.mark.parametrize(("body", "provider", "http", "whose", "category"), BODIES)
def test_an_error_of_a_service_is_found_by_its_name(body, provider, http, whose, category):
    found = explain(body, provider, http)
    assert (found.form, found.provider, found.category) == ("api", whose, category)
    assert found.sources
    assert found.suppress in ("no", "yes", "already")


@pytest.mark.parametrize("advice", catalogue().guide_errors, ids=lambda advice: advice.name)
def test_the_common_names_are_explained_alone(advice):
    found = explain(advice.name)
    assert (found.form, found.name, found.category) == ("api", advice.name, advice.category)
    assert advice.action in found.action


@pytest.mark.parametrize(
    ("http", "category"),
    [(401, "credentials"), (429, "quota"), (413, "message_limits"), (503, "remote_failure"), (422, "bad_request")],
)
def test_an_unknown_error_is_read_by_its_status_and_says_so(http, category):
    found = explain('{"zzz":1}', None, http)
    assert found.category == category
    assert found.ambiguous
    assert any(f"HTTP {http}" in note for note in found.notes)


def test_a_reply_inside_a_webhook_is_explained():
    found = explain('{"event":"bounce","reason":"550 5.1.1 The email account that you tried to reach does not exist"}')
    assert (found.basic, found.category) == ("550", "recipient_unknown")


SECRETS = [
    ("535 5.7.8 failed: AUTH PLAIN AGtpbUBleGFtcGxlLmNvbQBodW50ZXIy", "AGtpbUBleGFtcGxlLmNvbQBodW50ZXIy"),
    ("Authorization: Bearer re_123456789abcdefghijkl", "re_123456789abcdefghijkl"),
    (
        '{"message":"API key SG.abcdefghijklmnopqrstuv.wxyzabcdefghijklmnopqrstuvwxyz is invalid"}',
        "SG.abcdefghijklmnop",
    ),
    ('{"api_key": "hunter2hunter2", "message":"x y"}', "hunter2hunter2"),
    ("X-Postmark-Server-Token: 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "9b1deb4d-3b7d"),
    ("The security token AKIAIOSFODNN7EXAMPLE is invalid", "AKIAIOSFODNN7EXAMPLE"),
    ("password=hunter2secret user=kim", "hunter2secret"),
    ("535 5.7.8 334 VXNlcm5hbWU6\naHVudGVyMg==", "aHVudGVyMg"),
    ("535 5.7.8 AUTH CRAM-MD5 aHVudGVyMg==", "aHVudGVyMg"),
    ("535 5.7.8 Basic aHVudGVyMg==", "aHVudGVyMg"),
    ("401 API key hunter2hunter is invalid", "hunter2hunter"),
    ("401 sg.abcdefghijklmnopqrstuv is invalid", "abcdefghijklmnop"),
    ("401 re_12345678 is invalid", "12345678"),
    ("401 key-123abc is invalid", "123abc"),
    ("401 xkeysib-abcdef is invalid", "abcdef"),
    ("535 kim:hunter2@mail.example.com is refused", "hunter2"),
    ("535 5.7.8 password is hunter2hunter", "hunter2hunter"),
    ('401 {\\"api_key\\":\\"hunter2\\"}', "hunter2"),
    ("401 client_secret=hunter2", "hunter2"),
    ("401 https://api.example.com/?key=hunter2", "hunter2"),
    ("401 Bearer: hunter2hunter", "hunter2hunter"),
    ("401 Bearer\x00 hunter2hunter", "hunter2hunter"),
    ("401 -----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "hunter2"),
    ("smtp://kim:hunter2@mail.example.com refused: 535 5.7.8 no", "hunter2"),
    ("535 5.7.8 auth=c2VjcmV0cGFzcw== failed", "c2VjcmV0"),
    ('535 5.7.8 auth="hunter2"', "hunter2"),
    ("535 auth_key=abcdef12", "abcdef12"),
    ("401 Ｂｅａｒｅｒ hunter2hunter2", "hunter2"),
    ("401 Ｂｅａｒｅｒ\u3000ｈｕｎｔｅｒ２ｈｕｎｔｅｒ２", "ｈｕｎｔｅｒ"),
    ("401 Bea\u200brer hunter2hunter2", "hunter2"),
    ("401 Bear\u00ader hunter2hunter2", "hunter2"),
    ("401 pass\u2060word=hunter2", "hunter2"),
    ("swaks -au kim -ap hunter2: 535 5.7.8 no", "hunter2"),
    ("mysql -p hunter2 535", "hunter2"),
    ("msmtp --password=hunter2: 535 5.7.8", "hunter2"),
    ("msmtp --password hunter2: 535 5.7.8", "hunter2"),
    ("curl -u kim:hunter2 https://api.example.com", "hunter2"),
    ("550 5.7.1 key=hunter2hunter refused", "hunter2"),
    ("401 sasl_password: hunter2", "hunter2"),
    ("401 AWS_SECRET_ACCESS_KEY=hunter2hunter", "hunter2"),
    ("401 refresh_token=hunter2hunter", "hunter2"),
    ("401 passphrase=hunter2", "hunter2"),
    ("401 https://files.example.com/x?sig=hunter2&se=1", "hunter2"),
    ("401 Authorization: ApiKey hunter2hunter", "hunter2"),
    ('401 Authorization: Digest username="kim", response="hunter2"', "hunter2"),
    ('401 {"Authorization": "Bearer hunter2hunter"}', "hunter2"),
    ("404 https://hooks.slack.com/services/T0/B0/hunter2", "hunter2"),
    ("404 https://discord.com/api/webhooks/123/hunter2", "hunter2"),
    ("404 https://example.webhook.office.com/webhookb2/hunter2", "hunter2"),
    ("404 https://api.telegram.org/bot123456:hunter2hunter/sendMessage", "hunter2"),
    ("404 tgram://123456:hunter2/chat", "hunter2"),
    ("401 ghp_hunter2hunter2hunter2hunter2", "hunter2"),
    ("401 xoxb-123-456-hunter2hunter2", "hunter2"),
    ("401 AIzaSyhunter2hunter2hunter2hunter2", "hunter2"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_credential_is_masked_everywhere(text, secret):
    assert secret not in msgspec.json.encode(explain(text)).decode()
    assert secret not in msgspec.json.encode(explain(text, "sendgrid", 401)).decode()


def test_a_reply_about_authentication_is_not_masked_away():
    assert "unauthenticated" in explain("550 5.7.26 the sender is unauthenticated").input
    for text in (
        "550 5.1.1 to:kim2@example.net: user unknown",
        "535 5.7.8 password incorrect, basic authentication is disabled",
        "550 5.7.1 token expired; API key missing",
        "450 4.7.1 https://example.com/re_try/key-words",
        "550 5.7.1 auth=pass (CRAM-MD5) 250-AUTH=PLAIN LOGIN",
        "telnet -p 587 said 550",
        "550 5.7.20 no key for this: k=rsa key=rsa key=s2._domainkey.example.com",
        "550 5.7.1 invalid credentials: see https://example.com/hooked",
        "535 5.7.3 Authentication unsuccessful [AM0P190CA0021.EURP190.PROD.OUTLOOK.COM]",
        "550 boîte pleine … « pas de place »",
    ):
        assert explain(text).input == text


def test_a_credential_that_a_cut_divides_is_masked():
    text = "550 " + "a " * 1980 + " key-0123456789abcdef0123456789"
    for begins in range(40):
        assert "0123456789" not in explain("550 " + "a" * begins + text).input


@given(st.text(max_size=400), st.sampled_from([None, "gmail", "sendgrid", "zzz"]), st.sampled_from([None, 200, 429]))
def test_any_text_is_explained_twice_alike_and_without_control_characters(text, provider, http):
    found = explain(text, provider, http)
    again = msgspec.json.encode(found)
    assert again == msgspec.json.encode(explain(text, provider, http))
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in found.input + found.decided_by.what)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_any_json_is_explained(document):
    explain(json.dumps(document), None, 400)
