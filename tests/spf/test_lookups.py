"""check_host(): what is asked and when, and the limits of an evaluation."""

from ipaddress import ip_address

import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.spf.evaluate import MOST_AHEAD, check_host
from checks.spf.passage import MOST_CHARACTERS
from checks.spf.trace import Result
from tests.spf.evaluating import HELO, SENDER, Asked, evaluated, txt

# --- what is asked, and when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [0, 1, 3, 9])
def test_an_include_chain_takes_a_round_trip_more_than_it_is_deep(depth: int) -> None:
    zone = txt("example.com", "v=spf1 include:i1.example.com -all" if depth else "v=spf1 -all")
    for at in range(1, depth + 1):
        zone += txt(f"i{at}.example.com", f"v=spf1 include:i{at + 1}.example.com -all" if at < depth else "v=spf1 -all")
    asked = Asked(zone)
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert (found.result, found.lookups, asked.round_trips) == (Result.FAIL, depth, depth + 1)


def test_siblings_go_out_together() -> None:
    asked = Asked(
        txt("example.com", "v=spf1 a mx exists:x.example.com include:i.example.com redirect=r.example.com")
        + txt("i.example.com", "v=spf1 -all")
        + txt("r.example.com", "v=spf1 -all")
        + "example.com. A 192.0.2.9\nexample.com. MX 10 m.example.com.\nm.example.com. A 192.0.2.8\n"
    )
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert found.result is Result.FAIL
    assert asked.round_trips == 3  # the record; its terms; the mail host
    assert found.lookups == 5


def test_nothing_behind_a_term_that_matches_is_asked() -> None:
    asked = Asked(txt("example.com", "v=spf1 ip4:192.0.2.1 a mx include:i.example.com -all"))
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert found.result is Result.PASS
    assert [question.rdtype for question in asked.questions] == ["TXT"]


def test_counts_are_those_of_the_sequential_evaluation() -> None:
    # Both includes go out together; the first one matches, and the second costs nothing.
    found = evaluated(
        txt("example.com", "v=spf1 include:i.example.com include:j.example.com -all")
        + txt("i.example.com", "v=spf1 ip4:192.0.2.1 -all")
        + txt("j.example.com", "v=spf1 a a a a a a a a a a a -all")
    )
    assert (found.result, found.lookups, found.void_lookups) == (Result.PASS, 1, 0)


def test_a_failure_behind_a_term_that_matches_does_not_matter() -> None:
    found = evaluated(
        txt("example.com", "v=spf1 include:i.example.com a:gone.example.com -all")
        + txt("i.example.com", "v=spf1 +all"),
        faults={"gone.example.com": "TIMEOUT"},
    )
    assert found.result is Result.PASS


def test_only_the_address_type_of_the_senders_family_is_asked_for() -> None:
    zone = txt("example.com", "v=spf1 a mx exists:e.example.com -all") + "example.com. MX 10 m.example.com.\n"
    for ip, rdtype in (("192.0.2.1", "A"), ("2001:db8::1", "AAAA"), ("::ffff:192.0.2.1", "A")):
        asked = Asked(zone)
        asked.drive(check_host(ip_address(ip), "example.com", SENDER, HELO))
        by_name = {question.name: question.rdtype for question in asked.questions}
        assert by_name["m.example.com"] == rdtype
        assert by_name["e.example.com"] == "A"


# --- limits -----------------------------------------------------------------------------------------------------------


def test_the_eleventh_lookup_is_a_permerror_and_says_which_term_it_was() -> None:
    zone = txt("example.com", "v=spf1 " + "a " * 9 + "include:i.example.com -all") + "example.com. A 192.0.2.9\n"
    ten = evaluated(zone + txt("i.example.com", "v=spf1 -all"))
    eleven = evaluated(zone + txt("i.example.com", "v=spf1 mx -all"))
    assert (ten.result, ten.lookups) == (Result.FAIL, 10)
    assert eleven.result is Result.PERMERROR
    assert "mx in the record of i.example.com is DNS lookup number 11" in eleven.reason
    assert [step.term.text for step in eleven.decisions] == ["include:i.example.com", "mx"]


def test_a_match_before_the_eleventh_lookup_is_no_error() -> None:
    found = evaluated(txt("example.com", "v=spf1 " + "a " * 10 + "mx -all") + "example.com. A 192.0.2.1\n")
    assert (found.result, found.lookups) == (Result.PASS, 1)


def test_two_void_lookups_are_allowed_and_a_third_is_not() -> None:
    zone = txt("example.com", "v=spf1 a:x.example.com exists:y.example.com {} -all")
    assert evaluated(zone.format("")).result is Result.FAIL
    third = evaluated(zone.format("mx:z.example.com"))
    assert (third.result, third.void_lookups) == (Result.PERMERROR, 3)
    assert "void lookup number 3 (z.example.com: nxdomain)" in third.reason


