"""What a configuration does to the command line: domains, options, limits, waivers; and the commands about it."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from healthcheck.config.find import BadConfig, find
from healthcheck.config.read import read
from healthcheck.world.lab import log_of, patients
from tests.cli import run

WAIVED = """
[[domain]]
name = "shop.example"
selectors = ["s1"]

[[ignore]]
id = "spf.lookup-limit"
domain = "*.example"
reason = "the new record goes live next week"
{until}
"""
FOR_EVER = "permanent = true"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty folder, and nobody's configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEALTHCHECK_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path


def written(folder, text, name="healthcheck.toml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def reports(said):
    told = json.loads(said.out)
    return told.get("reports", [told])


def test_the_first_file_that_there_is_counts(tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path / "home")}
    last = written(tmp_path, "", "xdg/healthcheck/config.toml")
    assert find(None, environment) == last
    assert find(None, {"HOME": "relative"}) in (None, find(None, {}))
    here = written(tmp_path, "")
    found = find(None, environment)
    assert found is not None
    assert found.resolve() == here
    named = written(tmp_path, "", "named.toml")
    assert find(None, {**environment, "HEALTHCHECK_CONFIG": str(named)}) == named
    assert find(str(last), {**environment, "HEALTHCHECK_CONFIG": str(named)}) == last


@pytest.mark.parametrize("name", ["none.toml", "", ".", "a\x00b", "x" * 5000])
def test_a_file_that_was_named_must_be_there(name):
    with pytest.raises(BadConfig, match="there is no such file"):
        find(name, {})


def test_no_configuration_can_be_asked_for(tmp_path, monkeypatch):
    written(tmp_path, "this is wrong")
    monkeypatch.setenv("HEALTHCHECK_CONFIG", os.devnull)
    path = find(None, os.environ)
    assert path is not None
    assert read(path).config.domain == ()


def test_without_a_domain_all_that_are_configured_are_examined(tmp_path, capsys):
    written(tmp_path, "[[domain]]\nname = 'example.com'\n[[domain]]\nname = 'shop.example'\n")
    said = run(capsys, "domain", "--lab", "--only", "spf.lookup-limit", "--format", "json", "-q")
    assert [one["target"]["domain"] for one in reports(said)] == ["example.com", "shop.example"]
    assert said.code == 1


def test_without_a_domain_and_without_a_configuration_there_is_one_sentence(capsys):
    said = run(capsys, "domain", "--lab")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "no domain was given" in said.err


def test_a_domain_that_is_typed_has_the_options_of_its_table(tmp_path, capsys):
    written(
        tmp_path,
        "[defaults]\naudience = ['gmail']\n"
        "[[domain]]\nname = 'example.com'\nips = ['192.0.2.25']\nselectors = ['s1']\nmail_from = 'x@example.com'\n",
    )
    (told,) = reports(run(capsys, "domain", "example.com", "--lab", "--format", "json", "-q"))
    assert told["target"]["ips"] == ["192.0.2.25"]
    assert told["target"]["selectors"] == ["s1"]
    assert told["target"]["mail_from"] == "example.com"
    assert {one["provider"] for one in told["requirements"]} == {"gmail"}


def test_what_is_typed_wins(tmp_path, capsys):
    written(
        tmp_path, "[[domain]]\nname = 'example.com'\nips = ['192.0.2.25']\nselectors = ['old']\naudience = ['gmail']\n"
    )
    options = ("--ip", "192.0.2.26", "--selector", "s1", "--for", "yahoo")
    (told,) = reports(run(capsys, "domain", "example.com", "--lab", *options, "--format", "json", "-q"))
    assert told["target"]["ips"] == ["192.0.2.26"]
    assert told["target"]["selectors"] == ["s1"]
    assert {one["provider"] for one in told["requirements"]} == {"yahoo"}


def test_the_options_of_a_table_do_not_reach_another_domain(tmp_path, capsys):
    written(tmp_path, "[defaults]\nips = ['198.51.100.77']\n[[domain]]\nname = 'shop.example'\n")
    (told,) = reports(run(capsys, "domain", "example.com", "--lab", "--format", "json", "-q"))
    assert "198.51.100.77" not in told["target"]["ips"]


def test_every_stream_is_judged(tmp_path, capsys):
    written(
        tmp_path,
        "[[domain]]\nname = 'example.com'\n[[domain.stream]]\nname = 'news'\nmail_from = 'example.com'\n"
        "selectors = ['s1', 'gone']\nips = ['192.0.2.25', '203.0.113.99']\n",
    )
    (told,) = reports(run(capsys, "domain", "--lab", "--format", "json", "-q"))
    by_id = {one["id"]: one for one in told["checks"]}
    assert "gone._domainkey.example.com" in json.dumps(by_id["dkim.key-published"])
    assert by_id["dkim.key-published"]["status"] == "fail"
    assert "203.0.113.99" in json.dumps(by_id["spf.senders-authorised"])
    assert told["target"]["streams"][0]["origin"] == "given"


def test_logs_of_a_table_are_read_beside_the_file(tmp_path, capsys):
    log = log_of("shop.example")
    assert log is not None
    written(tmp_path, log.read_text(encoding="utf-8"), "etc/logs/mail.log")
    config = written(
        tmp_path, "[[domain]]\nname = 'shop.example'\nlogs = ['logs/mail.log']\nlast = '9999w'\n", "etc/x.toml"
    )
    words = ("domain", "--lab", "--config", config, "--format", "json", "-q")
    (told,) = reports(run(capsys, *words))
    assert told["target"]["observed"]["replies"] == 12
    assert told["target"]["observed"]["sources"] == [str(tmp_path / "etc" / "logs" / "mail.log")]
    # A window may be typed where the configuration names the files.
    (told,) = reports(run(capsys, *words, "--until", "2000-01-01"))
    assert told["target"]["observed"]["replies"] == 0


def test_a_waiver_lets_the_report_pass_and_stays_in_sight(tmp_path, capsys):
    only = ("--lab", "--only", "spf.lookup-limit")
    assert run(capsys, "domain", "shop.example", *only).code == 1
    written(tmp_path, WAIVED.format(until=FOR_EVER))
    said = run(capsys, "domain", "shop.example", *only)
    assert said.code == 0
    assert "shop.example: PASS   1 cause of failing mail proved, 1 passed, 1 ignored" in said.out
    assert "ignored for good: the new record goes live next week (spf.lookup-limit)" in said.out
    assert "evaluating the SPF record of shop.example needs 12 DNS lookups" in said.out.partition("Ignored")[2]


def test_an_expired_waiver_fails_again_and_says_so(tmp_path, capsys):
    written(tmp_path, WAIVED.format(until="expires = 2020-01-31"))
    said = run(capsys, "domain", "shop.example", "--lab", "--only", "spf.lookup-limit")
    assert said.code == 1
    assert "expired on 2020-01-31: what it matches counts again" in " ".join(said.out.split())


def test_a_waiver_for_one_domain_that_matches_nothing_is_told(tmp_path, capsys):
    text = WAIVED.format(until=FOR_EVER).replace("*.example", "example.com")
    written(tmp_path, text + "[[domain]]\nname = 'example.com'\n")
    said = run(capsys, "domain", "example.com", "--lab", "--only", "spf.lookup-limit")
    assert said.code == 0
    assert "matches nothing that is wrong: take it out" in " ".join(said.out.split())


@pytest.mark.parametrize("form", ["markdown", "junit", "nagios", "prometheus", "ndjson"])
def test_every_format_takes_a_waiver(tmp_path, capsys, form):
    written(tmp_path, WAIVED.format(until=FOR_EVER))
    said = run(capsys, "domain", "--lab", "--only", "spf.lookup-limit", "--format", form, "-q")
    assert said.code == 0


def test_a_severity_of_the_profile_decides_the_exit_code(tmp_path, capsys):
    written(tmp_path, "[severity]\n'spf.lookup-limit' = 'warning'\n")
    only = ("--lab", "--only", "spf.lookup-limit")
    assert run(capsys, "domain", "shop.example", *only).code == 0
    assert run(capsys, "domain", "shop.example", *only, "--fail-on", "warn").code == 1


def test_a_recorded_run_is_judged_again_by_its_rules(tmp_path, capsys):
    written(tmp_path, WAIVED.format(until=FOR_EVER))
    file, bundle = tmp_path / "run.json", tmp_path / "ticket.zip"
    first = run(capsys, "domain", "--lab", "--only", "spf.lookup-limit", "--record", file)
    again = run(capsys, "replay", file)
    assert (first.code, again.code) == (0, 0)
    assert again.out == first.out
    assert "ignored for good: the new record goes live next week" in again.out
    assert "something else" not in again.err
    assert run(capsys, "ticket", "--from-record", file, "-o", bundle).code == 0
    assert "this version says the same of it" in run(capsys, "replay", bundle).out


@pytest.mark.parametrize(
    "rules",
    [
        {"waivers": 7},
        {"severity": [["spf", "bogus"]]},
        {"waivers": [{"id": "spf", "domain": "*", "reason": "\x1b[31mred"}]},
        [],
    ],
)
def test_damaged_rules_of_a_recorded_run_are_told(tmp_path, capsys, rules):
    written(tmp_path, WAIVED.format(until=FOR_EVER))
    file = tmp_path / "run.json"
    run(capsys, "domain", "--lab", "--only", "spf.lookup-limit", "--record", file)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"rules": rules}))
    for command in (("replay", file), ("ticket", "--from-record", file, "-o", tmp_path / "ticket.md")):
        said = run(capsys, *command)
        assert (said.code, "its rules are none" in said.err) == (2, True)


def test_errors_takes_its_limits_from_the_file_and_what_is_typed_wins(tmp_path, capsys):
    written(tmp_path, "[thresholds]\nbounce.fail = '8%'\nrise.times = 5\n")
    log = written(
        tmp_path, "Nov 21 09:12:00 mx postfix/qmgr[1]: 4ABC: from=<x@example.com>, size=1, nrcpt=1\n", "mail.log"
    )
    told = json.loads(run(capsys, "errors", log, "--format", "json", "-q").out)
    assert told["thresholds"]["bounce.fail"] == 0.08
    assert told["thresholds"]["rise.times"] == 5
    told = json.loads(run(capsys, "errors", log, "--threshold", "bounce.fail=9%", "--format", "json", "-q").out)
    assert told["thresholds"]["bounce.fail"] == 0.09


def test_a_wrong_file_is_one_sentence_and_exit_code_2(tmp_path, capsys):
    written(tmp_path, "[[domain]]\nnam = 'x.example'\n")
    for words in (("domain", "example.com", "--lab"), ("config", "show"), ("config", "check")):
        said = run(capsys, *words)
        assert (said.code, said.out) == (2, "")
        assert said.err == "healthcheck: healthcheck.toml:2: domain.nam is not known: did you mean name?\n"


def test_show_tells_where_each_value_is_from_and_masks_secrets(tmp_path, capsys):
    path = written(
        tmp_path,
        "[defaults]\nhelo = 'mx.example'\n[[domain]]\nname = 'shop.example'\n[thresholds]\nbounce.fail = '8%'\n"
        "[[alert]]\nname = 'a'\nkind = 'slack'\nurl = 'https://hooks.example/SECRET'\n",
    )
    path.chmod(0o600)
    said = run(capsys, "config", "show", "--origin")
    lines = {line.partition(" = ")[0]: line for line in said.out.splitlines()}
    assert "SECRET" not in said.out
    assert lines['domain["shop.example"].name'].endswith("# healthcheck.toml:4")
    assert lines['domain["shop.example"].helo'].endswith("# healthcheck.toml:2")
    assert lines['thresholds."bounce.fail"'].endswith("# healthcheck.toml:6")
    assert lines["monitor.every"].endswith("# built in")
    assert "(secret, not shown)" in lines['alert["a"].url']
    told = json.loads(run(capsys, "config", "show", "--format", "json").out)
    assert "SECRET" not in json.dumps(told)
    assert told["schema"] == "healthcheck.config/1"


def test_check_counts_and_tells_what_expired(tmp_path, capsys):
    written(tmp_path, WAIVED.format(until="expires = 2020-01-31"))
    said = run(capsys, "config", "check")
    assert said.code == 0
    assert "healthcheck.toml is right: 1 domain, 1 waiver (1 expired), 0 alert channels" in said.out


@pytest.mark.parametrize("domain", sorted({patient.domain for patient in patients()}))
def test_init_writes_a_file_for_every_patient_that_can_be_read(tmp_path, capsys, domain):
    said = run(capsys, "init", domain, "--lab", "-o", "first.toml")
    if said.code == 3:
        assert "nothing was written" in said.err
        return
    assert said.code == 0
    (table,) = read(tmp_path / "first.toml").config.domain
    assert table.name == domain


def test_init_writes_what_it_finds(capsys):
    said = run(capsys, "init", "example.com", "--lab", "--output", "-")
    assert 'selectors = ["s1"]' in said.out
    assert '# ips = ["192.0.2.25"]' in said.out
    assert "mx1.example.com" in said.out


def test_init_works_with_a_zone_file(tmp_path, capsys):
    zone = written(
        tmp_path, '$ORIGIN own.example.\n@ 60 IN TXT "v=spf1 include:_spf.google.com ip4:192.0.2.7 -all"\n', "own.zone"
    )
    said = run(capsys, "init", "own.example", "--zone", zone, "-o", "-")
    assert said.code == 0
    assert '# ips = ["192.0.2.7"]' in said.out
    assert "[[domain.stream]]" in said.out


def test_init_never_writes_over_a_file_unless_it_is_told_to(tmp_path, capsys):
    path = written(tmp_path, "# mine\n")
    said = run(capsys, "init", "example.com", "--lab")
    assert said.code == 2
    assert path.read_text() == "# mine\n"
    assert run(capsys, "init", "example.com", "--lab", "--force").code == 0
    assert "[[domain]]" in path.read_text()
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "nowhere")
    assert run(capsys, "init", "example.com", "--lab", "-o", link).code == 2


def test_init_tames_hostile_records(tmp_path, capsys):
    hostile = '"v=DMARC1; p=none; \\010[[domain]]\\010name = \\"evil.example\\" \\127\\226\\128\\174"'
    zone = written(
        tmp_path,
        f'$ORIGIN own.example.\n@ 60 IN TXT "v=spf1 include:a\\\\b\\010x.example -all"\n_dmarc 60 IN TXT {hostile}\n',
        "own.zone",
    )
    assert run(capsys, "init", "own.example", "--zone", zone).code == 0
    assert [one.name for one in read(tmp_path / "healthcheck.toml").config.domain] == ["own.example"]


def test_a_run_without_a_configuration_reads_none_of_its_modules():
    code = "import sys; from healthcheck import cli; cli.run(['domain', 'example.com', '--lab', '--only', 'spf.lookup-limit', '-q']); print([m for m in sys.modules if m.startswith('healthcheck.config.') and m != 'healthcheck.config.find'], file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "words", [("spf", "example.com"), ("dmarc", "example.com"), ("ip", "192.0.2.25"), ("domain", "example.com")]
)
def test_every_command_that_asks_asks_whom_the_file_names(tmp_path, capsys, words):
    written(tmp_path, '[run]\nresolvers = ["127.0.0.1:1"]\ntimeout = 5\n')
    said = run(capsys, *words, "-q")
    assert (said.code, "127.0.0.1:1" in said.out) == (3, True)
    assert run(capsys, *words, "-q", "--lab").code in (0, 1)  # the lab asks nobody


@pytest.mark.parametrize("command", ["spf", "dmarc", "ip", "domain", "ticket", "monitor"])
def test_a_file_that_is_wrong_stops_every_command_that_reads_it(tmp_path, capsys, command):
    written(tmp_path, "[run]\nresolver = []\n")
    subject = {"ip": ("192.0.2.25",), "monitor": ()}.get(command, ("example.com",))
    said = run(capsys, command, *subject, "--lab", *(("-o", "t.zip") if command == "ticket" else ()))
    assert said.code == 2
    assert "healthcheck.toml:2: run.resolver is not known" in said.err


def test_a_ticket_is_of_the_mail_that_the_file_describes_and_by_its_rules(tmp_path, capsys):
    rules = '[[ignore]]\nid = "spf.lookup-limit"\ndomain = "*"\nreason = "soon"\npermanent = true\n'
    written(tmp_path, f'[[domain]]\nname = "shop.example"\nips = ["192.0.2.99"]\nselectors = ["s9"]\n{rules}')
    said = run(capsys, "ticket", "shop.example", "--lab", "-o", "t.zip")
    assert said.code == 0
    with zipfile.ZipFile(tmp_path / "t.zip") as bundle:
        told = json.loads(next(bundle.read(name) for name in bundle.namelist() if name.endswith("report.json")))
    assert (told["target"]["ips"], told["target"]["selectors"]) == (["192.0.2.99"], ["s9"])
    assert told["summary"]["ignored"] == 1
    assert run(capsys, "ticket", "shop.example", "--lab", "--ip", "192.0.2.7", "-o", "u.zip").code == 0
    with zipfile.ZipFile(tmp_path / "u.zip") as bundle:
        told = json.loads(next(bundle.read(name) for name in bundle.namelist() if name.endswith("report.json")))
    assert told["target"]["ips"] == ["192.0.2.7"]  # what is typed wins
