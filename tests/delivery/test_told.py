"""A run without a log: one check says that nobody told, and the rest of the room is not there."""

import json

from checks.model import Status, Target, Verdict, status_of
from checks.registry import CHECKS, usual
from healthcheck.cli import run
from tests.scenarios.traffic import observed_of

DELIVERY = [check for check in CHECKS if check.id.startswith("delivery.")]


def test_without_a_log_one_check_says_that_nobody_told():
    left = {check.id for check in usual(observed=False)}
    assert left & {check.id for check in DELIVERY} == {"delivery.fate-known"}
    assert left | {check.id for check in DELIVERY} == {check.id for check in CHECKS}
    assert usual(observed=True) == CHECKS


def test_a_check_that_is_named_is_run_without_a_log_too(tmp_path, capsys):
    zone = tmp_path / "zone"
    zone.write_text('$ORIGIN example.com.\n@ TXT "v=spf1 -all"\n')
    options = ("--zone", str(zone), "--format", "json", "--quiet")
    run(["domain", "example.com", *options, "--only", "delivery.few-bounces"])
    report = json.loads(capsys.readouterr().out)
    assert [(check["id"], check["status"]) for check in report["checks"]] == [("delivery.few-bounces", "skipped")]
    run(["domain", "example.com", *options])
    report = json.loads(capsys.readouterr().out)
    told = {check["id"]: check["status"] for check in report["checks"] if check["id"].startswith("delivery.")}
    assert told == {"delivery.fate-known": "unknown"}
    assert report["verdict"] != Verdict.INCONCLUSIVE


def test_what_was_not_told_leaves_the_verdict_alone():
    for check in DELIVERY:
        inquiry = check.fact(Target("example.com"))
        try:
            inquiry.send(None)
        except StopIteration as end:
            found = tuple(check.judge(end.value))
        assert status_of(found) in (Status.SKIPPED, Status.UNKNOWN)
        assert all(finding.message.severity <= 1 for finding in found)


def test_the_facts_are_the_same_whether_lines_or_events_told_them():
    line = "2026-11-02T09:00 example.com gmail.com deferred 3 sender_rate 4.7.28 tries=2"
    observed = observed_of(line, None, {})
    assert observed is not None
    assert observed.traffic is not None
    (flow,) = observed.traffic.flows
    assert (flow.deferred, flow.put_off, flow.longest) == (6, 3, 30)
