"""Streams on the command line: options, messages, reports, whose requirements are judged, and the replay of all that."""

import io
import json
import sys

import jsonschema
import pytest

from healthcheck.render import json as json_format
from tests.cli import complains, run
from tests.intake.test_reports import SIGNED, document, row

ONLY = ("--lab", "--only", "dmarc.alignment", "--only", "spf.senders-authorised")
MESSAGE = b"""\
Return-Path: <bounce+7@bounce.postmen.example>
Received: from out1.postmen.example (out1.postmen.example [192.0.2.121]) by mx.receiver.example
Received-SPF: pass client-ip=192.0.2.121
DKIM-Signature: v=1; d=postmen.example; s=p1; b=x
From: News <news@borrowed.example>

body
"""


@pytest.fixture
def message(tmp_path):
    path = tmp_path / "message.eml"
    path.write_bytes(MESSAGE)
    return path


def codes(said):
    told = json.loads(said.out)
    return {finding["code"] for check in told["checks"] for finding in check["findings"]}


def test_a_message_tells_its_stream_and_its_address_is_judged_for_its_own_return_path(capsys, message):
    said = run(capsys, "domain", "borrowed.example", *ONLY, "--message", message, "--format", "json")
    assert codes(said) == {"dmarc.alignment.unaligned", "spf.senders-authorised.pass"}
    (stream,) = json.loads(said.out)["target"]["streams"]
    assert stream["origin"] == "message"
    assert stream["signatures"] == [{"domain": "postmen.example", "selector": "p1"}]
    assert stream["ips"] == ["192.0.2.121"]


def test_a_message_is_read_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MESSAGE)))
    said = run(capsys, "domain", "borrowed.example", *ONLY, "--message", "-", "--format", "json")
    assert "dmarc.alignment.unaligned" in codes(said)


def test_a_message_goes_to_the_domain_that_it_is_from(capsys, message):
    said = run(capsys, "domain", "example.com", "borrowed.example", *ONLY, "--message", message, "--format", "json")
    first, second = json.loads(said.out)["reports"]
    assert (len(first["target"]["streams"]), len(second["target"]["streams"])) == (0, 1)


def test_an_address_that_one_line_claims_is_told_and_not_judged(capsys, message):
    message.write_bytes(MESSAGE.replace(b"Received-SPF: pass client-ip=192.0.2.121\n", b""))
    said = run(capsys, "domain", "borrowed.example", *ONLY, "--message", message, "--format", "json")
    assert "--ip 192.0.2.121" in said.err
    assert json.loads(said.out)["target"]["streams"][0]["ips"] == []
    assert run(capsys, "domain", "borrowed.example", *ONLY, "--message", message, "-q").err == ""


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"From: a@other.example\n\n", b"From: a@borrowed.example, b@example.com\n\n", b"\x00\xff" * 99],
)
def test_a_message_of_somebody_else_or_of_nobody_is_refused(capsys, message, raw):
    message.write_bytes(raw)
    assert complains(run(capsys, "domain", "borrowed.example", *ONLY, "--message", message))


def test_a_missing_file_is_refused_in_one_sentence(capsys, tmp_path):
    assert complains(run(capsys, "domain", "example.com", *ONLY, "--message", tmp_path / "none"))
    assert complains(run(capsys, "domain", "example.com", *ONLY, "--report", tmp_path))


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.xml"
    path.write_bytes(document(row("192.0.2.25", 7, results=SIGNED)))
    return path


def test_a_report_tells_its_streams(capsys, report):
    said = run(capsys, "domain", "example.com", *ONLY, "--report", report, "--format", "json")
    assert codes(said) == {"dmarc.alignment.seen-passing", "spf.senders-authorised.no-address"}
    (stream,) = json.loads(said.out)["target"]["streams"]
    assert (stream["origin"], stream["messages"], stream["passed"]) == ("report", 7, 7)


def test_a_report_about_another_domain_is_refused(capsys, report):
    said = run(capsys, "domain", "shop.example", *ONLY, "--report", report)
    assert complains(said)
    assert "example.com" in said.err


def test_the_selectors_of_a_report_are_tried(capsys, report):
    report.write_bytes(document(row(results=SIGNED.replace("s1", "e1"))))
    said = run(capsys, "domain", "example.com", "--lab", "--only", "dkim", "--report", report, "--format", "json")
    assert "e1._domainkey.example.com" in said.out


