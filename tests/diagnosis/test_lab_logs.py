"""Every patient of the lab has a mail log that its illness would cause, and the first cause is the illness."""

import json

import pytest

from checks.model import Basis
from checks.registry import CHECKS
from healthcheck.cli import run
from healthcheck.world.lab import Patient, log_of, patients

UNKNOWN = {m.code for check in CHECKS for m in check.messages if m.basis is Basis.UNDETERMINED}
NO_REPLY = {
    "spf.published-once.says-no-mail",
    "dkim.key-published.wildcard",
    "dmarc.enforced.monitoring",
    "dmarc.enforced.subdomains-weaker",
    "dmarc.reports-arrive.not-authorised",
    "dmarc.alignment.passes",
}
"""Illnesses that bring no reply: nobody refuses mail for them."""
RECIPIENTS = {"greylisted", "mailbox_full", "recipient_unknown"}


def report_of(patient, capsys, form="json"):
    run(["domain", patient.domain, *patient.options, "--lab", "--format", form, "--quiet"])
    out = capsys.readouterr().out
    return json.loads(out) if form == "json" else out


@pytest.mark.parametrize("patient", [p for p in patients() if log_of(p.domain)], ids=lambda patient: patient.domain)
def test_the_first_cause_is_the_illness(patient, capsys):
    report = report_of(patient, capsys)
    causes = report["causes"]
    if not patient.codes or NO_REPLY & set(patient.codes):
        assert {cause["category"] for cause in causes} <= RECIPIENTS
        return
    first = causes[0]
    if set(patient.codes) <= UNKNOWN:
        assert first["state"] == "open"
        assert {*patient.codes, *patient.also} & set(first["open_because"])
        return
    assert first["state"] == "confirmed"
    assert first["seen"] is True
    assert first["confirmed_by"][0] in patient.codes
    assert first["replies"] >= 3
    assert first["share"] > 0.3
    assert first["remedy"]


@pytest.mark.parametrize("patient", [p for p in patients() if p.options], ids=lambda patient: patient.domain)
def test_a_patient_is_shown_as_its_mail_is_sent_whether_or_not_that_is_typed(patient, capsys):
    typed = report_of(patient, capsys)
    bare = report_of(Patient(patient.domain, "", (), ()), capsys)
    assert [typed[key] for key in ("target", "causes", "checks")] == [
        bare[key] for key in ("target", "causes", "checks")
    ]


@pytest.mark.parametrize("patient", [p for p in patients() if log_of(p.domain)], ids=lambda patient: patient.domain)
def test_what_passed_is_ruled_out_and_what_is_innocent_is_not_confirmed(patient, capsys):
    report = report_of(patient, capsys)
    status = {check["id"]: check["status"] for check in report["checks"]}
    for cause in report["causes"]:
        if cause["state"] == "confirmed" and cause["suspect"]:
            assert set(cause["confirmed_by"]) <= {*patient.codes, *patient.also}
        if cause["state"] == "ruled-out":
            assert cause["ruled_out_by"]
            assert {status[check] for check in cause["ruled_out_by"] if check != "dmarc.alignment"} <= {"pass"}
        mine = [check for check in status if cause["suspect"] and check.startswith(cause["suspect"])]
        if mine and {status[check] for check in mine} == {"pass"} and cause["state"] == "open":
            assert cause["open_because"] == ["no sending address is known: give it with --ip"]


def test_every_patient_with_an_illness_that_brings_replies_has_a_log():
    missing = [patient.domain for patient in patients() if log_of(patient.domain) is None]
    assert not missing, f"write healthcheck/world/hospital/{missing[0]}.log"


def test_the_text_says_why_first_and_names_who_must_act(capsys):
    shop = next(patient for patient in patients() if patient.domain == "shop.example")
    lines = report_of(shop, capsys, "text").splitlines()
    start = lines.index("Why mail is failing")
    first = lines[start + 1] + lines[start + 2]
    assert "confirmed" in first
    assert "9 of 12 failed replies (75 %)" in first
    assert "you must act" in first
    assert not any(line == "What is wrong" for line in lines), "what proves the cause is told with it"
    assert any("proved by" in line and "spf.lookup-limit" in line for line in lines)


def test_a_warning_that_is_why_mail_fails_is_in_the_first_line(capsys):
    narrow = next(patient for patient in patients() if patient.domain == "narrow.example")
    assert report_of(narrow, capsys, "text").startswith(
        "narrow.example: PASS   1 cause of failing mail proved, 1 warning"
    )
