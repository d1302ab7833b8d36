"""Reading the header of a message: what receivers wrote, what senders write, and anything at all."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.message.headers import LARGEST, addresses, read_header, split_fields
from checks.model import Origin, Signature

DELIVERED = b"""\
Received: by 2001:db8::1 with SMTP id x; Sun, 22 Nov 2026 00:00:00 +0000
Return-Path: <bounce+7@bounce.example.net>
Received: from out1.example.net (out1.example.net. [192.0.2.121])
        by mx.receiver.example with ESMTPS id abc; Sun, 22 Nov 2026 00:00:00 +0000
Received-SPF: pass (receiver.example: domain of bounce+7@bounce.example.net designates
 192.0.2.121 as permitted sender) client-ip=192.0.2.121;
Authentication-Results: mx.receiver.example; spf=pass smtp.mailfrom=bounce+7@bounce.example.net
DKIM-Signature: v=1; a=rsa-sha256; d=Example.NET; s=K1; h=from; bh=x; b=y
dkim-signature: v=1; d=example.com;
 s=s1; b=y
Received: from app ([10.0.0.1]) by out1.example.net; Sun, 22 Nov 2026 00:00:00 +0000
From: "Shop, Inc. <x@evil.example>" <news@example.com>
Subject: hello

DKIM-Signature: v=1; d=body.example; s=x
"""


def test_a_delivered_message_tells_its_stream():
    header = read_header(DELIVERED)
    assert header.authors == ("example.com",)
    stream = header.stream
    assert stream.origin is Origin.MESSAGE
    assert stream.mail_from == "bounce.example.net"
    assert stream.signatures == (Signature("example.net", "k1"), Signature("example.com", "s1"))
    assert stream.ips == (ip_address("192.0.2.121"),)
    assert stream.helo == "out1.example.net"


@pytest.mark.parametrize("ends", [b"\r\n", b"\r", b"\n"])
def test_any_line_ends_will_do(ends):
    assert read_header(DELIVERED.replace(b"\n", ends)) == read_header(DELIVERED)


def lines(*fields: str) -> bytes:
    return "\n".join((*fields, "From: a@example.com", "", "body")).encode()


def test_an_address_that_only_a_received_line_names_is_claimed_and_not_believed():
    header = read_header(lines("Received: from a.example (a.example [192.0.2.7]) by mx.receiver.example"))
    assert header.address is None
    assert header.claimed == ip_address("192.0.2.7")
    assert header.stream.ips == ()


def test_hops_inside_the_receiver_are_passed_by():
    header = read_header(
        lines(
            "Received: from in1.receiver.example (2001:db8:1::23) by in2.other.example",
            "Received-SPF: Pass (receiver.example: ...) client-ip=192.0.2.7; helo=a.example;",
            "Received: from a.example (192.0.2.7) by in1.receiver.example",
        )
    )
    assert header.address == ip_address("192.0.2.7")
    assert header.helo == "a.example"


def test_a_result_further_down_is_not_the_receivers():
    header = read_header(
        lines(
            "Received-SPF: none client-ip=192.0.2.7",
            "Received: from b.example ([192.0.2.9]) by mx.receiver.example",
            "Received-SPF: pass client-ip=192.0.2.9",
        )
    )
    assert header.address is None


@pytest.mark.parametrize("protocol", ["ESMTPA", "ESMTPSA", "UTF8SMTPSA"])
def test_a_person_who_logged_in_is_no_sending_server(protocol):
    header = read_header(lines(f"Received: from laptop ([192.0.2.7]) by mx.example.com with {protocol} id 1"))
    assert (header.address, header.claimed) == (None, None)


def test_private_addresses_are_never_the_senders():
    header = read_header(lines("Received: from app ([10.0.0.1]) by a.example", "Received-SPF: pass client-ip=10.0.0.1"))
    assert (header.address, header.claimed) == (None, None)


@pytest.mark.parametrize(
    ("line", "helo"),
    [
        ("from mail.example.com (unknown [192.0.2.7]) by mx", "mail.example.com"),
        ("from unknown (HELO mail.example.com) (192.0.2.7) by mx", "mail.example.com"),
        ("from [192.0.2.7] (helo=mail.example.com) by mx", "mail.example.com"),
        ("from [192.0.2.7] (port=1 helo=[192.0.2.7]) by mx", ""),
        ("from mail.example.com ([IPv6:2001:db8::7]) by mx", "mail.example.com"),
    ],
)
def test_every_way_of_writing_a_hop_is_read(line, helo):
    (hop,) = read_header(lines(f"Received: {line}; Sun, 22 Nov 2026 00:00:00 +0000")).hops
    assert hop.helo == helo
    assert hop.address in (ip_address("192.0.2.7"), ip_address("2001:db8::7"))


def test_a_copy_that_was_never_delivered_says_nothing_about_signatures():
    assert read_header(lines()).stream.signatures is None
    assert read_header(lines("Return-Path: <a@example.com>")).stream.signatures == ()


@pytest.mark.parametrize(
    ("path", "domain"),
    [("<>", ""), ("<a@b.example.com>", "b.example.com"), ("a@b.example.com", "b.example.com"), ("<nonsense>", None)],
)
def test_the_return_path_is_a_domain_or_nobody(path, domain):
    assert read_header(lines(f"Return-Path: {path}")).return_path == domain


def test_the_spf_result_names_the_return_path_where_nobody_wrote_it_down():
    header = read_header(lines("Authentication-Results: mx; spf=pass smtp.mailfrom=bounce.example.com; dkim=none"))
    assert header.return_path == "bounce.example.com"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@example.com", ("a@example.com",)),
        ('"b@example.net" <a@example.com>', ("a@example.com",)),
        ("(b@example.net) a@example.com (c@example.org)", ("a@example.com",)),
        ("A <a@example.com>, b@example.net", ("a@example.com", "b@example.net")),
        ('"a\\"<b@example.net>" <a@example.com>', ("a@example.com",)),
        ("Group: a@example.com;", ("a@example.com",)),
        ("nobody", ()),
        ("", ()),
    ],
)
def test_the_addresses_of_a_list_are_found(value, found):
    assert addresses(value) == found


def test_two_authors_are_two():
    assert read_header(b"From: a@example.com\nFrom: b@example.net\n\n").authors == ("example.com", "example.net")


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["From", "Received", "Return-Path", "DKIM-Signature", "Received-SPF", "Authentication-Results", "X"]
        ),
        st.text(max_size=80)
        | st.sampled_from(["from a ([192.0.2.1]) by b", "<a@example.com>", "d=a.example; s=b", "(((", '"']),
    ),
    max_size=12,
)


@given(st.binary(max_size=400) | HEADERS.map(lambda found: "\r\n".join(f"{k}: {v}" for k, v in found).encode()))
def test_anything_at_all_can_be_read(raw):
    header = read_header(raw)
    for signature in header.signatures:
        assert signature.key_name.isascii()
    assert all("." in author for author in header.authors)
    assert header.address is None or header.claimed is None


@given(
    st.sampled_from(["(", '"', "<", ",", "\\", "from ", " by ", "[", "a@", "client-ip=", "1.", ":"]),
    st.integers(1, 20000),
)
def test_long_fields_of_one_piece_are_read_at_once(piece, times):
    value = (piece * times)[:20000]
    read_header(f"Received: {value}\nFrom: {value}\nReceived-SPF: {value}\nReturn-Path: {value}\n\n".encode())


def test_a_huge_header_is_cut():
    fields = split_fields(b"X: y\n" * (LARGEST // 2))
    assert len(fields) == 1000
