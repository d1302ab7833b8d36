"""`healthcheck explain` and `healthcheck codes` as a person and a program meet them."""

import json

import pytest

from tests.cli import complains, run, spawn
from tests.intake.test_bounce import REPORT
from tests.patience import ends

GMAIL = "550-5.7.26 This mail has been blocked because the sender is unauthenticated. - gsmtp"


def test_the_answer_comes_first(capsys):
    said = run(capsys, "explain", GMAIL)
    assert said.code == 0
    assert said.out.startswith("The mail is not authenticated   550 5.7.26 (gmail)\n")
    assert "do this" in said.out.split("by the book")[0]


def test_a_reply_needs_no_quotes(capsys):
    assert run(capsys, "explain", "550", "5.1.1", "user", "unknown").out.startswith("No such mailbox")


def test_json_is_the_document_of_the_contract(capsys):
    document = json.loads(run(capsys, "explain", GMAIL, "--format", "json").out)
    assert document["schema"] == "healthcheck.explanations/1"
    assert [one["category"] for one in document["replies"]] == ["auth_failed"]
    assert "report" not in document


def test_the_same_reply_gives_the_same_bytes(capsys):
    first = run(capsys, "explain", GMAIL, "--format", "json").out
    assert run(capsys, "explain", GMAIL, "--format", "json").out == first


def test_a_bounce_mail_is_read_from_a_file(capsys, tmp_path):
    file = tmp_path / "bounce.eml"
    file.write_bytes(REPORT)
    document = json.loads(run(capsys, "explain", file, "--format", "json").out)
    assert [one["recipient"] for one in document["replies"]] == ["kim@example.net", "sam@example.org", "jo@example.org"]
    assert {one["form"] for one in document["replies"]} == {"dsn"}


def test_a_reply_is_read_from_standard_input():
    done = spawn("explain", "-", "--format", "json", input=b"552 5.2.2 mailbox full\n")
    assert json.loads(done.stdout)["replies"][0]["category"] == "mailbox_full"


def test_an_error_of_a_service(capsys):
    said = run(capsys, "explain", "--provider", "postmark", "--http", "422", '{"ErrorCode":406,"Message":"inactive"}')
    assert said.out.startswith("Your provider did not try: the address is suppressed   406 HTTP 422 (postmark)")


LINES = [
    "550 5.1.1 user unknown",
    "",
    '{"reply": "550-5.7.26 a\\n550 5.7.26 unauthenticated", "host": "gmail-smtp-in.l.google.com", "provider": null, "http": null}',
    '{"name":"rate_limit_exceeded","message":"x"}',
    '{"reply": 5}',
    "\x00\x1b[31m",
]


