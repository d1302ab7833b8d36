"""Files as they are packed and written elsewhere: zstd, UTF-16, zip, rotated sets."""

import base64
import bz2
import gzip
import lzma
import os
import sys
import zipfile

import pytest
import zstandard

from healthcheck.intake.read import Reading, said_nothing
from healthcheck.intake.reports import report_files
from healthcheck.intake.rotation import older_of
from healthcheck.intake.sources import Found
from healthcheck.intake.stamps import zone_named
from tests.intake.reading import MODIFIED, read
from tests.intake.test_logs import BODY, POSTFIX

UTC = zone_named(None)


def test_zstd_is_unpacked_in_frames_too(tmp_path):
    plain, _ = read(tmp_path, POSTFIX, "same.name")
    pack = zstandard.ZstdCompressor().compress
    half = POSTFIX.index("\n") + 1
    packed, reading = read(tmp_path, pack(POSTFIX[:half].encode()) + pack(POSTFIX[half:].encode()), "same.name")
    assert packed == plain
    assert reading.unread_lines == 0


def test_without_its_library_zstd_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    events, reading = read(tmp_path, zstandard.ZstdCompressor().compress(b"x" * 40))
    assert not events
    assert said_nothing(reading)
    assert "mail-healthcheck[zst]" in reading.samples[0].why
    assert "zstd -dc" in reading.samples[0].why


def test_damaged_zstd_gives_what_can_be_unpacked(tmp_path):
    line = f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}\n"
    packed = bytearray(zstandard.ZstdCompressor().compress(line.encode()) + b"\x28\xb5\x2f\xfd" + b"x" * 40)
    events, reading = read(tmp_path, bytes(packed))
    assert len(events) == 1
    assert any("unpacked" in sample.why for sample in reading.samples)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_table_as_windows_writes_it(tmp_path, encoding, pack):
    table = (
        "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId\r\n"
        "2026-11-21T09:31:07Z,news@example.com,j\u00f6rg@example.net,Gr\u00fc\u00dfe,Failed,<1@example.com>\r\n"
    )
    (event,), reading = read(tmp_path, pack(table.encode(encoding)), "trace.csv")
    assert (event.kind, event.recipient) == ("bounced", "j\u00f6rg@example.net")
    assert reading.unread_lines == 0


def test_utf_16_that_breaks_off_is_read_as_far_as_it_goes(tmp_path):
    log = f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}\r\n".encode("utf-16")
    events, _ = read(tmp_path, log + b"N\0o\0v")
    assert len(events) == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_lines_that_end_as_on_old_macs_are_lines(tmp_path, pack):
    lines = [f"Nov 21 09:31:0{second} mx postfix/smtp[7]: {BODY}\r" for second in range(5)]
    events, reading = read(tmp_path, pack("".join(lines).encode()))
    assert [event.source.line for event in events] == [1, 2, 3, 4, 5]
    assert reading.unread_lines == 0


def test_a_carriage_return_inside_a_line_ends_none(tmp_path):
    lines = f"Nov 21 09:31:07 mx postfix/smtp[7]: {BODY}\r\nNov 21 09:31:08 mx\rpostfix/smtp[7]: {BODY}\n"
    events, _ = read(tmp_path, lines.encode())
    assert [event.source.line for event in events] == [1, 2]


CLEANUP = "Nov 20 23:59:00 mx postfix/cleanup[9]: 4E30B1100C7: message-id=<1@example.com>\n"
SENDER = "Nov 20 23:59:00 mx postfix/qmgr[9]: 4E30B1100C7: from=<news@example.com>, size=900, nrcpt=1 (queue active)\n"
FIRST = "Nov 20 23:59:01 mx postfix/smtp[7]: 4E30B1100C7: to=<kim@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)\n"
LAST = "Nov 21 00:31:07 mx postfix/smtp[7]: 4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n"


@pytest.mark.parametrize(
    ("older", "pack"),
    [("mail.log.1", bytes), ("mail.log.1.gz", gzip.compress), ("mail.log-20261120", bytes)],
)
def test_what_an_older_file_taught_is_known_in_the_newer_one(tmp_path, older, pack):
    (tmp_path / "mail.log").write_text(LAST)
    (tmp_path / older).write_bytes(pack((CLEANUP + SENDER + FIRST).encode()))
    for path in tmp_path.iterdir():
        os.utime(path, (MODIFIED, MODIFIED))
    reading = Reading([str(tmp_path)], UTC)
    # The order of the files is that of names, whatever the order in time.
    assert [(event.kind, event.sender, event.message_id) for event in reading.events()] == [
        ("delivered", "news@example.com", "<1@example.com>"),
        ("deferred", "news@example.com", "<1@example.com>"),
    ]
    assert [source.events for source in reading.sources] == [1, 1]


