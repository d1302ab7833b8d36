"""What servers and services say, in many words and languages, comes to what it means: the table is said.toml."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.catalogue import catalogue
from checks.replies.classify import SENDER_CAUSED
from checks.replies.explain import explain
from checks.replies.match import folded
from tests.replies.compiled import rules

SAID = tomllib.loads((Path(__file__).parent / "said.toml").read_text(encoding="utf-8"))
ROWS = [(category, suppress, text) for group in SAID.values() for category, suppress, text in group["replies"]]
CATEGORIES = catalogue().categories


@pytest.mark.parametrize(("category", "suppress", "text"), ROWS, ids=lambda value: value[:50])
def test_what_is_said_is_understood(category, suppress, text):
    found = explain(text)
    assert (found.category, found.suppress) == (category, suppress), found.decided_by


def test_the_table_names_every_category():
    assert {category for category, _, _ in ROWS} == set(CATEGORIES) - {"unknown", "accepted"}


WRAPPERS = [
    "{}",
    "host mx.example.net[203.0.113.5] said: {} (in reply to RCPT TO command)",
    "SMTP error from remote mail server after end of data: host mx.example.net [203.0.113.5]: {}",
    "smtp; {}",
    "203.0.113.5 does not like recipient.\nRemote host said: {}\nGiving up on 203.0.113.5.",
]


@given(st.sampled_from([row for row in ROWS if row[2][:3].isdigit()]), st.sampled_from(WRAPPERS))
def test_a_wrapper_changes_the_meaning_of_nothing(row, wrapper):
    category, suppress, text = row
    found = explain(wrapper.format(text))
    assert (found.category, found.suppress) == (category, suppress), wrapper


@given(
    st.lists(st.sampled_from(ROWS), min_size=2, max_size=3),
    st.sampled_from(["550 5.1.1", "550", "554 5.2.1", "450", ""]),
)
def test_of_mixed_words_no_address_is_given_up_for_what_the_sender_caused(rows, codes):
    text = " ".join(text.partition(" ")[2] for _, _, text in rows)
    found = explain(f"{codes} {text}".strip())
    if found.category in SENDER_CAUSED:
        assert found.suppress == "no"


@given(st.sampled_from(ROWS))
def test_letter_case_and_space_mean_nothing(row):
    category, suppress, text = row
    found = explain("  ".join(text.split(" ")))
    assert (found.category, found.suppress) == (category, suppress)


def test_patterns_are_written_as_texts_are_searched():
    """Texts lose their accents before they are searched, so a pattern that has some finds nothing."""
    wrong = [
        (rule["id"], char)
        for rule in rules()
        for char in rule["pattern"]
        if not char.isascii() and folded(char) != char
    ]
    assert not wrong