def test_voids_are_counted_by_terms_and_for_the_senders_family() -> None:
    # Three mail hosts without an address of this family are one term that came to nothing.
    zone = (
        txt("example.com", "v=spf1 mx a:six.example.com -all")
        + "example.com. MX 10 a.example.com.\nexample.com. MX 10 b.example.com.\nexample.com. MX 10 c.example.com.\n"
        + "a.example.com. AAAA 2001:db8::1\nb.example.com. AAAA 2001:db8::2\nc.example.com. AAAA 2001:db8::3\n"
        + "six.example.com. AAAA 2001:db8::4\n"
    )
    assert evaluated(zone).void_lookups == 2
    assert evaluated(zone, "2001:db8::9").void_lookups == 0


def test_a_null_mx_is_not_void() -> None:
    found = evaluated(txt("example.com", "v=spf1 mx -all") + "example.com. MX 0 .\n")
    assert (found.result, found.void_lookups) == (Result.FAIL, 0)


def test_ten_mail_hosts_are_allowed_and_eleven_are_a_permerror() -> None:
    hosts = "".join(f"example.com. MX {at} m{at}.example.com.\nm{at}.example.com. A 192.0.2.{at}\n" for at in range(10))
    zone = txt("example.com", "v=spf1 mx -all") + hosts
    assert evaluated(zone, "192.0.2.9").result is Result.PASS
    eleven = evaluated(zone + "example.com. MX 10 m10.example.com.\n", "192.0.2.9")
    assert eleven.result is Result.PERMERROR
    assert "11 mail hosts" in eleven.reason


def test_a_name_of_the_address_beyond_the_tenth_is_ignored() -> None:
    pointers = "".join(f"1.2.0.192.in-addr.arpa. PTR n{at:02}.example.com.\n" for at in range(11))
    zone = txt("example.com", "v=spf1 ptr -all") + pointers
    assert evaluated(zone + "n09.example.com. A 192.0.2.1\n").result is Result.PASS
    assert evaluated(zone + "n10.example.com. A 192.0.2.1\n").result is Result.FAIL


@pytest.mark.parametrize(
    "zone",
    [
        txt("example.com", "v=spf1 redirect=example.com"),
        txt("example.com", "v=spf1 include:example.com -all"),
        txt("example.com", "v=spf1 include:i.example.com -all")
        + txt("i.example.com", "v=spf1 include:example.com -all"),
        txt("example.com", "v=spf1 " + "include:i.example.com " * 5 + "-all")
        + txt("i.example.com", "v=spf1 " + "include:i.example.com " * 5 + "-all"),
    ],
    ids=["redirect", "include", "two", "many"],
)
def test_a_circle_ends_in_a_permerror_after_few_questions(zone: str) -> None:
    asked = Asked(zone)
    found = asked.drive(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO))
    assert found.result is Result.PERMERROR
    assert "lookup number 11" in found.reason
    assert len(asked.questions) <= 2


def test_a_hostile_world_that_answers_everything_is_left_soon() -> None:
    """Every name has a record of ten mx terms with ten hosts each, at names that were never asked before."""
    asked: list[DnsQuestion] = []

    def answer(question: DnsQuestion) -> Answer:
        asked.append(question)
        fresh = len(asked)
        match question.rdtype:
            case "TXT":
                terms = " ".join(f"mx:{at}.{fresh}.example include:{at}.i.{fresh}.example" for at in range(9))
                return Answer(question, Outcome.ANSWERED, (f'"v=spf1 {terms} -all"',))
            case "MX":
                return Answer(question, Outcome.ANSWERED, tuple(f"{at} {at}.h.{fresh}.example." for at in range(10)))
            case _:
                return Answer(question, Outcome.NO_DATA)

    found = pursue(check_host(ip_address("192.0.2.1"), "example.com", SENDER, HELO), answer)
    assert found.result is Result.PERMERROR
    assert (
        len(asked) == len(set(asked)) <= MOST_AHEAD + 10 * 11 + 1 + 4
    )  # with four that show whether the resolver invents


def test_records_without_end_are_not_read_to_the_end() -> None:
    # An answer holds 64 KiB at most; several together may hold more.
    third = " ".join('"' + "ip4:192.0.2.2 " * 18 + '"' for _ in range(MOST_CHARACTERS // 252 // 3 + 1))
    world = [f'{name}.example.com. TXT "v=spf1 " {third} "-all"' for name in "abc"]
    includes = " ".join(f"include:{name}.example.com" for name in "abc")
    found = evaluated("\n".join([*world, f'example.com. TXT "v=spf1 {includes} -all"\n']))
    assert found.result is Result.PERMERROR
    assert "longer than 64 KiB" in found.reason
