"""What is remembered changes no answer: each memory by its name, warm against cold, with texts that nearly are the same."""

import inspect
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.replies import (
    alike,
    api,
    catalogue,
    classify,
    clean,
    explain,
    explanation,
    literals,
    match,
    numbers,
    parse,
    shapes,
    unwrap,
    waits,
)
from checks.replies.alike import MARK, Words, shape_of
from checks.replies.shapes import MOST_TEXTS, Stream

MODULES = (
    *(alike, api, catalogue, classify, clean, explain, explanation),
    *(literals, match, numbers, parse, shapes, unwrap, waits),
)
MEMORIES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": function
    for module in MODULES
    for name, function in vars(module).items()
    if hasattr(function, "cache_clear")
    and function.__module__ == module.__name__
    and inspect.signature(function).parameters
}
"""The functions that remember what they were asked; those that are asked nothing read what never changes."""
encode = msgspec.json.Encoder().encode


def forget(but: str = "") -> None:
    for name, function in MEMORIES.items():
        if name != but:
            function.cache_clear()


def cold(text: str, *context: object) -> bytes:
    forget()
    return encode(explain.explain(text, *context))


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget()


IDS = st.one_of(
    st.from_regex(r"[a-f0-9]{8,14}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{6,42}", fullmatch=True),
    st.from_regex(r"[0-9]{3,22}", fullmatch=True),
    st.sampled_from(
        ["AS16012611", "AS16012612", "12345334", "key-1a2b3c4d5e6f7g8h9", "S3150", "OFR417", "bad00bad", "try2again"]
    ),
)
SPEAKERS = st.one_of(
    st.from_regex(r"mx[0-9]{1,9}\.[a-z]{1,8}[0-9]{0,8}\.(example|test)", fullmatch=True),
    st.sampled_from(
        ["gmail-smtp-in.l.google.com", "mx.token.example", "v.vv", "a_b.example", "x" * 250, "mta5.am0.yahoodns.net"]
    ),
)
FILLED = {
    "a": st.one_of(
        st.from_regex(r"[a-z][a-z0-9.+-]{0,20}@[a-z]{1,10}\.example", fullmatch=True),
        st.sampled_from(
            ["550-kim@example.net", "pass=hunter22@example.net", "sk-abcdefghijklmnopqr@example.net", "5.1.1@a.example"]
        ),
    ),
    "i": st.sampled_from(
        ["192.0.2.7", "198.51.100.77", "203.0.113.250", "127.0.0.2", "127.255.255.254", "127.0.0.11", "4.7.1.2"]
    ),
    "q": IDS,
    "h": SPEAKERS,
    "n": st.integers(0, 10**9).map(str),
    "u": st.sampled_from(["seconds", "minutes", "hours", "times", ""]),
}
TEMPLATES = st.sampled_from(
    [
        "550 5.1.1 <{a}>: user unknown {q}",
        "host {h}[{i}] said: 550 5.1.1 <{a}>: user unknown (in reply to RCPT TO command)",
        "host {h}[{i}] said: {n} {q} (in reply to DATA command)",
        "host {h}[{i}] said: 421 4.7.0 try again in {n} {u} {q}",
        "host {h} said: 451 4.7.1 greylisted, id {q}",
        "connect to {h}[{i}]:25: Connection timed out",
        "connect to {h}[{i}]:25: Connection refused {q}",
        "Host or domain name not found. Name service error for name={h} type=MX: Host not found, try again",
        "554 5.7.1 Service unavailable; Client host [{i}] blocked using zen.spamhaus.org; {i}",
        "554 5.7.1 blocked ({q}) {a}",
        "451 4.7.1 try again in {n} {u}",
        "450 4.2.0 retry-after: {n}",
        "550 5.7.{n} rejected {q} by {h}",
        "550 {q}: {a} {q} {i}",
        "550 5.1.1 {a} said: host {h}[{i}] said: 452 4.2.2 mailbox full {q}",
        "{q} {a} {n}",
        "421-4.7.28 rate limited {q}-{q}si{q}.{n} - gsmtp",
        "550 {q}.{n} .{n} {n}. {q}.{q}",
    ]
)
FILLINGS = st.fixed_dictionaries(FILLED)
TWINS = st.tuples(TEMPLATES, FILLINGS, FILLINGS).map(
    lambda drawn: (drawn[0].format(**drawn[1]), drawn[0].format(**drawn[2]))
)
CONTEXTS = st.sampled_from(
    [(), ("gmail",), ("sendgrid", 400), (None, None, "mx.example.net"), (None, None, "aspmx.l.google.com")]
)


def test_every_memory_is_named_here():
    """A new memory is looked at by the test below; say here what it stands for."""
    assert set(MEMORIES) == {
        "catalogue.advice_for",  # the usual advice, by the codes
        "catalogue.advice_named",  # the same, by the name of an error
        "catalogue.code_fits",  # whether a rule's codes are those of a reply
        "catalogue.loose_pattern",  # patterns, compiled
        "catalogue.strict_pattern",  # the same with the edges of words
        "classify._following",  # what follows from a reading beside some codes
        "classify._permanence",  # what codes claim, corrected by a reading
        "classify._weight",  # how much a rule counts beside some codes
        "explain._remembered",  # a text, whole
        "explanation._alternative",  # another reading, as it is told
        "explanation._own_words",  # a rule's part of an answer
        "explanation._readings",  # what the authorities say of codes
        "explanation._registry",  # what the book says of codes
        "explanation._shown_words",  # words that decided, as they are shown
        "match._host_provider",  # whose a server is
        "match.folded",  # a text as patterns want it
        "match.found",  # the rules that fit a folded text
        "numbers.numbers_of",  # what a pair of codes says
        "shapes._stranger",  # a server that is nobody's who is known
        "waits.wait_of",  # the wait that words state
    }


