"""Finding the rules that fit: every way of finding gives the same, and every pattern can be found and is safe."""

import importlib.util
import json
import re
from collections.abc import Iterator
from re import _parser as parser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.replies import clean, literals
from checks.replies.catalogue import catalogue, strict_pattern
from checks.replies.explain import explain
from checks.replies.match import ENGINE, FEW, LONGEST_TEXT, folded, hits
from checks.replies.shapes import Stream
from tests.conformance import corpus
from tests.patience import ends
from tests.replies.compiled import alternatives, edges, plain
from tests.replies.compiled import literals as literals_of

KNOWN = catalogue()
NEEDLES = list(KNOWN.needles)
LITERALS = literals.texts()
NOISE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["550", "5.1.1", "<kim@example.net>", "[192.0.2.7]", "mx.example.net", "-", ":", "re", "s", "ed", "un"]
    ),
)
TEXTS = st.lists(
    st.one_of(st.sampled_from(LITERALS), st.sampled_from(LITERALS).flatmap(lambda one: NOISE.map(one.__add__)), NOISE),
    max_size=9,
).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)]))


def corpus_texts() -> Iterator[str]:
    """What others collected: replies, log lines, bounce mails line by line, events; nothing where it is absent."""
    for name in (
        "postfix/as-syslog.log",
        "bounces/labels.tsv",
        "../facts/parse_cases.tsv",
        "../facts/reply_patterns.tsv",
    ):
        if (path := corpus(name)) is not None:
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                yield from (field for field in line.split("\t") if len(field) > 8)
    for name in ("bounces/emails", "provider-events/payloads", "dsn"):
        if (path := corpus(name)) is not None:
            for file in sorted(one for one in path.rglob("*") if one.is_file()):
                text = file.read_text(encoding="utf-8", errors="replace")
                yield from (line for line in text[:20_000].splitlines() if len(line) > 8)


@pytest.fixture
def engine() -> Iterator[object]:
    """The engine, put back to what it was."""
    yield ENGINE
    ENGINE.use("auto")


def ways() -> list[literals.Find]:
    automaton = literals.of_automaton()
    return [literals.of_words(), *([automaton] if automaton is not None else [])]


def test_the_extra_fast_is_installed_with_the_tests():
    if importlib.util.find_spec("ahocorasick") is None:
        pytest.skip("pyahocorasick, the extra `fast`, is not installed")
    assert len(ways()) == 2


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_every_way_finds_the_literals_that_are_there(text):
    text = folded(text)
    there = literals.scan(text)
    assert all(find(text) == there for find in ways())


