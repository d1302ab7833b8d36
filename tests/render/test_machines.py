"""What machines read: monitoring plugins, Prometheus, build servers. Read back by the readers of their own, or by their grammar."""

import json
import os
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from checks.delivery.observed import Failure, Observed
from checks.model import Status
from healthcheck.render import annotations, code_quality, junit, nagios, prometheus, sarif
from healthcheck.report import Ignored, Report, Shown
from healthcheck.world import hospital
from tests.cli import run
from tests.render import FAILED, finding, report
from tests.render.test_hostile import JUNK

HOSPITAL = Path(hospital.__path__[0])
FIGURE = re.compile(r"'((?:[^'=]|'')+)'=(-?[\d.]+(?:e[+-]?\d+)?)(s|us|ms|%|B|KB|MB|TB|c)?(;[^; ]*){0,4}")
words = st.lists(st.sampled_from([*JUNK, "|", "'", "=", "STRANGER", "::error::", "%0A", '"', "]]>"]), max_size=12).map(
    "".join
)


def only(given_report: Report, *keep: str) -> Report:
    """The report without the checks whose status is none of those named."""
    kept = tuple(one for one in given_report.checks if one.status in keep)
    return msgspec.structs.replace(given_report, checks=kept)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ((Status.PASS,), nagios.OK),
        ((Status.PASS, Status.WARN), nagios.WARNING),
        ((Status.PASS, Status.FAIL, Status.UNKNOWN), nagios.CRITICAL),
        ((Status.PASS, Status.WARN, Status.UNKNOWN), nagios.UNKNOWN),
        ((), nagios.UNKNOWN),
    ],
)
def test_a_plugin_tells_bad_from_could_not_look(statuses, code):
    given_report = only(report(), *statuses)
    assert nagios.state([given_report]) == code
    assert nagios.render([given_report]).startswith(f"HEALTHCHECK {nagios._WORDS[code]}: ")


def test_of_several_domains_the_gravest_state_counts_and_names_the_domains():
    good, bad = only(report(name="good.example"), Status.PASS), report(name="bad.example")
    assert nagios.state([good, bad]) == nagios.CRITICAL
    assert "1 of 2: bad.example" in nagios.render([good, bad]).splitlines()[0]


@settings(max_examples=150, deadline=None)
@given(words)
def test_no_stranger_writes_figures_or_lines_of_his_own(word):
    told = nagios.render([report(word)])
    first, *more = told.splitlines()
    assert first.count("|") == 1
    assert not any("|" in line for line in more)
    figures = first.partition("|")[2].split("' ")
    assert all(FIGURE.fullmatch(one) for one in re.findall(r"'[^=]+=\S+", first.partition("|")[2])), figures
    assert len(told.encode()) <= nagios.LARGEST
    assert len(more) <= 8
    assert told.isprintable() or told.replace("\n", "").isprintable()


def test_a_long_report_ends_in_whole_lines():
    crowd = [report("x" * 3000, name=f"d{number}.example") for number in range(40)]
    told = nagios.render(crowd)
    assert len(told.encode()) <= nagios.LARGEST
    assert told.endswith("lines more\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("domain", "shop..example"),
        ("domain",),
        ("domain", "shop.example", "--lab", "--no-such-option"),
        ("domain", "shop.example", "--lab", "--only", "nothing"),
        ("domain", "shop.example", "--zone", "/nonexistent"),
        ("domain", "shop.example", "--lab", "--output", "/nonexistent/x"),
    ],
)
def test_every_path_that_ends_in_an_error_is_unknown_to_a_plugin(capsys, arguments):
    said = run(capsys, *arguments, "--format", "nagios")
    assert (said.code, said.out.splitlines()[0][:20]) == (3, "HEALTHCHECK UNKNOWN:")


def test_a_sick_patient_is_critical_and_a_healthy_one_ok(capsys):
    assert run(capsys, "domain", "shop.example", "--lab", "--format=nagios").code == 2
    healthy = run(capsys, "domain", "example.com", "--lab", "--format=nagios", "--ip", "192.0.2.25", "--selector", "s1")
    assert healthy.code == 0
    assert "'spf_dns_lookups'=" in healthy.out


@settings(max_examples=150, deadline=None)
@given(words)
def test_junit_is_read_back_by_others_with_the_same_counts(word):
    given_report = report(word)
    suites = JUnitXml.fromstring(junit.render([given_report]).encode())
    (suite,) = list(suites)
    summary = given_report.summary
    expected = (len(given_report.checks), summary[Status.FAIL], summary[Status.UNKNOWN], summary[Status.SKIPPED])
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == expected
    assert sum(bool(case.is_failure) for case in suite) == summary[Status.FAIL]
    assert sum(bool(case.is_error) for case in suite) == summary[Status.UNKNOWN]


