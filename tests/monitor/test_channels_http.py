"""HTTP: what is sent to a real receiver, what is made of its answer, and that no address is ever told to anybody."""

import base64
import gzip
import hashlib
import hmac
import json
import logging
import re
import time
from pathlib import Path

import httpx
import msgspec
import pytest
import respx

from healthcheck.config.model import AlertTable
from healthcheck.config.secrets import Secret
from healthcheck.monitor.alert import Alert, Kind, key_of
from healthcheck.monitor.channels import Channel, Told, Untold
from healthcheck.monitor.channels_http import (
    PAGERDUTY,
    alertmanager_body,
    fate_of,
    pagerduty_body,
    signed,
    slack_body,
    webhook_body,
)
from healthcheck.net.http import LARGEST_REPLY, NoReply, Reply, fault_of, post
from tests.monitor.receivers import certificate, receiver

ROOT = Path(__file__).parent.parent.parent
NOW = "2026-11-22T14:03:00Z"
TOKEN = "xoxb-SECRETSECRETSECRET"
PROBLEM = Alert(
    Kind.PROBLEM, key_of("problem", "shop.example", "spf.lookup-limit"), "error",
    "shop.example: evaluating SPF needs 12 DNS lookups, the limit is 10", "permerror at every receiver",
    "publish:\nshop.example. TXT \"v=spf1 -all\"", domains=("shop.example",), count=1, checks=("spf.lookup-limit",),
    since="2026-11-22T13:00:00Z", at=NOW,
)  # fmt: skip
OVER = msgspec.structs.replace(PROBLEM, kind=Kind.RECOVERY, severity="info", over=True, at="2026-11-22T15:00:00Z")
HOSTILE = msgspec.structs.replace(
    PROBLEM,
    title="x` <!channel> @everyone *b* <https://evil.example|click>\x1b[31m\u202egnp",
    text="```\n<!here> &amp;\r\n.\r\nBcc: everyone@example.com\x00" + "A" * 100_000,
    remedy="`<@U1>`\n```",
)


def literal(text):
    return Secret("literal", "", text)


def channel(kind, url, **more):
    return Channel(AlertTable(name="ops", kind=kind, url=literal(url), **more), {})


def test_a_webhook_is_signed_as_standard_webhooks_does():
    # The example of the specification (Standard Webhooks 1.0).
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def verifier():
    """The receiver's side as docs/operate.md shows it."""
    page = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    names = {}
    exec(compile(code, "docs/operate.md", "exec"), names)
    return names["is_genuine"]


def test_what_the_documentation_shows_verifies_what_is_sent():
    is_genuine = verifier()
    with receiver() as told:
        fate = channel("webhook", f"{told.url}/hook", key=literal("a key of mine")).send(PROBLEM)
    assert isinstance(fate, Told)
    (_, headers, body), now = told.got[0], time.time()
    lower = {name.lower(): value for name, value in headers.items()}
    assert is_genuine(lower, body, b"a key of mine", now)
    assert not is_genuine(lower, body + b" ", b"a key of mine", now), "another body"
    assert not is_genuine(lower, body, b"another key", now)
    assert not is_genuine(lower, body, b"a key of mine", now + 3600), "a replay an hour later"
    assert not is_genuine({**lower, "webhook-timestamp": str(int(now) - 60)}, body, b"a key of mine", now)


def test_a_webhook_carries_the_whole_alert_and_an_idempotency_key():
    with receiver() as told:
        assert isinstance(channel("webhook", f"{told.url}/hook?t=1").send(PROBLEM), Told)
    path, headers, body = told.got[0]
    assert path == "/hook?t=1"
    assert headers["webhook-id"] == headers["Idempotency-Key"] == PROBLEM.event_key
    assert "webhook-signature" not in headers, "without a key nothing is signed"
    said = json.loads(body)
    assert said["schema"] == "healthcheck.alert/1"
    assert said["dedup_key"] == PROBLEM.dedup_key
    assert said["domains"] == ["shop.example"]
    assert not said["over"]


def test_the_same_alert_twice_is_the_same_request_but_for_its_time():
    with receiver() as told:
        for _ in range(2):
            channel("webhook", told.url).send(PROBLEM)
    (_, first, one), (_, second, two) = told.got
    assert one == two
    assert first["Idempotency-Key"] == second["Idempotency-Key"]


def test_a_key_that_is_no_base64_is_said_and_not_repeated():
    fate = channel("webhook", "http://127.0.0.1:1/", key=literal("whsec_***notbase64***")).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.ours
    assert "notbase64" not in fate.why


def test_slack_gets_no_link_no_mention_and_no_format_of_a_stranger():
    said = json.loads(slack_body(HOSTILE))
    assert set(said) == {"text", "unfurl_links", "unfurl_media"}
    text = said["text"]
    assert "<" not in text
    assert ">" not in text
    assert len(text) < 4000
    head, title, *rest = text.split("\n")
    assert head == "healthcheck: *problem* (error)"
    assert title.count("`") == 2
    assert title[0] == title[-1] == "`"
    assert "@everyone" in title, "inside code nobody is called"
    assert "\x1b" not in text
    assert "\u202e" not in text
    inside = "\n".join(rest)
    assert inside.count("```") == 2, "and the block is left where we leave it"
    assert "`" not in inside.replace("```", "")