def test_every_way_finds_the_same_in_all_corpora():
    found = {folded(text) for text in corpus_texts()}
    if not found:
        pytest.skip("no corpora beside the repository")
    first, *others = ways()
    for text in found:
        there = first(text)
        assert all(find(text) == there for find in others)
        assert all(LITERALS[number] in text for number in there)
    for text in sorted(found)[:: max(1, len(found) // 400)]:
        assert first(text) == literals.scan(text)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_engines_explain_alike(texts):
    answers = []
    for name in ("default", "auto"):
        ENGINE.use(name)
        for _ in range(FEW + 1):
            ENGINE.find("")
        stream = Stream()
        answers.append([(stream.explained(text), msgspec.json.encode(explain(text))) for text in texts])
    assert answers[0] == answers[1]
    assert all(streamed == alone for streamed, alone in answers[0])


def test_the_engines_and_a_stream_explain_the_corpora_alike(engine):
    texts = sorted({text[:1500] for text in corpus_texts()})[::7]
    if not texts:
        pytest.skip("no corpora beside the repository")
    answers = []
    for name in ("default", "auto"):
        engine.use(name)
        stream = Stream()
        answers.append([stream.explained(text) for text in texts])
    assert answers[0] == answers[1]
    assert [msgspec.json.encode(explain(text)) for text in texts[::5]] == answers[0][::5]


def test_an_engine_that_is_not_installed_is_refused_by_name(engine, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ahocorasick", None)
    with pytest.raises(LookupError, match=r"mail-healthcheck\[fast\]"):
        engine.use("fast")
    engine.use("auto")
    for _ in range(FEW + 2):
        assert engine.find(folded("550 user unknown"))


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, len(NEEDLES) - 1).flatmap(
        lambda n: st.tuples(
            st.just(n), st.from_regex(re.compile(NEEDLES[n].pattern, re.ASCII), fullmatch=True), NOISE, NOISE
        )
    )
)
def test_the_literals_lead_to_every_rule_that_fits(drawn):
    number, text, before, behind = drawn
    for whole in (text, f"{before} {text} {behind}", f"({text}.", f"{before}{text}{behind}"):
        said = folded(whole)
        if strict_pattern(number).search(said):
            assert KNOWN.rules[NEEDLES[number].rule].id in {hit.rule.id for hit in hits(said)}


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_words_of_a_hit_are_those_that_the_strict_pattern_finds(text):
    said = folded(text)
    for hit in hits(said):
        own = [number for number, needle in enumerate(NEEDLES) if KNOWN.rules[needle.rule] is hit.rule]
        found = [match[0] for number in own if (match := strict_pattern(number).search(said)) is not None]
        assert len(hit.words) == max(map(len, found))
        assert hit.words in found


def test_every_pattern_has_a_literal_of_three_letters():
    for needle in NEEDLES:
        sets = literals_of(needle.pattern)
        assert sets, (
            f"write the words of {needle.pattern!r} out: one of three letters has to stand in all that it matches"
        )
        assert all(len(text) >= 3 or not text.isascii() for one in sets for text in one), needle.pattern


def test_every_pattern_compiles_in_both_engines_and_matches_no_empty_text():
    for needle in NEEDLES:
        assert re.compile(needle.pattern, re.ASCII).search("") is None, needle.pattern
    re2 = pytest.importorskip("re2", reason="google-re2 is not installed: pip install '.[test]'")
    options = re2.Options()
    options.log_errors = False
    for needle in NEEDLES:
        assert re2.compile(needle.pattern, options).search("") is None, needle.pattern


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(NEEDLES) - 1).flatmap(
        lambda n: st.tuples(
            st.just(n), st.from_regex(re.compile(NEEDLES[n].pattern, re.ASCII), fullmatch=True), NOISE, NOISE
        )
    )
)
def test_re_and_re2_find_the_same_words(drawn):
    re2 = pytest.importorskip("re2", reason="google-re2 is not installed: pip install '.[test]'")
    number, text, before, behind = drawn
    said = folded(f"{before} {text} {behind}")
    ours = re.compile(NEEDLES[number].pattern, re.ASCII).search(said)
    theirs = re2.compile(NEEDLES[number].pattern).search(said)
    assert (ours and ours[0]) == (theirs and theirs[0])


@pytest.mark.parametrize(
    ("pattern", "sets"),
    [
        ("user unknown", [{"user unknown"}]),
        (r"(?:user|mailbox) (?:is )?full", [{"user full", "user is full", "mailbox full", "mailbox is full"}]),
        (r"quota .{0,30}exceeded", [{"exceeded"}, {"quota"}]),
        (r"as\s?345", [{"as345", "as 345"}]),
        (r"(?:the |our )*policy", [{"policy"}]),
        (r"\S+ \d+", []),
        ("用户.{0,6}不存在", [{"不存在"}, {"用户"}]),
    ],
)
def test_literals_are_what_every_match_holds(pattern, sets):
    assert [set(one) for one in literals_of(pattern)] == sets


def test_a_pattern_is_taken_apart_at_its_own_bars_only():
    assert alternatives(r"a|(?:b|c)d|[|]e|\|f") == ["a", "(?:b|c)d", "[|]e", r"\|f"]
    assert plain(r"a\.b") == "a.b"
    assert plain("a.b") == ""


