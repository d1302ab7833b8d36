"""Mails of an mbox: where one begins, what is quoted in it, how much of it is held."""

import collections
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck.intake.lines import BLOCK
from healthcheck.intake.mails.mbox import mails_of
from healthcheck.intake.sources import Damaged, Found, opened

FROM = b"From a@example.com Sat Nov 21 09:31:07 2026\n"


def split(content, largest=10_000_000):
    return list(mails_of(io.BufferedReader(io.BytesIO(content)), largest))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["unix", "windows"])
def test_a_mail_begins_behind_an_empty_line_with_a_date(end):
    box = FROM + b"A: 1\n\nFrom here on\n\nFrom nowhere\n" + FROM + b"\n" + FROM + b"B: 2\n\n>From me\n>>From you\n"
    assert [(line, raw.rstrip().splitlines()) for line, raw in split(box.replace(b"\n", end))] == [
        (1, [b"A: 1", b"", b"From here on", b"", b"From nowhere", FROM.strip()]),
        (9, [b"B: 2", b"", b"From me", b">From you"]),
    ]


def test_the_first_line_needs_no_date():
    assert split(b"From MAILER-DAEMON\nA: 1\n") == [(1, b"A: 1")]
    assert split(b"A: 1\n\nFrom MAILER-DAEMON\n") == [(1, b"A: 1\n\nFrom MAILER-DAEMON")]


def test_a_separator_behind_another_one_is_one_too():
    assert split(FROM + FROM + b"A: 1\n\nB: 2\n" + FROM) == [(2, b"A: 1\n\nB: 2\n" + FROM.rstrip())]
    short = b"From a@example.com 09:31\n"
    box = short + b"A: 1\n\n" + short * (2 * BLOCK // len(short)) + b"B: 2\n"
    assert [raw for _, raw in split(box)] == [b"A: 1\n", b"B: 2"]


@given(st.lists(st.integers(0, 12_000), min_size=1, max_size=8))
def test_mails_are_the_same_wherever_the_blocks_of_the_file_end(lengths):
    mails = [b"N: %d\n\n" % at + b"x" * 60 + b"\n" + b"line\n" * length for at, length in enumerate(lengths)]
    found = split(b"".join(FROM + mail + b"\n" for mail in mails))
    assert [raw for _, raw in found] == mails
    lines = [1]
    for mail in mails[:-1]:
        lines.append(lines[-1] + 2 + mail.count(b"\n"))
    assert [line for line, _ in found] == lines


def test_of_a_mail_without_an_end_no_more_is_held_than_is_read():
    ((line, raw), second) = split(FROM + b"ab\n" * BLOCK + b"\n" + FROM + b"B: 2\n", largest=1000)
    assert (line, len(raw)) == (1, 1000)
    assert second == (3 + BLOCK, b"B: 2")


def test_what_comes_before_the_damage_is_had(tmp_path):
    path = tmp_path / "box.gz"
    path.write_bytes(gzip.compress(b"".join(FROM + b"N: %d\n\n" % at for at in range(20_000)))[:-600])
    found = []
    with opened(Found("box", path, 0.0)) as stream:
        mails = mails_of(stream, 1000)
        with pytest.raises(Damaged):
            collections.deque(map(found.append, mails))
    assert len(found) > 1000
    assert found[1] == (4, b"N: 1\n")
