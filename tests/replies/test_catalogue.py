"""The catalogue of replies keeps its promises: sources, categories, patterns that are safe, and the file that is read."""

import re
from re import _constants as op
from re import _parser as parser

from checks.registry import CHECKS
from checks.replies.catalogue import catalogue
from checks.replies.classify import SENDER_CAUSED
from healthcheck.engine import named
from tests.patience import ends
from tests.replies import compiled

KNOWN = catalogue()
NEEDLES = [(needle.rule, needle.pattern) for needle in KNOWN.needles]
PERMANENCE = {None, "permanent", "temporary", "ambiguous"}
RETRY = {None, "no", "later", "slower", "split", "fix", "delist"}
SUPPRESS = {None, "no", "yes", "domain", "this_sender", "after_repeats", "already"}
WHO = {None, "sender", "recipient", "provider", "nobody", "unknown"}
SURE = {"seen", "secondary", "wording"}


def test_the_file_that_is_read_is_made_of_the_toml():
    assert compiled.OUTPUT.read_text(encoding="utf-8") == compiled.compiled(), "run: python -m tests.replies.compiled"


def test_there_are_thirty_categories_and_accepted():
    assert len(KNOWN.categories) == 31
    assert set(KNOWN.categories) > SENDER_CAUSED


def test_fifty_providers_and_products_are_known():
    assert len({rule.provider for rule in KNOWN.rules if rule.provider}) >= 50


def test_the_errors_of_twelve_services_are_known():
    assert len({error.provider for error in KNOWN.api}) >= 12


def test_the_rules_ids_are_unique():
    ids = [rule.id for rule in KNOWN.rules] + [advice.id for advice in (*KNOWN.guide_codes, *KNOWN.guide_errors)]
    assert len(ids) == len(set(ids))


def test_every_rule_speaks_the_words_of_the_contract_and_has_a_source():
    for rule in KNOWN.rules:
        assert rule.category in KNOWN.categories, rule.id
        assert rule.permanence in PERMANENCE, rule.id
        assert rule.retry in RETRY, rule.id
        assert rule.suppress in SUPPRESS, rule.id
        assert rule.who_acts in WHO, rule.id
        assert rule.sure in SURE, rule.id
        assert rule.sources, rule.id
        assert all(key in KNOWN.sources for key in rule.sources), rule.id
        assert rule.wait_s is None or 0 <= rule.wait_s[0] <= rule.wait_s[1], rule.id


def test_what_a_sender_caused_suppresses_nobody():
    assert not [rule.id for rule in KNOWN.rules if rule.category in SENDER_CAUSED and rule.suppress not in (None, "no")]
    assert not [name for name in SENDER_CAUSED if KNOWN.categories[name].suppress != "no"]


def test_an_api_error_speaks_the_words_of_the_contract_and_has_a_source():
    for error in KNOWN.api:
        assert error.category in KNOWN.categories
        assert (error.permanence in PERMANENCE, error.retry in RETRY, error.who_acts in WHO) == (True, True, True)
        assert error.sources
        assert all(key in KNOWN.sources for key in error.sources)
        assert error.names or error.text or error.http


def test_every_source_has_a_title_and_a_day_and_an_address_that_can_be_opened():
    for name, source in KNOWN.sources.items():
        assert source.title
        # The usual advice is passed around, and has no address of its own.
        assert source.url is None if name == "guide" else re.match("https?://", source.url or "")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", source.seen)


def test_every_suspect_is_a_check_or_the_first_words_of_one():
    words = {word for one in KNOWN.categories.values() for word in one.suspects}
    words |= {word for rule in KNOWN.rules for word in rule.suspects or ()}
    assert not [word for word in sorted(words) if not any(named(check.id, word) for check in CHECKS)]


def test_every_code_and_error_of_the_usual_references_is_there_by_name():
    codes = {(advice.basic, advice.enhanced) for advice in KNOWN.guide_codes}
    pairs = (
        "421 4.7.0",
        "450 4.7.1",
        "451 4.4.5",
        "452 4.2.2",
        "550 5.7.1",
        "550 5.1.1",
        "550 5.1.6",
        "550 5.7.26",
        "554 5.7.1",
    )
    assert {tuple(pair.split()) for pair in pairs} <= codes
    assert {(basic, "") for basic in ("250", "354", "421", "501", "550", "554")} <= codes
    names = "invalid_api_key invalid_recipient domain_not_verified ip_not_warmed rate_limited attachment_too_large daily_quota_exceeded"
    assert {advice.name for advice in KNOWN.guide_errors} == set(names.split())
    assert set(KNOWN.classes) == {"2", "3", "4", "5"}


def test_every_alternative_has_literals_to_be_found_by():
    leads = {number for numbers in KNOWN.leads for number in numbers}
    assert not [needle.pattern for number, needle in enumerate(KNOWN.needles) if number not in leads]


def nodes(items, depth=0):
    """Every node of a parsed pattern with the number of endless repeats around it."""
    for kind, value in items:
        yield kind, value, depth
        if kind is op.SUBPATTERN:
            yield from nodes(value[3], depth)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from nodes(branch, depth)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            yield from nodes(value[2], depth + (value[1] is op.MAXREPEAT))


def test_every_pattern_stays_in_what_re_and_re2_share():
    for _, pattern in NEEDLES:
        parsed = parser.parse(pattern)
        assert parsed.state.groups == 1, f"a group that captures: {pattern}"
        assert parsed.getwidth()[0] >= 3, f"too short, or empty: {pattern}"
        for kind, value, depth in nodes(parsed):
            assert kind not in (op.ASSERT, op.ASSERT_NOT, op.GROUPREF, op.GROUPREF_EXISTS), pattern
            if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
                assert value[1] is op.MAXREPEAT or value[1] <= 1000, pattern
                assert not (value[1] is op.MAXREPEAT and depth), f"an endless repeat inside an endless one: {pattern}"


def test_every_pattern_is_in_lower_case_as_the_text_is():
    assert not [pattern for _, pattern in NEEDLES if re.search(r"(?<!\\)[A-Z]", pattern)]


HOSTILE = (
    "a" * 4000,
    " " * 4000,
    "recipient " * 400,
    "the our your its " * 235,
    "blocked using " + "x." * 1990,
    "message " * 250 + "exceeds " * 250,
    "a.b" * 1300,
    "over the the the quota exceeded mailbox user account " * 76,
)


def test_no_pattern_runs_away_on_a_hostile_text():
    for _, pattern in NEEDLES:
        expression = re.compile(pattern)
        for text in HOSTILE:
            with ends():
                expression.search(text)
