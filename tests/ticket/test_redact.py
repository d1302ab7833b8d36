"""What a stranger may not read stands in no field of a report, in none of its formats, and in no file of a bundle."""

import re
from importlib.util import find_spec

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from checks.inquiry import DnsQuestion
from healthcheck.again import judge_again, run_again, transcript_of
from healthcheck.cli.options import Format
from healthcheck.cli.output import rendered
from healthcheck.redact import Mode, Redactor
from healthcheck.render import json
from healthcheck.ticket.bundle import paged, zipped
from healthcheck.world.lab import patients
from healthcheck.world.transcript import as_bytes, read_transcript, transcript_from
from tests.cli import run
from tests.ticket import SECRET, VARIABLES, case, failure, seen_report
from tests.ticket.test_secret_values import spellings

LOCAL = "kim.private"
ADDRESS = f"{LOCAL}@mail.example.org"
AROUND = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="@"), max_size=12)
FORMATS = list(Format)
if find_spec("jinja2") is None:
    FORMATS = [form for form in FORMATS if form != "html"]


def everything(one, mode=Mode.STANDARD):
    """All that is ever written of a report: every format, and the bundle with all its files."""
    made = case(one, mode)
    told = [rendered([made.report], form, verbose=True) for form in FORMATS]
    return "\n".join([*told, paged(made).decode(), zipped(made).decode("utf-8", "replace")])


def written_small(text):
    """As a search would look for it: escapes of JSON and of markup undone."""
    return text.replace("\\", "").replace("`", "").replace("&#34;", '"').lower()


@settings(max_examples=20)
@given(AROUND, AROUND, st.sampled_from(list(spellings(SECRET))), st.sampled_from(list(Mode)))
def test_a_configured_secret_is_nowhere(before, after, spelled, mode):
    shown = everything(seen_report(f"{before} {spelled} {after}"), mode)
    assert written_small(spelled) not in written_small(shown)
    assert SECRET.lower() not in shown.lower()


@settings(max_examples=20)
@given(AROUND, AROUND, st.sampled_from([Mode.STANDARD, Mode.STRICT]))
def test_a_person_is_nowhere(before, after, mode):
    assert LOCAL not in everything(seen_report(f"{before} <{ADDRESS}> {after}"), mode).lower()


@pytest.mark.parametrize(
    "spelled", [ADDRESS, ADDRESS.upper(), ADDRESS.replace("@", "%40"), f"<{ADDRESS}>", f"x+{LOCAL}=a.example@b.example"]
)
def test_a_person_is_nowhere_however_written(spelled):
    assert LOCAL not in everything(seen_report(spelled)).lower()


