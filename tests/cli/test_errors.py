"""`healthcheck errors`: what is printed, for whom, and the exit code."""

import json
from importlib import resources

import pytest

from healthcheck.cli import run
from tests.intake.test_files import LETTER, SENDGRID
from tests.intake.test_logs import POSTFIX

KEYS = [
    "schema",
    "world",
    "window",
    "sources",
    "attempts",
    "messages",
    "counts",
    "rates",
    "by_category",
    "by_enhanced",
    "by_provider",
]
KEYS += ["by_recipient_domain", "by_day", "by_hour", "suppress", "findings", "verdict", "unread"]
EVENT = [
    "time",
    "kind",
    "recipient",
    "recipient_domain",
    "sender",
    "reply",
    "basic",
    "enhanced",
    "category",
    "permanence",
    "suppress",
]
EVENT += ["provider", "host", "queue_id", "message_id", "local", "format", "source"]


def lab_file(name: str) -> str:
    return str(resources.files("healthcheck.world").joinpath("hospital", name))


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mail.log"
    path.write_text(POSTFIX.replace("Nov ", "2026 Nov "))
    return str(path)


def test_each_event_is_one_json_object_a_line(log, capsysbinary):
    assert run(["errors", log, "--each", "--format", "ndjson"]) == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert len(lines) == 6
    first = json.loads(lines[0])
    assert list(first)[: len(EVENT)] == EVENT
    assert first["source"] == {"file": log, "line": 3, "part": None}


def test_the_counts_as_json_have_every_field(log, capsysbinary):
    assert run(["errors", log, "--format", "json"]) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert list(answer)[: len(KEYS)] == KEYS
    assert answer["schema"] == "healthcheck.errors/1"
    assert answer["window"] == {"from": "2026-11-21T09:31:07Z", "to": "2026-11-26T09:31:12Z"}
    assert answer["attempts"] == 4
    assert answer["messages"] == {"total": 3, "delivered": 1, "bounced": 2, "pending": 0}
    assert answer["rates"]["bounce"] == {"value": 1.0, "count": 2, "of": 2}
    assert answer["counts"]["rejected"] == 1
    assert answer["by_recipient_domain"]["example.net"] == {"delivered": 0, "deferred": 1, "bounced": 2}
    assert answer["suppress"] == [
        {"recipient": "Kim@example.net", "reason": "recipient_unknown", "last": "2026-11-21T09:31:07Z", "times": 1}
    ]


def test_the_same_input_gives_the_same_bytes(log, capsysbinary):
    run(["errors", log, "--format", "json"])
    first = capsysbinary.readouterr().out
    run(["errors", log, "--format", "json"])
    assert capsysbinary.readouterr().out == first


