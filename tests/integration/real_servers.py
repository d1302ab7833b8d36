"""Real DNS servers on free ports of 127.0.0.1, each for as long as a `with` block lasts.

    with knot(directory, {"example.com": "@ 3600 IN SOA ...\\n"}) as endpoint: ...

A program that is not installed raises Absent with the reason; fixtures turn that into a skipped test. Only the process
that was started is ended.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from healthcheck.net.dns import Endpoint

HOST = "127.0.0.1"
_SBIN = os.pathsep.join(["/usr/sbin", "/sbin", "/usr/local/sbin"])  # where daemons live and a user's PATH does not look


class Absent(Exception):
    """A server's program is not installed here."""


def program(name: str) -> str:
    """The path of an installed program, or Absent."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + _SBIN)
    if not found:
        raise Absent(f"{name} is not installed")
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that is free for UDP and TCP just now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((HOST, 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind((HOST, port))
            except OSError:
                continue
            return port


@contextmanager
def running(command: Sequence[str], endpoint: Endpoint, directory: Path, ready: str) -> Iterator[Endpoint]:
    """A DNS server, from when it answers for the zone `ready` until the block ends."""
    log = directory / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=subprocess.STDOUT)
    try:
        query = dns.message.make_query(ready, "SOA")
        for _ in range(100):
            try:
                dns.query.udp(query, endpoint.address, port=endpoint.port, timeout=0.1)
                break
            except (dns.exception.Timeout, OSError):
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended at once: {log.read_text()[-2000:]}") from None
                time.sleep(0.02)
        else:
            raise RuntimeError(f"{command[0]} never answered: {log.read_text()[-2000:]}")
        yield endpoint
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def knot(directory: Path, zones: Mapping[str, str]) -> Iterator[Endpoint]:
    """Authoritative for zones given as master files by name, without the final dot."""
    path, port = program("knotd"), free_port()
    for name, text in zones.items():
        (directory / f"{name}.zone").write_text(f"$ORIGIN {name}.\n{text}")
    listed = "".join(f"  - domain: {name}.\n" for name in zones)
    conf = directory / "knot.conf"
    conf.write_text(
        f"server:\n  rundir: {directory}\n  listen: {HOST}@{port}\n  udp-workers: 1\n  tcp-workers: 1\n"
        f"  background-workers: 1\n  udp-max-payload: 1232\n"
        f"database:\n  storage: {directory}/db\n"
        f"log:\n  - target: stderr\n    any: warning\n"
        f'template:\n  - id: default\n    storage: {directory}\n    file: "%s.zone"\n    semantic-checks: off\n'
        f"    journal-content: none\n    zonefile-load: whole\n    zonefile-sync: -1\n"
        f"zone:\n{listed}"
    )
    with running([path, "-c", str(conf)], Endpoint(HOST, port), directory, next(iter(zones))) as endpoint:
        yield endpoint


@contextmanager
def unbound(directory: Path, stubs: Mapping[str, Endpoint]) -> Iterator[Endpoint]:
    """A recursor that finds each zone at the server given for it; of all other names it knows nothing."""
    path, port = program("unbound"), free_port()
    # Names such as test. and the documentation networks are answered by unbound itself unless it is told otherwise.
    nodefault = "".join(f'  local-zone: "{zone}." nodefault\n' for zone in ("test", *stubs))
    zones = "".join(
        f'stub-zone:\n  name: "{zone}."\n  stub-addr: {at.address}@{at.port}\n  stub-prime: no\n'
        for zone, at in stubs.items()
    )
    conf = directory / "unbound.conf"
    conf.write_text(
        f"server:\n  interface: {HOST}@{port}\n  access-control: 127.0.0.0/8 allow\n  do-not-query-localhost: no\n"
        f'  do-ip6: no\n  chroot: ""\n  username: ""\n  directory: "{directory}"\n  pidfile: ""\n  use-syslog: no\n'
        f'  logfile: ""\n  module-config: "iterator"\n  num-threads: 1\n  qname-minimisation: no\n  ede: yes\n'
        f"  outbound-msg-retry: 1\n  unknown-server-time-limit: 50\n"
        f"{nodefault}remote-control:\n  control-enable: no\n{zones}"
    )
    with running([path, "-d", "-c", str(conf)], Endpoint(HOST, port), directory, next(iter(stubs))) as endpoint:
        yield endpoint


@contextmanager
def rbldnsd(lists: Mapping[str, Sequence[str]]) -> Iterator[Endpoint]:
    """Block lists by zone: the lines of an `ip4set` each, addresses with `:VALUE:TEXT` where it is not 127.0.0.2."""
    path, port = program("rbldnsd"), free_port()
    # It refuses to be root, so where we are, it must be let into the directory as somebody else.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="rbldnsd-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        for zone, lines in lists.items():
            (directory / zone).write_text("".join(f"{line}\n" for line in lines))
        command = [path, "-n", *user, "-b", f"{HOST}/{port}", "-w", name, "-c", "0"]
        zones = [f"{zone}:ip4set:{zone}" for zone in lists]
        with running([*command, *zones], Endpoint(HOST, port), directory, next(iter(lists))) as endpoint:
            yield endpoint
