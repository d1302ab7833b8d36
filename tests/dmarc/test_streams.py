"""What becomes of a domain's streams: how it is asked, and what a missing answer may never do."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from checks.dmarc.alignment import judge
from checks.dmarc.identifiers import relaxed
from checks.dmarc.streams import MOST_ADDRESSES, MOST_STREAMS, routes_of
from checks.dmarc.walk import walk
from checks.inquiry import Answer, Ask, Outcome, pursue
from checks.model import Origin, Severity, Signature, Status, Stream, Target, status_of
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

ED25519 = "v=DKIM1; k=ed25519; p=YiWrRfgTct6rTXsibdffAeuHHrvja8mnQN/XkpYWpao="
ADDRESS = ip_address("192.0.2.1")


def world(text):
    return ZoneWorld([read_zones(text, ".")]).look_up


def rounds(inquiry, answer):
    """Drive an inquiry and return its fact with the round trips it took: branches of a `together` count as one."""
    reply, count = None, 0
    try:
        while True:
            step = inquiry.send(reply)
            if isinstance(step, Ask):
                reply, count = answer(step.question), count + 1
            else:
                facts = [rounds(branch, answer) for branch in step.branches]
                reply, count = tuple(fact for fact, _ in facts), count + max((trips for _, trips in facts), default=0)
    except StopIteration as done:
        return done.value, count


MANY = tuple(
    Stream(Origin.MESSAGE, f"b{n}.example.net", (Signature(f"d{n}.example.org", "s1"),), ips=(ADDRESS,))
    for n in range(8)
)


def test_many_streams_take_one_round_trip():
    _, trips = rounds(
        routes_of(Target("example.com", learned=MANY)), world('_dmarc.example.com. TXT "v=DMARC1; p=reject"')
    )
    assert trips == 1


def test_includes_of_a_stream_cost_their_depth_and_no_more():
    zone = 'b0.example.net. TXT "v=spf1 include:a.example.net -all"\na.example.net. TXT "v=spf1 ip4:192.0.2.1 -all"'
    _, trips = rounds(routes_of(Target("example.com", learned=MANY)), world(zone))
    assert trips == 2


def test_streams_and_addresses_are_bounded():
    many = tuple(
        Stream(Origin.MESSAGE, f"b{n}.example.net", ips=tuple(ADDRESS + i for i in range(100))) for n in range(100)
    )
    asked = []
    look_up = world('b0.example.net. TXT "v=spf1 exists:%{i}.example.net -all"')
    routes = pursue(routes_of(Target("example.com", learned=many)), lambda q: asked.append(q) or look_up(q))
    assert len(routes.routes) == MOST_STREAMS
    assert len({q for q in asked if q.rdtype == "A" and not q.name.startswith("no-such-name")}) == MOST_ADDRESSES


def test_the_given_stream_comes_before_the_learned_ones():
    target = Target("example.com", (ADDRESS,), ("s1",), "b.example.com", learned=MANY[:1])
    given, learned = target.streams
    assert given == Stream(Origin.GIVEN, "b.example.com", (Signature("example.com", "s1"),), None, (ADDRESS,))
    assert learned is MANY[0]
    assert Target("example.com").streams == ()


def test_an_address_is_judged_for_the_return_path_of_its_own_stream():
    target = Target("example.com", (ADDRESS + 1,), learned=MANY[:1])
    assert [(one.address, one.domain) for one in target.senders] == [
        (ADDRESS + 1, "example.com"),
        (ADDRESS, "b0.example.net"),
    ]
    bounce = Stream(Origin.MESSAGE, "", (), None, (ADDRESS,))
    assert Target("example.com", learned=(bounce,)).senders == ()


def test_reports_give_neither_addresses_nor_selectors_in_use():
    told = Stream(
        Origin.REPORT, "example.com", (Signature("example.com", "s1"),), None, (ADDRESS,), messages=3, passed=3
    )
    target = Target("example.com", learned=(told,))
    assert (target.sending_ips, target.signing_selectors, target.seen_selectors) == ((), (), ("s1",))


NAMES = st.sampled_from(["example.com", "a.example.com", "b.a.example.com", "example.net", "a.example.net", "com"])
TEXTS = st.sampled_from(
    [
        "v=spf1 ip4:192.0.2.0/24 -all",
        "v=spf1 include:a.example.net ~all",
        "v=spf1 -all",
        "v=spf1 redirect=example.net",
        "v=spf1 oops",
        "v=DMARC1; p=reject",
        "v=DMARC1; p=none; adkim=s; aspf=s",
        "v=DMARC1; p=reject; psd=y",
        "v=DMARC1; p=nonsense",
        ED25519,
        "v=DKIM1; p=",
    ]
)
WORLDS = st.dictionaries(
    st.tuples(st.sampled_from(["", "_dmarc.", "s1._domainkey."]), NAMES), TEXTS | st.just("SERVFAIL"), max_size=14
)
STREAMS = st.builds(
    Stream,
    st.sampled_from([Origin.GIVEN, Origin.MESSAGE, Origin.REPORT]),
    st.none() | st.just("") | NAMES,
    st.none() | st.lists(st.builds(Signature, NAMES, st.just("s1")), max_size=2).map(tuple),
    st.none() | NAMES,
    st.sampled_from([(), (ADDRESS,), (ADDRESS, ip_address("2001:db8::1"))]),
    messages=st.integers(0, 3),
    passed=st.integers(0, 3),
)


def good(key):
    return f"{GOOD[key[0]]}; psd=y" if key == REGISTRY else GOOD[key[0]]


def answers(texts):
    def answer(question):
        for (prefix, name), text in texts.items():
            if question.rdtype == "TXT" and question.name == prefix + name:
                if text == "SERVFAIL":
                    return Answer(question, Outcome.TEMPFAIL, detail="SERVFAIL")
                return Answer(question, Outcome.ANSWERED, (f'"{text}"',))
        return Answer(question, Outcome.NXDOMAIN)

    return answer


def status(texts, target):
    return status_of(tuple(judge(pursue(routes_of(target), answers(texts)))))


GOOD = {"": "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all", "_dmarc.": "v=DMARC1; p=reject", "s1._domainkey.": ED25519}
REGISTRY = ("_dmarc.", "com")
"""A registry that publishes a record says so in it, with psd=y. RFC 9989 section 5.2"""


@given(WORLDS, STREAMS, st.sampled_from(["example.com", "a.example.com"]))
def test_a_missing_answer_never_decides(texts, stream, domain):
    """Whatever is seen where some answers are missing must hold for whatever these answers would have been."""
    target = Target(domain, learned=(stream,))
    missing = {key for key, text in texts.items() if text == "SERVFAIL"}
    seen = status(texts, target)
    if seen in (Status.PASS, Status.FAIL) and missing:
        absent = {key: text for key, text in texts.items() if key not in missing}
        assert status(absent, target) in (seen, Status.SKIPPED)
        there = {key: good(key) if key in missing else text for key, text in texts.items()}
        assert status(there, target) in (seen, Status.SKIPPED)


@given(WORLDS, STREAMS)
def test_what_was_not_told_and_what_reports_say_never_fails(texts, stream):
    findings = tuple(judge(pursue(routes_of(Target("example.com", learned=(stream,))), answers(texts))))
    assert findings
    whole = stream.mail_from is not None and stream.signatures is not None
    if stream.origin is Origin.REPORT or not whole:
        assert all(finding.message.severity < Severity.ERROR for finding in findings)


@given(WORLDS)
def test_a_guess_never_fails(texts):
    findings = judge(pursue(routes_of(Target("example.com")), answers(texts)))
    assert all(finding.message.severity < Severity.ERROR for finding in findings)


@given(WORLDS, NAMES, NAMES)
def test_relaxed_alignment_is_symmetric(texts, a, b):
    first, second = (pursue(walk(name), answers(texts)) for name in (a, b))
    assert relaxed(first, second) == relaxed(second, first)
