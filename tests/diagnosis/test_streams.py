"""A stream that somebody gave and a returned message told of is one stream."""

from ipaddress import ip_address

import pytest

from checks.model import Origin, Signature, Stream, Target

KEY = Signature("service.example", "k1")
TOLD = Stream(Origin.MESSAGE, "bounce.service.example", (KEY,))
ADDRESS = (ip_address("192.0.2.1"),)


def test_a_return_path_that_a_message_told_is_no_second_stream():
    assert Target("shop.example", mail_from="bounce.service.example", learned=(TOLD,)).streams == (TOLD,)


def test_what_was_given_beside_it_completes_it():
    (one,) = Target("shop.example", ADDRESS, mail_from="bounce.service.example", learned=(TOLD,)).streams
    assert (one.origin, one.ips, one.signatures) == (Origin.MESSAGE, ADDRESS, (KEY,))


@pytest.mark.parametrize(
    "target",
    [
        Target("shop.example", mail_from="shop.example", learned=(TOLD,)),
        Target("shop.example", selectors=("s1",), mail_from="bounce.service.example", learned=(TOLD,)),
        Target("shop.example", ADDRESS, learned=(TOLD,)),
    ],
)
def test_what_was_told_otherwise_is_another_stream(target):
    assert [stream.origin for stream in target.streams] == [Origin.GIVEN, Origin.MESSAGE]


def test_an_address_of_one_of_several_streams_is_added_to_none_of_them():
    other = Stream(Origin.MESSAGE, "bounce.service.example", ())
    target = Target("shop.example", ADDRESS, mail_from="bounce.service.example", learned=(TOLD, other))
    assert target.streams[1:] == (TOLD, other)
