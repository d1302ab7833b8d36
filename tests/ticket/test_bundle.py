"""A bundle: the same bytes for the same case, all that support asks for, and nothing that can be unpacked to harm."""

import contextlib
import json
import re
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from healthcheck.render.markdown import LARGEST
from healthcheck.ticket.bundle import browsed, paged, zipped
from healthcheck.ticket.opened import BadBundle, member
from tests.ticket import case, failure, seen_report
from tests.ticket.golden import FOLDER, goldens

HERE = Path("ticket.zip")
TOLD = goldens()


def files(raw):
    with zipfile.ZipFile(BytesIO(raw)) as bundle:
        return {entry.filename: bundle.read(entry) for entry in bundle.infolist()}


def packed(held, compression=zipfile.ZIP_STORED):
    held_in = BytesIO()
    with zipfile.ZipFile(held_in, "w", compression) as bundle:
        for name, content in held.items():
            bundle.writestr(name, content)
    return held_in.getvalue()


@pytest.mark.parametrize("name", TOLD)
def test_a_ticket_looks_as_it_did(name):
    assert TOLD[name] == (FOLDER / name).read_text(encoding="utf-8"), "python -m tests.ticket.golden writes it anew"


def test_the_same_case_gives_the_same_bytes():
    assert zipped(case()) == zipped(case())
    assert paged(case()) == paged(case())
    assert browsed(case()) == browsed(case())


