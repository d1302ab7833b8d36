"""Generated SPF worlds: a handful of names, each with records that lead to the others, and now and then a fault."""

from ipaddress import IPv6Address, ip_address

import msgspec
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome
from checks.names import reverse_name

NAMES = ("example.com", "a.example.com", "b.example.com", "c.a.example.com", "d.example.net", "gone.example.org")
FOUR = ("192.0.2.1", "192.0.2.2", "198.51.100.7")
SIX = ("2001:db8::1", "2001:db8::2")


class SpfWorld(msgspec.Struct, frozen=True):
    """Records in presentation form by name and type; `faults` are the names and types that get no answer."""

    records: dict[tuple[str, str], tuple[str, ...]]
    faults: frozenset[tuple[str, str]]
    ip: str
    sender: str
    helo: str

    def look_up(self, question: DnsQuestion) -> Answer:
        """The answer: a name without any record does not exist."""
        at = (question.name, question.rdtype)
        if at in self.faults:
            return Answer(question, Outcome.TEMPFAIL, detail="SERVFAIL")
        if at in self.records:
            return Answer(question, Outcome.ANSWERED, tuple(sorted(self.records[at])))
        known = {name for name, _ in self.records}
        return Answer(question, Outcome.NO_DATA if question.name in known else Outcome.NXDOMAIN)


qualifiers = st.sampled_from(["", "", "", "-", "~", "?", "+"])
macros = st.sampled_from(
    ["%{d}", "%{d2}", "%{o}", "%{l}.example.com", "%{l1r-}.example.com", "%{h}", "%{ir}.%{v}.example.com", "%{p}",
     "%{lr+}.b.example.com", "%{S}.example.com", "b.%{d3}", "%{i}.example.com", "%{d1r}.example.com", "%{D}"]
)  # fmt: skip
specs = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(NAMES), macros)
prefixes = st.sampled_from(["", "", "", "/24", "//64", "/24//64", "/0", "/31", "/32//128"])
networks = st.sampled_from(
    [
        "ip4:192.0.2.1",
        "ip4:192.0.2.0/31",
        "ip4:198.51.100.0/24",
        "ip4:203.0.113.9",
        "ip6:2001:db8::/127",
        "ip6:2001:db8:1::/48",
    ]
)
queries = st.one_of(
    st.builds("{}:{}{}".format, st.sampled_from(["a", "mx"]), specs, prefixes),
    st.builds("{}{}".format, st.sampled_from(["a", "mx"]), prefixes),
    st.builds("{}:{}".format, st.sampled_from(["include", "include", "exists", "ptr"]), specs),
    st.just("ptr"),
)
odd = st.sampled_from(
    ["moo", "ip4:1.2.3", "a:com", "include", "ip4:192.0.2.1/33", "exists:%{x}.example.com", "foo=bar", "ALL", "A", "-all/8",
     "mx:", "ip6:192.0.2.1", "unknown=%{d", "a:example.com:80", "redirect=com", "ptr/24", "ip4:192.0.2.1/", "a:b-.example.com"]
)  # fmt: skip
terms = st.builds("{}{}".format, qualifiers, st.one_of(networks, queries, queries, queries))
ends = st.one_of(st.sampled_from(["", "-all", "~all", "?all", "-all"]), st.builds("redirect={}".format, specs))


@st.composite
def spf_records(draw: st.DrawFn) -> str:
    """One record: mostly valid."""
    body = draw(st.lists(terms, max_size=5))
    if draw(st.integers(0, 11)) == 0:
        body.insert(draw(st.integers(0, len(body))), draw(odd))
    return " ".join(["v=spf1", *body, draw(ends)]).strip()


@st.composite
def spf_worlds(draw: st.DrawFn) -> SpfWorld:
    """A world, and mail to be judged in it."""
    records: dict[tuple[str, str], tuple[str, ...]] = {("mail.example.net", "A"): ("192.0.2.2",)}
    for name in NAMES[:-1]:
        if name == "example.com" or draw(st.integers(0, 9)):
            records[name, "TXT"] = tuple(f'"{text}"' for text in draw(st.lists(spf_records(), min_size=1, max_size=1)))
        for rdtype, some in (("A", FOUR), ("AAAA", SIX)):
            if found := draw(st.lists(st.sampled_from(some), max_size=2, unique=True)):
                records[name, rdtype] = tuple(found)
        if hosts := draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
            records[name, "MX"] = tuple(f"{10 * at} {host}." for at, host in enumerate(hosts))
    ip = draw(st.sampled_from(FOUR + SIX))
    if pointers := draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
        records[reverse_name(ip_address(ip)), "PTR"] = tuple(f"{name}." for name in pointers)
    asked = st.tuples(st.sampled_from(NAMES), st.sampled_from(["TXT", "A", "AAAA", "MX"]))
    faults = frozenset(draw(st.lists(asked, max_size=1))) if draw(st.integers(0, 5)) == 0 else frozenset()
    sender = draw(
        st.sampled_from(["bob@example.com", "b-list+x@example.com", "postmaster@a.example.com", "@example.com"])
    )
    return SpfWorld(records, faults, ip, sender, draw(st.sampled_from(["mail.example.net", "a.example.com", "OEMPC"])))


def is_six(ip: str) -> bool:
    """True for an IPv6 address."""
    return isinstance(ip_address(ip), IPv6Address)
