"""Reports of receivers given to `errors`: summed up beside the events, bounded, and each once."""

import base64
import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcheck.intake.mails.mime import LARGEST_MAIL
from healthcheck.intake.reports import aggregate, report_files, tls_report
from healthcheck.intake.reports.report_files import BadReport
from healthcheck.intake.reports.reported import Reports
from healthcheck.intake.reports.tls_report import parse_tls_report
from tests.intake.reading import read
from tests.intake.test_reports import PACKINGS, SIGNED, document, row, zipped

DMARC = document(row(count=5, results=SIGNED), row("198.51.100.9", 2, dkim="fail"))
TLS = {
    "organization-name": "Receiver",
    "date-range": {"start-datetime": "2026-11-20T00:00:00Z", "end-datetime": "2026-11-20T23:59:59Z"},
    "contact-info": "tls@receiver.example",
    "report-id": "t1",
    "policies": [
        {
            "policy": {"policy-type": "sts", "policy-domain": "Example.COM", "mx-host": ["mx.example.com"]},
            "summary": {"total-successful-session-count": 40, "total-failure-session-count": 3},
            "failure-details": [
                {"result-type": "certificate-expired", "failed-session-count": 1},
                {"result-type": "starttls-not-supported", "failed-session-count": 1},
                {"result-type": "certificate-expired", "failed-session-count": 1},
            ],
        }
    ],
}
MAIL = (
    "From: noreply@receiver.example\nTo: tls@example.com\nSubject: Report Domain: example.com Submitter: receiver.example\n"
    "Date: Sat, 21 Nov 2026 09:31:07 +0000\nMIME-Version: 1.0\n"
    "Content-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n"
)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_dmarc_report_is_summed_up(tmp_path, packing):
    headers = b"From: a@receiver.example\nSubject: Report domain: example.com\n" if packing == "mail" else b""
    events, reading = read(tmp_path, headers + PACKINGS[packing](DMARC), "report")
    assert not events
    (one,) = reading.reports.found
    assert (one.form, one.organization, one.domain, one.policy) == ("dmarc", "receiver.example", "example.com", "none")
    assert (one.messages, one.passed, one.failed, one.dkim_aligned, one.spf_aligned) == (7, 5, 2, 5, 0)
    assert one.disposition == {"none": 7}
    assert (one.begin, one.end) == ("2023-11-14T22:13:20Z", "2023-11-15T22:13:19Z")
    assert one.failed_sessions is None
    assert reading.unread_lines == 0


def mailed(raw: bytes) -> bytes:
    return MAIL.encode() + base64.encodebytes(gzip.compress(raw))


TLS_PACKINGS = {
    "json": lambda raw: raw,
    "pretty": lambda raw: json.dumps(json.loads(raw), indent=2).encode(),
    "gzip": gzip.compress,
    "zip": lambda raw: zipped(a_json=raw),
    "mail": mailed,
}


@pytest.mark.parametrize("packing", TLS_PACKINGS)
def test_a_report_on_tls_is_summed_up(tmp_path, packing):
    events, reading = read(tmp_path, TLS_PACKINGS[packing](json.dumps(TLS).encode()), "report")
    assert not events
    (one,) = reading.reports.found
    assert (one.form, one.organization, one.domain, one.policy) == ("tls", "Receiver", "example.com", "sts")
    assert (one.successful, one.failed_sessions) == (40, 3)
    assert one.failures == {"certificate-expired": 2, "starttls-not-supported": 1}
    assert (one.begin, one.messages) == ("2026-11-20T00:00:00Z", None)
    assert reading.unread_lines == 0


def test_a_mail_of_more_than_four_mebibytes_may_bring_a_report(tmp_path):
    raw = json.dumps(TLS).encode() + b" " * 4_000_000
    mail = MAIL.encode() + base64.encodebytes(gzip.compress(raw, compresslevel=0))
    assert len(mail) > LARGEST_MAIL
    for content in (mail, b"From r@example.net Sat Nov 21 09:31:07 2026\n" + mail):  # alone, and in an mbox
        events, reading = read(tmp_path, content, "report")
        assert not events
        assert [one.organization for one in reading.reports.found] == ["Receiver"]
        assert reading.unread_lines == 0


