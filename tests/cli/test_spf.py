"""`healthcheck spf`: the answer first, then the way to it; JSON; exit codes; every world; replay."""

import json

import pytest

from tests.cli import complains, run

ZONE = """\
$ORIGIN example.org.
@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300
@      TXT  "v=spf1 a:mail.example.org include:_spf.example.org -all exp=why.example.org"
mail   A    192.0.2.10
_spf   TXT  "v=spf1 ip4:198.51.100.0/24 ~all"
why    TXT  "%{i} may not send as %{s}"
soft   TXT  "v=spf1 ~all"
plain  TXT  "v=spf1 a"
macro  TXT  "v=spf1 exists:%{l}.%{h}.users.example.org -all"
bob.mx.example.net.users A 127.0.0.2
broken TXT  "v=spf1 moo -all"
silent A    192.0.2.1
gone   TXT  "v=spf1 include:elsewhere.example.net -all"
"""


@pytest.fixture
def zone(tmp_path):
    path = tmp_path / "example.org.zone"
    path.write_text(ZONE)
    return path


@pytest.fixture
def told(capsys, zone):
    """The JSON answer for a domain of the zone, and the exit code."""

    def ask(*arguments):
        said = run(capsys, "spf", *arguments, "--zone", zone, "--format", "json")
        return json.loads(said.out), said.code

    return ask


@pytest.mark.parametrize(
    "case",
    [
        ("example.org", "192.0.2.10", "pass", 0, "a:mail.example.org"),
        ("example.org", "198.51.100.7", "pass", 0, "include:_spf.example.org"),
        ("example.org", "203.0.113.1", "fail", 1, "-all"),
        ("soft.example.org", "203.0.113.1", "softfail", 1, "~all"),
        ("plain.example.org", "203.0.113.1", "neutral", 1, None),
        ("silent.example.org", "203.0.113.1", "none", 1, None),
        ("broken.example.org", "203.0.113.1", "permerror", 1, None),
        ("gone.example.org", "203.0.113.1", "temperror", 3, "include:elsewhere.example.net"),
    ],
)
def test_every_result_has_its_exit_code_and_its_reason(told, case):
    domain, ip, result, code, matched = case
    answer, found_code = told(domain, "--ip", ip)
    assert (answer["result"], found_code, answer["matched"]) == (result, code, matched)
    assert answer["reason"]
    assert bool(answer["remedy"]) == (result != "pass")


def test_the_json_is_the_contract(told):
    answer, _ = told("example.org", "--ip", "203.0.113.1", "--mail-from", "bob@example.org")
    first = ["schema", "result", "reason", "matched", "explanation", "lookups", "void_lookups", "trace"]
    assert list(answer)[: len(first)] == first
    assert answer["schema"] == "healthcheck.spf/1"
    assert answer["explanation"] == "203.0.113.1 may not send as bob@example.org"
    assert (answer["lookups"], answer["void_lookups"]) == (2, 0)
    host, include, end = answer["trace"]
    assert (host["result"], host["target"], host["lookup"]) == (None, "mail.example.org", 1)
    assert [inner["term"] for inner in include["trace"]] == ["ip4:198.51.100.0/24", "~all"]
    assert (include["included"], include["domain"], include["trace"][0]["domain"]) == (
        "softfail",
        "example.org",
        "_spf.example.org",
    )
    assert end["result"] == "fail"
    by_id = {one["id"]: one["question"] for one in answer["evidence"]}
    assert by_id[host["evidence"][0]] == {"kind": "dns", "name": "mail.example.org", "type": "A"}
    assert {question["name"] for question in by_id.values()} >= {"example.org", "_spf.example.org", "why.example.org"}


def test_the_record_to_publish_lets_the_address_send(capsys, told, tmp_path):
    answer, _ = told("example.org", "--ip", "203.0.113.1")
    (record,) = answer["publish"]
    proposal = tmp_path / "proposal.zone"
    proposal.write_text(f"$ORIGIN example.org.\n{record}\n")
    original = tmp_path / "example.org.zone"
    again = run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--zone", original, "--overlay", proposal)
    assert again.code == 0
    assert again.out.startswith("mail from example.org sent by 203.0.113.1: pass")


def test_text_gives_the_answer_first_and_the_trace_as_a_tree(capsys, zone):
    said = run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--zone", zone)
    first, *rest = said.out.splitlines()
    assert first.startswith("mail from example.org sent by 203.0.113.1: FAIL")
    assert any("no term before -all in the record of example.org matches 203.0.113.1" in line for line in rest)
    assert "     │" not in first
    tree = said.out.partition("How it came to that")[2]
    assert "├─ include:_spf.example.org" in tree
    assert "│  └─ ~all" in tree
    assert tree.count("decides") == 1
    assert "└─ -all" in tree


def test_the_sender_and_the_helo_name_fill_the_macros(told):
    asked = ("macro.example.org", "--ip", "203.0.113.1")
    answer, code = told(*asked, "--mail-from", "bob@macro.example.org", "--helo", "mx.example.net")
    assert (answer["result"], code) == ("pass", 0)
    assert answer["trace"][0]["target"] == "bob.mx.example.net.users.example.org"
    assert told(*asked)[0]["trace"][0]["target"] == "postmaster.macro.example.org.users.example.org"


