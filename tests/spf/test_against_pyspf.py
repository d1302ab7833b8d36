"""The evaluator and pyspf on the same generated worlds: the same result, or a difference that has a name.

docs/decisions/0010-where-pyspf-differs.md says of each difference what RFC 7208 asks for.
"""

from collections.abc import Callable
from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, given, settings

from checks.inquiry import pursue
from checks.spf.evaluate import check_host
from checks.spf.trace import Evaluation, Result
from tests.spf.peers import pyspf, verdict
from tests.spf.worlds import SpfWorld, spf_worlds

Explains = Callable[[SpfWorld, Evaluation, str, str], bool]


def an_include_of_itself_is_a_permerror_unreached(_: SpfWorld, __: Evaluation, ___: str, words: str) -> bool:
    return "trivial recursion" in words


def voids_are_counted_by_questions(world: SpfWorld, _: Evaluation, __: str, words: str) -> bool:
    # The two can differ only where a term may ask several questions.
    texts = " ".join(text for (_, rdtype), published in world.records.items() if rdtype == "TXT" for text in published)
    return "Void lookup limit" in words and any(term in texts for term in ("mx", "ptr", "%{p"))


def an_unknown_modifier_is_not_read(world: SpfWorld, ours: Evaluation, _: str, __: str) -> bool:
    faulty = any("unknown=%{d" in text for text in published(world))
    return ours.result is Result.PERMERROR and "unknown=" in ours.reason and faulty


def one_address_without_an_answer_ends_mx_and_ptr(world: SpfWorld, _: Evaluation, theirs: str, __: str) -> bool:
    return theirs == "temperror" and any(rdtype in ("A", "AAAA") for _, rdtype in world.faults)


def a_redirect_is_counted_before_it_is_reached(world: SpfWorld, _: Evaluation, __: str, words: str) -> bool:
    return "Too many DNS lookups" in words and any("redirect=" in text for text in published(world))


DIFFERENCES: tuple[Explains, ...] = (
    an_include_of_itself_is_a_permerror_unreached,
    voids_are_counted_by_questions,
    an_unknown_modifier_is_not_read,
    one_address_without_an_answer_ends_mx_and_ptr,
    a_redirect_is_counted_before_it_is_reached,
)


def published(world: SpfWorld) -> list[str]:
    return [text.strip('"') for (_, rdtype), texts in world.records.items() if rdtype == "TXT" for text in texts]


def ours_and_theirs(world: SpfWorld) -> tuple[Evaluation, str, str]:
    domain = world.sender.rpartition("@")[2]
    ours = pursue(check_host(ip_address(world.ip), domain, world.sender, world.helo), world.look_up)
    return ours, *verdict(pyspf(), world.look_up, world.ip, world.sender, world.helo)


@given(spf_worlds())
@settings(max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_the_result_is_that_of_pyspf_or_the_difference_has_a_name(world: SpfWorld) -> None:
    ours, theirs, words = ours_and_theirs(world)
    if ours.result != theirs:
        assert any(explains(world, ours, theirs, words) for explains in DIFFERENCES), (ours.reason, words)


HOSTS = {("example.com", "A"): ("192.0.2.1",), ("a.example.com", "AAAA"): ("2001:db8::1",)}
MAIL_HOSTS = ("1 a.example.com.", "2 b.example.com.", "3 c.example.com.", "4 example.com.")
EXAMPLES = [
    (
        an_include_of_itself_is_a_permerror_unreached,
        {"TXT": "v=spf1 a include:example.com -all"},
        "",
        "pass",
        "permerror",
    ),
    (voids_are_counted_by_questions, {"TXT": "v=spf1 mx -all", "MX": MAIL_HOSTS}, "", "pass", "permerror"),
    (an_unknown_modifier_is_not_read, {"TXT": "v=spf1 a unknown=%{d -all"}, "", "permerror", "pass"),
    (
        one_address_without_an_answer_ends_mx_and_ptr,
        {"TXT": "v=spf1 mx -all", "MX": ("10 example.com.", "20 b.example.com.")},
        "b.example.com",
        "pass",
        "temperror",
    ),
    (
        a_redirect_is_counted_before_it_is_reached,
        {"TXT": "v=spf1 " + "a:mail.example.net " * 9 + "a redirect=x.example.com"},
        "",
        "pass",
        "permerror",
    ),
]


@pytest.mark.parametrize(
    ("explains", "published_records", "fault", "ours", "theirs"),
    EXAMPLES,
    ids=[example[0].__name__ for example in EXAMPLES],
)
def test_a_difference_in_its_simplest_form(
    explains: Explains, published_records: dict[str, str | tuple[str, ...]], fault: str, ours: str, theirs: str
) -> None:
    records = {("mail.example.net", "A"): ("192.0.2.2",), **HOSTS}
    for rdtype, text in published_records.items():
        records["example.com", rdtype] = (f'"{text}"',) if isinstance(text, str) else text
    faults = frozenset({(fault, "A")} if fault else ())
    world = SpfWorld(records, faults, "192.0.2.1", "bob@example.com", "mail.example.net")
    found, by_pyspf, words = ours_and_theirs(world)
    assert (found.result, by_pyspf) == (ours, theirs), (found.reason, words)
    assert explains(world, found, by_pyspf, words)
