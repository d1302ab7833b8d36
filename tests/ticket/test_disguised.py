"""People in other dress than `local@domain` are found in the words of strangers, and ordinary words are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from healthcheck import strangers
from healthcheck.disguised import people_in_disguise, plain_where_encoded
from tests.ticket import failure, seen_report
from tests.ticket.test_redact import everything


def hashed(local, domain):
    return "R", domain


def redacted(text):
    plain = plain_where_encoded(text, lambda words: strangers.people(words, hashed))
    return people_in_disguise(plain, hashed)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail for kim at example.net refused", "mail for R at example.net refused"),
        ("kim (at) example (dot) net", "R (at) example (dot) net"),
        ("kim[at]example[dot]net", "R[at]example[dot]net"),
        ("kim AT example dot net", "R AT example dot net"),
        ("relay!example.net!kim unknown", "relay!example.net!R unknown"),
        ("bounces-kim=example.net gone", "bounces-R=example.net gone"),
        ("bounce+kim=example.net", "bounce+R=example.net"),
        ("SRS0=HHH=TT=example.net=kim", "SRS0=HHH=TT=example.net=R"),
        ("=?utf-8?Q?Kim_=3Ckim=40example=2Enet=3E?= x", "Kim <R@example.net> x"),
        ("=?utf-8?B?a2ltQGV4?= =?utf-8?B?YW1wbGUubmV0?=", "R@example.net"),
    ],
)
def test_a_person_in_disguise_is_found(text, shown):
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "look at example.net for help",
        "blocked at mx.example.net",
        "dkim=fail d=example.net header.from=example.net",
        "smtp.mailfrom=example.net helo=mail-a.example.net mail-from=example.net",
        "Hello! example.net",
        "=?utf-8?Q?nobody_here?=",
        "=?utf-8?B?not base64",
    ],
)
def test_other_words_stay(text):
    assert redacted(text) == text


def test_what_was_hidden_is_not_hidden_again():
    hidden = "bounces-r-3f2a9c01d7=example.net and r-3f2a9c01d7 at example.net"
    assert (
        people_in_disguise(hidden, lambda local, domain: (local if strangers.is_hash(local) else "R", domain)) == hidden
    )


@pytest.mark.parametrize(
    "text", ["a!" * 150_000, "=?" * 100_000, "a at " * 60_000, "=?u?q?x?= " * 30_000, "a-b=" * 75_000]
)
def test_a_long_text_is_read_once(text):
    assert len(redacted(text)) <= len(text)


@given(st.text(alphabet="ab.-+=!? @<>", max_size=80))
def test_a_text_in_which_people_stay_who_they_are_stays_as_it_is(text):
    assert people_in_disguise(text, lambda local, domain: (local, domain)) == text


@pytest.mark.parametrize(
    "disguised",
    [
        "hidden7 at mail.example.org",
        "mail.example.org!hidden7",
        "bounces-hidden7=mail.example.org",
        "=?utf-8?B?aGlkZGVuN0BtYWlsLmV4YW1wbGUub3Jn?=",
    ],
)
def test_a_person_in_disguise_stands_nowhere_in_a_ticket(disguised):
    one = seen_report()
    observed = replace(one.target.observed, failures=(failure(f"550 5.1.1 {disguised} unknown"),))
    shown = everything(replace(one, target=replace(one.target, observed=observed)))
    assert "hidden7" not in shown
    assert "aGlkZGVuN0" not in shown