def test_a_key_is_given_by_its_whole_name(capsys):
    for name in ("s1._domainkey.example.com", "s1", "s1._domainkey"):
        said = run(capsys, "domain", "example.com", *ONLY, "--selector", name, "--format", "json")
        told = json.loads(said.out)["target"]
        assert (told["selectors"], told["streams"][0]["signatures"]) == (
            ["s1"],
            [{"domain": "example.com", "selector": "s1"}],
        )
    said = run(capsys, "domain", "example.com", *ONLY, "--selector", "k1._domainkey.example.net", "--format", "json")
    told = json.loads(said.out)["target"]
    assert (told["selectors"], told["streams"][0]["signatures"]) == ([], [{"domain": "example.net", "selector": "k1"}])


@pytest.mark.parametrize("form", ["text", "json", "markdown", "ndjson"])
def test_a_replay_keeps_streams_and_requirements(capsys, tmp_path, message, form):
    recording = tmp_path / "run.json"
    arguments = (
        "--lab",
        "--message",
        message,
        "--for",
        "all",
        "--selector",
        "k._domainkey.example.net",
        "--format",
        form,
    )
    first = run(capsys, "domain", "borrowed.example", *arguments, "--record", recording)
    again = run(capsys, "replay", recording, "--format", form)
    assert (again.code, again.out) == (first.code, first.out)
    assert b"Subject" not in recording.read_bytes()


@pytest.mark.parametrize(
    ("field", "value"),
    [("mail_from", "a b"), ("ips", ["x"]), ("signatures", [{"domain": "\x1b", "selector": "s"}]), ("origin", "heaven")],
)
def test_a_damaged_stream_in_a_transcript_is_refused(capsys, tmp_path, message, field, value):
    recording = tmp_path / "run.json"
    run(capsys, "domain", "borrowed.example", *ONLY, "--message", message, "--record", recording)
    held = json.loads(recording.read_bytes())
    held["targets"][0]["learned"][0][field] = value
    recording.write_text(json.dumps(held))
    assert complains(run(capsys, "replay", recording, "-q"))


def test_an_audience_in_a_transcript_that_nobody_knows_is_refused(capsys, tmp_path, message):
    recording = tmp_path / "run.json"
    run(capsys, "domain", "borrowed.example", *ONLY, "--message", message, "--record", recording)
    held = json.loads(recording.read_bytes())
    held["targets"][0]["audience"] = ["\x1b[31m"]
    recording.write_text(json.dumps(held))
    assert complains(run(capsys, "replay", recording, "-q"))


HEALTHY = ("example.com", "--ip", "192.0.2.25", "--selector", "s1", "--lab")


def test_requirements_are_judged_for_who_is_named_and_change_no_verdict(capsys):
    plain = run(capsys, "domain", *HEALTHY, "--format", "json")
    asked = run(capsys, "domain", *HEALTHY, "--format", "json", "--for", "Gmail", "--for", "gmail", "--for", "web.de")
    assert json.loads(plain.out)["requirements"] == []
    told = json.loads(asked.out)
    jsonschema.validate(told, json.loads(json_format.schema()), jsonschema.Draft202012Validator)
    assert (asked.code, told["verdict"]) == (plain.code, "pass")
    assert {one["provider"] for one in told["requirements"]} == {"gmail", "gmx"}
    states = {one["id"]: one["state"] for one in told["requirements"]}
    assert states["gmail.aligned"] == "met"
    assert states["gmail.one-click"] == "unknown"


def test_the_table_is_one_in_text_and_in_markdown(capsys):
    text = run(capsys, "domain", "shop.example", "--lab", "--for", "microsoft").out
    markdown = run(capsys, "domain", "shop.example", "--lab", "--for", "microsoft", "--format", "markdown").out
    for told in (text, markdown):
        assert told.count("What the providers ask for") == 1
        assert "SPF passes" in told
        assert "spf.lookup-limit.exceeded" in told
    assert "What the providers ask for" not in run(capsys, "domain", "shop.example", "--lab").out


def test_an_unknown_provider_is_a_usage_error(capsys):
    assert complains(run(capsys, "domain", "example.com", *ONLY, "--for", "nobody"))
