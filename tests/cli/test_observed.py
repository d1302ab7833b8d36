"""`healthcheck domain D --log --events --bounce --reply`: what was observed comes into the report, and into its replay."""

import json
from io import BytesIO, TextIOWrapper

import pytest

from tests.cli import QUICK, complains, run
from tests.intake.test_files import SENDGRID
from tests.intake.test_observe import BOUNCE, REFUSED, line

ALL = ("--lab", "--only", "spf.lookup-limit", "--only", "delivery")


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mail.log"
    path.write_text(
        "".join(
            line(f"4E30B11{n:04X}", "a@shop.example", 20, REFUSED if n % 3 else "status=sent (250 ok)")
            for n in range(300)
        )
        + line("5E30B1100C2", "a@other.example", 21)
    )
    return path


def observed(said, at=0):
    document = json.loads(said.out)
    return document.get("reports", [document])[at]["target"]["observed"]


def test_what_was_observed_stands_in_the_report(log, capsys):
    said = run(capsys, "domain", "shop.example", *QUICK, "--log", log, "--format", "json")
    assert observed(said) == {
        "replies": 200,
        "deferred": 0,
        "bounced": 200,
        "rejected": 0,
        "unlisted": 0,
        "delivered": 100,
        "window": {"from": "2026-11-20T09:31:02Z", "to": "2026-11-20T09:31:02Z"},
        "sources": [str(log)],
    }
    assert "1 event is left out, of mail not sent in the name of shop.example (other.example)" in said.err


@pytest.fixture
def zone(tmp_path):
    """A world without logs of its own."""
    path = tmp_path / "shop.example.zone"
    path.write_text('shop.example. 60 IN TXT "v=spf1 -all"\n')
    return ("--zone", f"{path}@shop.example", "--only", "spf.lookup-limit")


def test_nothing_observed_is_null(zone, capsys):
    assert observed(run(capsys, "domain", "shop.example", *zone, "--format", "json")) is None


def test_the_lab_has_logs_of_its_own_and_says_so(capsys):
    said = run(capsys, "domain", "shop.example", *QUICK, "--format", "json")
    assert observed(said)["sources"] == ["the lab's log shop.example.log"]
    assert observed(said)["replies"] > 0


def test_a_log_that_is_given_comes_instead_of_the_labs(log, capsys):
    said = run(capsys, "domain", "shop.example", *QUICK, "--log", log, "--format", "json")
    assert observed(said)["sources"] == [str(log)]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_person_is_told_what_was_seen(log, capsys, form):
    out = " ".join(run(capsys, "domain", "shop.example", *QUICK, "--log", log, "--format", form).out.split())
    assert "200 failed replies, 2026-11-20 09:31 to 2026-11-20 09:31 UTC, from " in out


def test_a_reply_that_was_given_twice_counts_twice(zone, capsys):
    replies = ("--reply", "550 5.1.1 no such user", "--reply", "550 5.1.1 no such user", "--reply", "452 4.2.2 full")
    said = run(capsys, "domain", "shop.example", *zone, *replies, "--format", "json")
    causes = [(cause["category"], cause["replies"]) for cause in json.loads(said.out)["causes"]]
    assert causes == [("recipient_unknown", 2), ("mailbox_full", 1)]


@pytest.mark.parametrize("reply", ["250 2.0.0 OK", "354 End data with <CR><LF>.<CR><LF>", "220 mx.example.net ESMTP"])
def test_a_reply_that_takes_the_mail_is_no_failure(zone, capsys, reply):
    said = run(capsys, "domain", "shop.example", *zone, "--reply", reply, "--format", "json")
    document = json.loads(said.out)
    assert (document["causes"], observed(said)["replies"], said.err) == ([], 0, "")


def test_each_domain_has_its_own(log, capsys):
    said = run(capsys, "domain", "shop.example", "other.example", *QUICK, "--log", log, "--format", "json")
    assert [observed(said, at)["replies"] for at in (0, 1)] == [200, 0]
    assert "left out" not in said.err