def test_a_helo_name_that_was_supposed_is_said(capsys, zone):
    said = run(capsys, "spf", "macro.example.org", "--ip", "203.0.113.1", "--zone", zone)
    assert "give --helo" in said.out
    assert "give --helo" not in run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--zone", zone).out


def test_the_domain_of_the_return_path_is_evaluated(told):
    answer, _ = told("example.org", "--ip", "203.0.113.1", "--mail-from", "soft.example.org")
    assert (answer["result"], answer["domain"], answer["evaluated_domain"]) == (
        "softfail",
        "example.org",
        "soft.example.org",
    )


def test_the_null_return_path_is_judged_by_the_helo_name(capsys, told, zone):
    answer, _ = told("example.org", "--ip", "203.0.113.1", "--mail-from", "<>", "--helo", "soft.example.org")
    assert (answer["result"], answer["identity"], answer["sender"]) == (
        "softfail",
        "helo",
        "postmaster@soft.example.org",
    )
    assert complains(run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--mail-from", "<>", "--zone", zone))


def test_several_addresses_get_an_answer_each(capsys, told, zone):
    answer, code = told("example.org", "--ip", "192.0.2.10", "--ip", "203.0.113.1")
    assert answer["schema"] == "healthcheck.spf-answers/1"
    assert [one["result"] for one in answer["answers"]] == ["pass", "fail"]
    assert code == 1
    lines = run(
        capsys, "spf", "example.org", "--ip", "192.0.2.10", "--ip", "203.0.113.1", "--zone", zone, "--format", "ndjson"
    )
    assert [json.loads(line)["ip"] for line in lines.out.splitlines()] == ["192.0.2.10", "203.0.113.1"]


@pytest.mark.parametrize(
    "case",
    [("example.org", 0, 2), ("broken.example.org", 1, 0), ("silent.example.org", 1, 0), ("gone.example.org", 3, 1)],
)
def test_without_an_address_the_policy_is_shown(capsys, told, zone, case):
    domain, code, lookups = case
    answer, found_code = told(domain)
    assert (answer["result"], answer["matched"], answer["void_lookups"]) == (None, None, None)
    assert (found_code, answer["lookups"]) == (code, lookups)
    assert answer["reason"]
    said = run(capsys, "spf", domain, "--zone", zone)
    assert said.out.startswith(f"{domain}: SPF policy ")
    assert "--ip" in said.out


def test_a_replay_gives_the_same_bytes(capsys, zone, tmp_path):
    recording = tmp_path / "run.json"
    asked = (
        "example.org",
        "--ip",
        "203.0.113.1",
        "--mail-from",
        "bob@example.org",
        "--helo",
        "mx.example.net",
        "--zone",
        zone,
    )
    for form in ("text", "json", "ndjson"):
        first = run(capsys, "spf", *asked, "--format", form, "--record", recording)
        again = run(capsys, "replay", recording, "--format", form)
        assert (again.code, again.out) == (first.code, first.out)
    policy = run(capsys, "spf", "example.org", "--zone", zone, "-v", "--record", recording)
    assert run(capsys, "replay", recording, "-v").out == policy.out
    assert complains(run(capsys, "replay", recording, "--format", "markdown", "-q"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("192.0.2.1",),
        ("example.org", "--ip", "10.0.0.1"),
        ("example.org", "--ip", "nonsense"),
        ("example.org", "--mail-from", "bob@localhost"),
        ("example.org", "--timeout", "0"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(capsys, arguments):
    assert complains(run(capsys, "spf", *arguments, "--lab"))


def test_the_lab_answers(capsys):
    said = run(capsys, "spf", "shop.example", "--ip", "203.0.113.200", "--lab", "-v")
    assert said.code == 1
    assert said.out.startswith("mail from shop.example sent by 203.0.113.200: PERMERROR")
    assert "lookup number 11" in " ".join(said.out.split())
    assert "Evidence" in said.out


def test_hostile_records_are_shown_without_control_characters(capsys, tmp_path):
    path = tmp_path / "hostile.zone"
    path.write_text(
        "$ORIGIN example.org.\n@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300\n"
        '@ TXT "v=spf1 -all exp=why.example.org"\nwhy TXT "%{l} %{h}"\nevil TXT "v=spf1 \\027[31mred -all"\n'
    )
    for domain in ("example.org", "evil.example.org"):
        for form in ("text", "json"):
            options = ("--helo", "\x1b[31m\u202e", "--mail-from", "\x1b]0;x\x07@" + domain, "--format", form, "-v")
            said = run(capsys, "spf", domain, "--ip", "192.0.2.1", "--zone", path, *options)
            assert said.code == 1
            assert said.out.replace("\n", "").isprintable()


def test_colour_is_for_terminals(capsys, zone, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--zone", zone).out
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run(capsys, "spf", "example.org", "--ip", "203.0.113.1", "--zone", zone).out
