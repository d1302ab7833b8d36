"""Who is told what: routes, mail, Apprise, and a real Alertmanager where there is one."""

import email
import email.policy
import json
import logging
import shutil
import socket
import subprocess
import time
import urllib.request

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.config.model import AlertTable
from healthcheck.monitor.alert import Alert, Kind, key_of
from healthcheck.monitor.channels import Channel, Told, Untold, block, channels_of, line, route, warnings_of, words_of
from healthcheck.monitor.channels_apprise import harmless
from healthcheck.monitor.channels_http import alertmanager_body, pagerduty_body, slack_body, webhook_body
from healthcheck.monitor.channels_mail import BadMail, mail_of
from tests.monitor.receivers import certificate, mail_server, receiver
from tests.monitor.test_channels_http import HOSTILE, OVER, PROBLEM, channel, literal

PASSWORD = "hunter2-hunter2"


def mail(port, **more):
    given = {
        "to": ("ops@example.net",),
        "sender": "healthcheck@example.net",
        "server": f"127.0.0.1:{port}",
        "tls": "none",
        **more,
    }
    return Channel(AlertTable(name="post", kind="email", **given), {})


def read(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_a_mail_says_that_no_person_wrote_it():
    with mail_server() as box:
        assert mail(box.port).send(PROBLEM) == Told("took the message")
    message = read(box.mails[0])
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == f"[healthcheck] error: {PROBLEM.title}"
    assert message.get_content().startswith(PROBLEM.title)
    assert 'shop.example. TXT "v=spf1 -all"' in message.get_content()
    assert message["Date"].datetime.isoformat() == "2026-11-22T14:03:00+00:00"


def test_the_same_alert_twice_has_the_same_message_id_and_its_end_another_in_the_same_thread():
    first, again, end = (mail_of(alert, "a@example.net", ("b@example.net",)) for alert in (PROBLEM, PROBLEM, OVER))
    assert first["Message-ID"] == again["Message-ID"] != end["Message-ID"]
    assert first["References"] == end["References"]


def test_a_stranger_writes_no_header_and_ends_no_message():
    with mail_server() as box:
        assert isinstance(mail(box.port).send(HOSTILE), Told)
    (raw,) = box.mails
    message = read(raw)
    assert message["Bcc"] is None
    assert message["To"] == "ops@example.net"
    assert not any(heard.startswith(("Bcc", "RCPT TO:<everyone")) for heard in box.heard)
    assert "\x1b" not in message.get_content() + message["Subject"]
    assert len(raw) < 40_000


@given(st.text(max_size=300))
def test_any_text_makes_a_message_with_our_headers_only(text):
    alert = msgspec.structs.replace(PROBLEM, title=text, text=text, remedy=text)
    message = read(mail_of(alert, "a@example.net", ("b@example.net",)).as_bytes())
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert message["To"] == "b@example.net"


@given(st.text(max_size=300))
def test_any_text_makes_json_of_bounded_size_for_every_receiver(text):
    alert = msgspec.structs.replace(PROBLEM, title=text * 50, text=text, remedy=text, culprit=text, checks=(text,))
    for body in (webhook_body(alert), slack_body(alert), alertmanager_body(alert, None), pagerduty_body(alert, "k")):
        json.loads(body.decode("utf-8"))
    assert "<" not in json.loads(slack_body(alert))["text"]


@pytest.mark.parametrize(
    "address", ["", "ops", "ops@", "@example.net", "a@example.net, b@example.net", "a b@example.net", "a\r\nBcc: x@y"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(BadMail, match="no address"):
        mail_of(PROBLEM, "a@example.net", (address,))


def test_starttls_is_proven_before_the_password_is_sent(tmp_path, monkeypatch):
    context, file = certificate(tmp_path, "127.0.0.1")
    with mail_server(tls=context) as box:
        given = {"tls": "starttls", "user": "hc", "password": literal(PASSWORD)}
        refused = mail(box.port, **given).send(PROBLEM)
        heard = list(box.heard)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert mail(box.port, **given).send(PROBLEM) == Told("took the message")
    assert refused == Untold("cannot be trusted: its certificate is self-signed")
    assert not any(one.startswith(("AUTH", "MAIL")) for one in heard)
    assert box.secure == [True]


def test_tls_from_the_first_byte(tmp_path, monkeypatch):
    context, file = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_server(tls=context, implicit=True) as box:
        assert mail(box.port, tls="tls").send(PROBLEM) == Told("took the message")
    assert box.secure == [True]


def test_without_starttls_nothing_is_sent():
    with mail_server() as box:
        fate = mail(box.port, tls="starttls", user="hc", password=literal(PASSWORD)).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert not fate.again
    assert "offers no STARTTLS" in fate.why
    assert not any(one.startswith(("AUTH", "MAIL")) for one in box.heard)


def test_in_the_clear_no_message_goes_to_another_machine():
    fate = mail(25, server="mx.example.net").send(PROBLEM)
    assert fate == Untold("is on another machine, and tls is none: use starttls or tls", again=False)


@pytest.mark.parametrize(
    ("verb", "answer", "again"),
    [("MAIL", "451 try later", True), ("MAIL", "550 no", False), ("RCPT", "450 greylisted", True), ("RCPT", "550 5.1.1 unknown", False),
     ("DATA", "554 no", False), ("DATA", "452 full", True)],
)  # fmt: skip
def test_a_mail_servers_4yz_may_pass_and_its_5yz_not(verb, answer, again):
    with mail_server() as box:
        box.refuse[verb] = answer
        fate = mail(box.port).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.again is again
    assert answer in fate.why


def test_a_password_that_is_refused_is_not_repeated(tmp_path, monkeypatch):
    context, file = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_server(tls=context) as box:
        box.refuse["AUTH"] = f"535 5.7.8 wrong: {PASSWORD}"
        fate = mail(box.port, tls="starttls", user="hc", password=literal(PASSWORD)).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert not fate.again
    assert "does not accept user and password" in fate.why
    assert PASSWORD not in fate.why


@pytest.mark.parametrize(
    "server", ["", "mx.example.net:port", "mx.example.net:0", "mx example", "mx.example.net:99999"]
)
def test_a_server_that_is_none_is_said(server):
    fate = mail(0, server=server).send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.ours


def test_an_alert_that_goes_to_the_domain_under_test_is_warned_about():
    tables = [
        AlertTable(name="post", kind="email", to=("ops@Shop.example.", "ops@mail.example.net", "a@other.example"))
    ]
    told = warnings_of(tables, ["shop.example", "example.net"])
    assert len(told) == 2
    assert all("when its mail fails, so may the alert" in one for one in told)
    assert not warnings_of(tables, ["example.org"])


def names(alert, *tables, tags=None):
    return route(channels_of(tables, {}), tags or {})(alert)


MANY = msgspec.structs.replace(PROBLEM, domains=("a.example", "b.example"), count=400)
INCIDENT = Alert(Kind.INCIDENT, key_of("vantage"), "critical", "the resolver does not answer")


def test_an_alert_goes_where_its_severity_domain_and_tags_are_wanted():
    everything = AlertTable(name="all", kind="slack")
    grave = AlertTable(name="grave", kind="slack", severities=("critical",))
    theirs = AlertTable(name="theirs", kind="slack", domains=("*.example",))
    others = AlertTable(name="others", kind="slack", domains=("*.example.net",))
    tagged = AlertTable(name="tagged", kind="slack", tags=("gold",))
    tables = (everything, grave, theirs, others, tagged)
    assert names(PROBLEM, *tables) == ("all", "theirs")
    assert names(PROBLEM, *tables, tags={"shop.example": ("gold",)}) == ("all", "theirs", "tagged")
    assert names(INCIDENT, *tables) == ("all", "grave"), "what is of no domain is not for those of some domains"
    assert names(MANY, *tables) == ("all",), "398 names are not told there: they may be others'"
    assert names(msgspec.structs.replace(PROBLEM, kind=Kind.TEST), *tables) == (
        "all",
        "grave",
        "theirs",
        "others",
        "tagged",
    )


def test_a_text_is_one_line_and_inert():
    assert line("a\r\n b\x1b[31m \u202e") == "a b\\x1b[31m \\u202e"
    assert len(line("x" * 10_000_000)) == 500
    assert block("a\r\nb\x00", 100) == "a\\x0d\nb\\x00"


def test_what_a_receiver_says_is_shown_without_what_may_be_a_token():
    assert "T0KENT0KEN" not in words_of("no T0KENT0KEN here", "https://h.example/T0KENT0KEN")
    assert words_of("not found: /api", "https://h.example/api") == "not found: /api"


def test_apprise_sends_by_its_own_services(caplog):
    pytest.importorskip("apprise", reason="needs Apprise (extra notify)")
    caplog.set_level(logging.DEBUG)
    with receiver() as told:
        url = told.url.replace("http://", "json://") + "/SECRETSECRET"
        assert isinstance(channel("apprise", url).send(PROBLEM), Told)
    said = json.loads(told.got[0][2])
    assert said["title"].startswith("healthcheck error: shop.example")
    assert said["type"] == "failure"
    assert "SECRETSECRET" not in caplog.text


def test_apprise_that_fails_is_tried_again_and_tells_no_address(caplog):
    pytest.importorskip("apprise", reason="needs Apprise (extra notify)")
    caplog.set_level(logging.DEBUG)
    with receiver((500, {}, b"SECRETSECRET")) as told:
        fate = channel("apprise", told.url.replace("http://", "json://") + "/SECRETSECRET").send(PROBLEM)
    assert fate == Untold("did not take it; Apprise does not tell why")
    assert "SECRETSECRET" not in caplog.text


def test_an_address_that_apprise_does_not_know_is_ours_to_mend():
    pytest.importorskip("apprise", reason="needs Apprise (extra notify)")
    fate = channel("apprise", "nonsense-SECRET://x").send(PROBLEM)
    assert isinstance(fate, Untold)
    assert fate.ours
    assert "SECRET" not in fate.why


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone", "(at)everyone"),
        ("x@everyone", "x(at)everyone"),
        ("rua=mailto:dmarc@example.net", "rua=mailto:dmarc@example.net"),
        ("<@123> <!here> <#C1>", "((at)123> (!here> (#C1>"),
        ("[pay](https://evil.example)", "[pay] (https://evil.example)"),
        ("`x`", "'x'"),
    ],
)
def test_mentions_and_links_behind_words_are_taken_from_a_text(text, shown):
    assert harmless(text) == shown


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory):
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        pytest.skip("the Alertmanager is not installed (Debian: prometheus-alertmanager)")
    folder = tmp_path_factory.mktemp("alertmanager")
    (folder / "am.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = [
        f"--config.file={folder}/am.yml",
        f"--storage.path={folder}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://{address}/-/ready", timeout=1)
                break
            except OSError:
                assert server.poll() is None, "the Alertmanager did not start"
                time.sleep(0.05)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(20)


def firing(url):
    with urllib.request.urlopen(f"{url}/api/v2/alerts?active=true", timeout=5) as answer:
        return json.load(answer)


def test_a_real_alertmanager_fires_and_ends(alertmanager):
    ops = channel("alertmanager", alertmanager)
    assert isinstance(ops.send(PROBLEM), Told)
    (one,) = firing(alertmanager)
    assert one["annotations"]["summary"] == PROBLEM.title
    assert one["labels"]["severity"] == "error"
    worse = msgspec.structs.replace(PROBLEM, severity="critical", at="2026-11-22T14:30:00Z")
    assert isinstance(ops.send(worse, PROBLEM), Told)
    assert [each["labels"]["severity"] for each in firing(alertmanager)] == ["critical"]
    assert isinstance(ops.refresh([worse]), Told)
    assert isinstance(ops.send(OVER, worse), Told)
    assert firing(alertmanager) == []
    assert isinstance(ops.send(HOSTILE), Told), "whatever strangers wrote is taken"
