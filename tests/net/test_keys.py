"""Keys of accounts: the server sees them, and nobody else."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import ACCOUNT_KEY, Answer, DnsQuestion, Outcome
from checks.records import texts
from healthcheck.net.dns import Resolver
from healthcheck.net.keys import BadKey, Keys, is_given, keys_of
from tests.net.scripted_dns import ScriptedDns, reply

KEY = "abcdefgh12345678ijklmnop90"
ZONE = "account-key.zen.dq.spamhaus.net"
QUESTION = DnsQuestion(f"2.0.0.127.{ZONE}", "TXT", account="spamhaus")


def asked(question, script, keys):
    """The answer, and the names that the server saw."""

    async def run():
        async with ScriptedDns(script) as server:
            resolver = Resolver([server.endpoint], timeout=2, keys=Keys(keys))
            try:
                answer = await resolver.answer(question)
            finally:
                await resolver.close()
            return answer, [str(query.question[0].name) for query in server.asked]

    return asyncio.run(run())


def test_the_server_sees_the_key_and_the_answer_does_not_repeat_it():
    def script(query):
        name = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."
        alias = f"x.{KEY.upper()}.example."
        halves = f'"for {KEY[:9]}" "{KEY[9:]}, see {KEY.title()}"'
        return [reply(query, f"{name} 60 IN CNAME {alias}", f"{alias} 60 IN TXT {halves}")]

    answer, seen = asked(QUESTION, script, {"spamhaus": KEY})
    assert seen == [f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."]
    assert answer.question == QUESTION
    assert answer.aliases == ("x.account-key.example",)
    assert texts(answer) == ("for account-key, see account-key",)
    assert KEY.encode() not in msgspec.json.encode(answer).lower()


def test_a_loop_is_told_without_the_key():
    def script(query):
        name = query.question[0].name
        return [reply(query, f"{name} 60 IN CNAME {name}")]

    answer, _ = asked(QUESTION, script, {"spamhaus": KEY})
    assert answer.unknown
    assert "CNAME loop" in answer.detail
    assert KEY not in answer.detail
    assert answer.loops


def test_without_the_key_of_the_account_nothing_is_sent():
    answer, seen = asked(QUESTION, lambda query: [reply(query)], {"abusix": KEY})
    assert (answer.outcome, seen) == (Outcome.TEMPFAIL, [])
    assert "spamhaus" in answer.detail


def test_a_name_that_the_key_makes_too_long_is_unknown_and_not_absent():
    long = ".".join(["a" * 60] * 3 + ["b" * 30])
    answer, seen = asked(DnsQuestion(f"{long}.{ZONE}", "A", account="spamhaus"), lambda query: [], {"spamhaus": KEY})
    assert (answer.outcome, seen) == (Outcome.TEMPFAIL, [])


def test_the_last_label_is_the_key_where_a_domain_has_such_a_label_too():
    question = DnsQuestion("account-key.com.account-key.dbl.dq.spamhaus.net", "A", account="spamhaus")
    assert Keys({"spamhaus": KEY}).spoken(question) == f"account-key.com.{KEY}.dbl.dq.spamhaus.net"


@given(
    key=st.from_regex(r"[a-z0-9][a-z0-9-]{6,30}[a-z0-9]", fullmatch=True),
    before=st.text(),
    after=st.text(),
    upper=st.booleans(),
)
def test_no_occurrence_of_a_key_stays(key, before, after, upper):
    said = before + (key.upper() if upper else key) + after
    answer = Answer(QUESTION, Outcome.ANSWERED, (said, f'"{said}"'), (said,), detail=said)
    hidden = Keys({"spamhaus": key}).hidden(answer)
    for text in (*hidden.records, *hidden.aliases, hidden.detail):
        assert ACCOUNT_KEY in text
        assert key not in text.lower().replace(ACCOUNT_KEY, "|")


def test_a_key_comes_from_a_variable_or_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"  {KEY.upper()}\n")
    for environment in ({"HEALTHCHECK_KEY_SPAMHAUS": KEY}, {"HEALTHCHECK_KEY_SPAMHAUS_FILE": str(file)}):
        assert is_given("spamhaus", environment)
        keys = keys_of(["spamhaus", "abusix"], environment)
        assert keys.spoken(QUESTION) == f"2.0.0.127.{KEY}.zen.dq.spamhaus.net"
        assert KEY not in repr(keys)
    assert not is_given("spamhaus", {"HEALTHCHECK_KEY_SPAMHAUS": " "})


@pytest.mark.parametrize(
    "bad", ["s3cr3t", "s3cr3t key here", "s3cr3t.key.here", "s3cr3tkey" * 9, "-s3cr3tkey", "s3cr3tkéy99"]
)
def test_a_bad_key_is_refused_and_not_repeated(bad):
    for suffix in ("", "_FILE"):
        with pytest.raises(BadKey, match="HEALTHCHECK_KEY_ABUSIX") as fault:
            keys_of(["abusix"], {f"HEALTHCHECK_KEY_ABUSIX{suffix}": bad})
        assert "s3cr3t" not in str(fault.value)


def test_two_sources_of_one_key_are_refused():
    with pytest.raises(BadKey, match="both"):
        keys_of(["abusix"], {"HEALTHCHECK_KEY_ABUSIX": KEY, "HEALTHCHECK_KEY_ABUSIX_FILE": "x"})
