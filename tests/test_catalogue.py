"""The catalogue keeps its promises: ids, codes, remedies, references."""

import re

import pytest

from checks.model import Basis, Severity
from checks.registry import CHECKS
from checks.text import fields
from healthcheck.engine import CRASHED

MESSAGES = [(check, message) for check in CHECKS for message in check.messages]
FIRST_WORDS = (
    *("vantage", "spf", "dkim", "dmarc", "mx", "iprev", "dnsbl", "tls", "mta-sts", "tls-rpt", "dane", "bimi", "dnssec"),
    *("delivery", "replies", "credentials", "reputation", "message", "engine"),
)


def test_ids_are_unique():
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))


def test_codes_are_unique():
    codes = [message.code for _, message in MESSAGES] + [CRASHED.code]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_an_id_is_a_known_word_and_a_condition_in_kebab_case(check):
    first, _, condition = check.id.partition(".")
    assert first in FIRST_WORDS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", condition)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_title_states_the_healthy_condition_without_a_full_stop(check):
    assert check.title[0].isupper()
    assert not check.title.endswith(".")


@pytest.mark.parametrize(("check", "message"), MESSAGES, ids=lambda x: getattr(x, "code", ""))
def test_a_code_is_the_id_and_an_outcome(check, message):
    assert re.fullmatch(re.escape(check.id) + r"\.[a-z0-9]+(-[a-z0-9]+)*", message.code)


@pytest.mark.parametrize(("check", "message"), MESSAGES, ids=lambda x: getattr(x, "code", ""))
def test_what_is_not_well_has_a_remedy_and_a_reference(check, message):
    if message.severity >= Severity.WARNING or message.basis is Basis.UNDETERMINED:
        assert message.remedy, "what is a person to do?"
        assert message.references, "where can a person read more?"


UNTRUSTED_RUN = ("vantage.", "dnsbl.lists-answer.")
"""What they say of the run leaves open what other checks, which can fail, would have found."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_what_cannot_fail_leaves_no_report_inconclusive(check):
    can_fail = any(one.basis is Basis.OBSERVED and one.severity >= Severity.ERROR for one in check.messages)
    loud = [one.code for one in check.messages if one.basis is Basis.UNDETERMINED and one.severity >= Severity.WARNING]
    if not can_fail:
        assert all(code.startswith(UNTRUSTED_RUN) for code in loud), "severity notice: it could not have failed"


@pytest.mark.parametrize(("check", "message"), MESSAGES, ids=lambda x: getattr(x, "code", ""))
def test_a_template_has_named_fields_only(check, message):
    assert all(name.isidentifier() for name in fields(message.text) | fields(message.remedy))


def test_the_module_of_a_check_is_named_after_its_condition():
    for check in CHECKS:
        module = check.judge.__module__
        room, _, condition = check.id.partition(".")
        assert module == f"checks.{room.replace('-', '_')}.{condition.replace('-', '_')}"
