"""Real DMARC aggregate reports and reports on TLS, with the sums that another reader found in them."""

import json

import pytest

from healthcheck.intake.reports.learned import read_reports
from healthcheck.intake.reports.report_files import BadReport
from healthcheck.intake.reports.reported import Reports
from healthcheck.intake.stamps import from_iso, zone_named
from tests.conformance import absent, corpus

HOME = "reports"


def expected():
    home = corpus(HOME)
    if home is None:
        return []
    return [json.loads(line) for line in (home / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


AGGREGATE = [one for one in expected() if one["type"] == "aggregate"]
OTHERS = [one for one in expected() if one["type"] != "aggregate"]


@absent(HOME)
def test_the_reports_are_there():
    assert len(AGGREGATE) >= 20


@pytest.mark.parametrize("one", AGGREGATE, ids=lambda one: one["file"].rpartition("/")[2])
def test_a_report_has_the_sums_expected(one):
    (report,) = read_reports(corpus(HOME) / one["file"])
    assert (report.report_id, report.domain) == (one["report_id"], one["domain"])
    assert len(report.rows) == one.get("raw_records", one["records"])
    assert report.messages == one.get("raw_count_sum", one["messages"])
    assert sum(row.count for row in report.rows if row.passed) == one["dmarc_pass"]
    assert sum(row.count for row in report.rows if row.dkim_aligned) == one["dkim_aligned"]
    assert sum(row.count for row in report.rows if row.spf_aligned) == one["spf_aligned"]


@pytest.mark.parametrize("one", OTHERS, ids=lambda one: one["file"].rpartition("/")[2])
def test_what_is_no_aggregate_report_is_refused(one):
    with pytest.raises(BadReport):
        read_reports(corpus(HOME) / one["file"])


@pytest.mark.parametrize("one", AGGREGATE, ids=lambda one: one["file"].rpartition("/")[2])
def test_the_summary_of_a_report_is_the_same(one):
    reports = Reports()
    assert reports.read([(corpus(HOME) / one["file"]).read_bytes()], one["file"]) == 1
    (found,) = reports.found
    assert (found.form, found.organization.lower(), found.domain) == ("dmarc", one["org"].lower(), one["domain"])
    assert found.messages == one.get("raw_count_sum", one["messages"])
    assert (found.passed, found.failed) == (one["dmarc_pass"], found.messages - one["dmarc_pass"])
    assert (found.dkim_aligned, found.spf_aligned) == (one["dkim_aligned"], one["spf_aligned"])
    assert found.policy == one["p"]
    if "raw_records" in one:
        assert found.disposition == one["disposition"]


@pytest.mark.parametrize(
    "one", [one for one in OTHERS if one["type"] == "smtp_tls"], ids=lambda one: one["file"].rpartition("/")[2]
)
def test_a_report_on_tls_has_the_sums_expected(one):
    reports = Reports()
    reports.read([(corpus(HOME) / one["file"]).read_bytes()], one["file"])
    assert len(reports.found) == one["policies"]
    assert sum(found.successful for found in reports.found) == one["successful"]
    assert sum(found.failed_sessions for found in reports.found) == one["failed"]
    assert [found.domain for found in reports.found] == one["domains"]
    assert sorted({word for found in reports.found for word in found.failures}) == one["failure_types"]
    assert {(found.organization, found.report_id) for found in reports.found} == {(one["org"], one["report_id"])}
    begins = {found.begin for found in reports.found}
    assert begins == {from_iso(one["begin"], zone_named(None))}
