"""The JSON report is a contract: its schema is shipped, its order is fixed, the same answers give the same bytes."""

import json

import jsonschema
import pytest

from healthcheck.render import json as json_format
from healthcheck.world.lab import patients
from tests.cli import run
from tests.render import report

SCHEMA = json.loads(json_format.schema())
ORDER = [
    *("schema", "tool", "generated_at", "world", "target", "verdict", "summary", "causes", "checks"),
    *("requirements", "providers", "what_if", "explanations", "evidence", "waivers"),
]


def test_the_schema_is_one(capsys):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(run(capsys, "checks", "--schema").out) == SCHEMA


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.domain)
def test_the_report_of_every_patient_is_valid(capsys, patient):
    told = json.loads(run(capsys, "domain", patient.domain, *patient.options, "--lab", "--format", "json").out)
    jsonschema.validate(told, SCHEMA, jsonschema.Draft202012Validator)
    assert list(told) == ORDER
    numbers = {answer["id"] for answer in told["evidence"]}
    cited = {at for check in told["checks"] for found in check["findings"] for at in found["evidence"]}
    assert cited <= numbers == set(range(1, len(numbers) + 1))


def test_several_reports_are_valid_and_in_the_order_given(capsys):
    names = ["shop.example", "example.com"]
    for order in (names, names[::-1]):
        told = json.loads(run(capsys, "domain", *order, "--lab", "--format", "json").out)
        jsonschema.validate(told, SCHEMA, jsonschema.Draft202012Validator)
        assert list(told) == ["schema", "reports"]
        assert told["schema"] == "healthcheck.reports/1"
        assert [one["target"]["domain"] for one in told["reports"]] == order


def test_a_report_with_every_status_is_valid():
    told = json.loads(json_format.render([report()]))
    jsonschema.validate(told, SCHEMA, jsonschema.Draft202012Validator)
    assert told["summary"] == {"pass": 1, "warn": 1, "fail": 1, "unknown": 2, "skipped": 1, "ignored": 0}


def test_the_schema_notices_what_is_not_a_report():
    told = json.loads(json_format.render([report()]))
    for broken in (
        {**told, "verdict": "fine"},
        {**told, "checks": 7},
        {**told, "schema": "x"},
        {"schema": told["schema"]},
        [],
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA, jsonschema.Draft202012Validator)


def test_ndjson_is_one_report_a_line_in_the_order_given(capsys):
    names = ["shop.example", "example.com", "shop.example"]
    lines = run(capsys, "domain", *names, "--lab", "--format", "ndjson").out.splitlines()
    told = [json.loads(line) for line in lines]
    assert [one["target"]["domain"] for one in told] == names[:2]
    for one in told:
        jsonschema.validate(one, SCHEMA, jsonschema.Draft202012Validator)


def test_the_same_answers_give_the_same_bytes(capsys):
    told = [json.loads(run(capsys, "domain", "shop.example", "--lab", "--format", "json").out) for _ in range(2)]
    for one in told:
        one.pop("generated_at")
        for answer in one["evidence"]:
            del answer["asked_at"], answer["elapsed_ms"]
    assert json.dumps(told[0]) == json.dumps(told[1])
