"""Record and replay: a recorded run judged again offline gives the same bytes, and nothing else passes for one."""

import json

import pytest

from healthcheck.world.lab import patients
from tests.cli import QUICK, complains, run

FORMATS = ("text", "json", "markdown", "ndjson")


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.domain)
def test_a_replay_gives_the_same_bytes(capsys, tmp_path, patient):
    recording = tmp_path / "run.json"
    for form in FORMATS:
        arguments = (patient.domain, *patient.options, "--lab", "--format", form, "--record", recording)
        first = run(capsys, "domain", *arguments)
        again = run(capsys, "replay", recording, "--format", form)
        assert (again.code, again.out) == (first.code, first.out)


def test_a_replay_of_several_domains_keeps_their_order(capsys, tmp_path):
    recording = tmp_path / "run.json"
    first = run(capsys, "domain", "shop.example", "example.com", *QUICK, "-v", "--record", recording)
    assert run(capsys, "replay", recording, "-v").out == first.out
    assert first.out.index("shop.example: FAIL") < first.out.index("example.com: PASS")


def test_a_run_without_answers_is_replayed_too(capsys, tmp_path):
    recording = tmp_path / "run.json"
    first = run(capsys, "domain", "example.com", "--resolver", "127.0.0.1:9", "--record", recording, "--format", "json")
    again = run(capsys, "replay", recording, "--format", "json")
    assert (again.code, again.out) == (first.code, first.out)


def test_a_replay_says_on_standard_error_what_it_is(capsys, recorded):
    assert "recorded at" in run(capsys, "replay", recorded).err
    assert run(capsys, "replay", recorded, "-q").err == ""


@pytest.fixture
def recorded(capsys, tmp_path):
    """A recorded run of shop.example."""
    path = tmp_path / "run.json"
    run(capsys, "domain", "shop.example", *QUICK, "--record", path)
    return path


def test_a_transcript_holds_questions_and_answers_and_no_setting_of_the_machine(recorded):
    held = json.loads(recorded.read_bytes())
    assert held.keys() == {"schema", "version", "world", "targets", "checks", "answers", "command"}
    assert {key for answer in held["answers"] for key in answer} <= {
        *(
            "question",
            "outcome",
            "records",
            "aliases",
            "ttl",
            "authenticated",
            "server",
            "asked_at",
            "elapsed",
            "detail",
        ),
    }
    assert {key for answer in held["answers"] for key in answer["question"]} <= {
        "name",
        "rdtype",
        "server",
        "tcp",
        "account",
    }


def changed(held: dict, path: str, value: object) -> bytes:
    """The transcript with one place changed: `targets/0/domain`."""
    *way, last = [int(word) if word.isdecimal() else word for word in path.split("/")]
    place = held
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(held).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "healthcheck.transcript/99"),
        ("world", "\x1b[31mreal"),
        ("targets", []),
        ("targets/0/domain", "\x1b]0;x\x07"),
        ("targets/0/domain", ""),
        ("targets/0/ips", ["not an address"]),
        ("targets/0/selectors", ["a b"]),
        ("targets/0/mail_from", "\u202e"),
        ("targets/0/generated_at", "\x1b[2J"),
        ("checks", ["no.such-check"]),
        ("answers/0/outcome", "fine"),
        ("answers/0/records", [7]),
        ("answers/0/question", "x"),
        ("answers", None),
        ("answers/0/records", []),
        ("answers/0/outcome", "nxdomain"),
        ("answers/0/records", ["x" * 400_000]),
        ("answers/0/records", ["x" * 200_000] * 50),
        ("answers/0/aliases", ["x" * 9_000_000]),
        ("answers/0/elapsed", 1e308),
        ("answers/0/elapsed", -1),
        ("answers/0/ttl", -1),
        ("answers/0/ttl", 10**18),
        ("targets/0/ips", ["2001:db8::1%eth0"]),
        ("targets/0/ips", ["fe80::1%\x1b[31m"]),
    ],
)
def test_a_damaged_transcript_is_refused_in_one_sentence(capsys, recorded, path, value):
    recorded.write_bytes(changed(json.loads(recorded.read_bytes()), path, value))
    said = run(capsys, "replay", recorded, "-q")
    assert complains(said), said
    assert said.err.removesuffix("\n").isprintable()


@pytest.mark.parametrize("keep", [0, 1, 100, 1000, -2, -100])
def test_a_truncated_transcript_is_refused_in_one_sentence(capsys, recorded, keep):
    recorded.write_bytes(recorded.read_bytes()[:keep])
    assert complains(run(capsys, "replay", recorded))


FOREIGN = {
    "nothing": b"",
    "another JSON": b'{"schema": "healthcheck.report/1"}',
    "an array": b"[]",
    "text": b"v=spf1 -all\n",
    "no UTF-8": b'{"version": "\xff\xfe"}',
    "a picture": b"\x89PNG\r\n\x1a\n\x00",
    "a deep nest": b'{"x":' * 100_000,
    "a deep array where nobody looks": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_refused_in_one_sentence(capsys, tmp_path, kind):
    file = tmp_path / "run.json"
    file.write_bytes(FOREIGN[kind])
    assert complains(run(capsys, "replay", file))


def test_a_huge_file_is_refused_unread(capsys, tmp_path):
    file = tmp_path / "run.json"
    with file.open("wb") as opened:
        opened.truncate(300 * 1024 * 1024)
    said = run(capsys, "replay", file)
    assert complains(said)
    assert "64 MiB" in said.err


def test_a_folder_and_a_missing_file_are_refused(capsys, tmp_path):
    assert complains(run(capsys, "replay", tmp_path))
    assert complains(run(capsys, "replay", tmp_path / "none"))


def test_an_answer_that_was_not_recorded_is_unknown_and_never_invented(capsys, recorded):
    held = json.loads(recorded.read_bytes())
    held["answers"] = [answer for answer in held["answers"] if answer["question"]["name"] != "shop.example"]
    recorded.write_text(json.dumps(held))
    said = run(capsys, "replay", recorded)
    assert said.code == 3
    assert "not in the recorded run" in said.out


def test_hostile_answers_in_a_transcript_stay_inert(capsys, recorded):
    held = json.loads(recorded.read_bytes())
    for answer in held["answers"]:
        answer["server"] = answer["detail"] = "\x1b[31m\u202e"
        answer["asked_at"] = "\r\n# x"
        answer["aliases"] = ["<img src=x>\x07"]
    recorded.write_text(json.dumps(held))
    for form in FORMATS:
        said = run(capsys, "replay", recorded, "-v", "--format", form)
        assert all(line.isprintable() for line in said.out.split("\n")), form
