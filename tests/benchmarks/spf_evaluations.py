"""SPF evaluations a second from a warm zone world, beside pyspf on the same zones, taking turns.

    python tests/benchmarks/spf_evaluations.py [--rounds 7] [--each 300]

Both get the same answers from the same zones in memory: what is measured is parsing and evaluating, no network. Ours is
driven by `pursue`, pyspf by its own `check2`. Times are those of the processor; still machines are noisy, so what
counts is the ratio within a round. Ours keeps
what it read in the last 128 records from one evaluation to the next, as any run does that meets a record twice; the
last line shows it without that. Asserts nothing but that both give the same results.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # standalone, from a checkout

from checks.inquiry import pursue
from checks.spf.evaluate import check_host
from checks.spf.record import parse_record
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld
from tests.spf.peers import asking, pyspf

ZONE = """
plain.example. TXT "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.7 -all"
hosts.example. TXT "v=spf1 a mx a:out.hosts.example -all"
hosts.example. A 192.0.2.9
hosts.example. MX 10 mx1.hosts.example.
hosts.example. MX 20 mx2.hosts.example.
mx1.hosts.example. A 192.0.2.11
mx2.hosts.example. A 192.0.2.12
out.hosts.example. A 203.0.113.5
shop.example. TXT "v=spf1 mx include:_spf.shop.example include:news.example include:desk.example -all"
shop.example. MX 10 mx1.hosts.example.
_spf.shop.example. TXT "v=spf1 ip4:192.0.2.0/26 include:_a.shop.example include:_b.shop.example ~all"
_a.shop.example. TXT "v=spf1 ip4:198.51.100.0/28 ip4:198.51.100.64/28 ip6:2001:db8:1::/48 ~all"
_b.shop.example. TXT "v=spf1 ip4:198.51.100.16/28 ip4:198.51.100.80/28 ip6:2001:db8:2::/48 ~all"
news.example. TXT "v=spf1 include:_a.news.example include:_b.news.example ~all"
_a.news.example. TXT "v=spf1 ip4:198.51.100.32/28 ip4:203.0.113.128/26 ip4:203.0.113.192/27 ~all"
_b.news.example. TXT "v=spf1 ip4:198.51.100.48/28 ip4:203.0.113.96/27 ip6:2001:db8:3::/48 ~all"
desk.example. TXT "v=spf1 exists:%{ir}.%{v}.list.desk.example ip4:203.0.113.32/28 ~all"
user.example. TXT "v=spf1 exists:%{l1r-}.%{d2}.users.example redirect=plain.example"
"""
MAILS = [
    ("192.0.2.77", "bob@plain.example"),
    ("203.0.113.77", "bob@plain.example"),
    ("203.0.113.5", "bob@hosts.example"),
    ("203.0.113.6", "bob@hosts.example"),
    ("192.0.2.11", "bob@shop.example"),
    ("198.51.100.70", "bob@shop.example"),
    ("203.0.113.100", "bob@shop.example"),
    ("203.0.113.250", "bob@shop.example"),
    ("2001:db8:3::1", "bob@shop.example"),
    ("198.51.100.7", "bob-list@user.example"),
]
HELO = "mail.example"


def main() -> None:
    """Take turns and print the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--each", type=int, default=300, help="evaluations in one turn")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    world = ZoneWorld([read_zones(ZONE, ".", "benchmark")])
    module = pyspf()

    def ours(ip: str, sender: str) -> str:
        found = pursue(check_host(ip_address(ip), sender.rpartition("@")[2], sender, HELO), world.look_up)
        return found.result.value

    def ours_cold(ip: str, sender: str) -> str:
        parse_record.cache_clear()
        return ours(ip, sender)

    def theirs(ip: str, sender: str) -> str:
        return str(module.check2(i=ip, s=sender, h=HELO, querytime=0)[0])

    with asking(module, world.look_up):
        for ip, sender in MAILS:
            assert ours(ip, sender) == theirs(ip, sender), (ip, sender)
        ratios = {ours: [], ours_cold: []}  # type: dict[Callable[[str, str], str], list[float]]
        for _ in range(chosen.rounds):
            base = rate(theirs, chosen.each)
            for one, found in ratios.items():
                speed = rate(one, chosen.each)
                found.append(speed / base)
                name = "ours" if one is ours else "ours, nothing kept"
                print(f"{name:<20} {speed:8.0f}/s   pyspf {base:8.0f}/s   ratio {speed / base:5.2f}")
    print(
        f"median ratio: {statistics.median(ratios[ours]):.2f}; with nothing kept {statistics.median(ratios[ours_cold]):.2f}"
    )


def rate(evaluate: Callable[[str, str], str], count: int) -> float:
    """Evaluations a second, over all mails in turn."""
    began = time.process_time()
    for number in range(count):
        evaluate(*MAILS[number % len(MAILS)])
    return count / (time.process_time() - began)


if __name__ == "__main__":
    main()
