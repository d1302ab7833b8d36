"""`--set` and `--overlay`: what would change if this were published, before the report of what would be."""

import asyncio
import json
import re
import shlex
from zipfile import ZipFile

import pytest

from checks.model import Target
from checks.registry import usual
from healthcheck.beside import examine_both, run_over
from healthcheck.engine import examine
from healthcheck.run import Run
from healthcheck.world.choose import Laid, lay_over
from healthcheck.world.lab import patients
from healthcheck.world.master_file import read_zones
from healthcheck.world.set_record import parse_sets
from healthcheck.world.zone import ZoneWorld
from tests.cli import QUICK, complains, run, spawn
from tests.cli.acme import ZONE

MENDED = (
    'shop.example. TXT "v=spf1 include:_spf.shop.example include:news.shop.example ip4:203.0.113.8/31 '
    'include:desk.shop.example -all"'
)


@pytest.fixture
def zone(tmp_path):
    path = tmp_path / "acme.zone"
    path.write_text(ZONE)
    return path


def report_of(said):
    return json.loads(said.out)


def examined(capsys, *arguments):
    """The JSON report of `healthcheck domain`."""
    return report_of(run(capsys, "domain", *arguments, "--format", "json", "-q"))


# What is said of it.


def test_the_first_line_says_what_would_change(capsys):
    said = run(capsys, "domain", "shop.example", "--lab", "--set", MENDED)
    first = said.out.split("\n     with ", 1)[0].split()
    assert " ".join(first).startswith(
        "shop.example, with this record: FAIL -> PASS; 9 failed replies at Gmail and Microsoft 365 are explained no more"
    )
    assert said.code == 0  # that of the world as it would be


def test_a_record_that_lets_nobody_send_is_seen_in_whatever_strings_it_is_published(capsys, tmp_path):
    (tmp_path / "new.zone").write_text('@ 300 TXT "v=spf1" " -all"\n')
    overlay = f"{tmp_path}/new.zone@example.com"
    said = run(
        capsys, "domain", "example.com", "--lab", "--only", "spf.valid-syntax", "--overlay", overlay, "--format", "json"
    )
    assert json.loads(said.out)["what_if"]["closed"] == ["example.com"]


def test_what_gets_worse_stands_in_the_first_line(capsys):
    options = ("--ip", "192.0.2.25", "--selector", "s1", "--lab")
    said = run(capsys, "domain", "example.com", *options, "--set", "s1._domainkey TXT none")
    assert said.out.startswith("example.com, without this record: PASS -> FAIL; WORSE: dkim.key-published is fail")
    assert said.code == 1


def test_a_record_that_lets_nobody_send_is_worse_though_no_check_fails(capsys):
    options = ("domain", "example.com", "--lab", "--only", "spf.valid-syntax", "--set", "@ TXT v=spf1 -all")
    told = json.loads((said := run(capsys, *options, "--format", "json")).out)
    assert (told["verdict"], told["what_if"]["closed"], told["what_if"]["is_worse"]) == ("pass", ["example.com"], True)
    assert said.code == 1
    assert run(capsys, *options, "--fail-on", "never").code == 0
    assert "BUT SPF of example.com then authorises nobody" in " ".join(run(capsys, *options).out.split())


def test_what_warns_where_it_did_not_is_worse_in_the_exit_code(capsys, zone):
    options = ("domain", "acme.test", "--zone", zone, "--only", "spf.ends-in-all")
    assert run(capsys, *options).code == 0
    assert run(capsys, *options, "--set", "@ TXT v=spf1 mx").code == 1


def test_a_page_for_a_browser_says_first_what_would_change(capsys):
    pytest.importorskip("jinja2")
    page = run(capsys, "domain", "shop.example", "--lab", "--set", MENDED, "--format", "html").out
    assert "shop.example, with this record: FAIL -&gt; PASS" in page
    assert 0 < page.index("What would change") < page.index("Why mail is failing")
    assert "What would change" not in run(capsys, "domain", "shop.example", "--lab", "--format", "html").out


