"""DMARC aggregate reports: read in every packing, bounded against bombs, and made into streams."""

import gzip
import io
import zipfile
from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Origin, Signature
from healthcheck.intake.reports import aggregate_rows, learned, report_files
from healthcheck.intake.reports.aggregate import parse_report
from healthcheck.intake.reports.learned import read_reports, streams_of
from healthcheck.intake.reports.report_files import BadReport, documents


def row(
    source="192.0.2.1",
    count=3,
    *,
    dkim="pass",
    spf="fail",
    results="",
    header_from="example.com",
    envelope="b.example.net",
):
    return f"""
  <record><row><source_ip>{source}</source_ip><count>{count}</count>
    <policy_evaluated><disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row>
    <identifiers><envelope_from>{envelope}</envelope_from><header_from>{header_from}</header_from></identifiers>
    <auth_results>{results}<spf><domain>bounce.example.net</domain><result>pass</result></spf></auth_results></record>"""


SIGNED = "<dkim><domain>example.com</domain><selector>s1</selector><result>pass</result></dkim>"
FORGED = "<dkim><domain>example.com</domain><selector>zz</selector><result>fail</result></dkim>"


def document(*rows, head='<?xml version="1.0"?>', root="feedback"):
    return f"""{head}
<{root}><report_metadata><org_name>receiver.example</org_name><report_id>r1</report_id>
<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><p>none</p></policy_published>{"".join(rows)}</{root}>""".encode()


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def inside(raw):
    return [b"".join(document.pieces) for document in documents((raw,))]


MAIL = b"Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n"
PACKINGS = {
    "as it is": lambda raw: raw,
    "gzip": gzip.compress,
    "zip": lambda raw: zipped(a_xml=raw),
    "gzip in zip": lambda raw: zipped(a_gz=gzip.compress(raw)),
    "mail": lambda raw: MAIL + __import__("base64").encodebytes(gzip.compress(raw)),
    "with other bytes behind": lambda raw: gzip.compress(raw) + b"\0\0junk",
    "namespaces": lambda raw: raw.replace(b"<feedback", b'<f:feedback xmlns:f="urn:x"').replace(
        b"</feedback", b"</f:feedback"
    ),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_report_is_read_in_every_packing(tmp_path, packing):
    file = tmp_path / "report"
    file.write_bytes(PACKINGS[packing](document(row(results=SIGNED))))
    (report,) = read_reports(file)
    assert (report.organization, report.report_id, report.domain, report.day) == (
        "receiver.example",
        "r1",
        "example.com",
        "2023-11-15",
    )
    (one,) = report.rows
    assert (one.source, one.count, one.header_from, one.passed) == (ip_address("192.0.2.1"), 3, "example.com", True)
    assert report.well_formed


def test_what_is_no_xml_is_read_all_the_same():
    raw = (
        document(row(results=SIGNED))
        .replace(b"<org_name>", b"<email><a@b.example></email><org_name>")
        .replace(b"r1", b"\xff <b")
    )
    report = parse_report(raw)
    assert not report.well_formed
    assert [(one.count, one.dkim_aligned) for one in report.rows] == [(3, True)]


def test_streams_are_rows_of_one_way():
    report = parse_report(
        document(
            row("192.0.2.1", 3, results=SIGNED),
            row("192.0.2.2", 5, results=SIGNED),
            row("198.51.100.9", 2, dkim="fail", results=FORGED),
            row("192.0.2.3", 9, header_from="other.example", results=SIGNED),
        )
    )
    passed, failed = streams_of([report], "example.com")
    assert passed.origin is Origin.REPORT
    assert passed.signatures == (Signature("example.com", "s1"),)
    assert passed.ips == (ip_address("192.0.2.2"), ip_address("192.0.2.1"))
    assert (passed.messages, passed.passed, passed.mail_from) == (8, 8, "b.example.net")
    assert passed.source == "receiver.example, 2023-11-15"
    # Anybody can write a header: a selector that verified nothing teaches nothing.
    assert (failed.signatures, failed.messages, failed.passed) == ((), 2, 0)


def test_a_signature_without_its_selector_leaves_the_signatures_open():
    unnamed = "<dkim><domain>example.com</domain><result>pass</result></dkim>"
    (stream,) = streams_of([parse_report(document(row(results=unnamed)))], "example.com")
    assert stream.signatures is None


def test_streams_are_bounded_and_the_busiest_come_first():
    rows = [row(f"192.0.2.{n % 250}", n + 1, envelope=f"b{n}.example.net") for n in range(200)]
    found = streams_of([parse_report(document(*rows))], "example.com")
    assert len(found) == learned.MOST_STREAMS
    assert [one.messages for one in found] == sorted((one.messages for one in found), reverse=True)
    many = [row(f"10.0.{n // 250}.{n % 250}", 1) for n in range(600)]
    (one,) = streams_of([parse_report(document(*many))], "example.com")
    assert len(one.ips) == learned.MOST_ADDRESSES


LAUGHS = """<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY a SYSTEM "file:///etc/hostname">]>"""


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE])
def test_a_document_that_declares_entities_is_refused(head):
    with pytest.raises(BadReport, match="entities"):
        parse_report(document(row(source="&a;"), head=head))


