"""The tree walk and policy discovery of RFC 9989 sections 4.10, 4.10.1 and 4.10.2, in worlds made at random and by hand."""

from hypothesis import given
from hypothesis import strategies as st

from checks.dmarc.identifiers import aligned
from checks.dmarc.policy import dmarc_policy
from checks.dmarc.record import Mode, parse_record
from checks.dmarc.walk import MOST_QUESTIONS, climb, question_name, rungs_of, walk, walk_names
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.names import is_below, parents
from healthcheck.world.master_file import read_zones
from healthcheck.world.zone import ZoneWorld

LABELS = st.sampled_from(["a", "b", "c", "mail"])
DOMAINS = st.lists(LABELS, min_size=1, max_size=11).map(lambda labels: ".".join([*labels, "example", "test"]))
RECORDS = st.sampled_from(
    [
        "v=DMARC1; p=reject",
        "v=DMARC1; p=none; sp=quarantine; np=reject",
        "v=DMARC1; p=reject; psd=y",
        "v=DMARC1; p=quarantine; psd=n; sp=none",
        "v=DMARC1; p=reject; t=y",
        "v=DMARC1; p=bad",
        "v=DMARC1; p=reject; p=none",
        "v=spf1 -all",
    ]
)


@st.composite
def worlds(draw, domain):
    """A record, several, a failure or nothing at each name of a domain and above."""
    names = (domain, *parents(domain))
    kinds = st.one_of(st.none(), st.none(), RECORDS, st.just("two"), st.just("SERVFAIL"))
    return {question_name(name): draw(kinds) for name in names}


def world(texts, asked=None):
    def answer(question: DnsQuestion) -> Answer:
        if asked is not None:
            asked.append(question)
        text = texts.get(question.name) if question.rdtype == "TXT" else None
        match text:
            case None:
                return Answer(question, Outcome.NXDOMAIN)
            case "SERVFAIL":
                return Answer(question, Outcome.TEMPFAIL, detail="SERVFAIL")
            case "two":
                return Answer(question, Outcome.ANSWERED, ('"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'))
            case _:
                return Answer(question, Outcome.ANSWERED, (f'"{text}"',))

    return answer


WORLDS = DOMAINS.flatmap(lambda domain: worlds(domain).map(lambda texts: (domain, texts)))


@given(DOMAINS)
def test_the_walk_never_asks_more_than_eight(domain):
    asked = []
    pursue(rungs_of(domain), world({}, asked))
    assert len(asked) <= MOST_QUESTIONS
    assert len(set(asked)) == len(asked)
    assert asked[0].name == question_name(domain)
    assert asked[-1].name == "_dmarc.test"


@given(DOMAINS)
def test_every_name_of_the_walk_is_the_domain_or_above_it(domain):
    names = walk_names(domain)
    assert all(is_below(domain, name) for name in names)
    assert [len(name) for name in names] == sorted((len(name) for name in names), reverse=True)


def test_the_example_of_the_standard():
    assert walk_names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


def test_eight_labels_lose_one_and_seven_lose_one():
    assert walk_names("1.2.3.4.5.6.7.8")[1] == "2.3.4.5.6.7.8"
    assert walk_names("2.3.4.5.6.7.8")[1] == "3.4.5.6.7.8"
    assert len(walk_names("1.2.3.4.5.6.7.8")) == 8


@given(WORLDS)
def test_the_organizational_domain_is_the_domain_or_above_it(given_world):
    domain, texts = given_world
    climbed = pursue(walk(domain), world(texts))
    assert is_below(domain, climbed.organizational_domain)


def by_the_letter(domain, texts):
    """RFC 9989 section 4.10 as it is written, one question at a time: the names with a record, and what was asked."""
    found, asked, target = [], [], domain
    while target:
        asked.append(target)
        text = texts.get(question_name(target))
        record = parse_record(text) if text and text.startswith("v=DMARC1") else None
        if record is not None and record.is_valid:
            found.append((target, record))
            if record.psd in ("y", "n"):
                break
        labels = target.split(".")
        target = ".".join(labels[-7:] if len(asked) == 1 and len(labels) >= 8 else labels[1:])
    return found, asked


