"""Lines of every format, with the events they come to. The cases are in tests/intake/lines, a file a format.

A case has `log` (what the file holds), `events` (for each event, in order, the fields that matter) and maybe `unread`, the
number of lines that were not read. "null" stands for None, which TOML cannot say. Names and addresses are examples; the shapes
of the lines were written after each system's documentation or source, as docs/errors.md says.
"""

import tomllib
from pathlib import Path

import pytest

from checks.delivery.tally import Tally
from checks.delivery.traffic import TrafficTally
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.counting import Counting
from healthcheck.intake.fast import Sums
from healthcheck.intake.shares import Shares
from healthcheck.intake.stamps import zone_named
from tests.intake.reading import read

HOME = Path(__file__).parent / "lines"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}-{case['name']}".replace(" ", "-"))
    for path in sorted(HOME.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


@pytest.mark.parametrize(("form", "case"), CASES)
def test_lines_come_to_the_events_expected(tmp_path, form, case):
    content = case["log"].encode() if "latin1" not in case else case["log"].encode("latin-1")
    events, reading = read(tmp_path, content, name="file")
    found = [(event.kind, event.recipient) for event in events]
    assert len(events) == len(case["events"]), found
    for event, expected in zip(events, case["events"], strict=True):
        for field, value in expected.items():
            assert getattr(event, field) == (None if value == "null" else value), (field, event)
        if "format" not in expected and not case.get("mixed"):
            assert event.format == form
    assert reading.unread_lines == case.get("unread", 0), reading.samples


@pytest.mark.parametrize(("form", "case"), CASES)
def test_lines_are_counted_as_their_events_are(tmp_path, form, case):
    events, reading = read(tmp_path, case["log"], name="file")
    tally, traffic, sums = Tally(), TrafficTally(), Sums(True)
    for event in events:
        tally.add(event)
        traffic.add(event)
    counting = Counting([str(tmp_path / "file")], zone_named(None), Chosen(), sums, Shares(1))
    for event in counting.events():
        sums.add(event)
    assert sums.traffic is not None
    assert sums.tally.sums() == tally.sums()
    assert sums.traffic.traffic() == traffic.traffic()
    assert counting.samples == reading.samples


def test_there_are_cases_of_every_format():
    assert {case.values[0] for case in CASES} >= {
        *("exim", "sendmail", "qmail", "opensmtpd", "powermta", "kumomta", "haraka", "halon", "message-trace"),
        *("postfix", "stalwart"),
        "message-tracking",
    }
