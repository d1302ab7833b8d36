"""Real servers for the integration tests, started once a session: knot, unbound, rbldnsd.

`knot` is authoritative for ZONES; `rbldnsd` serves LISTS, one well and three sick; `unbound` recurses to both; dead.test
has a server that is not there, and lame.test one that knows nothing of it. Tests of other rooms add their zones here, or start a server of their
own with `real_servers`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from healthcheck.net.dns import Endpoint
from tests.integration import real_servers
from tests.integration.real_servers import HOST, Absent, free_port

_HEAD = "@ 3600 IN SOA ns.example.com. root.example.com. 1 7200 3600 1209600 300\n@ 3600 IN NS ns.example.com.\n"

ZONES = {
    "example.com": _HEAD
    + """
ns      3600 IN A     192.0.2.53
@       3600 IN TXT   "v=spf1 mx -all"
@       3600 IN TXT   "two strings " "joined"
@       3600 IN MX    10 mx1
@       3600 IN MX    20 mx2
@       3600 IN CAA   0 issue "ca.example.net"
mx1     600  IN A     192.0.2.25
mx1     600  IN AAAA  2001:db8::25
_25._tcp.mx1 600 IN TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
s1._domainkey 60 IN TXT "v=DKIM1; p="
alias   300  IN CNAME hop
hop     200  IN CNAME mx1
away    300  IN CNAME target.example.net.
dangling 300 IN CNAME nowhere
empty-end 300 IN CNAME ns
loop-a  300  IN CNAME loop-b
loop-b  300  IN CNAME loop-a
odd\\.label 60 IN TXT "dot \\" \\\\ \\000\\255"
xn--mnchen-3ya 60 IN MX 10 mx1
"""
    + "".join(f'big 60 IN TXT "{number:02} {"x" * 200}"\n' for number in range(20)),
    "example.net": _HEAD + "target 120 IN A 198.51.100.7\nchild 60 IN NS ns.child\nns.child 60 IN A 198.51.100.53\n",
    "2.0.192.in-addr.arpa": _HEAD + "25 600 IN PTR mx1.example.com.\n",
}

LISTS = {
    "healthy.dnsbl.test": ["127.0.0.2:127.0.0.2:test point", "192.0.2.66:127.0.0.4:listed"],
    "refusing.dnsbl.test": ["0.0.0.0/1:127.255.255.254:open resolver", "128.0.0.0/1:127.255.255.254:open resolver"],
    "wildcard.dnsbl.test": ["0.0.0.0/1:127.0.0.2:all", "128.0.0.0/1:127.0.0.2:all"],
    "dead.dnsbl.test": ["# no entries, and no test point: RFC 5782 section 5 calls such a list not operational"],
}


def _kept(server: AbstractContextManager[Endpoint]) -> Iterator[Endpoint]:
    try:
        with server as endpoint:
            yield endpoint
    except Absent as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An authoritative server for ZONES."""
    yield from _kept(real_servers.knot(tmp_path_factory.mktemp("knot"), ZONES))


@pytest.fixture(scope="session")
def rbldnsd() -> Iterator[Endpoint]:
    """Block lists: healthy, refusing, wildcard and dead, all under dnsbl.test."""
    yield from _kept(real_servers.rbldnsd(LISTS))


@pytest.fixture(scope="session")
def unbound(tmp_path_factory: pytest.TempPathFactory, knot: Endpoint, rbldnsd: Endpoint) -> Iterator[Endpoint]:
    """A recursor for ZONES and LISTS; of dead.test and lame.test it can learn nothing."""
    unreachable = Endpoint(HOST, free_port())
    stubs = {**dict.fromkeys(ZONES, knot), **dict.fromkeys(LISTS, rbldnsd), "dead.test": unreachable, "lame.test": knot}
    yield from _kept(real_servers.unbound(tmp_path_factory.mktemp("unbound"), stubs))
