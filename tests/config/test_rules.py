"""Waivers and the severity profile: what they change in a report, and what they never do."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checks.model import Basis, Severity, Status, Verdict
from healthcheck.config.model import Config, Ignore
from healthcheck.config.patterns import matches
from healthcheck.config.rules import Rules, applied, rules_of
from healthcheck.render import json as json_format
from healthcheck.report import Report, WaiverState
from tests.render import report

NAME = "xn--mnchen-3ya.example"
TODAY, BEFORE = date(2026, 11, 22), date(2026, 11, 21)


def ruled(*waivers: Ignore, severity: dict[str, str] | None = None) -> Report:
    """The report with every status, by some rules."""
    return applied(report("v=spf1"), rules_of(Config(ignore=waivers, severity=severity or {})))


def waiver(words: str, domain: str = NAME, expires: date | None = TODAY) -> Ignore:
    return Ignore(id=words, domain=domain, reason="because", expires=expires, permanent=expires is None)


def statuses(told: Report) -> dict[str, Status]:
    return {result.id: result.status for result in told.checks}


def test_without_rules_nothing_changes():
    assert rules_of(Config()) is None
    assert applied(report(), None) == report()


@pytest.mark.parametrize("words", ["spf", "spf.made-up", "spf.made-up.failed"])
def test_an_ignored_failure_is_told_and_counts_for_nothing(words):
    told = ruled(waiver(words))
    assert statuses(told)["spf.made-up"] is Status.PASS
    assert [one.shown.finding.message.code for one in told.ignored] == ["spf.made-up.failed"]
    assert told.verdict is Verdict.INCONCLUSIVE  # what could not be looked at is still not known
    assert [(one.state, one.findings) for one in told.waivers] == [(WaiverState.USED, 1)]


def test_words_that_are_only_the_beginning_of_a_word_match_nothing():
    assert not ruled(waiver("sp")).ignored


def test_a_waiver_holds_to_the_end_of_its_last_day_and_no_longer():
    assert ruled(waiver("spf", expires=TODAY)).ignored
    told = ruled(waiver("spf", expires=BEFORE))
    assert not told.ignored
    assert statuses(told)["spf.made-up"] is Status.FAIL
    assert [(one.state, one.findings) for one in told.waivers] == [(WaiverState.EXPIRED, 1)]


def test_a_permanent_waiver_has_no_end():
    told = ruled(waiver("spf", expires=None))
    assert [one.until for one in told.ignored] == [""]


def test_what_could_not_be_looked_at_is_never_ignored():
    told = ruled(waiver("dnsbl"))
    assert statuses(told)["dnsbl.made-up"] is Status.UNKNOWN
    assert not told.ignored
    assert [(one.state, one.findings) for one in told.waivers] == [(WaiverState.UNKNOWN, 2)]


def test_a_waiver_that_matches_nothing_is_told():
    told = ruled(waiver("mx.made-up.fine"))
    assert [one.state for one in told.waivers] == [WaiverState.UNMATCHED]


def test_a_waiver_for_what_was_not_examined_is_not_told():
    assert not ruled(waiver("bimi")).waivers
    assert not ruled(waiver("spf", domain="other.example")).waivers


@pytest.mark.parametrize(
    ("pattern", "domain", "does"),
    [
        ("*", "shop.example", True),
        ("shop.example", "shop.example", True),
        ("Shop.Example.", "shop.example", True),
        ("münchen.example", NAME, True),
        ("*.example", "shop.example", True),
        ("*.example", "a.shop.example", True),
        ("*.shop.example", "shop.example", False),
        ("shop.example", "a.shop.example", False),
        ("shop?example", "shop.example", False),
        ("shop-*.example", "shop-12.example", True),
        ("", "shop.example", False),
        ("**" * 500 + "b", "a" * 253, False),
        ("*a" * 126 + "b", "a" * 253, False),  # a pattern that is tried every way is tried for ever
        ("*aab*aab*", "aaabaab", True),
        ("a*a", "a", False),
        ("*a*", "a", True),
    ],
)
def test_a_pattern_means_a_name_or_any_characters(pattern, domain, does):
    assert matches(domain, pattern) is does


def plainly(domain: str, pattern: str) -> bool:
    """By the definition: a star is nothing, or one character and a star."""
    if not pattern:
        return not domain
    if pattern[0] == "*":
        return plainly(domain, pattern[1:]) or (bool(domain) and plainly(domain[1:], pattern))
    return domain[:1] == pattern[0] and plainly(domain[1:], pattern[1:])


@given(st.text("ab*", max_size=7), st.text("ab", max_size=8))
def test_stars_mean_what_their_definition_says(pattern, domain):
    if "*" in pattern:
        assert matches(domain, pattern) is plainly(domain, pattern)


def test_the_profile_makes_a_failure_a_warning_and_a_warning_a_failure():
    told = ruled(severity={"spf": "warning", "dkim.made-up.warned": "error"})
    assert statuses(told)["spf.made-up"] is Status.WARN
    assert statuses(told)["dkim.made-up"] is Status.FAIL


def test_the_longest_words_decide():
    told = ruled(severity={"spf": "off", "spf.made-up.failed": "critical"})
    (finding,) = told.checks[0].findings
    assert finding.message.severity is Severity.CRITICAL


def test_off_is_told_as_ignored():
    told = ruled(severity={"spf": "off"})
    assert statuses(told)["spf.made-up"] is Status.PASS
    assert len(told.ignored) == 1


def test_a_rule_for_a_protocol_does_not_reach_what_is_well_or_was_not_told():
    told = ruled(severity={"mx": "error", "dkim": "error", "iprev": "error"})
    assert statuses(told)["mx.made-up"] is Status.FAIL  # the notice of it
    fine = [x for x in told.checks[3].findings if x.message.code == "mx.made-up.fine"]
    assert [one.message.severity for one in fine] == [Severity.INFO]
    assert statuses(told)["dkim.told"] is Status.UNKNOWN
    assert statuses(told)["iprev.made-up"] is Status.SKIPPED


WORDS = st.sampled_from(
    [
        "spf",
        "dkim",
        "mx",
        "iprev",
        "dnsbl",
        "spf.made-up.failed",
        "dnsbl.made-up.unknown",
        "dkim.told.not-told",
        "dkim.told",
    ]
)
SEVERITIES = st.sampled_from(["info", "notice", "warning", "error", "critical", "off"])
WAIVERS = st.builds(waiver, WORDS, st.sampled_from(["*", NAME]), st.sampled_from([None, TODAY, BEFORE]))


@given(st.lists(WAIVERS, max_size=4), st.dictionaries(WORDS, SEVERITIES, max_size=4))
def test_no_rule_makes_known_what_was_not(waivers, severity):
    before = report("v=spf1")
    told = applied(before, rules_of(Config(ignore=tuple(waivers), severity=severity)))
    for was, now in zip(before.checks, told.checks, strict=True):
        unseen = [one.message.code for one in was.findings if one.message.basis is Basis.UNDETERMINED]
        assert [one.message.code for one in now.findings if one.message.basis is Basis.UNDETERMINED] == unseen
        if unseen:
            assert now.status in (Status.UNKNOWN, Status.FAIL)
        assert sorted(one.message.code for one in now.found) == sorted(one.message.code for one in was.findings)
    assert told.verdict is not Verdict.PASS


def test_the_day_is_that_of_the_report_and_not_of_the_clock():
    later = replace(report(), generated_at="2027-02-01T00:00:00Z")
    assert not applied(later, Rules(waivers=(waiver("spf"),))).ignored


def test_json_tells_what_is_ignored_by_whom_and_until_when():
    told = json.loads(json_format.render([ruled(waiver("spf"), waiver("mx.made-up.fine", expires=None))]))
    assert told["summary"]["ignored"] == 1
    (finding,) = told["checks"][0]["findings"]
    assert finding["ignored"] == {"by": "spf", "reason": "because", "expires": "2026-11-22"}
    assert told["checks"][1]["findings"][0]["ignored"] is None
    assert [(one["id"], one["state"], one["expires"]) for one in told["waivers"]] == [
        ("spf", "used", "2026-11-22"),
        ("mx.made-up.fine", "unmatched", None),
    ]
