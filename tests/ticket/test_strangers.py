"""People and machines are found in any text, in one pass."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcheck import strangers


def hashed(local, domain):
    return f"[{local}]", domain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 <kim@example.net>: user unknown", "550 <[kim]@example.net>: user unknown"),
        ("to=kim@example.net, relay", "to=[kim]@example.net, relay"),
        ("orig_to=<kim@example.net>", "orig_to=<[kim]@example.net>"),
        ("rfc822;Kim.O'Hara+x@example.net", "rfc822;[Kim.O'Hara+x]@example.net"),
        ('<"kim private"@example.net>', '<["kim private"]@example.net>'),
        ("bounce+kim=example.net@esp.example", "[bounce+kim=example.net]@esp.example"),
        ("?to=kim%40example.net&x", "?to=[kim]%40example.net&x"),
        ("kim@[192.0.2.1] is", "[kim]@[192.0.2.1] is"),
        ("kim@localhost", "[kim]@localhost"),
        ("kim@", "[kim]@"),
        ("ким@пример.example", "[ким]@пример.example"),
        ("kim\uff20example.net", "[kim]\uff20example.net"),
        ("a@b.example,c@d.example", "[a]@b.example,[c]@d.example"),
        ("@example.net and size=4096 and 20% off", "@example.net and size=4096 and 20% off"),
        ("meet @ noon", "meet @ noon"),
        ("kim @ example.net, and kim\t@example.net", "[kim] @ example.net, and [kim]\t@example.net"),
        ('"kim private" @example.net', '["kim private"] @example.net'),
        ('"kim\\"private"@example.net', '["kim\\"private"]@example.net'),
        ('{\\"a\\":\\"b\\",\\"kim c\\"@example.net', '{\\"a\\":\\"b\\",\\["kim c\\"]@example.net'),
        ("orcpt=rfc822;kim+40example.net", "orcpt=rfc822;[kim]+40example.net"),
        ("?u=kim%2540example.net", "?[u=kim]%2540example.net"),
        ("kim&#x0040;example.net kim&#064;example.net", "[kim]&#x0040;example.net [kim]&#064;example.net"),
        ("kim\\x{40}example.net kim\\100example.net", "[kim]\\x{40}example.net [kim]\\100example.net"),
        ("kim\\@example.net", "[kim]\\@example.net"),
        ("kim (at) example.net, kim[AT]example.net", "[kim] (at) example.net, [kim][AT]example.net"),
        ("kim%40example.xn--p1ai", "[kim]%40example.xn--p1ai"),
        ("held (at) noon +4096 %2540 a \\@ b", "held (at) noon +4096 %2540 a \\@ b"),
    ],
)
def test_an_address_is_found(text, shown):
    assert strangers.people(text, hashed) == shown


@given(st.text(alphabet='ab@.<> =%40"\\', max_size=60))
def test_what_is_no_address_stays_and_nothing_breaks(text):
    assert strangers.people(text, lambda local, domain: (local, domain)) == text


@pytest.mark.parametrize(
    "text", ["@" * 300_000, "a" * 300_000 + "@", '"' * 300_000 + "@", "a@" * 150_000, "%40" * 100_000]
)
def test_a_long_text_is_read_once(text):
    assert len(strangers.people(text, lambda local, domain: ("", domain))) <= len(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from unknown[198.51.100.7]:", "from unknown[X]:"),
        ("blocked: 198.51.100.7.", "blocked: X."),
        ("dsl-198-51-100-7.example.net", "dsl-X.example.net"),
        ("ip198-51-100-7.example.net", "ipX.example.net"),
        ("a-2026-11-22-10 and v1.2.3.4", "a-2026-11-22-10 and v1.2.3.4"),
        ("198-51-100-7.dsl.example.net", "X.dsl.example.net"),
        ("host 2001:db8::7 said", "host X said"),
        ("[2001:db8::7]", "[X]"),
        ("5.7.26 and 1.2.3 and 300.1.1.1 and 09:31:07", "5.7.26 and 1.2.3 and 300.1.1.1 and 09:31:07"),
    ],
)
def test_a_machine_is_found(text, shown):
    assert strangers.machines(text, lambda address, as_written: "X") == shown


@given(st.text(alphabet="0123456789abcdef:.-[] ", max_size=80))
def test_machines_are_found_in_any_text(text):
    assert strangers.machines(text, lambda address, as_written: as_written) == text


def test_a_network_tells_no_machine():
    assert strangers.network_of(ip_address("198.51.100.7"), "198.51.100.7") == "198.51.100.x"
    assert strangers.network_of(ip_address("198.51.100.7"), "198-51-100-7") == "198-51-100-x"
    assert strangers.network_of(ip_address("2001:db8:1:2::7"), "2001:db8:1:2::7") == "2001:db8:1:x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("message-id=<a.b.c@mail.example.com>", "message-id=<M@mail.example.com>"),
        ("Message-ID: <20261121.1@x>, size", "Message-ID: <M@x>, size"),
        ("Message-ID header missing", "Message-ID header missing"),
        ("message-id=4E30B1100C7", "message-id=M"),
    ],
)
def test_a_message_id_is_found(text, shown):
    assert strangers.message_ids(text, lambda told: "M") == shown


def test_a_subject_is_found():
    assert strangers.subjects('Subject: "My cancer test"; x', lambda told: "***") == "Subject: ***; x"