def test_a_ticket_of_a_what_if_keeps_both_worlds(capsys, tmp_path):
    first, second, page = (tmp_path / name for name in ("first.zip", "second.zip", "page.md"))
    assert run(capsys, "ticket", "shop.example", "--lab", "--set", MENDED, "-o", first).code == 0
    assert run(capsys, "ticket", "--from-record", first, "-o", second).code == 0
    for bundle in (first, second):
        again = run(capsys, "replay", bundle)
        assert again.out.startswith("shop.example, with this record: FAIL -> PASS; 9 failed replies")
        assert "this version says the same of it" in again.out
    report = tmp_path / "report.json"
    with ZipFile(first) as held:
        report.write_bytes(held.read("report.json"))
        assert "## What would change" in held.read("summary.md").decode()
    assert run(capsys, "ticket", "--from-report", report, "-o", page).code == 0
    assert "9 failed replies at Gmail and Microsoft 365 are explained no more" in page.read_text()


def test_a_record_that_nobody_asks_for_changes_nothing_and_is_called_so(capsys):
    said = run(capsys, "domain", "example.com", "--lab", "--set", "_dmrac TXT v=DMARC1; p=none")
    assert "nothing that was looked at changes" in said.out
    assert "no check asks for _dmrac.example.com TXT" in said.out


def test_the_json_has_the_fields_of_a_diff_and_null_without_a_what_if(capsys, tmp_path):
    told = examined(capsys, "shop.example", *QUICK, "--set", MENDED)
    assert told["world"] == "overlay"
    assert told["what_if"]["better"] == [{"check": "spf.lookup-limit", "old": "fail", "new": "warn"}]
    assert told["what_if"]["set"][0]["name"] == "shop.example"
    plain = examined(capsys, "shop.example", *QUICK)
    assert plain["what_if"] is None
    for name, document in (("a", plain), ("b", told)):
        (tmp_path / name).write_text(json.dumps(document))
    compared = report_of(run(capsys, "diff", tmp_path / "a", tmp_path / "b", "--format", "json"))
    assert compared["domains"] == [{key: told["what_if"][key] for key in compared["domains"][0]}]


def test_ndjson_has_it_too(capsys):
    said = run(capsys, "domain", "shop.example", "example.com", *QUICK, "--set", MENDED, "--format", "ndjson")
    first, second = map(json.loads, said.out.splitlines())
    assert (first["what_if"]["old_verdict"], first["what_if"]["new_verdict"]) == ("fail", "pass")
    assert second["what_if"]["set"] == []  # it is nothing of this domain's


def test_markdown_tells_it_before_the_report(capsys):
    told = run(capsys, "domain", "shop.example", *QUICK, "--set", MENDED, "--format", "markdown").out
    assert told.startswith("# `shop.example`, with this record: FAIL")
    assert told.index("with this record") < told.index("# `shop.example`: PASS")


def test_an_overlay_tells_the_difference_as_well(capsys, tmp_path):
    file = tmp_path / "new.zone"
    file.write_text(f"$ORIGIN shop.example.\n{MENDED}\n")
    told = examined(capsys, "shop.example", *QUICK, "--overlay", file)["what_if"]
    assert (told["new_verdict"], told["overlays"], told["set"]) == ("pass", [str(file)], [])


def test_what_is_set_counts_above_a_file(capsys, tmp_path):
    file = tmp_path / "new.zone"
    file.write_text('$ORIGIN shop.example.\n@ TXT "v=spf1 +all"\n')
    told = examined(capsys, "shop.example", *QUICK, "--overlay", file, "--set", MENDED)
    assert told["verdict"] == "pass"


