"""What may be given to `healthcheck explain`: mails, mailboxes, packed files, folders; and one sentence for what may not."""

import gzip
import json

import pytest

from healthcheck.cli.explain_given import MOST_MAILS
from tests.cli import complains, run, spawn
from tests.intake.bounce_samples import COMPLAINTS, COPY, SAMPLES, STATUS, report
from tests.intake.test_logs import POSTFIX
from tests.patience import ends

BOUNCE = SAMPLES["a delivery status"][0]
QMAIL = SAMPLES["qmail"][0]
LETTER = SAMPLES["a letter"][0]
POSTMARK = b"From MAILER-DAEMON Sat Nov 21 09:31:07 2026\n"


def recipients(said):
    assert said.code == 0, said.err
    return [one["recipient"] for one in json.loads(said.out)["replies"]]


@pytest.mark.parametrize(
    "content",
    [
        BOUNCE,
        BOUNCE.replace(b"\n", b"\r\n"),
        gzip.compress(BOUNCE),
        BOUNCE.decode().encode("utf-16"),
        POSTMARK + BOUNCE,
    ],
    ids=["plain", "wire", "gz", "utf-16", "mbox of one"],
)
def test_a_bounce_is_read_in_every_wrapping(capsys, tmp_path, content):
    file = tmp_path / "mail"
    file.write_bytes(content)
    assert recipients(run(capsys, "explain", file, "--format", "json")) == ["kim@example.net"]


def test_an_mbox_gives_one_answer_a_recipient(capsys, tmp_path):
    file = tmp_path / "mbox"
    file.write_bytes(b"\n\n".join(POSTMARK + mail for mail in (BOUNCE, LETTER, QMAIL)))
    said = run(capsys, "explain", file, "--format", "json")
    assert recipients(said) == ["kim@example.net", "kim@example.net", "sam@example.org"]