@pytest.mark.parametrize(
    ("pattern", "both"),
    [
        ("service refuse", (True, True)),
        (r"\[x\]", (False, False)),
        (r"(?:a|b)(?: c)?", (True, True)),
        (r"in \d", (True, False)),
    ],
)
def test_a_pattern_that_spells_a_word_out_begins_and_ends_with_it(pattern, both):
    assert edges(pattern) == both


def test_a_word_is_not_found_inside_another():
    assert not {hit.words for hit in hits(folded("the service refuser"))} & {"service refuse"}


HOSTILE = (
    "a" * 1_000_000,
    " " * 1_000_000,
    "recipient " * 100_000,
    "blocked using " + "x." * 500_000,
    "\x00\x1b[31m\u202e" * 250_000,
    "over the the the quota exceeded mailbox user account " * 20_000,
    "\U0001d7d8" * 300_000,
    "拒绝" * 300_000,
    "<" * 500_000 + "@" * 500_000,
    "\ud800" * 1000 + "user unknown",
    "".join(LITERALS)[:1_000_000],
)


@pytest.mark.parametrize("name", ["default", "auto"])
def test_a_hostile_text_is_answered_by_both_engines(engine, name):
    engine.use(name)
    for _ in range(FEW + 1):
        engine.find("")
    with ends():
        for text in HOSTILE:
            said = folded(text)
            assert len(said) <= LONGEST_TEXT
            assert hits(said) is not None
            answer = json.loads(Stream().explained(f"550 5.7.1 {text}"))
            assert answer["basic"] == "550"


def test_words_that_are_all_new_stay_bounded(monkeypatch):
    monkeypatch.setattr(literals, "MOST_WORDS", 100)
    find = literals.of_words()
    words = find.__closure__
    assert words is not None
    for number in range(1000):
        find(f"word{number} again{number}")
    known = next(cell.cell_contents.__self__ for cell in words if hasattr(cell.cell_contents, "__self__"))
    assert len(known) <= 101


def test_every_literal_can_be_parsed_from_a_pattern():
    texts = {text for needle in NEEDLES for one in literals_of(needle.pattern) for text in one} | set(KNOWN.signs)
    assert texts == set(LITERALS)
    assert all(parser.parse(needle.pattern) for needle in NEEDLES)


SECRETS = st.sampled_from(
    [
        *(
            "api_key=abcdef123",
            "token: x1y2z3w4",
            "Bearer abc.def-ghi",
            "AUTH PLAIN AGtpbQBzZWNyZXQ=",
            "password hunter22",
            "pass=abc1",
        ),
        *(
            "re_abcdefghijklmnopqrst",
            "SG.abcdefghijklmnop.qrst",
            "AKIAABCDEFGHIJKL",
            "eyJhbGciOi.eyJzdWIiOi.abc",
            "kim:hunter22@mx",
        ),
        *(
            "https://kim:pw@example.net",
            "Basic a2ltOnB3MTIz",
            "334 VXNlcm5hbWU6 a2ltMTIz",
            "auth=c2VjcmV0MTI",
            "-u kim:hunter2",
        ),
        *(
            "lp-abcdefghijklmnop-qrs",
            "x-api-key: abcdef",
            "signature=abcdef",
            "key-1a2b3c4d5e",
            "-----BEGIN PRIVATE KEY-----abc",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(SECRETS, NOISE, st.sampled_from(LITERALS)), max_size=6).map(" ".join))
def test_no_credential_slips_past_the_first_look(text):
    lower = text.lower()
    whole = text
    for words, pattern, instead in clean._SECRETS:
        if any(word in lower for word in words):
            whole = pattern().sub(instead, whole)
    assert clean._masked(text) == whole


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(SECRETS, NOISE, st.sampled_from(LITERALS)), max_size=6).map(" ".join))
def test_a_text_holds_no_credential_where_none_of_its_words_can(text):
    words = text.lower().split(" ")
    assert any(map(clean.word_may_hold_a_secret, words)) or not clean.may_hold_a_secret(text.lower())
