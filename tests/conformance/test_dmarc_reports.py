"""Real DMARC aggregate reports, with the sums that another reader found in them."""

import json

import pytest

from healthcheck.intake.reports import BadReport, read_reports
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