def waived(given_report: Report, word: str) -> Report:
    """The report in which all that fails and all that warns is ignored, for a reason of somebody's words."""
    checks = tuple(
        msgspec.structs.replace(
            one, shown=(), ignored=tuple(Ignored(shown, one.id, f"because {word}", "2027-01-31") for shown in one.shown)
        )
        if one.status in (Status.FAIL, Status.WARN)
        else one
        for one in given_report.checks
    )
    return msgspec.structs.replace(given_report, checks=checks)


@settings(max_examples=50, deadline=None)
@given(words)
def test_a_check_of_which_all_is_ignored_is_skipped_in_junit_and_says_why(word):
    given_report = waived(report(word), word)
    (suite,) = list(JUnitXml.fromstring(junit.render([given_report]).encode()))
    ignored = [case for case in suite if case.is_skipped and "ignored until 2027-01-31" in case.result[0].message]
    assert [case.name.split()[0] for case in ignored] == ["spf.made-up", "dkim.made-up"]
    assert suite.skipped == given_report.summary[Status.SKIPPED] + 2 == sum(case.is_skipped for case in suite)
    assert (suite.failures, suite.tests) == (0, len(given_report.checks))
    assert all("made-up." in (case.system_out or "") for case in ignored)


def observed(text: str) -> Observed:
    failure = Failure(text, "550", "5.7.26", "auth_failed", "permanent", "no", "gmail", deferred=2, bounced=3)
    return Observed((failure, msgspec.structs.replace(failure, bounced=1)))


@settings(max_examples=100, deadline=None)
@given(words)
def test_metrics_are_read_back_by_others_and_hold_no_words_of_strangers(word):
    given_report = report(f"STRANGER{word}", name="shop.example")
    target = msgspec.structs.replace(given_report.target, observed=observed(word))
    written = prometheus.render([msgspec.structs.replace(given_report, target=target)])
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(written)
        for sample in family.samples
    }
    status = ("check", "spf.made-up"), ("domain", "shop.example"), ("status", "fail")
    assert samples["healthcheck_check_status", *status] == 1
    replies = [value for key, value in samples.items() if key[0] == "healthcheck_smtp_replies_total"]
    assert replies == [8]
    assert "STRANGER" not in written


def test_a_number_that_is_not_known_is_no_metric():
    assert "healthcheck_spf_dns_lookups{" not in prometheus.render([report()])


def test_the_metric_of_lookups_is_what_was_counted(capsys):
    said = run(capsys, "domain", "shop.example", "--lab", "--format", "prometheus")
    assert 'healthcheck_spf_dns_lookups{domain="shop.example"} 12.0' in said.out


def test_a_crowd_of_domains_has_series_for_what_is_not_well_only():
    crowd = [report(name=f"d{number}.example") for number in range(prometheus.MANY_DOMAINS + 1)]
    written = prometheus.render(crowd)
    checks = [line for line in written.splitlines() if line.startswith("healthcheck_check_status{")]
    assert {re.search(r'status="(.*?)"', line)[1] for line in checks} == {"fail", "warn"}


ZONE = """\
$ORIGIN shop.example.
$TTL 3600
@ SOA ns.shop.example. hostmaster.shop.example. ( 1
    7200 3600 1209600 3600 )
@ MX 10 mail
@ TXT ( "v=spf1 ip4:192.0.2.1"
   " +all" )
mail A 192.0.2.1
"""


@pytest.fixture
def zone(tmp_path):
    file = tmp_path / "shop.example.zone"
    file.write_text(ZONE)
    return file


def test_an_annotation_points_to_the_very_line(capsys, zone):
    said = run(capsys, "domain", "shop.example", "--zone", zone, "-q", "--format", "github")
    lines = [line for line in said.out.splitlines() if "spf.not-everyone.everyone" in line]
    assert lines
    assert lines[0].startswith(f"::error file={zone},line=6,title=spf.not-everyone.everyone::")


def test_a_missing_record_points_to_where_it_would_be_added(capsys, zone):
    issues = json.loads(run(capsys, "domain", "shop.example", "--zone", zone, "-q", "--format", "gitlab").out)
    (missing,) = [one for one in issues if one["check_name"].startswith("dmarc.published.")]
    assert missing["location"]["path"] == str(zone)
    line = missing["location"]["lines"]["begin"]
    assert "SOA" in ZONE.splitlines()[line - 1], "no other record is pointed to: that one is in order"


def test_code_scanning_gets_a_result_for_each_line_and_a_count_of_the_rest(capsys, zone):
    document = json.loads(run(capsys, "domain", "shop.example", "--zone", zone, "-q", "--format", "sarif").out)
    (only_run,) = document["runs"]
    lines = {
        one["ruleId"]: one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in only_run["results"]
    }
    assert lines["spf.not-everyone.everyone"] == 6
    assert {rule["id"] for rule in only_run["tool"]["driver"]["rules"]} == set(lines)
    elsewhere = json.loads(run(capsys, "domain", "shop.example", "--lab", "-q", "--format", "sarif").out)["runs"][0]
    assert elsewhere["results"] == []
    assert "1 finding is" in elsewhere["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


@settings(max_examples=150, deadline=None)
@given(words)
def test_a_workflow_command_stays_one_command(word):
    written = annotations.render([report(word)], {})
    lines = written.splitlines()
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)
    assert len(lines) == 4  # one fails, one warns, two are not known; what was merely not told is no annotation


