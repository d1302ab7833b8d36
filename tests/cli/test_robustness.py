"""What happens around a run: no answer, no time, an interruption, output that nobody takes, a bug of ours."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

import checks.registry
from checks.model import Check
from healthcheck.cli import examine
from tests.cli import QUICK, ROOT, command, run, shell, spawn
from tests.patience import ends

NOBODY = "127.0.0.1:9"


def silent_server() -> socket.socket:
    """A UDP server on loopback that never answers."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    return server


def address_of(server: socket.socket) -> str:
    """Where it can be asked."""
    return "{}:{}".format(*server.getsockname())


def test_without_a_resolver_every_dns_check_is_unknown_and_the_way_out_is_said(capsys):
    said = run(capsys, "domain", "example.com", "--resolver", NOBODY, "--timeout", "5", "--format", "json")
    report = json.loads(said.out)
    assert said.code == 3
    assert report["verdict"] == "inconclusive"
    assert report["summary"]["pass"] == report["summary"]["warn"] == report["summary"]["fail"] == 0
    assert said.err.count("\n") == 1
    assert all(word in said.err for word in (NOBODY, "--lab", "--zone", "--resolver"))


def test_without_a_resolver_the_report_says_that_it_says_nothing(capsys):
    said = run(capsys, "domain", "example.com", "--resolver", NOBODY, "--only", "spf.lookup-limit")
    assert said.code == 3
    assert "nobody answered" in said.out
    assert "PASS" not in said.out


@pytest.mark.parametrize("more", [(), ("--ip", "192.0.2.1")])
def test_without_a_resolver_spf_says_what_one_can_do(capsys, more):
    said = run(capsys, "spf", "example.com", *more, "--resolver", NOBODY)
    assert said.code == 3
    assert said.err.count("\n") == 1
    assert all(word in said.err for word in (NOBODY, "--lab", "--zone", "--resolver"))
    assert run(capsys, "spf", "example.com", *more, "--resolver", NOBODY, "-q").err == ""


def test_quiet_gives_no_hint(capsys):
    assert run(capsys, "domain", "example.com", "--resolver", NOBODY, "-q").err == ""


def test_a_run_of_a_millisecond_still_reports(capsys):
    with closing(silent_server()) as server:
        said = run(capsys, "domain", "example.com", "--resolver", address_of(server), "--timeout", "0.001")
    assert said.code == 3
    assert said.out.startswith("example.com: INCONCLUSIVE")
    assert "--timeout SECONDS" in said.err


def test_the_lab_in_a_millisecond_still_reports(capsys):
    said = run(capsys, "domain", "shop.example", "--lab", "--timeout", "0.000001")
    assert said.code == 3
    assert "INCONCLUSIVE" in said.out