def test_a_report_that_was_given_twice_counts_once(tmp_path):
    reports = Reports()
    for _ in range(2):
        reports.read([DMARC], "a")
        reports.read([json.dumps(TLS).encode()], "b")
    assert len(reports.found) == 2
    assert reports.repeated == 2


def test_several_reports_in_an_mbox(tmp_path):
    mails = [mailed(json.dumps(TLS | {"report-id": str(number)}).encode()) for number in range(3)]
    mbox = b"".join(b"From a@example.com Sat Nov 21 09:31:07 2026\n" + mail + b"\n" for mail in mails)
    _, reading = read(tmp_path, mbox, "box")
    assert len(reading.reports.found) == 3
    assert reading.unread_lines == 0


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><feedback>&b;</feedback>'
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (LAUGHS, "entities"),
        (gzip.compress(b"<feedback>" + b" " * 90_000_000), "larger"),
        (zipped(a_xml=b"<feedback>" + b" " * 90_000_000), "larger"),
        (b"<feedback>" + (b"<!--" + b"x" * 993 + b"-->") * 100_000, "larger"),
        (json.dumps(TLS).encode().rstrip(b"}") + b', "x": "' + b"y" * 9_000_000 + b'"}', "larger"),
        (b"PK\x03\x04broken", "unpacked"),
        (zipped(a_txt=b"hello\n"), "no known format"),
        (b"<feedback>" + b"<a>" * 1000, "deep"),
    ],
    ids=["laughs", "gz bomb", "zip bomb", "100 MB", "long JSON", "broken zip", "other zip", "deep"],
)
def test_what_is_refused_says_why_in_one_sentence(tmp_path, content, why):
    events, reading = read(tmp_path, content, "report")
    assert not events
    assert not reading.reports.found
    assert reading.unread_lines == 1
    assert why in reading.samples[0].why
    assert "\n" not in reading.samples[0].why


def test_many_files_in_a_zip_share_one_bound(monkeypatch):
    monkeypatch.setattr(report_files, "LARGEST", 3_000_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"{number}.xml", b"<feedback>" + b" " * 1_000_000 + b"</feedback>")
    reports = Reports()
    with pytest.raises(BadReport, match="larger"):
        reports.read([buffer.getvalue()], "a")


def test_a_large_document_that_is_no_xml_is_not_kept(monkeypatch):
    monkeypatch.setattr(aggregate, "KEPT", 1000)
    raw = DMARC.replace(b"<row>", b"<row><", 1)
    with pytest.raises(BadReport, match="well-formed"):
        aggregate.parse_report([raw[at : at + 300] for at in range(0, len(raw), 300)])


def test_sums_are_taken_anew_where_the_xml_parser_gives_up():
    raw = DMARC.replace(b"</feedback>", b"<</feedback>")
    reports = Reports()
    reports.read([raw[at : at + 100] for at in range(0, len(raw), 100)], "a")
    assert (reports.found[0].messages, reports.found[0].whole) == (7, False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *(
                        "policies",
                        "policy",
                        "summary",
                        "failure-details",
                        "result-type",
                        "failed-session-count",
                        "date-range",
                    ),
                    *(
                        "policy-domain",
                        "total-failure-session-count",
                        "start-datetime",
                        "organization-name",
                        "report-id",
                    ),
                )
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(("policies", "date-range", "report-id", "organization-name")), json_values))
def test_any_json_is_a_report_on_tls_or_refused(value):
    try:
        report = parse_tls_report(json.dumps(value).encode())
    except BadReport:
        return
    assert all(one.failed >= 0 and one.successful >= 0 for one in report.policies)


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(1, 50))
def test_any_bytes_are_reports_or_refused(noise, at, size):
    raw = DMARC[:at] + noise + DMARC[at:]
    for content in (noise, raw, gzip.compress(raw)[: at + 20], b"PK\x03\x04" + noise):
        reports, said = Reports(), ""
        try:
            reports.read([content[n : n + size] for n in range(0, len(content), size)], "a")
        except BadReport as fault:
            said = str(fault)
        assert "\n" not in said


def test_the_bounds_are_those_that_are_written_down():
    assert tls_report.LARGEST_JSON < report_files.LARGEST_FILE < report_files.LARGEST < 100_000_000
