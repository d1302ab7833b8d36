"""Lists that take a key, as a person meets them: the key is in no output whatever."""

import asyncio
import json
import threading

import pytest

from healthcheck.cli.lists import chosen_zones
from tests.cli import complains, run
from tests.net.scripted_dns import ScriptedDns, reply

KEY = "abcdefgh12345678ijklmnop90"
VARIABLE = "HEALTHCHECK_KEY_SPAMHAUS"
ADDRESS = ("ip", "192.0.2.25", "-q", "--only", "dnsbl")
ZEN, DBL = "account-key.zen.dq.spamhaus.net", "account-key.dbl.dq.spamhaus.net"


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for account in ("SPAMHAUS", "ABUSIX", "SPAMRATS", "TRENDMICRO"):
        monkeypatch.delenv(f"HEALTHCHECK_KEY_{account}", raising=False)
        monkeypatch.delenv(f"HEALTHCHECK_KEY_{account}_FILE", raising=False)


EXISTS = "example.com. 60 IN NS a.iana-servers.example."
"""An honest resolver knows what certainly exists; one that denies it would not be believed."""


def talkative(query):
    """A list that has both test entry and address, and repeats the key in every reason."""
    name = str(query.question[0].name)
    if name == "example.com.":
        return [reply(query, EXISTS)]
    if f".{KEY}.zen.dq.spamhaus.net." not in name or name.startswith("1.0.0.127"):
        return [reply(query, rcode="NXDOMAIN", authority=[". 60 IN SOA a. b. 1 2 3 4 5"])]
    if query.question[0].rdtype == 16:
        return [reply(query, f'{name} 60 IN TXT "https://example.net/?key={KEY[:5]}" "{KEY[5:].upper()}"')]
    alias = f"listed.{KEY}.example."
    return [reply(query, f"{name} 60 IN CNAME {alias}", f"{alias} 60 IN A 127.0.0.2")]


def strict(query):
    """A list that does not know the key."""
    if str(query.question[0].name) == "example.com.":
        return [reply(query, EXISTS)]
    return [reply(query, rcode="NXDOMAIN", authority=[". 60 IN SOA a. b. 1 2 3 4 5"])]


def refusing(query):
    """A list that answers with an error code."""
    name = str(query.question[0].name)
    if "spamhaus" in name and query.question[0].rdtype == 1:
        return [reply(query, f"{name} 60 IN A 127.255.255.254")]
    return strict(query)


class Listening:
    """A scripted server in a thread of its own, since a command runs its own event loop."""

    def __init__(self, script):
        self._script = script
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self):
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        async with ScriptedDns(self._script) as self.server:
            self._ready.set()
            await self._done.wait()

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(5)

    @property
    def address(self):
        return f"127.0.0.1:{self.server.endpoint.port}"

    @property
    def names(self):
        return [str(query.question[0].name) for query in self.server.asked]


@pytest.mark.parametrize("script", [talkative, strict, refusing])
@pytest.mark.parametrize("form", ["text", "json", "ndjson", "markdown"])
def test_the_key_is_asked_with_and_in_no_output(capsys, monkeypatch, tmp_path, script, form):
    monkeypatch.setenv(VARIABLE, KEY)
    record = tmp_path / "run.json"
    (tmp_path / "zones").write_text("zen.dq.spamhaus.net\n")
    with Listening(script) as server:
        lists = ("--lists", tmp_path / "zones", "--resolver", server.address)
        said = run(capsys, *ADDRESS[:2], *ADDRESS[3:], *lists, "-v", "--format", form, "--record", record)
    assert said.code in (1, 3)
    assert any(f".{KEY}.zen.dq.spamhaus.net." in name for name in server.names)
    monkeypatch.delenv(VARIABLE)
    again = run(capsys, "replay", record, "-v", "--format", form)
    assert again.out == said.out
    for text in (said.out, said.err, again.err, record.read_text()):
        assert KEY not in text.lower()
        assert KEY[5:] not in text.lower(), "the second half of a key that was cut in two"
    assert "account-key" in said.out
    assert ("key-refused" in said.out) is (script is not talkative)


def test_the_evidence_names_the_account(capsys, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    with Listening(talkative) as server:
        said = run(capsys, *ADDRESS, "--resolver", server.address, "--format", "json")
    of_zen = [one["question"] for one in json.loads(said.out)["evidence"] if ZEN in one["question"]["name"]]
    assert of_zen
    assert all(question["account"] == "spamhaus" for question in of_zen)
    others = [one["question"] for one in json.loads(said.out)["evidence"] if ZEN not in one["question"]["name"]]
    assert not any("account" in question for question in others)
    assert not any(name.endswith(".zen.spamhaus.org.") for name in server.names), "the public zone was asked as well"


@pytest.mark.parametrize("zone", ["zen.dq.spamhaus.net", "{key}.zen.dq.spamhaus.net", ZEN])
def test_without_a_key_the_list_is_refused_with_the_variable(capsys, zone):
    said = run(capsys, *ADDRESS, "--list", zone)
    assert complains(said)
    assert VARIABLE in said.err


@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_a_bad_key_is_one_sentence_that_does_not_repeat_it(capsys, monkeypatch, suffix):
    monkeypatch.setenv(VARIABLE + suffix, "my s3cr3t")
    said = run(capsys, *ADDRESS, "-v")
    assert complains(said)
    assert VARIABLE in said.err
    assert "s3cr3t" not in said.err


def test_a_key_typed_into_the_name_of_a_list_is_not_repeated(capsys):
    for option in ("--list", "--no-list"):
        said = run(capsys, *ADDRESS, option, f"{KEY}.zen.dq.spamhaus.net")
        assert complains(said)
        assert KEY not in said.err


def test_zone_files_and_the_lab_need_no_key_and_use_none(capsys, monkeypatch):
    said = run(capsys, *ADDRESS, "--lab", "--list", "zen.dq.spamhaus.net", "--format", "json")
    assert f"2.0.0.127.{ZEN}" in said.out
    plain = run(capsys, *ADDRESS, "--lab").code
    monkeypatch.setenv(VARIABLE, "no key at all")
    assert run(capsys, *ADDRESS, "--lab").code == plain == 0


def test_a_key_of_spamhaus_replaces_its_public_lists(monkeypatch):
    usual = chosen_zones(["bl.example.net"], None, "default", False)
    monkeypatch.setenv(VARIABLE, KEY)
    replaced = {"zen.spamhaus.org": ZEN, "dbl.spamhaus.org": DBL}
    assert chosen_zones(None, None, "default", False) == tuple(replaced.get(zone, zone) for zone in usual[:-1])
    assert ZEN not in chosen_zones(None, ["zen.spamhaus.org"], "default", False)
    every = chosen_zones(None, None, "all", False)
    assert {ZEN, DBL, "account-key.zrd.dq.spamhaus.net"} <= set(every)
    assert not {"zen.spamhaus.org", "account-key.sbl.dq.spamhaus.net", "account-key.all.spamrats.com"} & set(every)
    assert len(every) == len(set(every))


def test_other_keys_are_used_with_all_lists_only(monkeypatch):
    monkeypatch.setenv("HEALTHCHECK_KEY_ABUSIX", KEY)
    assert chosen_zones(None, None, "default", False) == ()
    assert "account-key.combined.mail.abusix.zone" in chosen_zones(None, None, "all", False)