def test_all_kinds_of_files_are_read_whatever_the_option(tmp_path, capsys):
    hook, mail = tmp_path / "hook", tmp_path / "mail"
    hook.write_text(json.dumps(SENDGRID))
    mail.write_text(BOUNCE.format(author="shop.example"))
    one = run(capsys, "domain", "shop.example", *QUICK, "--events", hook, "--bounce", mail, "--format", "json")
    other = run(capsys, "domain", "shop.example", *QUICK, "--bounce", hook, "--log", mail, "--format", "json")
    assert observed(one)["replies"] == observed(other)["replies"] >= 2
    streams = json.loads(one.out)["target"]["streams"]
    assert {stream["mail_from"] for stream in streams} == {"bounce.service.example"}
    assert [stream["signatures"] for stream in streams if stream["origin"] == "message"]


def test_standard_input_is_a_log_too(log, capsys, monkeypatch):
    with log.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        said = run(capsys, "domain", "shop.example", *QUICK, "--log", "-", "--format", "json")
    assert observed(said)["replies"] == 200


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_replay_gives_the_same_bytes_without_the_log(log, tmp_path, capsys, form):
    recording = tmp_path / "run.json"
    arguments = (*ALL, "--log", log, "--reply", "421 4.7.0 try again later", "--threshold", "bounce.fail=9%")
    first = run(capsys, "domain", "shop.example", *arguments, "--record", recording, "--format", form)
    log.unlink()
    again = run(capsys, "replay", recording, "--format", form)
    assert (again.code, again.out) == (first.code, first.out)
    assert "kim" not in recording.read_text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("unlisted",), -1),
        (("unlisted",), "many"),
        (("first",), "yesterday"),
        (("failures", 0, "bounced"), -5),
        (("failures", 0, "reply"), 7),
        (("failures", 0, "last"), "\u001b[31m"),
        (("failures",), {}),
    ],
)
def test_a_transcript_in_which_somebody_wrote_is_refused(log, tmp_path, capsys, path, value):
    recording = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", *QUICK, "--log", log, "--record", recording)
    held = json.loads(recording.read_bytes())
    place = held["targets"][0]["observed"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    recording.write_text(json.dumps(held))
    said = run(capsys, "replay", recording)
    assert complains(said)
    assert "damaged" in said.err


def test_a_transcript_of_before_is_read(zone, tmp_path, capsys):
    recording = tmp_path / "run.json"
    first = run(capsys, "domain", "shop.example", *zone, "--record", recording)
    held = json.loads(recording.read_bytes())
    assert held["targets"][0].pop("observed") is None
    recording.write_text(json.dumps(held))
    assert run(capsys, "replay", recording).out == first.out


def test_a_file_that_tells_nothing_is_named(tmp_path, capsys):
    path = tmp_path / "noise"
    path.write_text("hello\n")
    said = run(capsys, "domain", "shop.example", *QUICK, "--log", path)
    assert said.code == 1
    assert f"{path} gave no event: no known format" in said.err
    assert run(capsys, "domain", "shop.example", *QUICK, "--log", path, "-q").err == ""


def test_an_empty_folder_is_said(tmp_path, capsys):
    assert "nothing was read" in run(capsys, "domain", "shop.example", *QUICK, "--bounce", tmp_path).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--log", "absent.log"), "no such file"),
        (("--since", "24h"), "give one of them, too"),
        (("--timezone", "UTC", "--reply", "550 no"), "give one of them, too"),
        (("--log", ".", "--timezone", "Mars/Olympus"), "no time zone"),
        (("--log", ".", "--last", "x"), "not a length of time"),
        (("--log", "-", "--events", "-"), "can be read once"),
        (("--log", "-", "--message", "-"), "can be read once"),
        (("--log", "-", "--reply", "-"), "can be read once"),
        (("--reply", " "), "--reply is empty"),
        (("--reply", "550 no", "--threshold", "nonsense=3"), "no threshold"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    said = run(capsys, "domain", "shop.example", *QUICK, *arguments)
    assert complains(said)
    assert words in said.err


def test_a_reply_is_read_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"550-5.1.1 no such user\n550 5.1.1 here\n")))
    said = run(capsys, "domain", "example.com", "--lab", "--reply", "-").out
    assert "No such mailbox" in said
    assert "observed: 1 failed reply" in said
