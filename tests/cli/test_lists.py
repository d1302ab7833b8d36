"""`healthcheck lists`, and the options that choose among blocklists."""

import json

import pytest

from checks.dnsbl.inventory import Status, all_lists, default_lists
from healthcheck.cli.lists import chosen_zones
from tests.cli import complains, run

ADDRESS = ("ip", "192.0.2.25", "--lab", "-q")


def test_the_inventory_is_printed_closed_lists_when_asked_for(capsys):
    said = run(capsys, "lists")
    assert said.code == 0
    assert all(one.zone in said.out for one in all_lists() if one.status in (Status.ALIVE, Status.KEY))
    assert "dnsbl.sorbs.net" not in said.out
    assert "closed on 2024-06-05" in run(capsys, "lists", "--closed").out


def test_the_inventory_as_json_says_what_is_asked(capsys):
    told = json.loads(run(capsys, "lists", "--format", "json", "--no-list", "psbl.surriel.com").out)
    assert told["schema"] == "healthcheck.lists/1"
    asked = {one["zone"] for one in told["lists"] if one["asked"]}
    assert asked == {one.zone for one in default_lists()} - {"psbl.surriel.com"}


def test_a_list_is_told_of_with_its_codes(capsys):
    said = run(capsys, "lists", "zen.spamhaus.org")
    assert "127.0.0.10" in said.out
    assert "https://check.spamhaus.org/" in said.out


@pytest.mark.parametrize("zone", ["dnsbl.sorbs.net", "DNSBL.SORBS.NET.", "spam.dnsbl.anonmails.de", "cbl.abuseat.org"])
def test_a_closed_list_is_refused_even_when_named(capsys, zone):
    said = run(capsys, *ADDRESS, "--list", zone)
    assert complains(said)
    assert "--closed-lists" in said.err


def test_a_closed_list_is_asked_when_forced(capsys):
    said = run(capsys, *ADDRESS, "--list", "dnsbl.sorbs.net", "--closed-lists", "--format", "json")
    told = json.loads(said.out)
    asked = {one["question"]["name"] for one in told["evidence"]}
    assert "2.0.0.127.dnsbl.sorbs.net" in asked
    assert told["verdict"] == "pass"


def test_one_list_only(capsys, tmp_path):
    file = tmp_path / "lists"
    file.write_text("psbl.surriel.com # one\n")
    told = json.loads(run(capsys, *ADDRESS, "--lists", file, "--format", "json").out)
    zones = {one["question"]["name"].split(".", 4)[-1] for one in told["evidence"] if "127" in one["question"]["name"]}
    assert zones == {"psbl.surriel.com"}


def test_nothing_said_is_the_default():
    assert chosen_zones(None, None, "default", False) == ()
    assert chosen_zones(["zen.spamhaus.org"], None, "default", False) == ()


def test_a_list_more_and_a_list_less():
    usual = [one.zone for one in default_lists()]
    assert chosen_zones(["bl.example.net"], None, "default", False) == (*usual, "bl.example.net")
    assert chosen_zones(None, ["zen.spamhaus.org"], "default", False) == tuple(usual[1:])


def test_all_lists_are_those_alive_without_a_key_and_none_twice():
    zones = chosen_zones(None, None, "all", False)
    assert len(zones) > 90
    assert not {"sbl.spamhaus.org", "black.uribl.com", "ebl.msbl.org", "dnsbl.sorbs.net"} & set(zones)
    assert not any("{key}" in zone for zone in zones)


@pytest.mark.parametrize(
    "options",
    [
        ("--list", "not a zone"),
        ("--list", "ebl.msbl.org"),
        ("--no-list", "bl.example.net"),
        ("--lists", "no-such-file"),
    ],
)
def test_a_list_that_cannot_be_asked_is_a_usage_error(capsys, options):
    assert complains(run(capsys, *ADDRESS, *options))


def test_all_lists_refused_is_a_usage_error(capsys, tmp_path):
    (tmp_path / "one").write_text("psbl.surriel.com\n")
    assert complains(run(capsys, *ADDRESS, "--lists", tmp_path / "one", "--no-list", "psbl.surriel.com"))


def test_the_domain_command_takes_the_same_options(capsys):
    said = run(
        capsys,
        "domain",
        "example.com",
        "--ip",
        "192.0.2.25",
        "--lab",
        "-q",
        "--only",
        "dnsbl",
        "--no-list",
        "bl.spamcop.net",
    )
    assert said.code == 0