def test_a_person_reads_what_came_of_the_mail_first(log, capsys):
    assert run(["errors", log]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("mail.log: INCONCLUSIVE   ")
    assert first.endswith("too few to judge a rate by")
    assert "2 messages bounced (50.0 % dead addresses), 33.3 % of attempts put off" in first
    assert any("recipient_unknown" in line for line in rest)


def test_a_window_leaves_the_rest_out(log, capsysbinary):
    run(["errors", log, "--format", "json", "--since", "2026-11-21T09:31:08Z", "--until", "2026-11-26"])
    answer = json.loads(capsysbinary.readouterr().out)
    assert answer["counts"]["deferred"] == answer["attempts"] == 1
    assert answer["window"] == {"from": "2026-11-21T09:31:08Z", "to": "2026-11-26T00:00:00Z"}


def test_a_domain_is_that_of_the_sender_and_those_below_it(log, capsysbinary):
    run(["errors", log, "--format", "json", "--domain", "example.com"])
    assert json.loads(capsysbinary.readouterr().out)["counts"]["rejected"] == 0


@pytest.mark.parametrize("name", ["noise", "refusals", "nothing sent"])
def test_no_check_passes_where_nothing_was_sent(tmp_path, capsysbinary, name):
    at_the_door = (
        "NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 550 5.7.23 <kim@example.com>: SPF fail; from=<x@example.org> "
    )
    texts = {
        "noise": "hello\n",
        "refusals": f"Nov 21 09:31:05 mail postfix/smtpd[10]: {at_the_door}to=<kim@example.com> proto=ESMTP helo=<x.example>\n",
        "nothing sent": "Nov 21 09:31:05 mail postfix/qmgr[10]: 4E30B1100C7: removed\n",
    }
    path = tmp_path / "mail.log"
    path.write_text(texts[name])
    assert run(["errors", str(path), "--format", "json"]) == (3 if name == "noise" else 0)
    answer = json.loads(capsysbinary.readouterr().out)
    assert answer["summary"]["pass"] == 0
    assert answer["verdict"] == "inconclusive"


def test_nine_of_fifteen_refused_are_no_pass(capsysbinary):
    log = lab_file("shop.example.log")
    assert run(["errors", log, "--format", "json"]) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert answer["verdict"] == "inconclusive"
    states = {check["id"]: check["status"] for check in answer["checks"]}
    assert states["delivery.mail-authenticated"] == "unknown"
    (found,) = [one for one in answer["findings"] if one["code"] == "delivery.mail-authenticated.too-few"]
    assert (found["args"]["count"], found["args"]["of"]) == (9, 15)


def test_what_is_not_well_has_a_reference(capsysbinary):
    run(["errors", lab_file("shop.example.log"), "--format", "json"])
    findings = json.loads(capsysbinary.readouterr().out)["findings"]
    assert all(one["references"] for one in findings if one["basis"] == "undetermined" or one["severity"] != "info")


def test_the_software_of_a_server_is_no_mailbox_provider(capsys):
    run(["errors", lab_file("shop.example.log")])
    table = capsys.readouterr().out.split("By provider")[1].split("\n\n")[0]
    assert "postfix" not in table
    assert "other servers" in table


def test_mail_of_a_sender_that_nobody_told_is_of_unknown_senders(tmp_path, capsys):
    from tests.intake.test_logs import BODY

    path = tmp_path / "m.log"
    bad = BODY.replace("status=sent", "status=bounced")
    lines = [f"Nov 21 09:31:07 mx postfix/smtp[7]: {bad.replace('4E30B1100C7', f'4E30B{at:06X}')}" for at in range(200)]
    path.write_text("\n".join(lines) + "\n")
    run(["errors", str(path)])
    told = capsys.readouterr().out
    assert "messages of unknown senders bounced" in told
    assert "messages of m.log" not in told


def test_a_mail_without_a_report_is_unread_and_nothing_was_read(tmp_path, capsysbinary):
    path = tmp_path / "letter.eml"
    path.write_text(LETTER)
    assert run(["errors", str(path), "--format", "json"]) == 3
    assert run(["errors", str(path), "--each"]) == 3
    answer = json.loads(capsysbinary.readouterr().out)
    assert answer["unread"]["samples"][0]["why"] == "not a report"
    assert answer["messages"]["total"] == 0


def test_where_nothing_could_be_read_the_exit_code_is_3_and_the_json_is_there(tmp_path, capsysbinary):
    path = tmp_path / "noise"
    path.write_bytes(b"hello\n\x00\xff\x1b[31m\n")
    assert run(["errors", str(path), "--format", "json"]) == 3
    captured = capsysbinary.readouterr()
    answer = json.loads(captured.out)
    assert answer["verdict"] == "inconclusive"
    assert answer["unread"]["lines"] == 2
    assert b"\x1b" not in captured.out + captured.err


def test_standard_input_is_read(capsysbinary, monkeypatch, tmp_path):
    path = tmp_path / "hook.json"
    path.write_text(json.dumps(SENDGRID))
    with path.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert run(["errors", "-", "--each"]) == 0
    assert [json.loads(line)["kind"] for line in capsysbinary.readouterr().out.splitlines()] == ["bounced", "delivered"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.log"], "no such file"),
        (["."], None),
        ([".", "--since", "yesterday"], "not a time"),
        ([".", "--since", "2026-11-22", "--until", "2026-11-21"], "nothing lies between"),
        ([".", "--timezone", "Mars/Olympus"], "no time zone"),
        ([".", "--format", "ndjson"], "for --each"),
        ([".", "--each", "--format", "json"], "one JSON object a line"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = run(["errors", *arguments])
    said = capsys.readouterr().err
    assert code == (2 if words else 3)
    assert "Traceback" not in said
    if words:
        assert words in said
        assert said.count("\n") == 1


def test_the_advice_does_not_keep_an_address_that_a_services_own_class_calls_dead(tmp_path, capsys):
    event = {
        "type": "bounce",
        "bounce_class": "10",
        "event_id": "1",
        "rcpt_to": "lee@example.net",
        "raw_reason": "550 no",
    }
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps({"msys": {"message_event": {**event, "timestamp": "1795253467"}}}))
    run(["errors", str(path)])
    told = capsys.readouterr().out
    assert "Stop sending to 1 address" in told
    assert "Keep the address" not in told
