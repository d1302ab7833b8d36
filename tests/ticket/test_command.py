"""`healthcheck ticket` as a person meets it."""

import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from healthcheck.ticket.recipients import recipients
from healthcheck.ticket.wanted import FACTS
from tests.cli import QUICK, complains, run

ROOT = Path(__file__).parents[2]


def held(path, name="report.json"):
    with zipfile.ZipFile(path) as bundle:
        return bundle.read(name).decode()


def test_the_first_line_says_what_was_found_and_where_it_is(capsys, tmp_path):
    said = run(capsys, "ticket", "shop.example", *QUICK, "-o", tmp_path / "t.zip")
    assert said.code == 0
    assert said.out.startswith("LAB DATA")
    assert "shop.example: FAIL" in said.out
    assert str(tmp_path / "t.zip") in said.out


@pytest.mark.parametrize("name", ["t.zip", "t.md", "t.html", "T.ZIP"])
def test_every_form_is_written(capsys, tmp_path, name):
    assert run(capsys, "ticket", "shop.example", *QUICK, "-q", "-o", tmp_path / name).out == ""
    assert "LAB DATA" in (tmp_path / name).read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["t.pdf", "t", "t.zip.bak", ".zip"])
def test_a_form_that_there_is_not_is_said_before_anybody_is_asked(capsys, tmp_path, name):
    said = run(capsys, "ticket", "shop.example", *QUICK, "-o", tmp_path / name)
    assert complains(said)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_replaced_whole_and_nothing_else_is_left(capsys, tmp_path):
    path = tmp_path / "t.md"
    path.write_text("old", encoding="utf-8")
    run(capsys, "ticket", "shop.example", *QUICK, "-o", path)
    assert "shop.example" in path.read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["t.md"]


