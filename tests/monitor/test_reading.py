"""What is kept of a report: whom its findings blame, which records, whether anything was seen at all."""

import asyncio

import msgspec

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.model import Status, Target
from checks.registry import CHECKS
from healthcheck.engine import examine, selected
from healthcheck.monitor.reading import CANARIES, NETWORK, hangs_on_network, read
from healthcheck.run import Run
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

ZONE = """
$TTL 300
example.com. TXT "v=spf1 include:spf.esp.test mx -all"
example.com. MX 10 mail.example.com.
mail.example.com. A 192.0.2.25
esp.test. NS ns.esp.test.
"""


def observed(text: str, only: list[str], domain: str = "example.com", **faults: str):
    world = ZoneWorld([read_zones(text, ".", "world")], "zone", faults)
    report = asyncio.run(examine(Target(domain), selected(CHECKS, only, []), Run(world, 30)))
    return read(report)


def test_the_include_that_is_gone_is_blamed_and_the_domain_is_not():
    seen = observed(ZONE, ["spf.includes-exist"])
    (check,) = seen.checks
    assert check.status is Status.FAIL
    assert check.severity == "error"
    assert check.blamed[0] == "spf.esp.test"
    assert not any(name.endswith("example.com") for name in check.blamed)
    assert [one.code.rpartition(".")[0] for one in seen.bad] == ["spf.includes-exist"]


def test_who_does_not_answer_is_blamed_for_what_is_not_known():
    seen = observed(ZONE, ["spf.includes-exist"], **{"spf.esp.test": "TIMEOUT"})
    (check,) = seen.checks
    assert check.status is Status.UNKNOWN
    assert check.blamed[0] == "spf.esp.test"
    assert seen.dim


def test_records_are_those_of_the_report_and_what_was_not_answered_is_no_record():
    seen = observed(ZONE, ["spf", "mx"], **{"spf.esp.test": "TIMEOUT"})
    assert seen.published["example.com TXT"] == ['"v=spf1 include:spf.esp.test mx -all"']
    assert seen.published["mail.example.com A"] == ["192.0.2.25"]
    assert not any(key.startswith("spf.esp.test") for key in seen.published)


def test_the_same_report_has_the_same_digest_whenever_it_was_made():
    assert observed(ZONE, ["spf"]).digest == observed(ZONE, ["spf"]).digest
    other = ZONE.replace("mx -all", "mx ~all")
    assert observed(ZONE, ["spf"]).digest != observed(other, ["spf"]).digest


def test_a_resolver_that_does_not_answer_makes_a_report_blind():
    class Dead:
        name = "live"

        async def answer(self, question: DnsQuestion) -> Answer:
            return Answer(question, Outcome.TEMPFAIL, detail="timed out")

        async def close(self) -> None:
            """Nothing is held."""

    report = asyncio.run(examine(Target("example.com"), selected(CHECKS, ["vantage", "spf"], []), Run(Dead(), 30)))
    seen = read(report)
    assert seen.blind
    assert not [one for one in seen.checks if one.check.startswith("vantage")]


def test_the_words_for_checks_name_checks():
    ids = [check.id for check in CHECKS]
    assert set(CANARIES) <= set(ids)
    for word in NETWORK:
        if word != "tls":  # its checks are to come
            assert any(hangs_on_network(check) and check.startswith(word) for check in ids), word
    assert not hangs_on_network("spf.published-once")


def test_what_is_read_can_be_written_down():
    msgspec.json.encode(observed(ZONE, ["spf", "mx"]).checks)


def keys(text: str, check: str) -> set[str]:
    (seen,) = observed(text, [check]).checks
    return {key for keys in seen.why for key in keys}


def test_the_same_fault_is_the_same_reason_and_another_name_another_one():
    both = ZONE.replace("include:spf.esp.test", "include:spf.esp.test include:old.esp.test")
    one, two = keys(ZONE, "spf.includes-exist"), keys(both, "spf.includes-exist")
    assert one < two
    assert keys(both.replace("TTL 300", "TTL 60"), "spf.includes-exist") == two


def test_a_count_that_grows_is_no_other_reason():
    def many(number: int) -> str:
        return ZONE.replace("include:spf.esp.test", " ".join(f"a:m{at}.esp.test" for at in range(number)))

    assert keys(many(12), "spf.lookup-limit") == keys(many(13), "spf.lookup-limit") != set()


def test_what_passes_or_is_not_known_has_no_reason():
    assert keys(ZONE, "spf.published-once") == set()
    (check,) = observed(ZONE, ["spf.includes-exist"], **{"spf.esp.test": "TIMEOUT"}).checks
    assert check.reasons == ()