def test_every_entry_has_the_time_of_the_report_and_the_names_are_sorted():
    with zipfile.ZipFile(BytesIO(zipped(case()))) as bundle:
        entries = bundle.infolist()
    assert {entry.date_time for entry in entries} == {(2026, 11, 22, 14, 3, 0)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


@pytest.mark.parametrize(
    "time", ["", "yesterday", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2026-13-99T99:99:99Z"]
)
def test_a_time_that_no_zip_can_hold_breaks_nothing(time):
    assert files(zipped(case(replace(seen_report(), generated_at=time))))


def test_the_manifest_tells_size_checksum_and_redaction_of_all():
    held = files(zipped(case(seen_report("<kim@example.net>"))))
    manifest = json.loads(held.pop("MANIFEST.json"))
    assert {one["name"] for one in manifest["files"]} == set(held)
    for one in manifest["files"]:
        assert (one["bytes"], one["sha256"]) == (len(held[one["name"]]), sha256(held[one["name"]]).hexdigest())
    assert manifest["redaction"] == {"mode": "standard", "taken": manifest["redaction"]["taken"]}
    assert manifest["redaction"]["taken"]["mail addresses"] == 1


@pytest.mark.parametrize("world", ["lab", "zone", "overlay"])
def test_what_is_not_of_this_world_says_so_first_of_all_in_everything(world):
    marked = case(replace(seen_report(), world=world))
    assert marked.mark
    for name, content in files(zipped(marked)).items():
        first, second = content.decode().split("\n")[:2]
        assert marked.mark in (second if name.endswith(".json") else first), name
        assert not name.endswith(".json") or first == "{", "laid out as the rest of it"
    assert marked.mark in browsed(marked).decode().partition("\n")[0]
    assert marked.mark in paged(marked).decode().partition("\n")[0]


def test_what_is_of_this_world_has_no_mark():
    assert "DATA" not in paged(case()).decode().partition("\n")[0]


def test_the_page_asks_the_six_questions_and_answers_each():
    told = paged(case()).decode()
    part = told.partition("## The six questions")[2].partition("\n## ")[0]
    assert len(re.findall(r"^- \[[ x]\] \*\*", part, re.MULTILINE)) == 6


def test_a_point_that_is_not_done_says_how():
    told = paged(case(replace(seen_report(), checks=()))).decode()
    part = told.partition("## The six questions")[2].partition("\n## ")[0]
    assert part.count("(not done)") <= part.count("**To do:**")
    assert "(not done)" in part


def test_what_is_to_be_pasted_stays_short_enough_whatever_was_seen():
    many = tuple(failure(f"550 {number} {'x' * 3000}", f"mx{number}.example.net") for number in range(500))
    target = replace(seen_report().target, observed=replace(seen_report().target.observed, failures=many))
    told = paged(case(replace(seen_report("y" * 4000), target=target), to="gmail"))
    assert len(told) <= LARGEST
    assert "A ticket as .zip has the rest" in told.decode() or "Left out" not in told.decode()


@pytest.mark.parametrize("to", ["gmail", "microsoft", "yahoo", "apple", "spamhaus", "barracuda"])
def test_what_the_recipient_asks_for_stands_before_all_else(to):
    told = paged(case(to=to)).decode()
    assert 0 < told.index("## For ") < told.index("## The six questions")


@given(st.text(max_size=40))
@settings(max_examples=30)
def test_a_strangers_words_are_quoted_in_commands(word):
    for line in files(zipped(case(seen_report(word))))["commands.txt"].decode().splitlines():
        bare = re.sub(r"'[^']*'|\"'\"", "", line)
        if not line.startswith("#"):
            assert not re.search(r"[`$;&|()]", bare), line


HOSTILE = "`a` ``b`` </pre><script>alert(1)</script> ]]> | @all #12 ![x](http://e.example) $(id) ; rm -rf / \x1b[31m \u202e \r\n## X"


def test_hostile_text_is_inert_in_every_file():
    held = files(zipped(case(seen_report(HOSTILE))))
    for name, content in held.items():
        text = content.decode()
        assert not [char for char in text if not char.isprintable() and char != "\n"], name
        assert "\n## X" not in text
        assert "<script>alert" not in (text if name.endswith(".html") else "")
    assert "$(id)" not in re.sub(r"'[^']*'", "", held["commands.txt"].decode())


def test_a_bundle_is_read_again():
    raw = zipped(case())
    assert member(raw, "report.json", HERE) == files(raw)["report.json"]


def refused(raw, name="report.json"):
    with pytest.raises(BadBundle) as caught:
        member(raw, name, HERE)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_changed_file_is_noticed():
    held = files(zipped(case()))
    assert "is not what" in refused(packed(held | {"report.json": held["report.json"].replace(b"fail", b"pass", 1)}))


def test_a_file_that_the_manifest_does_not_name_is_not_read():
    assert "is not what" in refused(packed(files(zipped(case())) | {"more.json": b"{}"}), "more.json")


def test_a_cut_off_bundle_is_said():
    raw = zipped(case())
    for length in (3, 30, len(raw) // 2, len(raw) - 10):
        assert "damaged or cut off" in refused(raw[:length])


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_bundle_gives_the_same_file_or_one_sentence(data):
    raw = bytearray(zipped(case()))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadBundle):
        assert member(bytes(raw), "report.json", HERE) == files(zipped(case()))["report.json"]


def test_a_bomb_is_not_unpacked():
    bomb = packed(files(zipped(case())) | {"report.json": b"0" * (65 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2_000_000
    assert "would unpack to 65 MiB" in refused(bomb)


def test_an_entry_that_lies_about_its_size_is_no_way_round():
    bomb = bytearray(packed(files(zipped(case())) | {"report.json": b"0" * (65 * 1024 * 1024)}, zipfile.ZIP_DEFLATED))
    size = (65 * 1024 * 1024).to_bytes(4, "little")
    while (at := bomb.find(size)) >= 0:
        bomb[at : at + 4] = (10).to_bytes(4, "little")
    refused(bytes(bomb))


def test_an_encrypted_entry_is_said():
    raw = bytearray(packed(files(zipped(case()))))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(mark, at + 1)
    assert "encrypted" in refused(bytes(raw))


def test_names_that_climb_are_led_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = packed(files(zipped(case())) | {"../../evil.txt": b"x", "/etc/evil": b"x"})
    assert member(raw, "report.json", HERE)
    assert not list(tmp_path.rglob("*"))


def test_a_thousand_entries_are_too_many():
    assert "holds" in refused(packed(files(zipped(case())) | {f"f{number}": b"" for number in range(1000)}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused():
    held_in = BytesIO(zipped(case()))
    with zipfile.ZipFile(held_in, "a") as bundle:
        bundle.writestr("report.json", b"{}")
    assert "two files of one name" in refused(held_in.getvalue())


@pytest.mark.parametrize(
    "held", [{}, {"report.json": b"{}"}, {"MANIFEST.json": b"[" * 100_000}, {"MANIFEST.json": b"\xff"}]
)
def test_a_zip_of_somebody_else_is_no_bundle(held):
    refused(packed(held))


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 address of another machine"), (2, "2 addresses of other machines")]
)
def test_what_was_taken_is_told_in_plain_english(number, words):
    made = replace(case(), taken={"addresses of other machines": number})
    assert f": {words}. " in paged(made).decode()
