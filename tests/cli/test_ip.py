"""`healthcheck ip`: addresses, one report each."""

import io
import json
import sys

import pytest

from tests.cli import complains, run

LAB = ("--lab", "-q")


def test_a_good_address_passes(capsys):
    said = run(capsys, "ip", "192.0.2.25", *LAB)
    assert said.code == 0
    assert said.out.startswith("192.0.2.25: PASS")


def test_a_listed_address_fails_and_says_where_to_go(capsys):
    said = run(capsys, "ip", "192.0.2.66", *LAB)
    assert said.code == 1
    assert "zen.spamhaus.org answered 127.0.0.2" in said.out
    assert "https://check.spamhaus.org/" in said.out


def test_a_list_that_refuses_is_neither_a_pass_nor_a_fail(capsys):
    said = run(capsys, "ip", "192.0.2.67", *LAB)
    assert said.code == 3
    assert said.out.startswith("192.0.2.67: INCONCLUSIVE")
    assert "127.255.255.254" in said.out


def test_several_addresses_have_a_report_each_in_the_order_given(capsys):
    said = run(capsys, "ip", "192.0.2.66", "192.0.2.25", *LAB, "--format", "json")
    reports = json.loads(said.out)["reports"]
    assert [report["target"]["ips"] for report in reports] == [["192.0.2.66"], ["192.0.2.25"]]
    assert [report["verdict"] for report in reports] == ["fail", "pass"]
    assert run(capsys, "ip", "192.0.2.66", "192.0.2.25", *LAB).out.startswith("2 addresses\n")


def test_an_address_given_twice_is_examined_once(capsys):
    assert run(capsys, "ip", "192.0.2.25", "192.0.2.25", *LAB).out.count("192.0.2.25: ") == 1


def test_with_a_domain_spf_is_evaluated_for_the_address(capsys):
    said = run(capsys, "ip", "192.0.2.25", "--domain", "example.com", *LAB)
    assert said.code == 0
    assert said.out.startswith("192.0.2.25 for example.com: PASS")
    assert "senders-authorised" in said.out
    assert run(capsys, "ip", "198.51.100.1", "--domain", "example.com", *LAB).code == 1


def test_addresses_can_stand_in_a_file(capsys, tmp_path):
    file = tmp_path / "addresses"
    file.write_text("# ours\n192.0.2.25   # the first\n\n192.0.2.66\n")
    said = run(capsys, "ip", "--file", file, *LAB)
    assert "192.0.2.25: PASS" in said.out
    assert "192.0.2.66: FAIL" in said.out


def test_addresses_can_come_over_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"192.0.2.25 # the first\n192.0.2.66\n")))
    said = run(capsys, "ip", "--file", "-", *LAB)
    assert "192.0.2.25: PASS" in said.out
    assert "192.0.2.66: FAIL" in said.out


def test_a_closed_standard_input_is_a_usage_error(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input, which is closed" in run(capsys, "ip", "--file", "-", *LAB).err


def test_a_helo_name_is_judged_where_it_is_given(capsys):
    assert "helo-resolves" not in run(capsys, "ip", "192.0.2.25", *LAB).out
    said = run(capsys, "ip", "192.0.2.25", "--helo", "localhost", *LAB, "-v")
    assert "helo-resolves" in said.out


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.0.1", "224.0.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1", "ff02::1"]
)  # fmt: skip
def test_an_address_that_nobody_can_send_from_is_a_usage_error(capsys, address):
    assert complains(run(capsys, "ip", address, *LAB))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("example.com",),
        ("192.0.2.300",),
        ("192.0.2.0/24",),
        ("192.0.2.25", "--helo", "not a name"),
        ("192.0.2.25", "--domain", "single"),
        ("--file", "no-such-file"),
    ],
)
def test_what_cannot_be_examined_is_a_usage_error(capsys, arguments):
    assert complains(run(capsys, "ip", *arguments, *LAB))


def test_a_file_without_an_address_is_a_usage_error(capsys, tmp_path):
    (tmp_path / "empty").write_text("# nothing\n\n")
    assert complains(run(capsys, "ip", "--file", tmp_path / "empty", *LAB))


def test_a_run_is_replayed_with_the_same_bytes(capsys, tmp_path):
    recording = tmp_path / "run.json"
    for form in ("text", "json", "markdown"):
        arguments = ("192.0.2.66", "203.0.113.77", "--helo", "mail.home.example", "--list", "bl.example.com", *LAB)
        first = run(capsys, "ip", *arguments, "--format", form, "--record", recording)
        again = run(capsys, "replay", recording, "-q", "--format", form)
        assert (again.code, again.out) == (first.code, first.out)


@pytest.mark.parametrize("word", ["spf", "dmarc", "dkim", "mx", "dmarc.valid-record"])
def test_a_check_of_a_domain_wants_a_domain(capsys, word):
    said = run(capsys, "ip", "192.0.2.25", "--lab", "--only", word)
    assert said.code == 2
    assert "--domain" in said.err
    assert run(capsys, "ip", "192.0.2.25", "--lab", "--only", word, "--domain", "example.com").code in (0, 3)


@pytest.mark.parametrize("word", ["iprev", "dnsbl", "vantage", "iprev.helo-resolves"])
def test_a_check_of_an_address_does_without_a_domain(capsys, word):
    said = run(capsys, "ip", "192.0.2.25", "--lab", "--only", word)
    assert said.code in (0, 1, 3)
    assert "broke" not in said.out