@given(WORLDS)
def test_asking_all_at_once_finds_what_asking_one_by_one_finds(given_world):
    domain, texts = given_world
    found, asked = by_the_letter(domain, texts)
    climbed = pursue(walk(domain), world(texts))
    assert [rung.name for rung in climbed.rungs] == asked
    assert [(rung.name, rung.record) for rung in climbed.found] == found


@given(WORLDS)
def test_a_missing_answer_is_never_taken_for_a_missing_record(given_world):
    """Whatever a silent server might have said: a policy that we call known is the policy all the same, unless the
    server is a registry's, of which section 5.2 says what it may publish."""
    domain, texts = given_world
    texts = texts | {"_dmarc.test": None}
    silent = [name for name, text in texts.items() if text == "SERVFAIL"]
    ruling = pursue(dmarc_policy(domain), world(texts)).domain
    if ruling.effective is None or not silent:
        return
    for said in (None, "v=DMARC1; p=none; psd=n", "v=DMARC1; p=reject; psd=n", "v=DMARC1; p=none; sp=none; psd=y"):
        again = pursue(dmarc_policy(domain), world(texts | dict.fromkeys(silent, said))).domain
        assert again.effective == ruling.effective


def test_the_answers_of_a_registry_decide_nothing_where_the_domain_below_has_a_record():
    texts = {"_dmarc.example.test": "v=DMARC1; p=reject; sp=quarantine"}
    for said in ("SERVFAIL", None, "v=DMARC1; p=none; psd=y"):
        policy = pursue(dmarc_policy("example.test"), world(texts | {"_dmarc.test": said}))
        assert (policy.domain.effective, policy.subdomain.effective) == ("reject", "quarantine")
        assert policy.organizational_domain == "example.test"


@given(WORLDS)
def test_the_hypothetical_subdomain_is_treated_as_a_real_one_is(given_world):
    domain, texts = given_world
    policy = pursue(dmarc_policy(domain), world(texts))
    real = pursue(dmarc_policy(f"new.{domain}"), world(texts))
    assert policy.nonexistent == real.domain
    existing = pursue(dmarc_policy(f"new.{domain}"), world(texts | {f"new.{domain}": "hello"}))
    assert policy.subdomain == existing.domain


@given(DOMAINS, DOMAINS, st.data())
def test_alignment_is_symmetric(a, b, data):
    texts = data.draw(worlds(a)) | data.draw(worlds(b))

    def org_domain_of(name):
        return pursue(walk(name), world(texts)).organizational_domain

    for mode in Mode:
        assert aligned(a, b, mode, org_domain_of) == aligned(b, a, mode, org_domain_of)
    assert aligned(a, a, Mode.STRICT, org_domain_of)


def test_relaxed_alignment_joins_the_names_of_one_organizational_domain_and_strict_does_not():
    texts = {"_dmarc.example.test": "v=DMARC1; p=reject"}

    def org_domain_of(name):
        return pursue(walk(name), world(texts)).organizational_domain

    pair = ("bounce.example.test", "news.example.test")
    assert aligned(*pair, Mode.RELAXED, org_domain_of)
    assert not aligned(*pair, Mode.STRICT, org_domain_of)
    assert not aligned("example.test", "example.org", Mode.RELAXED, org_domain_of)


def test_psd_y_where_the_walk_starts_does_not_end_below_it():
    rungs = pursue(rungs_of("suffix.test"), world({"_dmarc.suffix.test": "v=DMARC1; p=none; psd=y"}))
    assert climb("suffix.test", rungs).organizational_domain == "suffix.test"


def test_a_name_too_long_to_stand_behind_dmarc_has_no_record_and_leaves_nothing_open():
    domain = ".".join(["a" * 49] * 5) + ".b"
    nobody = ZoneWorld([read_zones("b. NS ns.b.", "b.")])
    climbed = pursue(walk(domain), nobody.look_up)
    assert climbed.rungs[0].answer.outcome is Outcome.NXDOMAIN
    assert not climbed.unknown
