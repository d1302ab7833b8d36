"""The lists of what there is, checks, patients and codes, fit the screen and are there as JSON."""

import json

from checks.registry import CHECKS
from healthcheck.render import WIDTH, lab
from healthcheck.world.lab import patients
from tests.cli import run


def test_the_patients_stand_under_what_they_are_ill_of(capsys):
    lines = run(capsys, "lab").out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert {"SPF", "DKIM", "DMARC", lab.NOT_ILL} < set(headings)
    shown = [line.split()[0] for line in lines if line[:2] == "  " and line[2:3].strip()]
    assert sorted(shown) == sorted(patient.domain for patient in patients())


def test_the_patients_are_there_as_json(capsys):
    told = json.loads(run(capsys, "lab", "--format", "json").out)
    assert (told["schema"], len(told["patients"])) == ("healthcheck.lab/1", len(patients()))


def test_the_checks_are_there_as_json(capsys):
    told = json.loads(run(capsys, "checks", "--format", "json").out)
    assert [one["id"] for one in told["checks"]] == [check.id for check in CHECKS]
    few = json.loads(run(capsys, "checks", "dmarc", "--format", "json").out)
    assert all(one["id"].startswith("dmarc.") for one in few["checks"])
    assert run(capsys, "checks", "nonsense", "--format", "json").code == 2


def test_the_codes_fit_the_screen_and_show_no_pattern(capsys):
    lines = run(capsys, "codes", "blocklisted").out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not any("dd" in line.split()[2] for line in lines if line.startswith("rule") and len(line.split()) > 3)
    assert any("4xx/5xx" in line for line in lines)


def test_errors_fail_on_what_was_asked_for(capsys, tmp_path):
    path = tmp_path / "noise.txt"
    path.write_text("hello\n")
    assert run(capsys, "errors", path).code == 3
    assert run(capsys, "errors", path, "--fail-on", "never").code == 0
    assert "--each" in run(capsys, "errors", path, "--each", "--fail-on", "warn").err
