"""A configured secret is found however it is written."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.secret_values import SHORTEST, SecretValues, secrets_of
from tests.cli import run

SECRET = "s3cretKey-9f"
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


def spellings(secret):
    yield secret
    yield secret.upper()
    yield secret.lower()
    yield "".join(f"%{octet:02X}" for octet in secret.encode())
    yield quote(secret, safe="")
    yield "".join(f"\\{octet:03d}" for octet in secret.encode())
    yield secret.encode().hex()
    yield " ".join(f"{octet:02x}" for octet in secret.encode())
    yield quote("".join(f"%{octet:02X}" for octet in secret.encode()), safe="")
    yield "".join(f"\\{octet:03o}" for octet in secret.encode())
    yield "".join(f"+{octet:02X}" for octet in secret.encode())
    yield "".join(f"\\u{octet:04x}" for octet in secret.encode())
    yield "".join(f"&#x{octet:04X};" for octet in secret.encode())
    yield "\u200b".join(secret)
    half = len(secret) // 2
    yield f'{secret[:half]}" "{secret[half:]}'
    yield f"{secret[:half]}=\r\n{secret[half:]}"
    for before in ("", "u", "us", "\0user\0"):
        yield b64encode(f"{before}{secret}".encode()).decode().rstrip("=")
        yield urlsafe_b64encode(f"{before}{secret}!".encode()).decode()


@pytest.mark.parametrize("spelled", list(dict.fromkeys(spellings(SECRET))))
def test_every_spelling_is_found(spelled):
    hidden, found = SecretValues([SECRET]).hidden(f"a {spelled} b")
    assert found
    assert spelled not in hidden
    assert hidden.startswith("a ")
    assert hidden.endswith(" b")


def test_full_width_letters_spell_it_too():
    wide = "".join(chr(ord(char) + 0xFEE0) for char in SECRET)
    assert SECRET not in SecretValues([SECRET]).hidden(wide)[0]
    assert wide not in SecretValues([SECRET]).hidden(wide)[0]


@given(TEXT, TEXT, st.sampled_from(list(spellings(SECRET))))
def test_it_is_found_between_any_words(before, after, spelled):
    assert spelled not in SecretValues([SECRET]).hidden(before + spelled + after)[0]


@given(st.text(min_size=SHORTEST, max_size=30), TEXT)
def test_any_secret_is_found_as_it_is(secret, around):
    assert secret not in SecretValues([secret]).hidden(f"{around}\x00{secret}\x00")[0] or secret in "account-key"


@given(st.text(max_size=200))
def test_a_text_without_it_stays_as_it_is(text):
    assert SecretValues([SECRET]).hidden(text)[0] == text


def test_the_longer_of_two_secrets_goes_whole():
    assert SecretValues(["abcdef12", "abcdef1234"]).hidden("abcdef1234")[0] == "account-key"


def test_what_is_too_short_would_be_in_every_text_and_is_not_looked_for():
    assert SecretValues(["key"]).hidden("a key")[0] == "a key"


def test_all_that_the_environment_holds_for_us_is_a_secret(tmp_path):
    (tmp_path / "key").write_text("inTheFile7\n", encoding="utf-8")
    environment = {
        "HEALTHCHECK_KEY_SPAMHAUS": " plain-key-1 ",
        "HEALTHCHECK_KEY_ABUSIX_FILE": str(tmp_path / "key"),
        "HEALTHCHECK_REDACT_KEY": "for the hashes",
        "HEALTHCHECK_SLACK_WEBHOOK": "https://hooks.example.com/T000",
        "HEALTHCHECK_KEY_GONE_FILE": str(tmp_path / "nothing"),
        "HOME": "/home/kim",
    }
    found = secrets_of(environment)
    assert {"plain-key-1", "inTheFile7", "for the hashes", "https://hooks.example.com/T000"} <= set(found)
    assert "/home/kim" not in found


def test_nothing_tells_a_secret(capsys):
    print(SecretValues([SECRET]), repr(SecretValues([SECRET])))
    assert SECRET not in capsys.readouterr().out


def test_a_secret_that_a_reply_quotes_is_in_no_report_and_in_no_recording(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HEALTHCHECK_KEY_SERVICE", SECRET)
    file = tmp_path / "run.json"
    for form in ("text", "json", "ndjson", "markdown"):
        told = ("--lab", "--reply", f"535 5.7.8 the key {SECRET} is wrong", "--record", file, "--format", form)
        said = run(capsys, "domain", "example.com", *told)
        assert SECRET not in said.out + said.err + file.read_text()
