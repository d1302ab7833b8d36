"""Reading a key record: total on anything, right on what a real key generator prints."""

import base64
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from checks.dkim.record import KeyRecord, Problem, is_key_record, parse_record
from checks.dkim.remedy import THE_KEY, mended

SPKI = PublicFormat.SubjectPublicKeyInfo
WORDS = "v=DKIM1 v=dkim1 k=rsa k=ed25519 k=x h=sha1 h=sha256 s=email s=tlsrpt t=y t=s g= p= p=MIGf p===== ; = v p \\"
PIECES = st.sampled_from([*WORDS.split(), "n=a b", "p=AAAA AAAA", '"', "\x00", "é", " ", "\t"])


@cache
def rsa_key(form: PublicFormat, bits: int = 2048) -> bytes:
    """A fresh RSA key as DER."""
    return rsa.generate_private_key(65537, bits).public_key().public_bytes(Encoding.DER, form)


def record_of(der: bytes, tags: str = "v=DKIM1; ") -> KeyRecord:
    return parse_record(f"{tags}p={base64.b64encode(der).decode()}")


@given(
    st.text(max_size=300) | st.lists(PIECES, max_size=12).map("; ".join) | st.lists(PIECES, max_size=12).map("".join)
)
def test_reading_never_fails_and_positions_lie_within_the_record(text):
    record = parse_record(text)
    assert all(1 <= fault.position <= len(text) + 1 for fault in record.faults)
    assert record.bits == 0 or not record.fault(Problem.KEY)
    is_key_record(text)


@given(st.binary(max_size=400))
def test_any_octets_as_a_key_are_a_size_or_a_fault(octets):
    for tags in ("", "k=rsa; ", "k=ed25519; "):
        record = record_of(octets, tags)
        assert bool(record.bits) + bool(record.fault(Problem.KEY)) + record.revoked == 1


@given(st.data())
def test_a_key_with_a_few_octets_changed_is_a_size_or_a_fault(data):
    der = bytearray(rsa_key(data.draw(st.sampled_from([SPKI, PublicFormat.PKCS1]))))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    record = record_of(bytes(der))
    assert bool(record.bits) != bool(record.fault(Problem.KEY))


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
@pytest.mark.parametrize("form", [SPKI, PublicFormat.PKCS1])
def test_a_real_rsa_key_has_its_size_in_both_forms(bits, form):
    record = record_of(rsa_key(form, bits))
    assert (record.bits, record.key_type, record.faults) == (bits, "rsa", ())


@given(st.data())
def test_white_space_anywhere_in_the_key_changes_nothing(data):
    text = base64.b64encode(rsa_key(SPKI, 1024)).decode()
    for at in sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)), reverse=True):
        text = text[:at] + data.draw(st.sampled_from([" ", "\t", "  "])) + text[at:]
    assert parse_record(f"v=DKIM1; p={text}").bits == 1024


def test_a_real_ed25519_key_has_256_bits():
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    assert record_of(public.public_bytes(Encoding.Raw, PublicFormat.Raw), "k=Ed25519; ").bits == 256


def test_an_ed25519_key_in_its_wrapping_is_told_as_such():
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    fault = record_of(public.public_bytes(Encoding.DER, SPKI), "k=ed25519; ").fault(Problem.KEY)
    assert fault is not None
    assert "last 32 octets" in fault.reason


def test_a_key_of_another_kind_is_no_rsa_key():
    der = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, SPKI)
    fault = record_of(der).fault(Problem.KEY)
    assert fault is not None
    assert "another kind" in fault.reason


def test_a_key_with_something_behind_it_is_not_a_key():
    assert record_of(rsa_key(SPKI) + b"\0\0\0").fault(Problem.KEY)


def test_absent_and_empty_are_not_the_same():
    assert parse_record("p=").revoked
    assert not parse_record("v=DKIM1").revoked
    assert parse_record("p=").hashes is None
    assert parse_record("h=; p=").hashes == ()


@pytest.mark.parametrize("text", ["v=spf1 -all", "v=DMARC1; p=none", "", "hello", "site-verification=abc", "g=; n=x"])
def test_what_other_protocols_publish_is_no_key(text):
    assert not is_key_record(text)


@pytest.mark.parametrize(
    "text", ["p=", "k=rsa; p=MII", "v=DKIM1", "V=dkim1; p=MII", '"v=DKIM1; p=MII"', "v=DKIM1 k=rsa p=MII"]
)
def test_what_is_meant_to_be_a_key_is_one_however_broken(text):
    assert is_key_record(text)


@given(st.lists(PIECES, max_size=10).map("; ".join) | st.text(max_size=200))
def test_a_mended_record_has_no_faults_but_a_key_to_be_filled_in(text):
    record = parse_record(text)
    meant = mended(record)
    again = parse_record(meant.replace(THE_KEY, ""))
    assert not again.faults
    assert meant.startswith("v=DKIM1; ")


def test_mending_keeps_a_key_that_can_be_read():
    key = base64.b64encode(rsa_key(SPKI)).decode()
    assert mended(parse_record(f"k=rsa; p={key[:99]} {key[99:]}; v=DKIM1; k=rsa")) == f"v=DKIM1; k=rsa; p={key}"
    assert mended(parse_record(f"v=DKIM1\\; k=rsa\\; p={key}")) == f"v=DKIM1; k=rsa; p={key}"
    assert mended(parse_record(f"v=DKIM1; h=sha1; t=y; p={key}"), h=None, t="s") == f"v=DKIM1; t=s; p={key}"
