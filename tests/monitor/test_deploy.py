"""What docs/deploy holds can be used: units that systemd understands, rules and a dashboard of metrics that are written."""

import ast
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main
import yaml

from checks.model import Status, Verdict
from healthcheck.cli import application, run
from healthcheck.cli.monitor_run import FAILS, NOT_KNOWN, UNDELIVERED, UNUSABLE
from healthcheck.render import prometheus
from tests.render import report_with_rates

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "docs" / "deploy"
SERVICE, TIMER = DEPLOY / "healthcheck.service", DEPLOY / "healthcheck.timer"
RULES, DASHBOARD = DEPLOY / "prometheus-rules.yml", DEPLOY / "grafana-dashboard.json"
METRIC = re.compile(r"\bhealthcheck_[a-z_]+\b")
PATIENTS = ("shop.example", "listed.example")


def unit(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def units(tmp_path):
    """The units with a program that is there: ours is installed elsewhere here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    text = SERVICE.read_text(encoding="utf-8").replace("/usr/local/bin/healthcheck", "/bin/true")
    (tmp_path / SERVICE.name).write_text(text, encoding="utf-8")
    shutil.copy(TIMER, tmp_path)
    return tmp_path


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_systemd_understands_the_units(units):
    done = analyze(units, "verify", f"./{SERVICE.name}", f"./{TIMER.name}")
    ours = [
        line for line in done.stderr.splitlines() if "healthcheck" in line
    ]  # it looks at the machine's other units, too
    assert not ours
    assert done.returncode == 0, done.stderr


def test_systemd_finds_a_fault_where_there_is_one(units):
    broken = units / SERVICE.name
    broken.write_text(broken.read_text() + "SuccessExitStatis=1\n")
    assert "SuccessExitStatis" in analyze(units, "verify", f"./{SERVICE.name}").stderr


def test_systemd_finds_the_service_well_shut_in(units):
    done = analyze(units, "security", "--offline=yes", "--no-pager", f"./{SERVICE.name}")
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= 2.5


def test_findings_are_no_failure_of_the_unit_and_what_nobody_was_told_is():
    codes = {int(code) for code in unit(SERVICE)["SuccessExitStatus"][0].split()}
    assert codes == {FAILS, NOT_KNOWN}
    assert not codes & {UNUSABLE, UNDELIVERED, 70}


def test_the_service_keeps_its_store_where_the_monitor_looks_for_it():
    told = unit(SERVICE)
    assert told["StateDirectory"] == ["healthcheck"]
    assert told["DynamicUser"] == ["yes"]
    assert told["ProtectSystem"] == ["strict"]


def command_lines() -> list[tuple[str, str]]:
    """Every call of healthcheck in the files, with the file."""
    cron = [line for line in (DEPLOY / "healthcheck.cron").read_text().splitlines() if line[:1].isdigit()]
    docker = (DEPLOY / "Dockerfile").read_text()
    found = [(SERVICE.name, " ".join(unit(SERVICE)["ExecStart"][0].split()[1:]))]
    found += [("healthcheck.cron", " ".join(line.split()[7:])) for line in cron]
    found += [("Dockerfile CMD", " ".join(ast.literal_eval(docker.rpartition("\nCMD ")[2].strip())))]
    check = ast.literal_eval(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", docker, re.MULTILINE)[1])
    return [*found, ("Dockerfile HEALTHCHECK", " ".join(check[1:]))]


@pytest.mark.parametrize(("file", "line"), command_lines(), ids=lambda text: text[:20])
def test_a_command_line_in_the_files_can_be_typed(file, line):
    words = line.split()
    commands = typer.main.get_command(application()).commands
    known = {name for parameter in commands[words[0]].params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known, file


def test_cron_runs_as_a_user_of_its_own():
    (line,) = [line for line in (DEPLOY / "healthcheck.cron").read_text().splitlines() if line[:1].isdigit()]
    assert line.split()[5:8] == ["healthcheck", "healthcheck", "monitor"]
    assert "--quiet" in line
    assert "%" not in line, "cron ends a command at a percent sign"


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_container_is_nobody_and_holds_no_secret():
    told = instructions()
    last_stage = told[max(index for index, (word, _) in enumerate(told) if word == "FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users == ["10001:10001"]
    after_user = [word for word, _ in last_stage[[word for word, _ in last_stage].index("USER") :]]
    assert not {"RUN", "COPY", "ADD"} & set(after_user), (
        "what is made after USER belongs to it, and can be changed by it"
    )
    assert not [word for word, _ in told if word == "ADD"]
    assert not [rest for word, rest in told if word in ("ENV", "ARG") and re.search("KEY|TOKEN|PASSWORD|SECRET", rest)]


def test_the_container_copies_what_the_wheel_is_made_of_and_nothing_else():
    copied = {
        word for line, rest in instructions() if line == "COPY" and "--from" not in rest for word in rest.split()[:-1]
    }
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "checks", "healthcheck"}
    assert all((ROOT / name).exists() for name in copied)


def test_the_container_asks_for_extras_that_there_are():
    (pip,) = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(re.search(r"\.\[([a-z,]+)\]", pip)[1].split(",")) <= set(extras)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> set[str]:
    """The names of all metrics that are written of patients who have everything, mail that failed included."""
    pytest.importorskip("prometheus_client", reason="--format prometheus needs prometheus-client (extra metrics)")
    file = tmp_path_factory.mktemp("metrics") / "healthcheck.prom"
    run(["domain", *PATIENTS, "--lab", "--quiet", "--format", "prometheus", "--output", str(file)])
    text = file.read_text(encoding="utf-8") + prometheus.render([report_with_rates()])
    return set(re.findall(r"^(healthcheck_\w+)[{ ]", text, re.MULTILINE))


def rules() -> list[dict]:
    told = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [rule for group in told["groups"] for rule in group["rules"]]


def expressions_of_dashboard() -> list[str]:
    told = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [target["expr"] for panel in told["panels"] for target in panel["targets"]]


def used(*texts: str) -> set[str]:
    return {name for text in texts for name in METRIC.findall(text)}


def test_rules_and_dashboard_name_metrics_that_are_written(written):
    assert used(*(rule["expr"] for rule in rules())) <= written
    assert used(*expressions_of_dashboard(), DASHBOARD.read_text(encoding="utf-8")) <= written


def test_every_metric_that_is_written_is_on_the_dashboard(written):
    assert written <= used(*expressions_of_dashboard())


def test_every_metric_that_is_written_is_in_the_documentation(written):
    assert written <= used((ROOT / "docs/formats.md").read_text(encoding="utf-8"))


def test_statuses_in_queries_are_words_of_ours():
    words = {word for text in (*expressions_of_dashboard(), *(rule["expr"] for rule in rules()))
             for found in re.findall(r'status=~?"([^"]+)"', text) for word in found.split("|")}  # fmt: skip
    assert words
    assert words <= {*Status, *Verdict}


def test_a_rule_says_what_is_wrong_and_how_bad_it_is():
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning"), rule["alert"]
        assert rule["annotations"]["summary"]


RULE_TEST = """
rule_files: [{rules}]
evaluation_interval: 10m
tests:
  - interval: 10m
    input_series:
      - {{series: 'healthcheck_domain_status{{domain="shop.example",status="fail"}}', values: '1x30'}}
      - {{series: 'healthcheck_domain_status{{domain="blip.example",status="fail"}}', values: '0 1 1 1 0x30'}}
      - {{series: 'healthcheck_domain_status{{domain="shop.example",status="inconclusive"}}', values: '0x30'}}
      - {{series: 'healthcheck_spf_dns_lookups{{domain="shop.example"}}', values: '9x30'}}
      - {{series: 'healthcheck_spf_dns_lookups{{domain="well.example"}}', values: '8x30'}}
      - {{series: 'healthcheck_dnsbl_listed{{domain="shop.example",list="bl.example"}}', values: '2x30'}}
      - {{series: 'healthcheck_last_success_timestamp_seconds{{domain="shop.example"}}', values: '0x60'}}
      - {{series: 'healthcheck_build_info{{version="1"}}', values: '1x30'}}
    alert_rule_test:
      - eval_time: 2h
        alertname: HealthcheckDomainFails
        exp_alerts:
          - exp_labels: {{severity: critical, domain: shop.example, status: fail}}
            exp_annotations:
              summary: "shop.example: mail is failing, or will be"
              description: "healthcheck domain shop.example says why, and what to publish."
      - {{eval_time: 2h, alertname: HealthcheckDomainInconclusive, exp_alerts: []}}
      - {{eval_time: 2h, alertname: HealthcheckStale, exp_alerts: []}}
      - {{eval_time: 2h, alertname: HealthcheckMissing, exp_alerts: []}}
      - eval_time: 2h
        alertname: HealthcheckSpfNearLimit
        exp_alerts:
          - exp_labels: {{severity: warning, domain: shop.example}}
            exp_annotations:
              summary: "shop.example: SPF needs 9 of 10 DNS lookups"
              description: "The next include may be one too many, and a provider may add it without you."
      - eval_time: 2h
        alertname: HealthcheckListed
        exp_alerts:
          - exp_labels: {{severity: critical, domain: shop.example, list: bl.example}}
            exp_annotations:
              summary: "shop.example: 2 of its addresses and names are on bl.example"
      - eval_time: 4h
        alertname: HealthcheckStale
        exp_alerts:
          - exp_labels: {{severity: warning, domain: shop.example}}
            exp_annotations:
              summary: "shop.example: not examined for 4h 0m 0s"
              description: "What writes the file has stopped, or its run fails: see the journal of its timer, or the mail of cron."
"""


def test_the_rules_fire_when_they_should_and_not_else(tmp_path):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    file = tmp_path / "test.yml"
    file.write_text(RULE_TEST.format(rules=RULES))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_can_be_imported_anywhere():
    told = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert told["__inputs"][0]["name"] == "DS_PROMETHEUS"
    ids = [panel["id"] for panel in told["panels"]]
    assert len(ids) == len(set(ids))
    assert all(panel["datasource"]["uid"] == "${DS_PROMETHEUS}" for panel in told["panels"])
    assert "id" not in told, "a number of another Grafana"
    squares = [(x, y) for panel in told["panels"] for g in [panel["gridPos"]]
               for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]  # fmt: skip
    assert len(squares) == len(set(squares)), "panels lie on one another"
    assert max(x for x, _ in squares) < 24
