"""The DKIM key records of mox's tests: every invalid one is at least a warning, no valid one fails."""

import json

import pytest

from checks.dkim import key_published, key_strong, key_valid
from checks.dkim.keys import dkim_keys
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Finding, Severity
from tests.conformance import absent, corpus

FILE = "records/records.jsonl"
# Whether a revoked key is bad hangs on its use, not on the record.
ABOUT_USE = {key_valid.REVOKED.code}


def rows() -> list[dict[str, object]]:
    path = corpus(FILE)
    if path is None:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["kind"] == "dkim-key"]


def findings(record: str) -> list[Finding]:
    """What the checks say of a record at the selector that mail is signed with."""
    quoted = '"' + record.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def answer(question: DnsQuestion) -> Answer:
        there = question.name == "s1._domainkey.example.com"
        return Answer(question, Outcome.ANSWERED if there else Outcome.NXDOMAIN, (quoted,) if there else ())

    keys = pursue(dkim_keys("example.com", ("s1",)), answer)
    judges = (key_published.judge, key_valid.judge, key_strong.judge)
    return [found for judge in judges for found in judge(keys) if found.message.code not in ABOUT_USE]


def worst(record: str) -> Severity:
    return max((found.message.severity for found in findings(record)), default=Severity.INFO)


@absent(FILE)
@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row["record"])[:40])
def test_a_record_is_judged_as_its_authors_did(row):
    told = [(found.message.code, found.text) for found in findings(row["record"])]
    if row["valid"]:
        assert worst(row["record"]) < Severity.ERROR, told
    else:
        assert worst(row["record"]) >= Severity.WARNING, told


@absent(FILE)
def test_precision_and_recall(capsys):
    flagged = [(worst(row["record"]) >= Severity.WARNING, not row["valid"]) for row in rows()]
    failed = [(worst(row["record"]) >= Severity.ERROR, not row["valid"]) for row in rows()]
    invalid = sum(bad for _, bad in flagged)
    hits, alarms = sum(f and bad for f, bad in flagged), sum(f for f, _ in flagged)
    fails, failures = sum(f and bad for f, bad in failed), sum(f for f, _ in failed)
    with capsys.disabled():
        print(
            f"\nDKIM key records: {len(flagged)}, invalid {invalid}; warned or worse: recall {hits}/{invalid}, "
            f"precision {hits}/{alarms}; failed: recall {fails}/{invalid}, precision {fails}/{failures}"
        )
    assert hits == invalid
    assert fails == failures