def test_which_file_of_a_set_came_before():
    from pathlib import Path

    names = (
        *("mail.log", "mail.log.1", "mail.log.2.gz", "mail.log.10.gz", "other.log", "x.log-20261119.zst"),
        *("x.log-20261120", "x.log", "mainlog", "mainlog.01"),
    )
    older = older_of([Found(name, Path("/var/log") / name, 0.0) for name in names])
    assert {name: found.name for name, found in older.items()} == {
        "mail.log": "mail.log.1",
        "mail.log.1": "mail.log.2.gz",
        "mail.log.2.gz": "mail.log.10.gz",
        "x.log": "x.log-20261120",
        "x.log-20261120": "x.log-20261119.zst",
        "mainlog": "mainlog.01",
    }


def test_what_is_in_a_zip_is_read_file_by_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("var/mail.log", LAST)
        archive.writestr("var/mail.log.1.gz", gzip.compress((CLEANUP + SENDER + FIRST).encode()))
        archive.writestr("copy", LAST)
        archive.writestr("hook", '{"event": "email.delivered", "payload": {"domain_id": 1, "to": "kim@example.net"}}')
    reading = Reading([str(tmp_path)], UTC)
    found = [(event.kind, event.format, event.source.file) for event in reading.events()]
    home = f"{tmp_path}/logs.zip"
    assert found == [
        ("delivered", "postfix", f"{home}/copy"),
        ("delivered", "mailpace", f"{home}/hook"),
        ("deferred", "postfix", f"{home}/var/mail.log.1.gz"),
    ]
    assert [source.format for source in reading.sources] == ["postfix", "mailpace", "postfix", "duplicate"]
    assert reading.unread_lines == 0


@pytest.mark.parametrize("harm", ["cut", "broken", "locked"])
def test_a_damaged_zip_is_told_in_a_sentence(tmp_path, harm):
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mail.log", LAST * 100)
    raw = bytearray(path.read_bytes())
    if harm == "cut":
        raw = raw[:60]
    elif harm == "broken":
        raw[45:60] = b"x" * 15
    else:
        raw[6] |= 1
        raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    reading = Reading([str(path)], UTC)
    assert not list(reading.events())
    assert said_nothing(reading)
    assert "cannot be unpacked" in reading.samples[0].why


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)


def lines(times):
    """A log of that many attempts."""
    return LAST * times


def test_of_a_zip_with_too_many_files_it_is_told_that_the_rest_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("healthcheck.intake.archives.MOST_MEMBERS", 3)
    zipped(tmp_path / "logs.zip", [(f"{number}.log", lines(number + 1)) for number in range(5)])
    reading = Reading([str(tmp_path)], UTC)
    assert len(list(reading.events())) == 1 + 2 + 3
    assert [(sample.file, sample.why) for sample in reading.samples] == [
        (f"{tmp_path}/logs.zip", "of its files only the first 3 are read: unpack it first")
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_in_a_zip_are_both_read(tmp_path):
    zipped(tmp_path / "logs.zip", [("mail.log", lines(1)), ("mail.log", lines(2))])
    reading = Reading([str(tmp_path)], UTC)
    assert len(list(reading.events())) == 3


@pytest.mark.parametrize("at", [39, 45, 60], ids=["the options", "the beginning", "the middle"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_was_tampered_with_is_told_whatever_packed_it(tmp_path, method, at):
    path = tmp_path / "logs.zip"
    zipped(path, [("mail.log", lines(100))], method)
    raw = bytearray(path.read_bytes())
    raw[at : at + 8] = b"\xff" * 8
    path.write_bytes(raw)
    reading = Reading([str(path)], UTC)
    list(reading.events())
    assert [sample.why for sample in reading.samples if "cannot be unpacked" in sample.why]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_what_is_damaged_from_the_beginning_is_told(tmp_path, pack):
    packed = bytearray(pack(lines(100).encode()))
    packed[10:30] = b"\xff" * 20
    events, reading = read(tmp_path, bytes(packed))
    assert not events
    assert [sample.why for sample in reading.samples if "cannot be unpacked" in sample.why]


def test_the_list_of_a_zip_is_read_once(tmp_path, monkeypatch):
    opened = []

    class Noted(zipfile.ZipFile):
        def __init__(self, *args: object) -> None:
            opened.append(args)
            super().__init__(*args)

    zipped(tmp_path / "logs.zip", [(f"{number}.log", lines(number + 1)) for number in range(20)])
    monkeypatch.setattr(zipfile, "ZipFile", Noted)
    assert len(list(Reading([str(tmp_path)], UTC).events())) == 210
    assert len(opened) == 1


def test_a_zip_with_more_files_than_can_be_listed_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(report_files, "LONGEST_LIST", 2000)
    zipped(tmp_path / "logs.zip", [(f"{number}.log", lines(1)) for number in range(60)])
    zipped(tmp_path / "reports.zip", [(f"{number}.xml", b"<feedback>") for number in range(60)])
    reading = Reading([str(tmp_path)], UTC)
    assert not list(reading.events())
    assert [sample.why for sample in reading.samples] == 2 * [
        "its list of files is too long to be read: unpack it first"
    ]
    mail = b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
    with pytest.raises(report_files.BadReport, match="its list of files is longer than"):
        list(report_files.documents([mail + base64.encodebytes((tmp_path / "reports.zip").read_bytes())]))