@pytest.mark.parametrize(
    ("word", "secret"),
    [
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("https://kim:hunter2xx@smtp.example.net/", "hunter2xx"),
        ("https://api.example.net/?key=hunter2xx", "hunter2xx"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
        ("AUTH PLAIN AGtpbQBodW50ZXIyeHg=", "AGtpbQBodW50ZXIyeHg"),
        ("SG.abcdefghijklmnopqrst.uvwxyzabcdefgh", "abcdefghijklmnopqrst"),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_what_has_the_shape_of_a_credential_is_nowhere_in_a_text(word, secret, mode):
    one = replace(seen_report(), target=replace(seen_report().target, observed=None))
    found = replace(
        one.checks[0].shown[0].finding, args={"what": word, "how_many": 1, "listed": (word,), "record": word}
    )
    one = replace(one, checks=(replace(one.checks[0], shown=(replace(one.checks[0].shown[0], finding=found),)),))
    told = case(one, mode)
    assert secret not in json.render([told.report])
    assert sum(told.taken.values())


def test_the_same_person_has_the_same_hash_inside_a_bundle_and_another_in_the_next():
    one = seen_report(f"<{ADDRESS}>")
    hashes = set(re.findall(r"r-[0-9a-f]{10}", everything(one)))
    assert len(hashes) == 1
    other = case(one, variables={"HEALTHCHECK_REDACT_KEY": "another key"})
    assert not hashes & set(re.findall(r"r-[0-9a-f]{10}", paged(other).decode()))


def test_without_a_key_every_bundle_has_its_own():
    one = seen_report(f"<{ADDRESS}>")
    assert paged(case(one, variables={})) != paged(case(one, variables={}))


def test_the_key_is_in_no_file():
    assert VARIABLES["HEALTHCHECK_REDACT_KEY"] not in everything(seen_report("the tests' own key"))


def test_the_senders_own_addresses_stay_and_those_of_other_machines_do_not():
    reply = "550 Client host [192.0.2.25] blocked; seen behind [198.51.100.77], 2001:db8:9:8::77"
    target = replace(seen_report().target, observed=replace(seen_report().target.observed, failures=(failure(reply),)))
    shown = everything(replace(seen_report(), target=target))
    assert "192.0.2.25" in shown
    assert "198.51.100.77" not in shown
    assert "2001:db8:9:8::77" not in shown
    assert "198.51.100.x" in shown


def test_credentials_and_people_are_in_no_file_however_they_are_written():
    reply = (
        "550 5.7.1 key=hidden7hidden https://hooks.slack.com/services/T0/B0/hidden7 sasl_password=hidden7 orcpt=rfc822;hidden7+40example.net "
        "hidden7 @example.net hidden7%2540example.net hidden7 (at) example.net dsl-198-51-100-77.example.net"
    )
    target = replace(seen_report().target, observed=replace(seen_report().target.observed, failures=(failure(reply),)))
    for mode in (Mode.STANDARD, Mode.STRICT):
        shown = everything(replace(seen_report(), target=target), mode)
        assert "hidden7" not in shown
        assert "198-51-100-77" not in shown


def test_folders_of_the_machine_are_not_told():
    assert "/home/kim" not in everything(seen_report("mail.log"))


def test_what_a_domain_publishes_for_reports_stays_itself_unless_strict():
    record = "v=DMARC1; p=none; rua=mailto:dmarc@example.com"
    first, *rest = seen_report().evidence
    asked = replace(first, question=DnsQuestion("_dmarc.example.com", "TXT"), records=(record,))
    one = replace(seen_report(), evidence=(asked, *rest))
    assert record in everything(one)
    assert record not in everything(one, Mode.STRICT)


def test_strict_hides_who_was_written_to_and_about_what():
    reply = '550 people.example.org refuses it, Subject: "Results of your test"'
    target = replace(seen_report().target, observed=replace(seen_report().target.observed, failures=(failure(reply),)))
    one = replace(seen_report(), target=target)
    shown = everything(one, Mode.STRICT)
    assert "people.example.org" not in shown
    assert "Results of" not in shown
    assert "people.example.org" in everything(one)


def test_without_redaction_people_stay_and_credentials_do_not():
    shown = everything(seen_report(f"<{ADDRESS}> {SECRET}"), Mode.NONE)
    assert ADDRESS in shown
    assert SECRET not in shown


def test_what_was_taken_out_is_counted_by_kind():
    taken = case(seen_report(f"<{ADDRESS}> <other@example.net> {SECRET}")).taken
    assert taken["mail addresses"] == 2
    assert taken["configured secrets"] == 1


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.integers() | st.just(f"x {ADDRESS} {SECRET}"),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", SECRET, ADDRESS]), inner),
    )
)
def test_any_value_of_json_is_redacted(value):
    redactor = Redactor(Mode.STANDARD, b"key", (), [SECRET])
    shown = msgspec.json.encode(redactor.value(value)).decode()
    assert SECRET not in shown
    assert LOCAL not in shown


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.domain)
def test_a_redacted_run_is_judged_as_the_run_was(capsys, tmp_path, patient):
    recording = tmp_path / "run.json"
    run(capsys, "domain", patient.domain, *patient.options, "--lab", "--record", recording, "-q")
    reports, again, checks, *_ = run_again(read_transcript(recording))
    redactor = Redactor(Mode.STANDARD, b"key", reports)
    redacted = transcript_from(as_bytes(redactor.transcript(transcript_of(reports, again, checks))), recording)
    assert json.render(judge_again(redacted)) == json.render([redactor.report(reports[0])])
