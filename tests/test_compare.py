"""What has become of a domain between two reports; and that what is not known is neither better nor worse."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model import Status, Verdict, status_of
from healthcheck.compare import Difference, ReadCheck, ReadReport, compare, read_report
from healthcheck.render import diff
from healthcheck.render import json as json_format
from tests.cli import run
from tests.render import report
from tests.render.test_hostile import GFM, HARMLESS, hostile

BAD = {"code": "spf.a.bad", "severity": "error", "basis": "observed", "about": "shop.example", "text": "it is bad"}
WARNED = {**BAD, "code": "spf.a.warned", "severity": "warning"}
BLIND = {**BAD, "code": "spf.a.unknown", "severity": "warning", "basis": "undetermined"}
FINE = {**BAD, "code": "spf.a.fine", "severity": "info"}
STATES = {"fail": [BAD], "fail and blind": [BAD, BLIND], "warn": [WARNED], "unknown": [BLIND], "pass": [FINE]}
VERDICTS = {"fail": "fail", "fail and blind": "fail", "warn": "pass", "unknown": "inconclusive", "pass": "pass"}


def read(state: str, *records: str, outcome: str = "answered", causes: object = ()) -> ReadReport:
    """A report with one check in some state, and one answer."""
    question = {"kind": "dns", "name": "shop.example", "type": "TXT"}
    check = {"id": "spf.a", "status": state.partition(" ")[0], "findings": STATES[state]}
    told = {
        "target": {"domain": "shop.example"},
        "verdict": VERDICTS[state],
        "checks": [check],
        "evidence": [{"question": question, "outcome": outcome, "records": list(records)}],
        "causes": causes,
    }
    (found,) = read_report(json.dumps(told).encode())
    return found


@pytest.mark.parametrize(
    ("old", "new", "worse", "better", "lost", "appeared", "cleared"),
    [
        ("pass", "fail", True, False, False, ["spf.a.bad"], []),
        ("fail", "pass", False, True, False, [], ["spf.a.bad"]),
        ("fail", "warn", False, True, False, ["spf.a.warned"], ["spf.a.bad"]),
        ("warn", "fail", True, False, False, ["spf.a.bad"], ["spf.a.warned"]),
        ("pass", "unknown", False, False, True, [], []),
        ("fail", "unknown", False, False, True, [], []),
        ("unknown", "fail", False, False, False, [], []),
        ("unknown", "pass", False, False, False, [], []),
        ("warn", "fail and blind", True, False, False, ["spf.a.bad"], []),
        ("fail and blind", "warn", False, True, False, [], ["spf.a.bad"]),
        ("fail", "fail", False, False, False, [], []),
    ],
)
def test_what_is_not_known_is_neither_better_nor_worse(old, new, worse, better, lost, appeared, cleared):  # noqa: PLR0917
    found = compare(read(old), read(new))
    assert found.is_worse is worse
    assert bool(found.better) is better
    assert found.is_lost is lost
    assert [one.code for one in found.appeared] == appeared
    assert [one.code for one in found.cleared] == cleared
    assert found.is_empty is (old == new)


def test_a_check_that_begins_to_apply_and_warns_is_no_worsening():
    skipped = {"id": "spf.a", "status": "skipped", "findings": []}
    before = read("pass")
    before = msgspec.structs.replace(before, checks=(msgspec.convert(skipped, ReadCheck),))
    found = compare(before, read("warn"))
    assert [one.check for one in found.applying] == ["spf.a"]
    assert (found.worse, found.is_worse, found.is_empty) == ((), False, False)
    assert "Applies now" in diff.text([found])
    assert compare(before, read("fail")).is_worse


@pytest.mark.parametrize(("state", "verdict"), [("fail", "pass"), ("warn", "fail"), ("unknown", "pass")])
def test_a_report_whose_verdict_contradicts_its_checks_is_not_compared(tmp_path, capsys, state, verdict):
    told = msgspec.to_builtins(read(state)) | {"verdict": verdict}
    file = tmp_path / "report.json"
    file.write_text(json.dumps(told))
    said = run(capsys, "diff", file, file)
    assert (said.code, "contradicts itself" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ((["v=1"], "answered"), (["v=2"], "answered"), True),
        ((["b", "a"], "answered"), (["a", "b"], "answered"), False),
        ((["v=1"], "answered"), ([], "nxdomain"), True),
        ((["v=1"], "answered"), ([], "tempfail"), False),
        (([], "refused"), (["v=1"], "answered"), False),
        ((["127.0.0.2"], "answered"), ([], "nxdomain"), True),
    ],
)
def test_a_record_has_changed_only_where_both_reports_have_an_answer(old, new, changed):
    found = compare(read("pass", *old[0], outcome=old[1]), read("pass", *new[0], outcome=new[1]))
    assert bool(found.records) is (changed and "127.0.0.2" not in old[0])


def test_a_cause_that_is_gone_is_explained_no_more():
    cause = {"id": "auth_failed:spf", "title": "rejected as unauthenticated", "state": "confirmed", "replies": 812}
    (change,) = compare(read("fail", causes=[cause]), read("pass")).causes
    assert (change.old, change.new, change.old_replies, change.new_replies) == ("confirmed", "", 812, 0)
    told = diff.text([compare(read("fail", causes=[cause]), read("pass"))])
    assert "explained no more: confirmed, 812 failed replies before" in told


def test_fields_of_a_later_version_are_passed_over():
    told = json.loads(json_format.render([report()]))
    told["checks"][0]["findings"][0]["new_field"] = told["new_field"] = {"a": 1}
    (found,) = read_report(json.dumps(told).encode())
    assert found.verdict is Verdict.FAIL
    assert [check.status for check in found.checks] == [one.status for one in report().checks]
    assert {status_of(one.findings) for one in report().checks} == set(Status)


@settings(deadline=None)
@given(hostile, hostile)
def test_a_report_of_a_stranger_stays_text_in_every_form(one, two):
    old, new = (read_report(json_format.render([report(word)]).encode())[0] for word in (one, two))
    found = msgspec.structs.replace(compare(old, new), appeared=new.checks[0].findings, cleared=old.checks[0].findings)
    assert isinstance(found, Difference)
    assert diff.text([found]).replace("\n", "").isprintable()
    for token in GFM.parse(diff.markdown([found])):
        assert token.type not in ("html_block", "code_block", "fence", "blockquote_open", "hr"), token
        assert all(inner.type in HARMLESS for inner in token.children or ())
    json.loads(diff.json([found]))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_a_file_of_anything_is_a_report_or_is_refused(raw):
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        assert all(isinstance(one, ReadReport) for one in read_report(raw))


@pytest.fixture
def files(capsys, tmp_path):
    """The report of a sick domain, the recorded run of the same, and the report with its SPF record mended."""
    mended = tmp_path / "mended.zone"
    mended.write_text('$ORIGIN shop.example.\n@ 60 TXT "v=spf1 ip4:192.0.2.0/24 -all"\n')
    now, then, record = tmp_path / "now.json", tmp_path / "then.json", tmp_path / "run.json"
    only = ("domain", "shop.example", "--lab", "--only", "spf")
    run(capsys, *only, "--format", "json", "--output", now, "--record", record)
    run(capsys, *only, "--overlay", mended, "--format", "json", "--output", then)
    return now, then, record


def test_the_command_says_what_got_worse_with_its_exit_code(capsys, files):
    now, then, record = files
    better, worse, same = (run(capsys, "diff", *two) for two in ((now, then), (then, now), (now, record)))
    assert (better.code, worse.code, same.code) == (0, 1, 0)
    assert better.out.startswith("shop.example: FAIL -> PASS, 1 cleared, 1 better")
    assert '+ "v=spf1 ip4:192.0.2.0/24 -all"' in better.out
    assert "do this: " in worse.out
    assert same.out == "shop.example: nothing has changed, FAIL as before\n"


def test_the_command_writes_json_and_markdown(capsys, files):
    told = json.loads(run(capsys, "diff", *files[:2], "--format", "json").out)
    assert (told["schema"], told["worse"]) == ("healthcheck.diff/1", False)
    assert told["domains"][0]["better"] == [{"check": "spf.lookup-limit", "old": "fail", "new": "pass"}]
    assert run(capsys, "diff", *files[:2], "--format", "markdown").out.startswith("# `shop.example`: FAIL ")


def test_what_is_no_report_is_one_sentence(capsys, files, tmp_path):
    nonsense = tmp_path / "x.json"
    for content in (
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"PK\x03\x04junk",
        b'{"schema": "healthcheck.transcript/1"}',
        b"[" * 9000,
    ):
        nonsense.write_bytes(content)
        said = run(capsys, "diff", nonsense, files[0])
        assert (said.code, said.out) == (2, "")
        assert said.err.count("\n") == 1
    other = run(capsys, "domain", "example.com", "--lab", "--only", "spf", "--format", "json", "--output", nonsense)
    assert other.code == 0
    assert "no domain in common" in run(capsys, "diff", nonsense, files[0]).err
