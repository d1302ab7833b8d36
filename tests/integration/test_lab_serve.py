"""`healthcheck lab serve` as other programs meet it: our own client, dig, strangers, Ctrl-C."""

import asyncio
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.net.dns import Endpoint, Resolver
from healthcheck.world.lab import patients

PORT = re.compile(r"port (\d+),")


@contextmanager
def started() -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "healthcheck", "lab", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            found = PORT.search(line)
            assert found, line
            yield process, int(found[1])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with started() as (_, number):
        yield number


def asked(port: int, *questions: DnsQuestion) -> list[Answer]:
    async def run() -> list[Answer]:
        resolver = Resolver([Endpoint("127.0.0.1", port)], timeout=5)
        try:
            return await asyncio.gather(*[resolver.answer(question) for question in questions])
        finally:
            await resolver.close()

    return asyncio.run(run())


def report(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "healthcheck", "domain", *arguments, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_our_own_client_gets_records_aliases_and_absence(port: int) -> None:
    spf, alias, nothing, nobody, outside = asked(
        port,
        DnsQuestion("example.com", "TXT"),
        DnsQuestion("mail.nickname.example", "A"),
        DnsQuestion("example.com", "HINFO"),
        DnsQuestion("no-such-name.example.net", "A"),
        DnsQuestion("example.edu", "A"),
    )
    assert spf.outcome is Outcome.ANSWERED
    assert (alias.aliases, alias.records) == (("box.nickname.example",), ("192.0.2.60",))
    assert (nothing.outcome, nobody.outcome) == (Outcome.NO_DATA, Outcome.NXDOMAIN)
    assert outside.outcome is Outcome.REFUSED


def test_udp_and_tcp_say_the_same(port: int) -> None:
    udp, tcp = asked(port, DnsQuestion("shop.example", "TXT"), DnsQuestion("shop.example", "TXT", tcp=True))
    assert udp.records
    assert udp.records == tcp.records


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not installed")
@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_dig_gets_an_answer(port: int, transport: str) -> None:
    command = ["dig", "@127.0.0.1", "-p", str(port), transport, "+short", "example.com", "MX"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout == "10 mx1.example.com.\n"
    assert not done.stderr


def steadied(given: dict, server: str) -> dict:
    """A report without what differs between the lab and a server for it: times, the world's name, who answered, and how long
    the client may believe in what is not there, which ours does not read."""
    given["generated_at"] = given["world"] = ""
    for evidence in given["evidence"]:
        evidence["asked_at"], evidence["elapsed_ms"] = "", 0
        if evidence["outcome"] in ("nxdomain", "no-data"):
            evidence["ttl"] = None
    return json.loads(json.dumps(given).replace(server, "lab"))


def asking_authorities(given: dict) -> list[str]:
    """The checks that ask the zone's own servers: the lab's have addresses that are nowhere in the world."""
    direct = {evidence["id"] for evidence in given["evidence"] if evidence["question"].get("server")}
    return [
        check["id"] for check in given["checks"] if any(direct & set(found["evidence"]) for found in check["findings"])
    ]


@pytest.mark.parametrize("domain", ["example.com", "shop.example", "nickname.example"])
def test_the_report_through_the_server_is_that_of_the_lab(port: int, domain: str) -> None:
    own = next(patient.options for patient in patients() if patient.domain == domain)
    options = (*own, "--reply", "450 4.2.1 try again later")  # or the lab would tell of its patient's mail
    skipped = [word for check in asking_authorities(report(domain, *options, "--lab")) for word in ("--skip", check)]
    server = f"127.0.0.1:{port}"
    served = report(domain, *options, *skipped, "--resolver", server)
    assert served["world"] == "live"
    assert steadied(served, server) == steadied(report(domain, *options, *skipped, "--lab"), server)


def test_strangers_do_not_end_it(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for garbage in (b"", b"x", bytes(12), b"\xff" * 600, bytes(range(256))):
            udp.sendto(garbage, ("127.0.0.1", port))
    for garbage in (b"", b"\x00", b"\xff\xffhello", b"\x00\x00", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), 5) as tcp:
            tcp.sendall(garbage)
    (answer,) = asked(port, DnsQuestion("example.com", "MX"))
    assert answer.outcome is Outcome.ANSWERED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_without_a_word(number: signal.Signals) -> None:
    with started() as (process, port), socket.create_connection(("127.0.0.1", port), 5):
        process.send_signal(number)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "Traceback" not in said
        assert "Error" not in said


def test_a_port_that_is_taken_is_said_in_one_sentence(port: int) -> None:
    command = [sys.executable, "-m", "healthcheck", "lab", "serve", "--port", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"cannot serve on 127.0.0.1 port {port}" in done.stderr