def test_whoever_is_unknown_gets_the_list(capsys, tmp_path):
    said = run(capsys, "ticket", "shop.example", *QUICK, "-o", tmp_path / "t.md", "--to", "nobody")
    assert complains(said)
    assert all(one.id in said.err for one in recipients())


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "t.md"),
        ("shop.example", "--from-record", "nothing.json", "-o", "t.md"),
        ("--from-record", "a", "--from-report", "b", "-o", "t.md"),
        ("--from-report", "nothing.json", "--lab", "-o", "t.md"),
        ("shop.example", "--lab", "-o", "no/such/folder/t.md"),
        ("shop.example", "--lab", "-o", "t.md", "--redact", "little"),
        ("shop.example", "--lab"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert complains(run(capsys, "ticket", *arguments))
    assert not list(tmp_path.iterdir())


def test_a_bundle_of_a_recorded_run_is_the_same_each_time(capsys, tmp_path):
    recording, first, second = tmp_path / "run.json", tmp_path / "1.zip", tmp_path / "2.zip"
    run(capsys, "domain", "shop.example", "example.com", *QUICK, "--record", recording)
    for path in (first, second):
        assert run(capsys, "ticket", "shop.example", "--from-record", recording, "-o", path).code == 0
    assert first.read_bytes() == second.read_bytes()
    assert "example.com" not in held(first, "run.json").replace("shop.example.com", "")


def test_a_run_of_several_domains_must_be_told_which(capsys, tmp_path):
    recording = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", "example.com", *QUICK, "--record", recording)
    said = run(capsys, "ticket", "--from-record", recording, "-o", tmp_path / "t.md")
    assert complains(said)
    assert "shop.example, example.com" in said.err


@pytest.mark.parametrize("typed", [("--ip", "192.0.2.1"), ("--lab",), ("--timeout", "5"), ("--reply", "550 no")])
def test_of_what_was_kept_nothing_can_be_asked_anew(capsys, tmp_path, typed):
    said = run(capsys, "ticket", "--from-record", tmp_path / "run.json", *typed, "-o", tmp_path / "t.md")
    assert complains(said)
    assert "ask nothing anew" in said.err


def test_standard_input_is_read_once_for_a_ticket_too(capsys, tmp_path):
    said = run(capsys, "ticket", "shop.example", *QUICK, "--message", "-", "--reply", "-", "-o", tmp_path / "t.md")
    assert complains(said)
    assert "can be read once" in said.err


def test_a_ticket_is_made_of_a_report(capsys, tmp_path):
    report = tmp_path / "report.json"
    run(capsys, "domain", "shop.example", *QUICK, "--format", "json", "--output", report)
    assert run(capsys, "ticket", "--from-report", report, "-o", tmp_path / "t.zip").code == 0
    assert json.loads(held(tmp_path / "t.zip"))["verdict"] == "fail"
    said = run(capsys, "replay", tmp_path / "t.zip")
    assert complains(said)
    assert "cannot be judged again" in said.err


def test_a_bundle_is_judged_again(capsys, tmp_path):
    path = tmp_path / "t.zip"
    run(capsys, "ticket", "shop.example", *QUICK, "-o", path)
    said = run(capsys, "replay", path)
    assert said.code == 1
    assert "shop.example: FAIL" in said.out
    assert "Since the bundle was made: this version says the same of it" in said.out
    assert json.loads(run(capsys, "replay", path, "--format", "json").out) | {"data": ""} == json.loads(held(path)) | {
        "data": ""
    }


def test_what_would_be_said_otherwise_today_is_shown(capsys, tmp_path, monkeypatch):
    path = tmp_path / "t.zip"
    run(capsys, "ticket", "shop.example", *QUICK, "-o", path)
    old = json.loads(held(path))
    old["checks"][0]["status"], old["checks"][0]["findings"], old["verdict"] = "pass", [], "pass"
    other = tmp_path / "old.zip"
    changed = json.dumps(old).encode()
    from hashlib import sha256

    manifest = json.loads(held(path, "MANIFEST.json"))
    for one in manifest["files"]:
        if one["name"] == "report.json":
            one["bytes"], one["sha256"] = len(changed), sha256(changed).hexdigest()
    with zipfile.ZipFile(other, "w") as bundle:
        for name, content in (
            ("report.json", changed),
            ("run.json", held(path, "run.json")),
            ("MANIFEST.json", json.dumps(manifest)),
        ):
            bundle.writestr(name, content)
    said = run(capsys, "replay", other)
    assert "this version says something else of it" in said.out
    assert "spf.lookup-limit" in said.out.partition("Since the bundle")[2]
    assert "says something else" in run(capsys, "replay", other, "--format", "json").err


def test_a_bundle_stands_in_a_difference(capsys, tmp_path):
    for name in ("a.zip", "b.zip"):
        run(capsys, "ticket", "shop.example", *QUICK, "-o", tmp_path / name)
    assert "nothing has changed" in run(capsys, "diff", tmp_path / "a.zip", tmp_path / "b.zip").out


def test_a_key_that_is_configured_is_in_no_bundle(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HEALTHCHECK_KEY_SPAMHAUS", "hunter2-key-99")
    reply = "550 5.7.1 blocked, key HUNTER2-key-99 used by <kim.private@example.net>"
    run(capsys, "ticket", "shop.example", *QUICK, "--reply", reply, "-o", tmp_path / "t.zip")
    raw = (tmp_path / "t.zip").read_bytes().lower()
    assert b"hunter2" not in raw
    assert b"kim.private" not in raw
    assert b"550 5.7.1 blocked" in raw


def test_who_takes_nothing_out_is_warned(capsys, tmp_path):
    assert (
        "read it before"
        in run(capsys, "ticket", "shop.example", *QUICK, "--redact", "none", "-o", tmp_path / "t.md").err
    )


def test_a_command_that_the_page_shows_works_in_the_lab(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/ticket.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\$ healthcheck (.*)$", page, re.MULTILINE)
    assert shown
    for line in shown:
        assert run(capsys, *line.split()).code in (0, 1), line


def test_every_recipient_asks_for_facts_that_are_known_and_says_where_it_is_from():
    assert len({one.id for one in recipients()}) == len(recipients())
    for one in recipients():
        assert set(one.wants) <= FACTS.keys()
        assert one.source
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", one.date)
