"""What the DMARC facts cost, and how they stand hostile records."""

from hypothesis import given
from hypothesis import strategies as st

from checks.dmarc.policy import dmarc_policy
from checks.dmarc.publication import publication_of
from checks.dmarc.reports import MOST_DESTINATIONS, reports_of
from checks.inquiry import Answer, DnsQuestion, Outcome, pursue
from checks.model import Target, status_of
from checks.registry import CHECKS
from tests.rounds import rounds

DMARC = [check for check in CHECKS if check.id.startswith("dmarc.")]
TARGET = Target("a.example.com")


def saying(text):
    def answer(question):
        if question == DnsQuestion("_dmarc.example.com", "TXT"):
            return Answer(question, Outcome.ANSWERED, (text,))
        return Answer(question, Outcome.NXDOMAIN)

    return answer


RECORD = saying('"v=DMARC1; p=none; rua=mailto:a@example.net,mailto:b@example.org"')


def test_the_policy_takes_one_round_trip_and_no_check_more_than_two():
    assert len(rounds(dmarc_policy("a.b.c.d.e.f.g.example.com"), RECORD)[1]) == 1
    assert len(rounds(publication_of(TARGET), RECORD)[1]) == 2
    assert len(rounds(reports_of(TARGET), RECORD)[1]) == 2


def test_a_thousand_report_addresses_do_not_make_a_thousand_questions():
    asked = []
    addresses = ",".join(f"mailto:r@{number}.example.net" for number in range(1000))
    world = saying(f'"v=DMARC1; p=none; rua={addresses}"')

    def answer(question):
        asked.append(question)
        return world(question)

    reports = pursue(reports_of(TARGET), answer)
    assert len(reports.destinations) == MOST_DESTINATIONS
    assert len(set(asked)) < 100


@given(st.text(max_size=300), st.booleans())
def test_no_record_breaks_a_check(text, versioned):
    quoted = (("v=DMARC1;" if versioned else "") + text).replace("\\", "\\\\").replace('"', '\\"')
    world = saying(f'"{quoted}"')
    for check in DMARC:
        findings = tuple(check.judge(pursue(check.fact(TARGET), world)))
        assert {finding.message.code for finding in findings} <= {message.code for message in check.messages}
        status_of(findings)
        assert all(finding.text and (finding.remedy or True) for finding in findings)


@given(st.dictionaries(st.sampled_from(["_dmarc.a.example.com", "_dmarc.example.com", "_dmarc.com", "a.example.com"]),
                       st.sampled_from(list(Outcome))))  # fmt: skip
def test_exactly_one_finding_states_the_policy_whatever_the_answers(outcomes):
    def answer(question):
        outcome = outcomes.get(question.name, Outcome.NXDOMAIN)
        return Answer(question, outcome, ('"v=DMARC1; p=reject"',) if outcome is Outcome.ANSWERED else ())

    stating = [
        finding
        for check in DMARC
        for finding in check.judge(pursue(check.fact(TARGET), answer))
        if "effective_policy" in finding.args
    ]
    assert len(stating) == 1
    assert stating[0].args.keys() >= {"organizational_domain", "policy", "questions", "record_at", "testing", "valid"}