def test_a_maildir_gives_one_answer_a_recipient(capsys, tmp_path):
    for folder, mail in (("cur", BOUNCE), ("new", COMPLAINTS["abuse"][0]), ("tmp", LETTER)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1").write_bytes(mail)
    assert recipients(run(capsys, "explain", tmp_path, "--format", "json")) == ["kim@example.net", "kim@example.net"]


def test_several_files_are_read_one_after_the_other(capsys, tmp_path):
    (tmp_path / "a.eml").write_bytes(QMAIL)
    (tmp_path / "b.eml").write_bytes(BOUNCE)
    said = run(capsys, "explain", tmp_path / "b.eml", tmp_path / "a.eml", "--format", "json")
    assert recipients(said) == ["kim@example.net", "kim@example.net", "sam@example.org"]


def test_of_a_large_mailbox_the_beginning_is_explained_and_that_is_said(capsys, tmp_path):
    file = tmp_path / "mbox"
    file.write_bytes(b"\n\n".join([POSTMARK + BOUNCE] * (MOST_MAILS + 1)))
    said = run(capsys, "explain", file, "--format", "json")
    assert len(recipients(said)) == MOST_MAILS
    assert "healthcheck errors" in said.err


def written(tmp_path, content):
    file = tmp_path / "given"
    if content is not None:
        file.write_bytes(content)
    return file


NONE = {
    "missing": (None, "does not exist"),
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "binary": (bytes(range(256)) * 8, "is no text"),
    "outlook": (b"\xd0\xcf\x11\xe0" + bytes(500), "save the mail as .eml"),
    "a log": (POSTFIX.encode(), "healthcheck errors"),
    "a cut archive": (gzip.compress(BOUNCE)[:200], "it cannot be unpacked"),
    "an mbox of letters": (b"\n\n".join([POSTMARK + LETTER] * 2), "none of the 2 mails"),
}


@pytest.mark.parametrize(("content", "words"), NONE.values(), ids=list(NONE))
def test_what_cannot_be_explained_is_one_sentence(capsys, tmp_path, content, words):
    said = run(capsys, "explain", written(tmp_path, content))
    assert complains(said)
    assert words in said.err


def test_a_folder_without_mail_is_one_sentence(capsys, tmp_path):
    (tmp_path / "mail.log").write_text(POSTFIX)
    said = run(capsys, "explain", tmp_path)
    assert complains(said)
    assert "healthcheck errors" in said.err


def test_an_empty_text_is_one_sentence(capsys):
    assert complains(run(capsys, "explain", " "))


def test_one_line_of_a_log_is_a_reply_in_its_wrapper(capsys, tmp_path):
    line = next(line for line in POSTFIX.splitlines() if "status=bounced" in line)
    said = run(capsys, "explain", written(tmp_path, line.encode() + b"\n"), "--format", "json")
    assert said.code == 0
    assert json.loads(said.out)["replies"][0]["basic"]


@pytest.mark.parametrize("name", ["empty", "binary", "a log"])
def test_standard_input_that_is_nothing_to_explain_is_one_sentence(name):
    done = spawn("explain", "-", input=NONE[name][0])
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert not done.stdout


def test_standard_input_without_end_is_answered():
    with ends():
        done = spawn("explain", "-", input=b"550 5.1.1 user unknown\n" * 2_000_000)
    assert done.returncode == 0


def test_the_returned_header_says_which_stream_to_look_at(capsys, tmp_path):
    status = STATUS.replace("550 5.1.1 No such user", "550 5.7.26 DKIM verification failed, unauthenticated sender")
    file = written(tmp_path, report(status, returned=COPY))
    said = run(capsys, "explain", file, "--domain", "example.com", "--lab", "--format", "json")
    target = json.loads(said.out)["report"]["target"]
    assert target["selectors"] == ["s1"]


def test_a_bounce_of_another_domain_is_said_to_be_one(capsys, tmp_path):
    status = STATUS.replace("550 5.1.1 No such user", "550 5.7.26 unauthenticated sender")
    file = written(tmp_path, report(status))
    said = run(capsys, "explain", file, "--domain", "shop.example", "--lab")
    assert "the returned message is from example.com" in said.err


def test_replies_one_below_the_other_are_explained_each(capsys, tmp_path):
    file = tmp_path / "replies.txt"
    file.write_text("550 5.1.1 user unknown\n\n421 4.7.0 busy\n554-5.7.1 refused\n554 5.7.1 see our pages\n")
    said = run(capsys, "explain", file, "--format", "json")
    codes = [(one["basic"], one["enhanced"]) for one in json.loads(said.out)["replies"]]
    assert codes == [("550", "5.1.1"), ("421", "4.7.0"), ("554", "5.7.1")]


@pytest.mark.parametrize(
    "text", ["550-5.7.1 a\n550 5.7.1 b", "550 5.1.1 a\n550 5.1.1 b", "550 5.1.1 a\n550 b", "550 a\nb\n421 c"]
)
def test_the_lines_of_one_reply_are_one_answer(capsys, text):
    assert len(json.loads(run(capsys, "explain", text, "--format", "json").out)["replies"]) == 1


def test_of_more_replies_than_are_explained_the_rest_is_told(capsys, tmp_path):
    file = tmp_path / "replies.txt"
    file.write_text("550 5.1.1 user unknown\n421 4.7.0 busy\n" * MOST_MAILS)
    said = run(capsys, "explain", file, "--format", "json")
    assert len(json.loads(said.out)["replies"]) == MOST_MAILS
    assert "--batch" in said.err


def test_a_batch_in_text_is_refused_in_one_sentence(capsys):
    said = run(capsys, "explain", "--batch", "--format", "text")
    assert complains(said)
    assert "one JSON object a line" in said.err


@pytest.mark.parametrize("text", ["550 5.1.1 no such user", "250 OK"])
def test_with_a_domain_there_is_always_a_report(capsys, text):
    said = run(capsys, "explain", text, "--domain", "example.com", "--lab", "--format", "json")
    report = json.loads(said.out)["report"]
    assert (report["schema"], report["verdict"], said.code) == ("healthcheck.report/1", "inconclusive", 3)


def test_a_bounce_mail_with_a_domain_has_a_report(capsys, tmp_path):
    file = tmp_path / "mail"
    file.write_bytes(BOUNCE)
    said = run(capsys, "explain", file, "--domain", "example.com", "--lab", "--format", "json")
    assert json.loads(said.out)["report"]["schema"] == "healthcheck.report/1"
