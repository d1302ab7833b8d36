"""The way of mail to a domain: how many round trips it takes, and what is never asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.addresses import parsed, special_kind
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Target
from checks.mx import exchanges_valid, published
from checks.mx.routes import MOST_HOSTS, Sending, mail_routes
from checks.vantage.control import ORDINARY, RESERVED
from tests.rounds import rounds, world


def test_two_domains_with_many_hosts_take_two_round_trips():
    zone = "".join(
        f"example.com. MX {n} h{n}.example.com.\nbounce.example.com. MX {n} h{n}.example.com.\n" for n in range(9)
    )
    _, trips = rounds(mail_routes(Target("example.com", mail_from="bounce.example.com")), world(zone))
    assert len(trips) == 2


def test_a_domain_without_exchangers_takes_one_round_trip():
    _, trips = rounds(mail_routes(Target("example.com")), world("example.com. A 192.0.2.1"))
    assert len(trips) == 1


def test_a_thousand_exchangers_are_not_all_asked_for():
    asked = []
    look_up = world("".join(f"example.com. MX {n} h{n}.example.com.\n" for n in range(1000)))

    def answer(question):
        asked.append(question)
        return look_up(question)

    pursue(mail_routes(Target("example.com")), answer)
    assert len(asked) == 4 + 4 + 2 * MOST_HOSTS  # with four that show whether the resolver invents


def test_neither_localhost_nor_an_address_is_asked_for():
    asked = []

    def answer(question):
        asked.append(question.name)
        records = ("10 localhost.", "20 192.0.2.1.", "30 a.localhost.") if question.rdtype == "MX" else ()
        return Answer(question, Outcome.ANSWERED if records else Outcome.NO_DATA, records)

    pursue(mail_routes(Target("example.com")), answer)
    assert set(asked) - {ORDINARY, RESERVED} == {"example.com"}


@pytest.mark.parametrize(
    ("record", "sending"),
    [
        ('"v=spf1 -all"', Sending.NO),
        ('"v=spf1 -ALL exp=why.example.com"', Sending.NO),
        ('"v=spf1"', Sending.YES),
        ('"v=spf1 ~all"', Sending.YES),
        ('"v=spf1 a -all"', Sending.YES),
        ('"v=spf1 redirect=x.example.com"', Sending.YES),
        ('"v=spf1 nonsense -all"', Sending.YES),
        ('"hello"', Sending.UNSAID),
    ],
)
def test_an_spf_record_tells_whether_a_domain_means_to_send(record, sending):
    (route,) = pursue(mail_routes(Target("example.com")), world(f"example.com. TXT {record}"))
    assert route.sending is sending


@given(st.lists(st.tuples(st.integers(0, 65535), st.text(max_size=30)), max_size=8), st.sampled_from(list(Outcome)))
def test_any_records_whatever_are_judged_without_a_crash(exchanges, outcome):
    def answer(question: DnsQuestion) -> Answer:
        if question.rdtype == "MX" and outcome is Outcome.ANSWERED:
            return Answer(question, outcome, tuple(sorted(f"{number} {name}" for number, name in exchanges)))
        return Answer(question, Outcome.NO_DATA if outcome is Outcome.ANSWERED else outcome)

    routes = pursue(mail_routes(Target("example.com")), answer)
    assert list(published.judge(routes))
    assert list(exchanges_valid.judge(routes))


@given(st.ip_addresses())
def test_an_address_written_out_is_read_back(address):
    assert parsed(str(address)) == address
    assert parsed(f"[{address}]") == address


@given(st.text())
def test_no_text_makes_the_reading_of_addresses_fail(text):
    parsed(text)


@pytest.mark.parametrize("text", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_the_documentation_ranges_count_as_reachable(text):
    assert special_kind(parsed(text)) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("10.1.2.3", "private"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("fd00::1", "private"),
    ],
)
def test_what_nobody_outside_can_reach_is_told_by_its_kind(text, kind):
    assert special_kind(parsed(text)) == kind


INVENTED = ("203.0.113.7",)


def through_a_rewriting_resolver(question):
    """A world where every name has an address, and one where mail is taken."""
    if (question.name, question.rdtype) == ("example.com", "MX"):
        return Answer(question, Outcome.ANSWERED, ("10 gone.example.com.", "20 mail.example.com."))
    if question.rdtype == "A":
        return Answer(question, Outcome.ANSWERED, ("192.0.2.25",) if question.name == "mail.example.com" else INVENTED)
    return Answer(question, Outcome.NO_DATA)


def test_an_address_that_the_resolver_invents_is_no_address():
    (route,) = pursue(mail_routes(Target("example.com")), through_a_rewriting_resolver)
    assert [host.addresses for host in (route.own, *route.hosts)] == [(), (), ("192.0.2.25",)]
    assert [finding.message.code for finding in exchanges_valid.judge((route,))] == ["mx.exchanges-valid.unknown"]


@pytest.mark.parametrize("address", ["203.0.113.7", "127.0.0.1"])
def test_a_resolver_that_gives_one_address_to_everything_proves_nothing(address):
    def answer(question):
        known = (address,) if question.rdtype == "A" else ()
        return Answer(question, Outcome.ANSWERED if known else Outcome.NO_DATA, known)

    (route,) = pursue(mail_routes(Target("example.com")), answer)
    assert [finding.message.code for finding in published.judge((route,))] == ["mx.published.unknown"]
    assert [finding.message.code for finding in exchanges_valid.judge((route,))] == ["mx.exchanges-valid.none"]