def test_slack_reads_as_a_person_would_write_it():
    text = json.loads(slack_body(PROBLEM))["text"]
    assert text == (
        "healthcheck: *problem* (error)\n`shop.example: evaluating SPF needs 12 DNS lookups, the limit is 10`\n"
        '```\npermerror at every receiver\n\npublish:\nshop.example. TXT "v=spf1 -all"\n```\nsince 2026-11-22T13:00:00Z'
    )


def test_an_end_at_the_alertmanager_has_the_labels_of_its_beginning():
    (fired,) = json.loads(alertmanager_body(PROBLEM, None))
    (ended,) = json.loads(alertmanager_body(OVER, PROBLEM))
    assert fired["labels"] == ended["labels"]
    assert fired["labels"]["severity"] == "error"
    assert fired["labels"]["domain"] == "shop.example"
    assert fired["startsAt"] == ended["startsAt"] == "2026-11-22T13:00:00Z"
    assert ended["endsAt"] == OVER.at
    assert fired["endsAt"] > "2026-11-28", "without an end the Alertmanager would drop it after five minutes"


def test_an_alert_that_becomes_worse_ends_what_stood_under_its_old_labels():
    worse = msgspec.structs.replace(PROBLEM, severity="critical", at="2026-11-22T14:30:00Z")
    ended, fired = json.loads(alertmanager_body(worse, PROBLEM))
    assert (ended["labels"]["severity"], ended["endsAt"]) == ("error", worse.at)
    assert fired["labels"]["severity"] == "critical"


def test_a_test_ends_by_itself_at_the_alertmanager():
    (fired,) = json.loads(alertmanager_body(msgspec.structs.replace(PROBLEM, kind=Kind.TEST), None))
    assert fired["endsAt"] == "2026-11-22T14:08:00Z"
    assert fired["labels"]["alertname"] == "HealthcheckTest"


@pytest.mark.parametrize("end", ["", "/", "/api/v2/alerts", "/api/v2/alerts/"])
def test_the_alertmanagers_address_may_be_given_with_its_path_or_without(end):
    with receiver() as told:
        channel("alertmanager", told.url + end).send(PROBLEM)
    assert told.got[0][0].rstrip("/") == "/api/v2/alerts"


def test_pagerduty_triggers_and_resolves_one_incident():
    trigger, resolve = json.loads(pagerduty_body(PROBLEM, "r" * 32)), json.loads(pagerduty_body(OVER, "r" * 32))
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]
    assert len(trigger["dedup_key"]) <= 255
    assert trigger["payload"]["severity"] in ("critical", "error", "warning", "info")
    assert trigger["payload"]["source"] == "shop.example"
    assert "payload" not in resolve


def test_pagerduty_takes_no_summary_that_is_too_long():
    event = json.loads(pagerduty_body(msgspec.structs.replace(HOSTILE, title="x" * 5000), "k"))
    assert len(event["payload"]["summary"]) <= 1024
    assert len(json.dumps(event)) < 512 * 1024


@pytest.mark.parametrize(
    "form", [slack_body, webhook_body, lambda x: alertmanager_body(x, None), lambda x: pagerduty_body(x, "k")]
)
def test_every_body_is_utf_8_json_whatever_strangers_wrote(form):
    json.loads(form(HOSTILE).decode("utf-8"))


@respx.mock
def test_pagerduty_is_asked_at_its_own_address_where_none_is_given():
    asked = respx.post(PAGERDUTY).mock(return_value=httpx.Response(202, json={"status": "success"}))
    table = AlertTable(name="pd", kind="pagerduty", key=literal("r" * 32))
    assert isinstance(Channel(table, {}).send(PROBLEM), Told)
    assert json.loads(asked.calls[0].request.content)["routing_key"] == "r" * 32


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (410, False),
        (413, False),
        (408, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_4xx_is_final_except_408_and_429(status, again):
    assert fate_of(Reply(status, "", "no_service"), NOW) == Untold(f"answered {status} no_service", again)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("999999999999999999", 3600.0),
        ("0", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("Sun, 22 Nov 2026 14:05:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 13:05:00 GMT", 0.0),
        ("Sun, 22 Nov 9999 13:05:00 GMT", 3600.0),
    ],
)
def test_retry_after_is_honoured_and_bounded(text, seconds):
    fate = fate_of(Reply(429, text), NOW)
    assert isinstance(fate, Untold)
    assert fate.wait == seconds


def test_a_redirection_is_never_followed():
    with receiver() as other, receiver((307, {"Location": other.url}, b"")) as told:
        fate = channel("webhook", told.url).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert not fate.again
    assert "not followed" in fate.why
    assert not other.got


