"""Every patient of the built-in lab shows its illness and nothing else."""

import json
from pathlib import Path

import pytest

from healthcheck.cli import run
from healthcheck.world.lab import patients
from healthcheck.world.master_file import read_zones

LOUD = ("warning", "error", "critical")


def examined(patient, capsys):
    """The exit code and the findings' severities by code, as `healthcheck domain PATIENT ... --lab` gives them."""
    code = run(["domain", patient.domain, *patient.options, "--lab", "--format", "json", "--quiet"])
    report = json.loads(capsys.readouterr().out)
    findings = [finding for check in report["checks"] for finding in check["findings"]]
    return code, {finding["code"]: finding["severity"] for finding in findings}, report["verdict"]


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.domain)
def test_a_patient_shows_its_illness_and_nothing_else(patient, capsys):
    _, found, _ = examined(patient, capsys)
    assert set(patient.codes) <= found.keys()
    loud = {code for code, severity in found.items() if severity in LOUD}
    assert loud <= {*patient.codes, *patient.also}
    assert set(patient.also) <= found.keys(), "`also` names what is not found"


def test_the_first_patient_is_healthy(capsys):
    healthy = patients()[0]
    code, _, verdict = examined(healthy, capsys)
    assert healthy.codes == ()
    assert (code, verdict) == (0, "pass")


def test_every_other_patient_is_sick(capsys):
    for patient in patients()[1:]:
        code, _, verdict = examined(patient, capsys)
        assert patient.codes, patient.domain
        assert code == {"pass": 0, "fail": 1, "inconclusive": 3}[verdict]


def test_there_are_at_least_ten_patients_and_all_their_names_are_reserved():
    assert len(patients()) >= 10
    for patient in patients():
        assert patient.domain == "example.com" or patient.domain.endswith((".example", ".test"))


def test_every_zone_of_the_lab_can_be_read():
    files = sorted((Path(__file__).parent.parent / "healthcheck/world/hospital").glob("*.zone"))
    zones = [read_zones(file.read_text(encoding="utf-8"), None, file.name) for file in files]
    assert {"example.com", "invalid"} <= {origin for one in zones for origin in one.origins}
