"""A report in JSON becomes a ticket again, whoever wrote it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcheck.redact import Mode
from healthcheck.render import json as rendering
from healthcheck.render import markdown
from healthcheck.ticket.bundle import paged
from healthcheck.ticket.make import case_of
from healthcheck.ticket.recipients import recipient_named
from healthcheck.ticket.reread import BadReport, reports_from
from tests.ticket import HERE, VARIABLES, case, seen_report

CASE = case(seen_report("news.example.com"))
TOLD = json.loads(rendering.render([CASE.report]))


def read(told):
    return reports_from(json.dumps(told).encode(), "report.json")


def test_what_is_judged_stays_what_it_was():
    (one, version), first = read(TOLD)[0], CASE.report
    assert version == TOLD["tool"]["version"]
    assert (one.verdict, one.summary) == (first.verdict, first.summary)
    assert [cause.id for cause in one.causes] == [cause.id for cause in first.causes]
    again = json.loads(rendering.render([one]))
    for then, now in zip(TOLD["checks"], again["checks"], strict=True):
        assert [x["text"] for x in then["findings"]] == [x["text"] for x in now["findings"]]
        assert [x["remedy"] for x in then["findings"]] == [x["remedy"] for x in now["findings"]]
    assert again["evidence"] == TOLD["evidence"]


def test_several_reports_are_read_in_order():
    several = {"schema": "healthcheck.reports/1", "reports": [TOLD, TOLD]}
    assert len(read(several)) == 2


@pytest.mark.parametrize(
    "told", [None, 1, [], {}, {"schema": "x"}, {**TOLD, "evidence": 3}, {**TOLD, "generated_at": "now"}]
)
def test_what_is_no_report_is_said_in_one_sentence(told):
    with pytest.raises(BadReport) as caught:
        read(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000])
def test_bytes_that_are_none_are_said_in_one_sentence(raw):
    with pytest.raises(BadReport):
        reports_from(raw, "report.json")


def test_a_report_that_counts_twice_or_below_zero_is_none():
    for spoilt in (
        TOLD | {"checks": [*TOLD["checks"], TOLD["checks"][0]]},
        TOLD | {"causes": [TOLD["causes"][0] | {"replies": -5}]},
    ):
        with pytest.raises(BadReport):
            read(spoilt)


def test_hostile_text_stays_in_code_spans():
    hostile = "@all [x](http://e.example) <b> \x1b[31m\r\n# Heading"
    told = json.loads(json.dumps(TOLD))
    for check in told["checks"]:
        for finding in check["findings"]:
            finding["text"] = finding["remedy"] = finding["about"] = hostile
    page = markdown.render([read(told)[0][0]])
    assert "\n# Heading" not in page.partition("\n")[2].replace("```text\n# Heading", "")
    assert "\x1b" not in page


def paths(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*at, key))


PATHS = [path for path in paths(TOLD) if path]


@settings(max_examples=200)
@given(
    st.sampled_from(PATHS),
    st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2) | st.just({}),
)
def test_any_part_may_be_anything(path, value):
    told = json.loads(json.dumps(TOLD))
    inner = told
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    try:
        found = read(told)
    except BadReport:
        return
    for one, version in found:
        made = case_of(one, None, version, HERE, Mode.STANDARD, recipient_named("gmail"), VARIABLES)
        assert paged(made)
        assert rendering.render([made.report])