@pytest.mark.parametrize("name", sorted(MEMORIES))
@settings(max_examples=25, deadline=None)
@given(twins=TWINS, context=CONTEXTS)
def test_a_memory_that_was_warmed_by_a_twin_changes_no_answer(name, twins, context):
    one, other = twins
    forget()
    explain.explain(one, *context)
    forget(but=name)
    warm = encode(explain.explain(other, *context))
    assert warm == cold(other, *context)


@settings(max_examples=300, deadline=None)
@given(st.lists(TWINS, min_size=1, max_size=4), CONTEXTS)
def test_a_stream_that_was_warmed_by_twins_answers_as_a_cold_one(pairs, context):
    stream = Stream()
    for one, other in pairs:
        for text in (one, other, one):
            assert stream.explained(text, *context) == cold(text, *context)


@settings(max_examples=200, deadline=None)
@given(TWINS)
def test_a_word_that_is_remembered_is_made_alike_as_a_new_one(twins):
    warm = Words()
    for text in twins:
        for word in text.split(" "):
            alike_now = warm[word]
            assert alike_now == warm[word] == Words()[word]
            assert alike_now.removesuffix(MARK) == shape_of(word)


def shapes_of(*texts: str) -> int:
    stream = Stream()
    for text in texts:
        assert stream.explained(text) == cold(text)
    return len(stream._answers)


@pytest.mark.parametrize(
    "template",
    [
        "550 5.1.1 <{name}@example.com>: user unknown {id}",
        "host mx{number}.example.test[192.0.2.{number}] said: 550 5.1.1 <{name}@example.com>: user unknown",
        "connect to mx.example.net[192.0.2.{number}]:25: Connection timed out",
        "451 4.3.0 {id}-7e8f1234abcd{id}si{id}.{number} - gsmtp",
    ],
)
def test_texts_that_differ_in_what_varies_alone_share_an_answer(template):
    texts = [
        template.format(name=name, number=number, id=id_)
        for name, number, id_ in (("kim", 17, "c0ffee12"), ("sam", 230, "b1b2b3b4b5"), ("a.b", 111, "d9d8d7d6"))
    ]
    assert shapes_of(*texts) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("554 listed 127.255.255.254", "554 listed 127.0.0.2"),
        ("550 5.7.606 x (AS16012609)", "550 5.7.606 x (AS16012607)"),
        ("550-kim@example.net gone", "550-5.1.1@a.example gone"),
        ("host gmail-smtp-in.l.google.com[192.0.2.1] said: 550 no", "host mx1.example.test[192.0.2.1] said: 550 no"),
        ("550 5.7.12345678 x", "550 5.7.1234567 x"),
    ],
)
def test_texts_that_differ_in_what_a_rule_reads_share_none(texts):
    assert shapes_of(*texts) == len(texts)


def test_a_credential_in_what_varies_is_masked_whoever_came_before():
    stream = Stream()
    for part in ("d2e1a72fcca58", "key-1a2b3c4d5e6f7a8b9c", "sk-1a2b3c4d5e6f7a8b9c", "1a2b3c4d"):
        text = f"550 5.7.1 rejected {part}"
        assert stream.explained(text) == cold(text)
    assert b"***" in stream.explained("550 5.7.1 rejected key-1a2b3c4d5e6f7a8b9c")


@pytest.mark.parametrize("ids", [("5d8f0a1b2c", "12h34m56x7"), ("v8f0a1b2c3", "h2b8dezpWD")])
def test_an_id_that_can_be_read_as_a_wait_is_none(ids):
    stream = Stream()
    for text in (f"421 4.7.0 try again in {ids[0]}", f"421 4.7.0 try again in 300  {ids[0]}"):
        assert stream.explained(text) == cold(text)
        assert stream.explained(text.replace(*ids)) == cold(text.replace(*ids))


def test_a_mark_in_a_text_is_no_mark():
    assert shapes_of("550 5.7.1 rejected 1a2b3c4d\x00", "550 5.7.1 rejected key-1a2b3c4d5e6f7a8b9c") == 1


def test_what_never_repeats_is_not_kept_for_long(monkeypatch):
    monkeypatch.setattr(shapes, "MOST_TEXTS", 20)
    stream = Stream()
    for number in range(1000):
        stream.explained(f"550 {number}")
        assert len(stream._seen) <= 20
    for _ in range(3):
        answers = [stream.explained(f"550 5.1.1 user unknown {number}") for number in range(10)]
    assert answers == [cold(f"550 5.1.1 user unknown {number}") for number in range(10)]
    assert MOST_TEXTS > 20


def test_a_long_text_is_not_remembered():
    stream = Stream()
    text = "550 5.1.1 user unknown " + "x" * 3000
    assert stream.explained(text) == cold(text)
    assert not stream._seen
    assert explain._remembered.cache_info().currsize == 0