def test_a_batch_answers_every_line_in_order():
    done = spawn("explain", "--batch", input="\n".join(LINES).encode() + b"\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["category"] for one in answers[:4]] == ["recipient_unknown", "unknown", "auth_failed", "quota"]
    assert answers[2]["provider"] == "gmail"
    assert len(answers) == len(LINES)


def test_a_batch_survives_a_line_without_an_end():
    done = spawn("explain", "--batch", input=b"550 5.1.1 user unknown " * 200_000 + b"\n421 busy\n")
    assert [json.loads(line)["basic"] for line in done.stdout.splitlines()] == ["550", "421"]


def test_a_credential_is_masked_in_text_and_in_json(capsys):
    text = "535 5.7.8 AUTH PLAIN AGtpbUBleGFtcGxlLmNvbQBodW50ZXIy refused"
    for form in ("text", "json", "ndjson"):
        assert "AGtpbUBleGFt" not in run(capsys, "explain", text, "--format", form).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain",),
        ("explain", "550", "--http", "9999"),
        ("explain", "absent.eml"),
        ("explain", "--batch", "550"),
        ("codes", "zzzzz"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(capsys, arguments):
    assert complains(run(capsys, *arguments))


def test_the_cause_is_confirmed_where_a_check_fails(capsys):
    said = run(
        capsys, "explain", "554 5.7.1 Client host [192.0.2.66] blocked using zen.spamhaus.org",
        "--domain", "listed.example", "--lab", "--format", "json",
    )  # fmt: skip
    document = json.loads(said.out)
    assert [(cause["id"], cause["state"]) for cause in document["causes"]] == [("blocklisted:dnsbl", "confirmed")]
    assert "dnsbl.not-listed.listed" in document["causes"][0]["confirmed_by"]
    assert document["report"]["target"]["ips"] == ["192.0.2.66"]
    assert said.code == 1


def test_the_cause_is_ruled_out_where_the_checks_pass(capsys):
    said = run(
        capsys, "explain", "550 5.7.25 192.0.2.25 has no PTR record", "--domain", "example.com", "--lab", "--format", "json"
    )  # fmt: skip
    causes = {cause["suspect"]: cause for cause in json.loads(said.out)["causes"]}
    assert causes["iprev.forward-confirmed"]["state"] == "ruled-out"
    assert causes["iprev.forward-confirmed"]["ruled_out_by"] == ["iprev.forward-confirmed"]


def test_the_cause_is_open_where_nothing_was_told(capsys):
    said = run(capsys, "explain", "550 5.7.25 no PTR record", "--domain", "example.com", "--lab", "--format", "json")
    assert {cause["state"] for cause in json.loads(said.out)["causes"]} == {"open"}


def test_a_reply_that_names_another_domain_rules_nothing_out(capsys):
    text = "550 5.7.26 Unauthenticated email from elsewhere.example is not accepted due to domain's DMARC policy"
    said = run(
        capsys, "explain", text, "--domain", "example.com", "--selector", "s1", "--ip", "192.0.2.25", "--lab", "--format", "json"
    )  # fmt: skip
    causes = json.loads(said.out)["causes"]
    assert causes
    assert "ruled-out" not in {cause["state"] for cause in causes}


def test_a_reply_that_states_its_own_fact_runs_no_check_and_confirms_its_cause(capsys):
    said = run(capsys, "explain", "550 5.1.1 user unknown", "--domain", "example.com", "--lab", "--format", "json")
    document = json.loads(said.out)
    report = document["report"]
    assert (report["schema"], report["checks"], report["verdict"]) == ("healthcheck.report/1", [], "inconclusive")
    assert said.code == 3  # that of the report: nothing was looked at
    assert report["causes"] == document["causes"]
    (cause,) = document["causes"]
    assert (cause["id"], cause["state"], cause["confirmed_by"]) == (
        "recipient_unknown",
        "confirmed",
        ["replies.recipient-unknown.stated"],
    )


def test_the_catalogue_is_searched_by_code_name_and_word(capsys):
    assert "X.7.26" in run(capsys, "codes", "5.7.26").out
    assert "X.7.13" not in run(capsys, "codes", "5.7.1").out
    assert "resend" in run(capsys, "codes", "rate_limit_exceeded").out
    assert "yahoo-001" in run(capsys, "codes", "yahoo", "deferred").out
    assert run(capsys, "codes").out.startswith("30 categories")
    assert json.loads(run(capsys, "codes", "421", "--format", "json").out)["entries"]


def test_one_reply_starts_no_event_loop_and_no_network():
    code = (
        "import sys; from healthcheck.cli import run; run(['explain', '550 5.1.1 user unknown']); "
        "print([name for name in ('asyncio', 'dns', 'ssl', 'httpx', 'checks.registry', 'tomllib', 'email') if name in sys.modules])"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_megabyte_is_answered(capsys, tmp_path):
    file = tmp_path / "reply.txt"
    file.write_bytes(b"550 " + b"a" * 1_000_000)
    with ends():
        assert run(capsys, "explain", file).code == 0


def causes_of(capsys, text, *options):
    said = run(capsys, "explain", text, "--domain", "example.com", *options, "--lab", "--format", "json")
    return {cause["suspect"]: cause for cause in json.loads(said.out)["causes"]}


@pytest.mark.parametrize(
    ("text", "suspect"),
    [
        ("450 4.1.8 <a@other.test>: Sender address rejected: Domain not found", "mx"),
        ("554 5.7.1 The domain other.test is listed on Spamhaus DBL", "dnsbl.domain-not-listed"),
        ("550 5.7.1 SPF check failed for bounce.example.com", "spf"),
        ("550 5.7.1 message from <news@other.test> failed SPF", "spf"),
        ("550 5.7.1 Email rejected per DMARC policy for other.test", "dkim"),
    ],
)
@pytest.mark.parametrize("address", ["192.0.2.25", "192.0.2.10"])
def test_what_is_found_at_another_domain_than_the_replys_proves_nothing(capsys, text, suspect, address):
    cause = causes_of(capsys, text, "--ip", address, "--selector", "s1")[suspect]
    assert cause["state"] == "open"
    assert "the reply speaks of" in cause["open_because"][0]
    assert (cause["confirmed_by"], cause["ruled_out_by"], cause["remedy"]) == ([], [], "")


def test_a_listing_of_another_address_than_the_replys_confirms_nothing(capsys):
    text = "554 5.7.1 Client host [192.0.2.25] blocked using zen.spamhaus.org"
    cause = causes_of(capsys, text, "--ip", "192.0.2.66")["dnsbl"]
    assert cause["state"] == "open"
    assert "dnsbl.not-listed.listed" in cause["open_because"][0]


def test_an_address_that_cannot_be_looked_up_stays_open(capsys):
    text = "554 5.7.1 Client host [10.1.2.3] blocked using zen.spamhaus.org"
    cause = causes_of(capsys, text, "--ip", "192.0.2.25")["dnsbl"]
    assert (cause["state"], cause["open_because"]) == (
        "open",
        ["the reply speaks of 10.1.2.3, which was not looked at"],
    )


def test_an_envelope_keeps_its_reply_whatever_its_context_is():
    lines = [
        b'{"reply":"550 5.1.1 u","http":-5}',
        b'{"reply":"550 5.1.1 u","http":99999999999999999999}',
        b'{"reply":"550 5.1.1 u","provider":[1],"host":{}}',
        b'{"reply":"550 5.1.1 u","http":true}',
        b' {"reply":"550 5.1.1 u"}',
        b'{"reply":"550 5.1.1 \xff u"}',
        b'{"reply":"550 5.1.1 \\ud800 u"}',
    ]
    done = spawn("explain", "--batch", input=b"\n".join(lines))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["form"], one["basic"], one["http"], one["input"][:9]) for one in found] == [
        ("smtp", "550", None, "550 5.1.1")
    ] * len(lines)


def test_a_status_written_as_text_is_a_status():
    done = spawn("explain", "--batch", input=b'{"reply":"{}","http":"429"}')
    assert json.loads(done.stdout)["http"] == 429


def test_a_folder_and_a_missing_path_are_no_replies(capsys, tmp_path):
    for path in (tmp_path, tmp_path / "550", "./550"):
        assert complains(run(capsys, "explain", path))


def test_a_credential_in_a_file_name_is_masked(capsys):
    said = run(capsys, "explain", "key-0123456789abcdef0123.txt")
    assert said.code == 2
    assert "0123456789abcdef" not in said.err