def endless(size):
    for _ in range(size // 65536):
        yield b"x" * 65536


def test_a_reply_without_end_is_read_as_far_as_its_limit():
    with receiver((500, {}, endless(64 * 1024 * 1024))) as told:
        reply = post(told.url, b"{}", {})
    assert isinstance(reply, Reply)
    assert len(reply.body) == LARGEST_REPLY


def test_a_packed_reply_is_not_unpacked():
    bomb = gzip.compress(b"\0" * 10_000_000)
    with receiver((500, {"Content-Encoding": "gzip", "Content-Length": str(len(bomb))}, bomb)) as told:
        assert post(told.url, b"{}", {}) == Reply(500, "", "")


def test_a_reply_that_trickles_has_one_deadline():
    def trickle():
        for _ in range(200):
            time.sleep(0.05)
            yield b"x"

    with receiver((200, {}, trickle())) as told:
        assert post(told.url, b"{}", {}, patience=0.3) == NoReply("did not answer within 0.3 s")


def test_a_proxy_of_the_environment_is_used(monkeypatch):
    with receiver((202, {}, b"")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        assert post("http://hooks.example/x", b"{}", {}) == Reply(202)
    assert proxy.got[0][0] == "http://hooks.example/x"


def test_a_certificate_is_proven(tmp_path, monkeypatch):
    context, file = certificate(tmp_path, "127.0.0.1")
    with receiver(tls=context) as told:
        refused = post(told.url, b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert post(told.url, b"{}", {}) == Reply(200, "", "ok")
    assert refused == NoReply("cannot be trusted: its certificate is self-signed")


def test_a_certificate_for_another_name_is_refused(tmp_path, monkeypatch):
    context, file = certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with receiver(tls=context) as told:
        assert post(told.url, b"{}", {}) == NoReply("cannot be trusted: its certificate is for another address")


WRONG = [
    "",
    "hooks.example/x",
    "ftp://hooks.example/",
    "https://",
    "https://h:99999/",
    "http://[::1/",
    "https://h/\r\nX: y",
    "h" * 3000,
]


@pytest.mark.parametrize("url", WRONG)
def test_an_address_that_is_none_is_said_without_it(url):
    reply = post(url, b"", {})
    assert isinstance(reply, NoReply)
    assert reply.ours
    assert fault_of(url) == reply.why
    assert len(url) < 9 or url not in reply.why, "https:// alone is no secret"


UNREACHABLE = [
    (
        lambda: httpx.ConnectError(f"All connection attempts to https://hooks.example/{TOKEN} failed"),
        "cannot be reached",
    ),
    (lambda: httpx.ProxyError(f"407 {TOKEN}"), "proxy"),
    (lambda: httpx.ReadTimeout(TOKEN), "did not answer"),
    (lambda: httpx.RemoteProtocolError(TOKEN), "does not answer as HTTP does"),
    (lambda: RuntimeError(TOKEN), "cannot be reached (RuntimeError)"),
    (lambda: OSError(113, f"No route to {TOKEN}"), "no route to host"),
]


@pytest.mark.parametrize(("fault", "words"), UNREACHABLE)
def test_an_address_is_in_no_error(fault, words, caplog):
    caplog.set_level(logging.DEBUG)
    with respx.mock:
        respx.post(f"https://hooks.example/{TOKEN}").mock(side_effect=fault())
        fate = channel("slack", f"https://hooks.example/{TOKEN}").send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.again
    assert words in fate.why
    assert TOKEN not in repr(fate)
    assert TOKEN not in caplog.text


def test_an_address_is_in_no_log_and_no_repr(caplog):
    caplog.set_level(logging.DEBUG)
    with receiver() as told:
        one = channel("slack", f"{told.url}/services/{TOKEN}", key=None)
        one.send(PROBLEM)
    assert told.got[0][0].endswith(TOKEN)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(one) + repr(one.table) + str(vars(type(one)))


def test_a_receiver_that_repeats_the_address_repeats_it_to_nobody():
    with receiver((404, {}, f"no such hook: /services/{TOKEN} \x1b[31m".encode())) as told:
        fate = channel("slack", f"{told.url}/services/{TOKEN}").send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.why.startswith("answered 404 no such hook: /")
    assert TOKEN not in fate.why
    assert "\x1b" not in fate.why


def test_a_secret_that_cannot_be_had_is_tried_again():
    table = AlertTable(name="ops", kind="slack", url=Secret("env", "OPS_URL"))
    fate = Channel(table, {}).send(PROBLEM)
    assert fate == Untold("has a secret that cannot be had: the environment variable OPS_URL is not set", ours=True)


def test_the_signature_is_that_of_its_own_bytes():
    proof = hmac.new(b"k", b"e.1.{}", hashlib.sha256).digest()
    assert signed("e", 1, b"{}", "k")["webhook-signature"] == "v1," + base64.b64encode(proof).decode()
