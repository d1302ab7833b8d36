"""The DNS client against knot, unbound and rbldnsd."""

import asyncio

import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net.dns import Endpoint, Resolver


def asked(resolver_at: Endpoint, *questions: DnsQuestion, direct_port: int = 53) -> list[Answer]:
    """All these questions side by side."""

    async def run() -> list[Answer]:
        resolver = Resolver([resolver_at], timeout=5, direct_port=direct_port)
        try:
            return await asyncio.gather(*[resolver.answer(question) for question in questions])
        finally:
            await resolver.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "rdtype", "records"),
    [
        ("example.com", "TXT", ('"two strings " "joined"', '"v=spf1 mx -all"')),
        ("example.com", "MX", ("10 mx1.example.com.", "20 mx2.example.com.")),
        ("example.com", "NS", ("ns.example.com.",)),
        ("example.com", "SOA", ("ns.example.com. root.example.com. 1 7200 3600 1209600 300",)),
        ("example.com", "CAA", ('0 issue "ca.example.net"',)),
        ("mx1.example.com", "A", ("192.0.2.25",)),
        ("mx1.example.com", "AAAA", ("2001:db8::25",)),
        ("alias.example.com", "CNAME", ("hop.example.com.",)),
        ("25.2.0.192.in-addr.arpa", "PTR", ("mx1.example.com.",)),
        ("_25._tcp.mx1.example.com", "TLSA", ("3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",)),
        ("xn--mnchen-3ya.example.com", "MX", ("10 mx1.example.com.",)),
        ("odd\\.label.example.com", "TXT", ('"dot \\" \\\\ \\000\\255"',)),
    ],
)  # fmt: skip
def test_every_type_we_use_reads_the_same_from_both_servers(
    knot: Endpoint, unbound: Endpoint, name: str, rdtype: str, records: tuple[str, ...]
) -> None:
    for server in (knot, unbound):
        (answer,) = asked(server, DnsQuestion(name, rdtype))
        assert (answer.outcome, answer.records) == (Outcome.ANSWERED, records)
        assert answer.server == server.label
        assert answer.ttl


def test_a_big_record_set_comes_whole(knot: Endpoint, unbound: Endpoint) -> None:
    for server in (knot, unbound):
        udp, tcp = asked(server, DnsQuestion("big.example.com", "TXT"), DnsQuestion("big.example.com", "TXT", tcp=True))
        assert len(udp.records) == 20
        assert udp.records == tcp.records


def test_no_such_name_no_such_record_and_an_empty_non_terminal_are_told_apart(
    knot: Endpoint, unbound: Endpoint
) -> None:
    for server in (knot, unbound):
        missing, no_record, between = asked(
            server,
            DnsQuestion("missing.example.com", "TXT"),
            DnsQuestion("mx1.example.com", "TXT"),
            DnsQuestion("_domainkey.example.com", "TXT"),
        )
        assert [each.outcome for each in (missing, no_record, between)] == [
            Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.NO_DATA]  # fmt: skip
        assert no_record.ttl == 300


def test_chains_are_followed_within_a_zone_and_across(knot: Endpoint, unbound: Endpoint) -> None:
    for server in (knot, unbound):
        within, across = asked(server, DnsQuestion("alias.example.com", "A"), DnsQuestion("away.example.com", "A"))
        assert within.aliases == ("hop.example.com", "mx1.example.com")
        assert within.records == ("192.0.2.25",)
        assert across.aliases == ("target.example.net",)
        assert across.records == ("198.51.100.7",)


def test_a_dangling_alias_and_one_without_data_keep_their_links(knot: Endpoint, unbound: Endpoint) -> None:
    for server in (knot, unbound):
        dangling, empty = asked(
            server, DnsQuestion("dangling.example.com", "A"), DnsQuestion("empty-end.example.com", "MX")
        )
        assert (dangling.outcome, dangling.aliases) == (Outcome.NXDOMAIN, ("nowhere.example.com",))
        assert (empty.outcome, empty.aliases) == (Outcome.NO_DATA, ("ns.example.com",))


def test_an_authoritative_servers_loop_is_named(knot: Endpoint) -> None:
    (answer,) = asked(knot, DnsQuestion("loop-a.example.com", "A"))
    assert answer.outcome is Outcome.TEMPFAIL
    assert answer.detail == "CNAME loop: loop-a.example.com -> loop-b.example.com -> loop-a.example.com"


def test_a_recursor_may_not_show_the_loop_and_still_nothing_is_known(unbound: Endpoint) -> None:
    (answer,) = asked(unbound, DnsQuestion("loop-a.example.com", "A"))
    assert answer.outcome is Outcome.TEMPFAIL


def test_a_zone_whose_servers_are_down_is_not_a_missing_record(unbound: Endpoint) -> None:
    for answer in asked(unbound, DnsQuestion("_dmarc.dead.test", "TXT"), DnsQuestion("_dmarc.lame.test", "TXT")):
        assert answer.outcome is Outcome.TEMPFAIL
        assert answer.detail.startswith(f"{unbound.label} SERVFAIL")


def test_one_server_is_asked_directly(knot: Endpoint, unbound: Endpoint) -> None:
    own, foreign, below, away = asked(
        unbound,
        DnsQuestion("example.com", "SOA", server=knot.address),
        DnsQuestion("example.org", "SOA", server=knot.address, tcp=True),
        DnsQuestion("www.child.example.net", "A", server=knot.address),
        DnsQuestion("away.example.com", "A", server=knot.address),
        direct_port=knot.port,
    )
    assert own.outcome is Outcome.ANSWERED
    assert own.server == knot.label
    assert foreign.outcome is Outcome.REFUSED
    assert below.outcome is Outcome.TEMPFAIL
    assert below.detail == f"{knot.label} has no answer, only a referral to the servers of child.example.net"
    assert away.records == ("198.51.100.7",)


def test_a_thousand_questions_at_once_lose_none(unbound: Endpoint, knot: Endpoint) -> None:
    for server in (knot, unbound):
        answers = asked(server, *[DnsQuestion(f"n{number}.example.com", "A") for number in range(1000)])
        assert {answer.outcome for answer in answers} == {Outcome.NXDOMAIN}


@pytest.mark.parametrize(
    ("zone", "test_point", "listed", "clean"),
    [
        ("healthy", "127.0.0.2", "127.0.0.4", ""),
        ("refusing", "127.255.255.254", "127.255.255.254", "127.255.255.254"),
        ("wildcard", "127.0.0.2", "127.0.0.2", "127.0.0.2"),
        ("dead", "", "", ""),
    ],
)
def test_block_lists_answer_as_they_are(
    block_lists: tuple[Endpoint, Endpoint], zone: str, test_point: str, listed: str, clean: str
) -> None:
    questions = [DnsQuestion(f"{name}.{zone}.dnsbl.test", "A") for name in ("2.0.0.127", "66.2.0.192", "1.0.0.127")]
    for server in block_lists:
        answers = asked(server, *questions)
        assert ["".join(answer.records) for answer in answers] == [test_point, listed, clean]
        assert all(answer.records or answer.outcome is Outcome.NXDOMAIN for answer in answers)


@pytest.fixture
def block_lists(rbldnsd: Endpoint, unbound: Endpoint) -> tuple[Endpoint, Endpoint]:
    """The lists' own server, and the recursor in front of it."""
    return rbldnsd, unbound