def test_a_build_shows_nine_of_a_kind_and_counts_the_rest():
    crowd = [report(name=f"d{number}.example") for number in range(12)]
    errors = [line for line in annotations.render(crowd, {}).splitlines() if line.startswith("::error")]
    assert len(errors) == 10
    assert errors[-1].endswith("and 3 more, in the report")


@settings(max_examples=100, deadline=None)
@given(words)
def test_the_same_finding_keeps_its_fingerprint_whatever_the_words(word):
    places = {(word, "TXT"): ("db.example", 7)}
    one, two = (json.loads(code_quality.render([report(word, answers=count)], places)) for count in (3, 6))
    assert [issue["fingerprint"] for issue in one] == [issue["fingerprint"] for issue in two]
    assert all(issue["location"]["lines"]["begin"] in (1, 7) for issue in one)
    json.loads(sarif.render([report(word)], places))


def test_what_is_fine_is_no_annotation():
    fine = only(report(), Status.PASS, Status.SKIPPED)
    assert annotations.render([fine], {}) == ""


def listed_twice() -> Report:
    """One address on two blocklists: the code and what it is about are the same."""
    given_report = report()
    found = [
        finding(FAILED, "x", listed=("x",), how_many=number, zone=zone)
        for number, zone in enumerate(("a.test", "b.test"))
    ]
    check = msgspec.structs.replace(given_report.checks[0], shown=tuple(Shown(one, (1,)) for one in found))
    return msgspec.structs.replace(given_report, checks=(check,))


def test_two_findings_of_one_code_have_two_fingerprints_and_the_same_one_stands_once():
    twice = listed_twice()
    question = twice.evidence[0].question
    places = {(question.name, question.rdtype): ("db", 3)}
    issues = json.loads(code_quality.render([twice], places))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 2
    assert len(json.loads(code_quality.render([twice, twice], places))) == 2
    run_of = json.loads(sarif.render([twice, twice], places))["runs"][0]
    assert len(run_of["results"]) == 2
    assert run_of["invocations"][0]["toolExecutionNotifications"] == []


def test_a_rule_of_sarif_leads_to_the_rfc(capsys, tmp_path):
    said = run(capsys, "domain", "shop.example", "--zone", str(HOSPITAL / "shop.example.zone"), "--format", "sarif")
    (rule,) = json.loads(said.out)["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4"
    (result,) = json.loads(said.out)["runs"][0]["results"]
    assert "include:desk.shop.example (3). Best, take out" in result["message"]["text"]  # two sentences


def test_without_zone_files_a_finding_points_to_the_table_of_its_domain(capsys, tmp_path):
    config = tmp_path / "healthcheck.toml"
    config.write_text('# ours\n\n[[domain]]\nname = "example.com"\n\n[[domain]]\nname = "shop.example"\n')
    asked = ("domain", "--lab", "--config", str(config))
    (issue,) = json.loads(run(capsys, *asked, "--format", "gitlab").out)
    assert issue["location"] == {"path": str(config), "lines": {"begin": 6}}
    (result,) = json.loads(run(capsys, *asked, "--format", "sarif").out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 6}
    assert f"file={config},line=6," in run(capsys, *asked, "--format", "github").out


def test_series_that_are_left_out_are_counted():
    crowd = [report(name=f"d{number}.example") for number in range(10)]
    whole = prometheus.render(crowd)
    few = prometheus.render(crowd, 7)
    assert "healthcheck_series_left_out 0.0" in whole
    assert f"healthcheck_series_left_out {10 * len(report().checks) - 7}.0" in few
    assert few.count("\nhealthcheck_check_status{") == 7


def test_the_file_for_the_collector_can_be_read_by_it(capsys, tmp_path):
    written = tmp_path / "healthcheck.prom"
    before = os.umask(0o077)
    try:
        run(capsys, "domain", "example.com", "--lab", "--format", "prometheus", "--output", str(written))
    finally:
        os.umask(before)
    assert written.stat().st_mode & 0o777 == 0o644
    assert written.read_text().endswith("\n")
    assert [each.name for each in tmp_path.iterdir()] == ["healthcheck.prom"]


def test_on_github_the_report_stands_in_the_summary_of_the_job_as_far_as_there_is_room(capsys, tmp_path, monkeypatch):
    page = tmp_path / "summary.md"
    page.write_text("# before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    asked = ("domain", "shop.example", "--lab", "--format", "github")
    said = run(capsys, *asked)
    assert said.out.startswith("::error ")
    assert page.read_text().startswith("# before\n")
    assert "shop.example" in page.read_text()
    page.write_bytes(b"x" * (2**20 - 10))
    assert "summary of the job is full" in run(capsys, *asked).err
    assert page.stat().st_size == 2**20 - 10
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "folder"))
    assert "cannot write the summary" in run(capsys, *asked).err
