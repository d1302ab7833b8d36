"""RFC 5782's test entries and the refusal codes of the big lists: a corpus of queries and of answers."""

import ipaddress
import json
from typing import Any

import pytest

from checks.dnsbl.inventory import Effect, Kind, default_lists, find_list
from checks.dnsbl.listings import State, address_subject, domain_subjects, source_of
from checks.dnsbl.reading import read_answer
from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.vantage.control import Control
from tests.conformance import absent, corpus

VECTORS = "dnsbl/rfc5782-and-refusal-vectors.jsonl"
CODES = "dnsbl/return-codes.tsv"


def vectors(key: str) -> list[dict[str, Any]]:
    path = corpus(VECTORS)
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path else []
    return [row for row in rows if key in row]


def answered(name: str, *records: str) -> Answer:
    question = DnsQuestion(name, "A")
    return Answer(question, Outcome.ANSWERED if records else Outcome.NXDOMAIN, records, server="192.0.2.53")


HONEST = Control(answered("no-such-name.example.net"), answered("no-such-name.invalid"))


@absent(VECTORS)
def test_all_vectors_are_read():
    assert len(vectors("query")) + len(vectors("answer")) == len(vectors("case")) == 13


@absent(VECTORS)
@pytest.mark.parametrize("row", vectors("query"), ids=lambda row: row["case"])
def test_a_query_is_made_as_the_rfc_says(row):
    if "ip" in row:
        labels = address_subject(ipaddress.ip_address(row["ip"])).labels
    else:
        (subject,) = domain_subjects([row["name"].lower()])
        labels = subject.labels
    assert f"{labels}.{row['zone']}" == row["query"]


@absent(VECTORS)
@pytest.mark.parametrize("row", vectors("answer"), ids=lambda row: row["case"])
def test_a_refusal_and_a_parked_zone_are_never_a_listing(row):
    reading = read_answer(find_list(row["zone"]), answered(f"25.2.0.192.{row['zone']}", row["answer"]))
    assert reading.unknown
    assert not reading.codes


@absent(VECTORS)
@pytest.mark.parametrize("kind", [Kind.IPV4, Kind.IPV6, Kind.DOMAIN])
def test_the_test_entries_decide_whether_a_list_counts(kind):
    one = find_list("bl.test")
    must, must_not = f"{one.must_list(kind)[0]}.bl.test", f"{one.must_not_list(kind)}.bl.test"
    queries = {row["query"] for row in vectors("query") if row["zone"].endswith("bl.test")}
    assert must.replace("test.bl.test", "test.dbl.test") in queries
    assert must_not.replace("invalid.bl.test", "invalid.dbl.test") in queries

    def state(*points: Answer) -> State:
        return source_of(one, kind, HONEST, points).state

    listed, absent_point = answered(must, "127.0.0.2"), answered(must_not)
    assert state(listed, absent_point) is State.ANSWERS
    assert state(listed, answered(must_not, "127.0.0.2")) is State.BROKEN
    assert state(answered(must), absent_point) is State.EMPTY
    assert state(answered(must, "203.0.113.5"), absent_point) is State.BROKEN


def documented() -> list[tuple[str, str, str]]:
    """The codes that filters know at lists of ours: zone, code, symbol."""
    path = corpus(CODES)
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]] if path else []
    ours = {one.zone for one in default_lists()}
    wanted = [(row[1], row[5], row[6]) for row in rows if row[1] in ours and row[4] in ("returncodes", "sub")]
    return [row for row in wanted if row[1].count(".") == 3 and row[1].replace(".", "").isdecimal()]


@absent(CODES)
def test_every_code_that_filters_know_is_in_the_inventory_or_a_refusal():
    rows = documented()
    assert len(rows) >= 30
    for zone, code, symbol in rows:
        one = find_list(zone)
        reading = read_answer(one, answered(f"25.2.0.192.{zone}", code))
        if "BLOCKED" in symbol or "ERROR" in symbol:
            assert reading.refused, (zone, code, symbol)
        else:
            assert reading.codes, (zone, code, symbol, reading.unknown)


@absent(CODES)
def test_no_refusal_is_taken_for_anything_else():
    for one in default_lists():
        for code in ("127.255.255.252", "127.255.255.254", "127.255.255.255", "127.255.255.7"):
            reading = read_answer(one, answered(f"25.2.0.192.{one.zone}", code))
            assert reading.refused
            assert not reading.codes
        assert Effect.REFUSED not in {code.effect for code in read_answer(one, answered("x", "127.0.0.2")).codes}
