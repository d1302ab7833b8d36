"""A stream gives the answers of `explain`, byte by byte, whatever is alike in it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.replies.alike import shape_of
from checks.replies.explain import explain
from checks.replies.shapes import MOST_SHAPES, PAUSE, TRIAL, Stream

encode = msgspec.json.Encoder().encode

ADDRESSES = st.from_regex(r"[a-z0-9.+-]{1,20}@[a-z]{1,10}\.example", fullmatch=True)
PARTS = st.one_of(
    ADDRESSES,
    st.sampled_from(["127.255.255.254", "192.0.2.7", "198.51.100.77", "2001:db8::1", "127.0.0.2", "4.7.1.2"]),
    st.from_regex(r"[A-F0-9]{8,16}", fullmatch=True),
    st.from_regex(r"[a-z0-9]{10,20}", fullmatch=True),
    st.from_regex(r"(try again|retry) (in|after) [0-9]{1,9} (seconds|minutes)", fullmatch=True),
    st.from_regex(r"retry-after: [0-9]{1,9}", fullmatch=True),
    st.from_regex(r"[0-9]{3,9}([.:_-][0-9a-f]{3,14})?", fullmatch=True),
    st.sampled_from(
        [
            "550",
            "421",
            "5.1.1",
            "5.7.26",
            "4.2.2",
            "gsmtp",
            "[TSS04]",
            "OFR_417",
            "said:",
            "host mx.example[192.0.2.9] said:",
        ]
    ),
    st.sampled_from(
        [
            "user unknown",
            "mailbox full",
            "blocked using",
            "zen.spamhaus.org",
            "does not exist",
            "rejected",
            "DMARC",
            "<",
            ">",
        ]
    ),
)


@given(st.lists(st.lists(PARTS, max_size=8).map(" ".join), max_size=6))
def test_a_stream_answers_as_explain_does(texts):
    stream = Stream()
    for text in texts:
        assert stream.explained(text) == encode(explain(text))


def test_a_wait_is_that_of_each_text():
    stream = Stream()
    for seconds in (86399, 86400, 100001, 100002, 9009009, 30, 31, 90090090):
        text = f"451 4.7.1 try again in {seconds} seconds, id 8812345"
        assert stream.explained(text) == encode(explain(text))


def test_texts_that_never_repeat_are_explained_as_alone_too():
    stream = Stream()
    words = ("user unknown", "mailbox full", "blocked using zen.spamhaus.org", "greylisted, try again in 5 minutes")
    for number in range(2 * TRIAL + PAUSE + 50):
        name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        text = f"550 5.1.{number % 3} {name} {words[number % 4]}"
        answer = stream.explained(text)
        if number % 97 == 0:
            assert answer == encode(explain(text))


NAMES = st.from_regex(r"[a-z][a-z.+-]{0,20}@[a-z]{1,10}\.example", fullmatch=True)


@given(NAMES, NAMES)
def test_another_address_is_the_same_shape(one, other):
    text = "550 5.1.1 <{}>: user unknown"
    assert shape_of(text.format(one)) == shape_of(text.format(other))


def test_what_decides_is_no_varying_part():
    texts = ["554 listed 127.255.255.254", "550 AS16012607 x", "421 [TSS04] x", "550 OFR_417 x", "550 5.1.10"]
    assert [shape_of(text) for text in texts] == texts


def test_the_input_is_that_of_each_text():
    stream = Stream()
    for name in ("kim", "sam"):
        assert (
            msgspec.json.decode(stream.explained(f"550 5.1.1 <{name}@example.com>: user unknown"))["input"].find(name)
            > 0
        )


@pytest.mark.parametrize(
    "text", ["4bWxyz12345zQ550 5.7.1 no such user", "4bWxyz12345zQ550-5.7.1 no", "kim@example.n550 5.7.1 no such user"]
)
def test_the_end_of_an_id_that_may_be_a_code_is_not_passed_over(text):
    assert Stream().explained(text) == encode(explain(text))


def test_a_stream_of_ever_new_shapes_stays_bounded():
    stream = Stream()
    for number in range(MOST_SHAPES + 10):
        stream.explained(f"550 {number}")
    assert len(stream._answers) <= MOST_SHAPES