def test_an_address_can_be_tried_too(capsys):
    options = ("203.0.113.77", "--lab", "--only", "iprev", "--format", "json", "-q")
    name = ("--set", "203.0.113.77 PTR mail.home.example", "--set", "mail.home.example A 203.0.113.77")
    told = report_of(run(capsys, "ip", *options, *name))["what_if"]
    assert [change["check"] for change in told["better"]] == ["iprev.not-generic"]


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_process_of_its_own_says_the_same(form):
    """What other tests have imported before is no help to it."""
    done = spawn("domain", "shop.example", *QUICK, "--set", MENDED, "--format", form)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"include:desk.shop.example -all" in done.stdout


# A replay.


@pytest.mark.parametrize("form", ["text", "json", "markdown", "ndjson"])
def test_a_replay_gives_the_same_bytes(capsys, tmp_path, form):
    kept = tmp_path / "run.json"
    options = ("--lab", "--set", MENDED, "--set", "_dmarc TXT none", "--set", "no.such TXT x", "--format", form, "-v")
    first = run(capsys, "domain", "shop.example", *options, "--record", kept)
    again = run(capsys, "replay", kept, "--format", form, "-v")
    assert (again.code, again.out) == (first.code, first.out)
    assert "something else today" not in again.err


def test_a_transcript_without_a_what_if_says_nothing_of_one(capsys, tmp_path):
    kept = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", *QUICK, "--record", kept)
    assert "before" not in json.loads(kept.read_bytes())


def test_a_replay_says_what_it_says_otherwise_than_then(capsys, tmp_path):
    kept = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", *QUICK, "--record", kept)
    held = json.loads(kept.read_bytes())
    (said,) = held["targets"][0]["said"]
    assert said == {"check": "spf.lookup-limit", "status": "fail", "codes": ["spf.lookup-limit.exceeded"]}
    said |= {"status": "pass", "codes": ["spf.lookup-limit.within"]}
    kept.write_text(json.dumps(held))
    err = run(capsys, "replay", kept).err
    assert "1 check says something else today than when the run was made" in err
    assert "shop.example: spf.lookup-limit pass -> fail (within -> exceeded)" in err
    assert run(capsys, "replay", kept, "-q").err == ""
    held["targets"][0].pop("said")  # as older versions wrote it
    kept.write_text(json.dumps(held))
    assert "something else" not in run(capsys, "replay", kept).err


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("world", "\x1b[31m"),
        ("laid", [{"name": "a b", "type": "TXT"}]),
        ("laid", [{"name": "a.test", "type": "\x1b"}]),
        ("answers", [{"question": {"name": "a", "rdtype": "A"}, "outcome": "answered"}]),
    ],
)
def test_a_damaged_what_if_is_refused_in_one_sentence(capsys, tmp_path, key, value):
    kept = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", *QUICK, "--set", MENDED, "--record", kept)
    held = json.loads(kept.read_bytes())
    held["before"][key] = value
    kept.write_text(json.dumps(held))
    assert complains(run(capsys, "replay", kept, "-q"))


def test_a_cname_beside_the_rest_is_allowed_and_found_to_be_an_illness(capsys, zone):
    typed = ("--set", "@ CNAME elsewhere.acme.test.", "--set", "@ TXT v=spf1 -all")
    found = examined(capsys, "acme.test", "--zone", zone, *typed, "--only", "spf.no-cname-beside")
    assert [one["code"] for check in found["checks"] for one in check["findings"]] == ["spf.no-cname-beside.beside"]


def test_what_is_irrelevant_changes_nothing_in_any_world(capsys, zone):
    for world in (("acme.test", "--zone", zone), ("example.com", "--lab")):
        assert examined(capsys, *world, "--set", "irrelevant TXT x")["what_if"]["is_worse"] is False
        assert "nothing that was looked at changes" in run(capsys, "domain", *world, "--set", "irrelevant TXT x").out


# Each question once.


