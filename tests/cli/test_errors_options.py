"""The options of `healthcheck errors`: what is chosen, how it is shown, what is written beside it, what is refused."""

import json
import os
import re
import subprocess

import pytest

from tests.cli import ROOT, command, complains, run, spawn

LOG = """\
2026-11-20T09:00:01Z mx postfix/qmgr[9]: 4E30B000001: from=<news@example.com>, size=900, nrcpt=1 (queue active)
2026-11-20T09:00:02Z mx postfix/smtp[7]: 4E30B000001: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 <kim@example.net>: user unknown (in reply to RCPT TO command))
2026-11-20T09:00:03Z mx postfix/qmgr[9]: 4E30B000002: from=<news@example.com>, size=900, nrcpt=1 (queue active)
2026-11-20T09:00:04Z mx postfix/smtp[7]: 4E30B000002: to=<=lee@example.org>, relay=mx.example.org[192.0.2.8]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.8] said: 550 5.1.1 <=lee@example.org>: user unknown (in reply to RCPT TO command))
2026-11-21T10:00:03Z mx postfix/qmgr[9]: 4E30B000003: from=<x@bounce.example.com>, size=900, nrcpt=1 (queue active)
2026-11-21T10:00:04Z mx postfix/smtp[7]: 4E30B000003: to=<ann@example.org>, relay=mx.example.org[192.0.2.8]:25, delay=1, dsn=4.2.2, status=deferred (host mx.example.org[192.0.2.8] said: 452 4.2.2 <ann@example.org> over quota (in reply to RCPT TO command))
2026-11-21T11:00:03Z mx postfix/qmgr[9]: 4E30B000004: from=<>, size=900, nrcpt=1 (queue active)
2026-11-21T11:00:04Z mx postfix/smtp[7]: 4E30B000004: to=<bob@example.org>, relay=mx.example.org[192.0.2.8]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
"""
CALM = (
    "2026-11-20T09:00:01Z mx postfix/qmgr[9]: 5E30B{0:06X}: from=<news@example.com>, size=900, nrcpt=1 (queue active)\n"
    "2026-11-20T09:00:02Z mx postfix/smtp[7]: 5E30B{0:06X}: to=<u{0}@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, "
    "dsn=2.0.0, status=sent (250 ok)\n"
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "mail.log"
    path.write_text(LOG)
    return path


def counted(capsys, *arguments):
    said = run(capsys, "errors", *arguments, "--format", "json")
    return json.loads(said.out)


def test_a_stream_is_one_return_path_and_not_those_below_it(log, capsys):
    assert counted(capsys, log, "--stream", "example.com")["attempts"] == 2
    assert counted(capsys, log, "--stream", "x@bounce.example.com")["attempts"] == 1
    assert counted(capsys, log, "--stream", "<>")["counts"]["delivered"] == 1


def test_a_domain_takes_what_is_below_it(log, capsys):
    assert counted(capsys, log, "--domain", "example.com")["attempts"] == 3


def test_the_last_hours_end_now(log, capsys):
    said = run(capsys, "errors", log, "--last", "1h", "--format", "json")
    assert said.code == 0
    answer = json.loads(said.out)
    assert answer["attempts"] == 0
    assert answer["verdict"] == "inconclusive"
    assert "none of it is inside" in said.err


@pytest.mark.parametrize(
    ("by", "heading", "row"),
    [
        ("provider", "By provider", "unknown"),
        ("day", "By day (UTC)", "2026-11-21"),
        ("hour", "By hour (UTC)", "2026-11-21 10:00"),
        ("code", "By code", "5.1.1"),
        ("category", "By category", "mailbox_full"),
    ],
)
def test_by_chooses_the_table(log, capsys, by, heading, row):
    out = run(capsys, "errors", log, "--by", by).out
    headings = [line for line in out.splitlines() if line.startswith("By ")]
    assert [line.startswith(heading) for line in headings] == [True]
    table = out[out.index(heading) :].split("\n\n")[0]
    assert row in table
    markdown = run(capsys, "errors", log, "--by", by, "--format", "markdown").out
    assert f"## {heading}\n" in markdown


def test_every_table_is_in_the_json_whatever_is_shown(log, capsys):
    whole, by_day = counted(capsys, log), counted(capsys, log, "--by", "day")
    assert whole == by_day


def test_the_findings_are_in_the_shape_of_a_report(log, capsys):
    answer = counted(capsys, log)
    ids = [check["id"] for check in answer["checks"]]
    assert all(check["status"] in ("pass", "warn", "fail", "unknown", "skipped") for check in answer["checks"])
    for finding in answer["findings"]:
        assert list(finding) == [
            *(
                "code",
                "severity",
                "basis",
                "about",
                "text",
                "remedy",
                "references",
                "explains",
                "args",
                "evidence",
                "ignored",
            )
        ]
        assert finding["code"].rpartition(".")[0] in ids


def test_failed_replies_come_in_groups_without_their_recipients(log, capsys):
    answer = counted(capsys, log)
    groups = {group["category"]: group for group in answer["failures"]}
    assert groups["recipient_unknown"]["replies"] == 2
    assert groups["recipient_unknown"]["senders"] == {"example.com": 2}
    assert groups["mailbox_full"]["deferred"] == 1
    assert answer["unlisted"] == 0
    words = json.dumps(answer["failures"])
    assert not any(name in words for name in ("kim", "lee", "ann"))


def test_the_thresholds_that_judged_are_told(log, capsys):
    assert counted(capsys, log)["thresholds"]["bounce.fail"] > 0.05
    assert counted(capsys, log, "--threshold", "bounce.fail=5%")["thresholds"]["bounce.fail"] == 0.05


def test_a_threshold_makes_the_difference_between_0_and_1(tmp_path, capsys):
    path = tmp_path / "calm.log"
    path.write_text(LOG + "".join(map(CALM.format, range(300))))
    assert run(capsys, "errors", path, "-q").code == 0
    strict = run(capsys, "errors", path, "-q", "--threshold", "bounce.warn=0.01%", "--threshold", "bounce.fail=0.01%")
    assert strict.code == 1
    assert strict.out.startswith("calm.log: FAIL   0.66 % of 303 messages bounced")
    assert "delivery.few-bounces" in strict.out
    answer = counted(capsys, path, "--threshold", "bounce.warn=0.01%", "--threshold", "bounce.fail=0.01%")
    assert answer["verdict"] == "fail"


def test_no_word_of_a_recipient_stands_in_what_is_shown_as_a_sample(log, capsys):
    for form in ("text", "markdown"):
        out = run(capsys, "errors", log, "--format", form).out
        samples = out[out.index("The latest of each kind") :]
        assert "***@example.org" in samples
        assert not any(name in samples for name in ("ann@", "kim@"))


class TestSuppressList:
    def test_one_address_a_line(self, log, capsys, tmp_path):
        path = tmp_path / "stop.txt"
        said = run(capsys, "errors", log, "--suppress-list", path)
        assert path.read_text() == "=lee@example.org\nkim@example.net\n"
        assert f"{path}: 2 addresses to stop sending to" in said.err
        assert "Stop sending to 2 addresses" in said.out

    def test_a_table_holds_no_formula(self, log, capsys, tmp_path):
        path = tmp_path / "stop.csv"
        run(capsys, "errors", log, "--suppress-list", path)
        assert path.read_text().splitlines() == [
            "address,reason,last,times",
            "'=lee@example.org,recipient_unknown,2026-11-20T09:00:04Z,1",
            "kim@example.net,recipient_unknown,2026-11-20T09:00:02Z,1",
        ]

    def test_an_empty_list_is_written_too(self, log, capsys, tmp_path):
        path = tmp_path / "stop.txt"
        said = run(capsys, "errors", log, "--suppress-list", path, "--stream", "<>")
        assert path.read_text() == ""
        assert "0 addresses" in said.err

    def test_what_was_there_stays_where_it_cannot_be_written(self, log, capsys, tmp_path):
        folder = tmp_path / "locked"
        folder.mkdir()
        assert complains(run(capsys, "errors", log, "--suppress-list", folder))
        assert complains(run(capsys, "errors", log, "--suppress-list", tmp_path / "absent" / "x"))
        same = tmp_path / "same"
        assert complains(run(capsys, "errors", log, "--suppress-list", same, "--output", same))
        assert not same.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--last", "yesterday"), "not a length of time"),
        (("--last", "1d", "--since", "2026-11-20"), "give one of them"),
        (("--since", "2026-11-20T09:00:00Z and more"), "not a time"),
        (("--until", "2026-02-30"), "not a time"),
        (("--jobs", "0"), "not a number of processes"),
        (("--jobs", "65"), "not a number of processes"),
        (("--stream", "a..b"), "--stream"),
        (("--domain", "a b"), "--domain"),
        (("--only", "spf"), "names no check of delivery"),
        (("--threshold", "nonsense=1"), "there is no threshold"),
        (("--threshold", "bounce.fail"), "sets no threshold"),
        (("--each", "--by", "day"), "leave one of them out"),
        (("--each", "--suppress-list", "x"), "leave one of them out"),
        (("--by", "moon"), "moon"),
        (("--format", "html"), "html"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(log, capsys, arguments, words):
    said = run(capsys, "errors", log, *arguments)
    assert complains(said)
    assert words in said.err


def test_an_empty_folder_is_nothing_read(tmp_path, capsys):
    said = run(capsys, "errors", tmp_path)
    assert said.code == 3
    assert said.out.startswith(f"{tmp_path.name}: INCONCLUSIVE   nothing could be read")


def test_where_the_output_shows_no_bars_they_are_made_of_ascii(log):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(
        command("errors", log), capture_output=True, cwd=ROOT, timeout=60, check=False, env=environment
    )
    assert ran.stdout.isascii()
    assert b"#" in ran.stdout
    assert b"\\u" not in ran.stdout
    assert re.search(rb"put off +.*[_.:=#]", ran.stdout)


def test_what_goes_to_a_file_is_the_same_everywhere(log, tmp_path):
    path = tmp_path / "out.txt"
    spawn("errors", log, "--output", path)
    assert "█" in path.read_text(encoding="utf-8")
