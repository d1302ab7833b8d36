"""DMARC records that other implementations test themselves with: what they call invalid is said, what they call valid passes.

The rows come from an implementation of RFC 7489. Where RFC 9989 has changed the answer, the row stands in CHANGED with
the reason, and the test holds us to RFC 9989.
"""

import msgspec
import pytest

from checks.dmarc import published, reports_arrive, valid_record
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Basis, Severity, Target
from tests.conformance import absent, corpus

ROWS = "records/records.jsonl"
SYNTAX_OF_REPORTS = {reports_arrive.BAD_URI.code, reports_arrive.NO_MAILTO.code}

CHANGED = {
    "v=DMARC1; sp=reject; p=reject": "p no longer has to follow v. RFC 9989 section 4.7",
}
"""Rows called invalid that RFC 9989 allows."""


class Row(msgspec.Struct, frozen=True):
    """One record and what its source says of it."""

    kind: str
    record: str
    valid: bool
    note: str = ""


def rows() -> list[Row]:
    path = corpus(ROWS)
    found = [msgspec.json.decode(line, type=Row) for line in path.read_bytes().splitlines()] if path else []
    return [row for row in found if row.kind == "dmarc"]


def judged(record: str) -> tuple[Severity, set[str]]:
    """The worst that is said about the record itself, and the codes of all that is as bad as a warning."""

    def answer(question: DnsQuestion) -> Answer:
        if question == DnsQuestion("_dmarc.example.com", "TXT"):
            quoted = record.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\009")
            return Answer(question, Outcome.ANSWERED, (f'"{quoted}"',))
        return Answer(question, Outcome.NO_DATA)

    said = [
        finding.message
        for check in (published.CHECK, valid_record.CHECK, reports_arrive.CHECK)
        for finding in check.judge(pursue(check.fact(Target("example.com")), answer))
        if check is not reports_arrive.CHECK or finding.message.code in SYNTAX_OF_REPORTS
    ]
    loud = [message for message in said if message.basis is Basis.OBSERVED and message.severity >= Severity.WARNING]
    return max((message.severity for message in loud), default=Severity.INFO), {message.code for message in loud}


@absent(ROWS)
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.record[:60] or "empty")
def test_an_invalid_record_is_at_least_a_warning_and_a_valid_one_never_fails(row):
    severity, codes = judged(row.record)
    if row.valid or row.record in CHANGED:
        assert severity < Severity.ERROR, codes
    else:
        assert severity >= Severity.WARNING, row.note


@absent(ROWS)
def test_precision_and_recall(capsys):
    found = rows()
    assert len(found) == 41
    invalid = {row.record for row in found if not row.valid} - CHANGED.keys()
    flagged = {row.record for row in found if judged(row.record)[0] >= Severity.WARNING}
    failed = {row.record for row in found if judged(row.record)[0] >= Severity.ERROR}
    with capsys.disabled():
        for word, ours in (("warning or failure", flagged), ("failure", failed)):
            right = len(ours & invalid)
            print(
                f"\nDMARC records, {word}: precision {right}/{len(ours)} = {right / len(ours):.2f}, "
                f"recall {right}/{len(invalid)} = {right / len(invalid):.2f}",
                end="",
            )
        print(f" ({len(CHANGED)} row follows RFC 7489 against RFC 9989: {'; '.join(CHANGED.values())})")
    assert flagged >= invalid
    assert failed <= invalid