class Counting(ZoneWorld):
    """A world that keeps what it was asked, and takes a turn of the loop for it."""

    def __init__(self):
        super().__init__([read_zones(ZONE)])
        self.asked = []

    async def answer(self, question):
        self.asked.append(question)
        await asyncio.sleep(0)
        return self.look_up(question)


async def examined_once(*runs):
    """The reports of acme.test in some runs, side by side where there are two."""
    target, checks = Target("acme.test"), usual(False)
    if len(runs) == 1:
        return (await examine(target, checks, runs[0]),)
    ((was, will),) = [pair async for pair in examine_both([target], checks, *runs)]
    return was, will


def test_what_both_worlds_want_to_know_is_asked_once():
    laid = Laid(sets=parse_sets(["@ MX 5 new", "new A 192.0.2.7", "@ TXT v=spf1 mx -all"], ["acme.test"]))
    worlds = [Counting() for _ in range(3)]

    async def look():
        now = Run(worlds[0], 60, targets=2)
        both = await examined_once(now, run_over(now, laid, 1))
        apart = (
            *await examined_once(Run(worlds[1], 60)),
            *await examined_once(Run(lay_over(worlds[2], laid), 60)),
        )
        return both, apart

    both, apart = asyncio.run(look())
    asked = worlds[0].asked
    assert len(asked) == len(set(asked))
    assert set(asked) == {*worlds[1].asked, *worlds[2].asked}
    for one, other in zip(both, apart, strict=True):
        assert [check.findings for check in one.checks] == [check.findings for check in other.checks]


# Remedies, by copy and paste.

ELSEWHERE = {
    "quiet.example": "the null MX goes and the name that takes the mail has no address: another check says so, rightly",
}
"""Patients that stay ill after the finding has cleared, with the reason."""
CHOICE = re.compile(r"^  (\S+)\n    (--set .*)$", re.MULTILINE)


def test_every_remedy_of_the_lab_that_names_a_record_can_be_tried_and_helps(capsys):
    tried = set()
    for patient in patients():
        arguments = (patient.domain, *patient.options, "--lab", "-q")
        shown = run(capsys, "domain", *arguments, "-v").out
        _, found, rest = shown.partition("Try it before you publish it")
        for code, options in CHOICE.findall(rest.partition("\nEvidence\n")[0]) if found else ():
            told = report_of(run(capsys, "domain", *arguments, "--format", "json", *shlex.split(options)))
            codes = {finding["code"] for check in told["checks"] for finding in check["findings"]}
            assert code not in codes, f"{patient.domain}: {options}"
            assert all(one["asked"] for one in told["what_if"]["set"]), f"{patient.domain}: {options}"
            if patient.domain not in ELSEWHERE:
                assert "pass" not in {change["old"] for change in told["what_if"]["lost"]}, (
                    f"{patient.domain}: {options}"
                )
                new = {change["check"] for change in told["what_if"]["worse"] if change["new"] == "fail"}
                assert not new, f"{patient.domain}: {options}"
            tried.add(patient.domain)
    assert len(tried) >= 20
    assert set(ELSEWHERE) <= tried


def test_no_remedy_with_a_gap_in_it_is_offered(capsys):
    """A key that only the signer knows cannot be tried: the record as shown would not be one."""
    shown = run(capsys, "domain", "unsigned.example", "--selector", "s2", "--lab", "-v", "-q").out
    assert "<the key your signer prints>" in shown
    assert "Try it" not in shown


def test_a_record_that_lets_nobody_send_is_no_cure(capsys):
    for record, is_closed in (("v=spf1 -all", True), ("v=spf1 -ip4:192.0.2.1 -all", True), ("v=spf1 mx -all", False)):
        told = run(capsys, "domain", "shop.example", "--lab", "--set", f"@ TXT {record}", "-q")
        said = " ".join(told.out.split())
        assert ("BUT SPF of shop.example then authorises nobody" in said) is is_closed
        assert "are explained no more" in said