def test_a_bomb_is_not_unpacked(monkeypatch, tmp_path):
    monkeypatch.setattr(report_files, "LARGEST", 1_000_000)
    bomb = b"<feedback>" + b" " * 5_000_000
    for raw in (gzip.compress(bomb), zipped(a_xml=bomb), gzip.compress(bomb)[:-4]):
        with pytest.raises(BadReport, match="larger"):
            inside(raw)
    file = tmp_path / "large"
    with file.open("wb") as opened:
        opened.truncate(report_files.LARGEST_FILE + 1)
    with pytest.raises(BadReport, match="larger"):
        read_reports(file)


def test_packing_upon_packing_comes_to_an_end():
    raw = document(row())
    for _ in range(6):
        raw = gzip.compress(raw)
    with pytest.raises(BadReport, match="too often"):
        inside(raw)


ODD_RESULTS = st.sampled_from(
    (
        SIGNED,
        "",
        "<auth_results/>",
        "<identifiers><auth_results>x</auth_results></identifiers>",
        "<row><count>9</count></row>",
    )
)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(("pass", "fail")), ODD_RESULTS), max_size=5), st.booleans()
)
def test_for_sums_a_row_has_the_same_count_and_verdicts(told, prefixed):
    raw = document(*[row(count=count, dkim=dkim, results=results) for count, dkim, results in told])
    if prefixed:
        raw = raw.replace(b"</", b"</d:").replace(b"<", b"<d:").replace(b"<d:/d:", b"</d:").replace(b"<d:?", b"<?")
    whole, rows = parse_report(raw), []
    assert msgspec.structs.replace(whole, rows=()) == parse_report(raw, rows)
    assert [(one.count, one.dkim_aligned, one.spf_aligned, one.disposition) for one in whole.rows] == [
        (one.count, one.dkim_aligned, one.spf_aligned, one.disposition) for one in rows
    ]
    assert all(one.dkim for one, (_, _, results) in zip(whole.rows, told, strict=True) if results == SIGNED)


def test_deep_elements_and_too_many_rows_are_refused(monkeypatch):
    with pytest.raises(BadReport, match="deep"):
        parse_report(b"<feedback>" + b"<a>" * 1000 + b"</a>" * 1000 + b"</feedback>")
    inside_results = document(row(results="<a>" * 1000 + "</a>" * 1000))
    for rows in (None, []):
        with pytest.raises(BadReport, match="deep"):
            parse_report(inside_results, rows)
    monkeypatch.setattr(aggregate_rows, "MOST_ROWS", 3)
    with pytest.raises(BadReport, match="rows"):
        parse_report(document(*[row() for _ in range(4)]))


@pytest.mark.parametrize("raw", [b"", b"hello", b"\x1f\x8b\x08broken", b"PK\x03\x04broken", b"{}", b"<html></html>"])
def test_what_is_no_report_is_said_in_one_sentence(tmp_path, raw):
    file = tmp_path / "report"
    file.write_bytes(raw)
    with pytest.raises(BadReport) as said:
        read_reports(file)
    assert "\n" not in str(said.value)


TAGS = [
    f"<{slash}{name}>"
    for name in ("record", "row", "count", "source_ip", "auth_results", "dkim", "domain")
    for slash in ("", "/")
]
PIECES = st.sampled_from(
    [
        *TAGS,
        "7",
        "192.0.2.1",
        "x.example",
        "<!--",
        "-->",
        "&lt;",
        "&#0;",
        "<",
        ">",
        "<spf/>",
        "</feedback>",
        "<x a='>'>",
    ]
)


@given(st.lists(PIECES, max_size=60).map(lambda found: ("<feedback>" + "".join(found)).encode()))
def test_broken_documents_are_reports_or_refused(raw):
    try:
        report = parse_report(raw)
    except BadReport:
        return
    assert all(one.count >= 0 for one in report.rows)
    assert report.messages == sum(one.count for one in report.rows)


@pytest.mark.parametrize("inner", [b"<x %s/>", b"<!-- %s -->"], ids=["a tag", "a comment"])
@pytest.mark.parametrize("size", [1000, 10_000_000], ids=["in pieces", "in one piece"])
def test_what_the_parser_would_have_to_hold_is_bounded(inner, size):
    long = inner.replace(b"%s", b" ".join(b'a%d="1"' % number for number in range(200_000)))
    whole = document().replace(b"</feedback>", long + b"</feedback>")
    with pytest.raises(BadReport, match="longer than 1 MiB"):
        parse_report(whole[at : at + size] for at in range(0, len(whole), size))
