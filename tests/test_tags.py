"""The tag list reads anything, says where a fault is, and reads back what it writes. RFC 6376 section 3.2"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.tags import Kind, parse_tags, with_tag, write_tags

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters=";"), max_size=30).map(
    lambda value: value.strip(" ")
)
WHITE = st.sampled_from(["", " ", "\t", "  ", " \t ", "\r\n "])
LISTS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=8, unique_by=lambda pair: pair[0])


@given(LISTS)
def test_what_is_written_is_read_back(pairs):
    read = parse_tags(write_tags(pairs))
    assert [(tag.name, tag.value) for tag in read.tags] == pairs
    assert not read.faults


@given(LISTS, st.data())
def test_white_space_around_names_and_values_says_nothing(pairs, data):
    def white():
        return data.draw(WHITE)

    spaced = ";".join(f"{white()}{name}{white()}={white()}{value}{white()}" for name, value in pairs)
    ended = spaced + data.draw(st.sampled_from(["", ";", " ; "]))
    read = parse_tags(ended)
    assert [(tag.name, tag.value) for tag in read.tags] == pairs
    assert not read.faults


@given(st.text(max_size=200))
def test_any_text_is_read_and_reading_what_was_read_changes_nothing(text):
    read = parse_tags(text)
    pairs = [(tag.name, tag.value) for tag in read.tags]
    again = parse_tags(write_tags(pairs))
    if pairs:
        assert [(tag.name, tag.value) for tag in again.tags] == pairs
    assert read.text == text


@given(st.text(max_size=200))
def test_every_position_points_at_what_it_speaks_of(text):
    read = parse_tags(text)
    for tag in read.tags:
        assert text[tag.position - 1 :].startswith(tag.name)
        assert text[tag.value_position - 1 :].startswith(tag.value)
    for fault in read.faults:
        assert 1 <= fault.position <= len(text) + 1
    assert list(read.faults) == sorted(read.faults, key=lambda fault: fault.position)


@given(st.text(alphabet="ap=; \t", max_size=40))
def test_every_character_is_accounted_for(text):
    read = parse_tags(text)
    bad = {Kind.NO_EQUALS, Kind.BAD_NAME}
    pieces = [piece for piece in text.split(";") if piece.strip()]
    assert len(read.tags) + sum(fault.kind in bad for fault in read.faults) == len(pieces)


@pytest.mark.parametrize(
    ("text", "kind", "position"),
    [
        ("", Kind.EMPTY, 1),
        (" ", Kind.EMPTY, 1),
        (";", Kind.EMPTY, 1),
        ("v=1;;p=2", Kind.EMPTY, 5),
        ("v=DMARC1; none", Kind.NO_EQUALS, 11),
        ("v=1; 1p=2", Kind.BAD_NAME, 6),
        ("v=1; =2", Kind.BAD_NAME, 6),
        ("v=1; p-q=2", Kind.BAD_NAME, 6),
        ("v=1; p=\u20ac", Kind.BAD_CHARACTER, 8),
        ("v=1; p=a\x00", Kind.BAD_CHARACTER, 9),
        ("v=1; p=a\nb", Kind.BAD_CHARACTER, 9),
        ("v=1; p=none; p=none", Kind.DUPLICATE, 14),
    ],
)
def test_a_fault_says_where_it_is(text, kind, position):
    assert [(fault.kind, fault.position) for fault in parse_tags(text).faults] == [(kind, position)]


def test_case_counts_unless_the_protocol_says_otherwise():
    assert parse_tags("p=a; P=b").get("P") == "b"
    assert not parse_tags("p=a; P=b").faults
    folded = parse_tags("P=a; p=b", fold=True)
    assert folded.get("p") == "a"
    assert folded.has(Kind.DUPLICATE)


def test_an_empty_value_is_not_an_absent_tag():
    read = parse_tags("v=DKIM1; p=")
    assert read.get("p") == ""
    assert read.get("t") is None
    assert read.tag("p").value_position == 12


def test_white_space_and_equals_inside_a_value_belong_to_it():
    assert parse_tags("p=MIG fMA\t0= ; n=a = b").get("p") == "MIG fMA\t0="
    assert parse_tags("n=a = b").get("n") == "a = b"


def test_a_record_to_publish_keeps_the_other_tags():
    tags = parse_tags("v=DMARC1;p=none ;p=reject; rua=mailto:a@example.com")
    assert with_tag(tags, "p", "quarantine") == "v=DMARC1; p=quarantine; rua=mailto:a@example.com"
    assert with_tag(tags, "rua", None) == "v=DMARC1; p=none; p=reject"
    assert with_tag(tags, "sp", "reject", after="p").startswith("v=DMARC1; p=none; sp=reject")
    assert with_tag(tags, "t", "y").endswith("; t=y")


def test_a_long_list_is_read_in_linear_time():
    assert len(parse_tags(";".join(f"a{number}=" for number in range(20_000))).tags) == 20_000
    assert len(parse_tags("=" * 65_000 + ";" * 65_000).faults) == 65_000