def test_an_interruption_ends_quietly_and_leaves_no_file(tmp_path):
    report, recording = tmp_path / "report.txt", tmp_path / "run.json"
    with closing(silent_server()) as server:
        server.settimeout(30)
        running = subprocess.Popen(
            command("domain", "example.com", "--resolver", address_of(server), "-o", report, "--record", recording),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        server.recv(512)  # it has begun to ask
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert out == err == b""
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_the_old_report_as_it_was(tmp_path):
    report = tmp_path / "report.txt"
    report.write_text("yesterday")
    with closing(silent_server()) as server:
        server.settimeout(30)
        running = subprocess.Popen(
            command("domain", "example.com", "--resolver", address_of(server), "-o", report), cwd=ROOT
        )
        server.recv(512)
        running.send_signal(signal.SIGINT)
        running.wait(30)
    assert report.read_text() == "yesterday"
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.parametrize("arguments", [("domain", "shop.example", *QUICK), ("checks",), ("lab",)])
def test_a_closed_standard_output_is_said(arguments):
    done = shell('"$@" >&-', *arguments)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"--output" in done.stderr


def test_with_a_file_for_the_report_a_closed_standard_output_is_no_trouble(tmp_path):
    done = shell('"$@" >&-', "domain", "shop.example", *QUICK, "--output", tmp_path / "report.txt")
    assert done.returncode == 1
    assert (tmp_path / "report.txt").read_text().startswith("shop.example: FAIL")


def test_with_a_closed_standard_error_nothing_but_the_result_is_on_standard_output():
    done = shell('"$@" 2>&-', "domain", "example.com", "--resolver", NOBODY, "--format", "json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"] == "inconclusive"


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "markdown"])
def test_a_reader_that_leaves_causes_no_traceback(form):
    done = shell('{ "$@"; echo "code $?" >&2; } | true', "domain", "shop.example", *QUICK, "--format", form)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.stderr.strip() in (b"code 141", b"code 1")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_behind_standard_output_is_said(form):
    done = shell('"$@" >/dev/full', "domain", "shop.example", *QUICK, "--format", form)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"standard output" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_terminal_without_unicode_is_no_trouble(form, tmp_path):
    zone = tmp_path / "zone"
    zone.write_text('$ORIGIN xn--mnchen-3ya.example.\n@ 60 SOA ns h 1 1 1 1 1\n@ TXT "v=spf1 -all"\n')
    arguments = ("domain", "münchen.example", "--zone", zone, "--only", "spf.lookup-limit", "--format", form)
    done = shell('"$@"', *arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"xn--mnchen-3ya.example" in done.stdout
    if form == "json":
        assert json.loads(done.stdout)["target"]["unicode"] == "münchen.example"


def test_an_output_file_is_replaced_in_one_step_and_keeps_its_mode(capsys, tmp_path):
    report = tmp_path / "report.txt"
    report.write_text("yesterday")
    report.chmod(0o640)
    assert run(capsys, "domain", "shop.example", *QUICK, "-o", report).out == ""
    assert report.read_text().startswith("shop.example: FAIL")
    assert report.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [report]


def test_what_a_link_points_to_is_replaced_and_not_the_link(capsys, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "report.txt")
    run(capsys, "domain", "shop.example", *QUICK, "-o", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "report.txt").read_text().startswith("shop.example: FAIL")


def test_a_device_can_be_written_to():
    done = spawn("domain", "shop.example", *QUICK, "-o", "/dev/stdout")
    assert done.returncode == 1
    assert done.stdout.startswith(b"shop.example: FAIL")


def broken(*_: object) -> None:
    """A bug."""
    raise LookupError("a bug of ours\x1b[31m")


@pytest.fixture
def a_bug(monkeypatch):
    """A bug outside every check: the engine isolates those within."""
    monkeypatch.setattr(examine, "examine_all", broken)


def test_a_bug_of_ours_is_one_sentence_and_its_own_exit_code(capsys, a_bug):
    said = run(capsys, "domain", "shop.example", *QUICK)
    assert said.code == 70
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "bug" in said.err
    assert "-v" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize("verbose", ["-v", "-qv", "--verbose"])
def test_a_bug_of_ours_shows_where_it_is_with_v(capsys, a_bug, verbose):
    said = run(capsys, "domain", "shop.example", *QUICK, verbose)
    assert said.code == 70
    assert "Traceback" in said.err
    assert "\x1b" not in said.err


def test_a_bug_in_a_check_stays_in_its_check(capsys, monkeypatch):
    good = checks.registry.CHECKS[0]
    sick = Check("spf.sick", "Never", good.fact, broken, ())
    monkeypatch.setattr(examine, "CHECKS", (sick, *checks.registry.CHECKS))
    said = run(
        capsys,
        "domain",
        "shop.example",
        "--lab",
        "--only",
        "spf.sick",
        "--only",
        "spf.lookup-limit",
        "--format",
        "json",
    )
    report = json.loads(said.out)
    assert said.code == 1
    assert [check["status"] for check in report["checks"]] == ["unknown", "fail"]
    assert report["checks"][0]["findings"][0]["code"] == "engine.check-crashed"


def test_no_start_imports_what_only_some_runs_need():
    heavy = (
        "import sys; from healthcheck import cli; cli.run({}); print(*sorted(set(sys.modules) & {}), file=sys.stderr)"
    )
    for arguments, banned in (
        (
            ["--help"],
            {"asyncio", "dns", "msgspec", "rich", "httpx", "cryptography", "publicsuffixlist", "checks.registry"},
        ),
        (["domain", "example.com", "--lab", "-q"], {"rich", "httpx", "pydantic", "healthcheck.net.dns"}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", heavy.format(arguments, banned)],
            capture_output=True,
            cwd=ROOT,
            check=True,
            timeout=60,
        )
        assert done.stderr.strip() == b"", arguments


def test_colour_is_for_terminals_only(capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "\x1b" not in run(capsys, "domain", "shop.example", *QUICK).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run(capsys, "domain", "shop.example", *QUICK).out
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run(capsys, "domain", "shop.example", *QUICK).out


def test_a_deadline_ends_a_run_in_time(capsys):
    with closing(silent_server()) as server:
        with ends():
            said = run(capsys, "domain", "example.com", "--resolver", address_of(server), "--timeout", "0.2", "-q")
        assert said.code == 3


def test_a_reader_that_leaves_is_no_verdict():
    done = shell('{ "$@"; echo "code $?" >&2; } | :', "domain", "example.com", "--lab", "--format", "json")
    assert done.stderr.strip() in (b"code 141", b"code 0")
    done = shell('{ sleep 0.2; "$@"; echo "code $?" >&2; } | :', "lists")
    assert done.stderr.strip() == b"code 141"


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_and_version_survive_a_reader_that_leaves(word):
    done = shell('{ sleep 0.2; "$@"; echo "code $?" >&2; } | :', word)
    assert done.stderr.strip() == b"code 141"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_and_version_survive_a_full_disk(word):
    done = shell('"$@" >/dev/full', word)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"cannot write" in done.stderr


@pytest.mark.parametrize("option", ["--output", "--record"])
def test_a_file_name_that_no_system_takes_is_said(capsys, tmp_path, option):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / ("x" * 300), tmp_path / "loop"):
        said = run(capsys, "domain", "shop.example", *QUICK, option, path)
        assert said.code == 2, said.err
        assert said.err.count("\n") == 1
        assert "cannot write" in said.err


def test_a_zone_file_name_that_no_system_takes_is_said(capsys):
    said = run(capsys, "domain", "shop.example", "--zone", "x" * 300 + "@example.com")
    assert said.code == 2, said.err
    assert "cannot read zone file" in said.err


@pytest.mark.parametrize("words", [("a\r\nb.example",), ("shop.example", "--lists", "a\nb"), ("a\nb",)])
def test_a_complaint_stays_on_one_line(capsys, words):
    said = run(capsys, "domain", "--lab", *words)
    assert said.code == 2
    assert said.err.count("\n") == 1
