"""Hostile worlds through the whole engine, in every format: huge records, loops of aliases and of includes, markup."""

import asyncio
import random
from ipaddress import ip_address

import pytest

from checks.model import Target
from checks.registry import CHECKS
from healthcheck.cli.options import Format
from healthcheck.cli.output import rendered
from healthcheck.engine import examine
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

SOA = "example.com. 60 SOA ns.example.com. h.example.com. 1 1 1 1 1\n"
NOISE = "".join(chr(random.Random(7).choice((*range(32), 127, 0x9B, *b'`|<>*_#"\\$'))) for _ in range(65_280))


def strings(text: str) -> str:
    """A TXT record's character-strings, each octet that is not plain as \\DDD."""
    octets = text.encode("utf-8")
    pieces = [octets[at : at + 255] for at in range(0, len(octets), 255)]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in piece) + '"' for piece in pieces)


WORLDS = {
    "64 KiB of noise": f"example.com. TXT {strings('v=spf1 ' + NOISE[:60_000])}\n",
    "64 KiB of terms": f"example.com. TXT {strings('v=spf1 ' + 'include:a.example.com ' * 2_900)}\n",
    "64 KiB of one term": f"example.com. TXT {strings('v=spf1 include:' + 'a' * 60_000)}\n",
    "many records": "".join(
        f"example.com. TXT {strings(f'v=spf1 {number} ' + NOISE[:200])}\n" for number in range(300)
    ),
    "a DMARC record of noise": f"_dmarc.example.com. TXT {strings('v=DMARC1; p=' + NOISE[:60_000])}\n",
    "a DMARC record of tags": f"_dmarc.example.com. TXT {strings('v=DMARC1;' + 'p=none;' * 8_000)}\n",
    "a key of noise": f"s1._domainkey.example.com. TXT {strings('v=DKIM1; p=' + NOISE[:60_000])}\n",
    "an alias loop": "example.com. MX 10 a.example.com.\na.example.com. CNAME b.example.com.\nb.example.com. CNAME a.example.com.\n"
    "_dmarc.example.com. CNAME _dmarc.example.com.\ns1._domainkey.example.com. CNAME s1._domainkey.example.com.\n",
    "an alias of everything": '*.example.com. CNAME example.com.\nexample.com. TXT "v=spf1 include:x.example.com -all"\n',
    "a long alias chain": "".join(f"c{number}.example.com. CNAME c{number + 1}.example.com.\n" for number in range(40))
    + '_dmarc.example.com. CNAME c0.example.com.\nexample.com. TXT "v=spf1 include:c0.example.com -all"\n',
    "an include loop": 'example.com. TXT "v=spf1 include:a.example.com -all"\n'
    'a.example.com. TXT "v=spf1 include:b.example.com include:example.com -all"\n'
    'b.example.com. TXT "v=spf1 redirect=a.example.com"\n',
    "an include tree": "".join(
        f't{number}.example.com. TXT "v=spf1 include:t{number + 1}.example.com include:t{number + 1}.example.com -all"\n'
        for number in range(40)
    )
    + 'example.com. TXT "v=spf1 include:t0.example.com -all"\n',
    "names of markup": f"example.com. TXT {strings('v=spf1 include:<b>.example.com a:`id`.example.com exists:|x|.example.com -all')}\n",
    "exchangers of markup": "example.com. MX 10 \\<script\\>.example.com.\nexample.com. MX 20 \\027[31m.example.com.\n"
    + "".join(f"example.com. MX {number} m{number}.example.com.\n" for number in range(300)),
    "reverse names of noise": "25.2.0.192.in-addr.arpa. PTR \\027[31m\\|x.example.com.\n"
    + "".join(f"25.2.0.192.in-addr.arpa. PTR p{number}.example.com.\n" for number in range(300)),
}


def examined(world: str, origin: str = ".") -> Report:
    """The report of example.com in a world of a few lines."""

    async def one() -> Report:
        run = Run(ZoneWorld([read_zones(SOA + world, origin, "world")]), 60)
        return await examine(Target("example.com", (ADDRESS,), ("s1",)), CHECKS, run)

    return asyncio.run(one())


ADDRESS = ip_address("192.0.2.25")


@pytest.mark.parametrize("name", WORLDS)
def test_a_hostile_world_is_reported_and_stays_inert(name):
    report = examined(WORLDS[name])
    assert len(report.evidence) < 1_500
    assert [result.id for result in report.checks] == [check.id for check in CHECKS]
    crashed = [
        found.text for result in report.checks for found in result.findings if found.message.code.startswith("engine.")
    ]
    assert crashed == []
    for form in Format:
        told = rendered([report], form, verbose=True)
        assert all(line.isprintable() for line in told.split("\n")), form
        assert len(told) < 4_000_000
