"""`healthcheck dmarc`: the walk, the organizational domain and the effective policies, in text and JSON."""

import json

import pytest

from healthcheck.cli import run

KEYS = {
    "schema", "domain", "organizational_domain", "record_at", "policy", "effective_policy", "testing", "valid", "questions",
    "findings",
}  # fmt: skip


@pytest.fixture
def ask(tmp_path, capsys):
    """Run `healthcheck dmarc` over a zone file for example.com; the exit code and what was printed."""

    def ask(domain, *lines, options=()):
        path = tmp_path / "example.com.zone"
        soa = "$ORIGIN example.com.\n@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n@ MX 10 mx\nmx A 192.0.2.1\n"
        path.write_text(soa + "\n".join(lines) + "\n")
        code = run(["dmarc", domain, "--zone", str(path), "--quiet", *options])
        return code, capsys.readouterr().out

    return ask


def as_json(asked):
    code, printed = asked
    return code, json.loads(printed)


JSON = ("--format", "json")


def test_the_policies_are_said_in_words(ask):
    code, printed = ask("mx.example.com", '_dmarc TXT "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@example.com"')
    assert code == 0
    assert "mail from mx.example.com is treated as: quarantine" in printed
    assert "Organizational domain  example.com" in printed
    assert (
        printed.index("_dmarc.mx.example.com") < printed.index("  2  _dmarc.example.com") < printed.index("_dmarc.com")
    )


def test_the_json_has_the_keys_of_its_schema_and_the_same_as_the_finding(ask):
    record = '_dmarc TXT "v=DMARC1; p=reject; sp=quarantine; np=none; t=y; rua=mailto:d@example.com"'
    code, answer = as_json(ask("example.com", record, options=JSON))
    assert code == 0
    assert answer.keys() >= KEYS
    assert answer["schema"] == "healthcheck.dmarc/1"
    assert answer["policy"] == {"domain": "quarantine", "subdomain": "none", "nonexistent": "none"}
    assert (answer["effective_policy"], answer["testing"], answer["valid"]) == ("quarantine", True, True)
    assert answer["questions"] == ["_dmarc.example.com", "_dmarc.com"]
    assert answer["record_at"] == "_dmarc.example.com"
    stating = [finding["args"] for finding in answer["findings"] if "effective_policy" in finding["args"]]
    assert len(stating) == 1
    assert all(stating[0][key] == answer[key] for key in KEYS - {"schema", "findings"})


@pytest.mark.parametrize(
    ("lines", "code", "effective"),
    [
        (['_dmarc TXT "v=DMARC1; p=none; rua=mailto:d@example.com"'], 0, "none"),
        (['_dmarc TXT "v=DMARC1; p=bad"'], 1, "absent"),
        ([], 1, "absent"),
        (['_dmarc TXT "v=DMARC1; p=none"', '_dmarc TXT "v=DMARC1; p=reject"'], 1, "absent"),
    ],
)
def test_the_exit_code_and_the_effective_policy(ask, lines, code, effective):
    got, answer = as_json(ask("example.com", *lines, options=JSON))
    assert (got, answer["effective_policy"], answer["organizational_domain"]) == (code, effective, "example.com")


def test_what_is_not_known_is_null_and_inconclusive(capsys):
    assert run(["dmarc", "mute.example", "--lab", "--quiet", "--format", "json"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["effective_policy"] is None
    assert answer["policy"]["domain"] is None


def test_a_name_whose_parent_is_in_no_zone_is_inconclusive(tmp_path, capsys):
    path = tmp_path / "mail.zone"
    path.write_text("$ORIGIN mail.example.com.\n@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n@ A 192.0.2.1\n")
    assert run(["dmarc", "mail.example.com", "--zone", str(path), "--quiet"]) == 3
    assert "mail from mail.example.com is treated as: not known" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["localhost", "", "192.0.2.1", "a" * 64 + ".example"])
def test_what_is_no_domain_is_a_usage_error_in_one_line(text, capsys):
    assert run(["dmarc", text, "--lab"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_recorded_run_is_replayed(tmp_path, capsys):
    recorded = tmp_path / "run.json"
    assert run(["dmarc", "watching.example", "--lab", "--quiet", "--record", str(recorded)]) == 0
    capsys.readouterr()
    assert run(["replay", str(recorded), "--quiet"]) == 0
    assert "dmarc" in capsys.readouterr().out.lower()
