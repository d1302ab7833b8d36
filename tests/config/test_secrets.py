"""Secrets are named, never written; and never printed, whoever prints what holds them."""

import sys

import pytest

from healthcheck.config.model import AlertTable
from healthcheck.config.read import BadConfig, parse, read
from healthcheck.config.secrets import LARGEST, BadSecret, Secret
from tests.config import SLACK

WORD = "hunter2-hunter2"


def test_an_environment_variable():
    secret = Secret.parse({"env": "X"})
    assert secret.value({"X": f" {WORD}\n"}) == WORD
    with pytest.raises(BadSecret, match="the environment variable X is not set"):
        secret.value({})


def test_a_file_beside_the_configuration(tmp_path):
    (tmp_path / "key").write_text(f"{WORD}\n")
    assert Secret.parse({"file": "key"}).value({}, tmp_path) == WORD
    assert Secret.parse({"file": str(tmp_path / "key")}).value({}) == WORD
    with pytest.raises(BadSecret, match="the file none cannot be read"):
        Secret.parse({"file": "none"}).value({}, tmp_path)


def test_a_credential_of_systemd(tmp_path):
    (tmp_path / "smtp").write_text(WORD)
    secret = Secret.parse({"credential": "smtp"})
    assert secret.value({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == WORD
    with pytest.raises(BadSecret, match="LoadCredential=smtp"):
        secret.value({})


def test_a_command_without_a_shell():
    printing = f"import sys; print({WORD!r} if sys.argv[1] == '$HOME' else '')"
    assert Secret.parse({"command": [sys.executable, "-c", printing, "$HOME"]}).value({}) == WORD


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/no/such/program"], "cannot be run"),
        ([sys.executable, "-c", f"raise SystemExit('{WORD}')"], "ended with exit code 1"),
        ([sys.executable, "-c", ""], "is empty"),
        ([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"], "is not UTF-8 text"),
        ([sys.executable, "-c", f"print('x' * {LARGEST + 1})"], "larger than"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_said(words, said):
    with pytest.raises(BadSecret, match=said) as caught:
        Secret.parse({"command": words}).value({})
    assert WORD not in str(caught.value)


def test_a_secret_in_the_file_counts_only_where_nobody_else_can_read_it(tmp_path):
    path = tmp_path / "healthcheck.toml"
    path.write_text(f'{SLACK}url = "https://hooks.example/{WORD}"\n')
    path.chmod(0o644)
    with pytest.raises(BadConfig, match="chmod 600"):
        read(path)
    path.chmod(0o600)
    url = read(path).config.alert[0].url
    assert url is not None
    assert url.value({}) == f"https://hooks.example/{WORD}"


def test_printing_a_configuration_prints_no_secret():
    config = parse(f'{SLACK}url = "https://hooks.example/{WORD}"\n', private=True)
    assert WORD not in repr(config)
    assert WORD not in str(config.alert[0].url)
    assert WORD not in f"{config.alert[0]}"


def test_a_command_is_called_by_its_program_alone():
    assert Secret.parse({"command": ["echo", WORD]}).spoken == "command echo"


def test_a_store_without_a_password_is_no_secret():
    assert parse('[monitor]\nstore = "sqlite:////var/lib/x.db"').monitor.store is not None


def test_two_references_are_equal_where_they_lead_to_the_same():
    assert Secret.parse({"env": "X"}) == Secret.parse({"env": "X"}) != Secret.parse({"env": "Y"})
    table = AlertTable(name="a", kind="slack", url=Secret.parse({"env": "X"}))
    assert hash(table) == hash(AlertTable(name="a", kind="slack", url=Secret.parse({"env": "X"})))
