"""What people type by the habit of other tools is understood, or answered with how it is done here."""

import json
from io import BytesIO, TextIOWrapper

import pytest

from healthcheck.cli.habits import in_our_words
from tests.cli import QUICK, complains, run


def test_json_md_and_exit_zero_are_other_ways_of_saying_it(capsys):
    said = run(capsys, "domain", "shop.example", *QUICK, "--json", "--exit-zero")
    assert said.code == 0
    assert json.loads(said.out)["verdict"] == "fail"
    assert run(capsys, "domain", "shop.example", *QUICK, "--format", "md").out.startswith("# ")
    assert run(capsys, "domain", "shop.example", *QUICK, "--format=md").out.startswith("# ")


def test_no_color_means_no_colour(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run(capsys, "domain", "shop.example", *QUICK).out
    assert "\x1b[" not in run(capsys, "domain", "shop.example", *QUICK, "--no-color").out


def test_what_stands_behind_two_dashes_is_no_option():
    assert in_our_words(["explain", "--", "--json"]) == ["explain", "--", "--json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("domain", "shop.example", "--lab", "--strict"), "exit code 3"),
        (("domain", "--domains", "list.txt"), "healthcheck domain -"),
        (("domain", "shop.example", "--baseline=b.json"), "healthcheck diff"),
        (("schema", "report"), "healthcheck checks --schema"),
        (("--json",), "no command stands before --json"),
        (("--lab", "--exit-zero"), "no command stands before --lab"),
        (("--exit-zero", "domain", "example.com"), "no command stands before --exit-zero"),
        (("--format", "json"), "no command stands before --format"),
        (("domain", "shop.example", *QUICK, "--output", "md:x.md"), "--format md --output x.md"),
        (("domain", "shop.example", "--ip", "64:ff9b::a00:1"), "a private address"),
        (("domain", "shop.example", "--ip", "2002:a00:1::1"), "a private address"),
        (("domain", "shop.example", "--ip", "0.0.0.0"), "an unspecified address"),
        (("domain", "-", "--log", "-", "--lab"), "can be read once"),
    ],
)
def test_what_is_called_otherwise_is_told_in_one_sentence(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    said = run(capsys, *arguments)
    assert complains(said), said
    assert words in said.err
    assert not list(tmp_path.iterdir())


def test_domains_are_read_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"shop.example  # ours\n\nexample.com\n")))
    said = run(capsys, "domain", "-", *QUICK, "--format", "json")
    assert [one["target"]["domain"] for one in json.loads(said.out)["reports"]] == ["shop.example", "example.com"]


def test_an_address_behind_a_nat64_that_is_public_can_send(capsys):
    said = run(capsys, "domain", "shop.example", *QUICK, "--ip", "64:ff9b::c000:20a")
    assert said.code == 1
