"""Master files as people and programs write them, and what a zone answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inquiry import Answer, DnsQuestion, Outcome
from healthcheck.world.master_file import BadZone, read_zone_file, read_zones
from healthcheck.world.zone import ZoneWorld

HEAD = b"$ORIGIN example.com.\n@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300\n"


def from_file(tmp_path, content: bytes, name: str = "example.com", rdtype: str = "TXT") -> Answer:
    """The answer of a zone that stands in a file."""
    file = tmp_path / "zone"
    file.write_bytes(content)
    return ZoneWorld([read_zone_file(str(file))]).look_up(DnsQuestion(name, rdtype))


@pytest.mark.parametrize(
    ("content", "record"),
    [
        (b'@ TXT "a\xff\xfeb"\n', r'"a\255\254b"'),
        (b'@ TXT "a\\\xffb"\n', r'"a\255b"'),  # an escape of an octet is that octet
        (b'@ TXT "a\\\\\xffb"\n', r'"a\\\255b"'),  # an escaped backslash, and an octet
        (b'@ TXT "a\xc3\xbcb"\n', r'"a\195\188b"'),
        (b'@ TXT "a\x00b"\n', r'"a\000b"'),
    ],
)
def test_an_octet_outside_ascii_in_a_string_is_that_octet(tmp_path, content, record):
    assert from_file(tmp_path, HEAD + content).records == (record,)


@given(st.binary(max_size=200).filter(lambda octets: not set(octets) & set(b'"\\\r\n')))
def test_every_octet_of_a_quoted_string_is_kept(tmp_path_factory, octets):
    answer = from_file(tmp_path_factory.getbasetemp(), HEAD + b'@ TXT "' + octets + b'"\n')
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("utf-8", "surrogateescape")
    said = "".join(
        chr(code) if 32 <= code < 127 else f"\\{code:03d}" for code in text.encode("utf-8", "surrogateescape")
    )
    assert answer.records == (f'"{said}"',)


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + HEAD, HEAD.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf; a comment\n" + HEAD]
)
def test_files_of_every_editor_are_read(tmp_path, content):
    assert from_file(tmp_path, content + b'@ TXT "v=spf1 -all"\r\n').records == ('"v=spf1 -all"',)


def test_a_record_that_no_message_holds_is_refused():
    strings = " ".join(['"' + "x" * 250 + '"'] * 262)
    with pytest.raises(BadZone, match=r"line 3, .* 65535 octets"):
        read_zones(HEAD.decode() + f"@ TXT {strings}\n")
    escaped = " ".join(['"' + r"\255" * 250 + '"'] * 261)  # long in text, and 65,511 octets
    assert read_zones(HEAD.decode() + f"@ TXT {escaped}\n").names["example.com"]["TXT"]


def test_the_root_is_named_where_it_lies_outside():
    with pytest.raises(BadZone, match=r"the root lies outside example\.com"):
        read_zones('$ORIGIN .\nexample.com. SOA . . 0 0 0 0 0\n. TXT "root"\n')


RENAMED = ZoneWorld(
    [
        read_zones(
            """
$ORIGIN example.com.
@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300
_domainkey 60 DNAME keys
_domainkey TXT "o=~"
s1.keys  TXT "v=DKIM1; p="
away     DNAME mail.example.net.
loop     DNAME x.loop
"""
        )
    ]
)


def test_a_dname_renames_what_is_below_it():
    answer = RENAMED.look_up(DnsQuestion("s1._domainkey.example.com", "TXT"))
    assert (answer.outcome, answer.records, answer.aliases, answer.ttl) == (
        Outcome.ANSWERED,
        ('"v=DKIM1; p="',),
        ("s1.keys.example.com",),
        60,
    )


def test_a_dname_leaves_its_own_name_alone():
    assert RENAMED.look_up(DnsQuestion("_domainkey.example.com", "TXT")).records == ('"o=~"',)


def test_what_a_dname_leads_out_of_the_zones_nobody_saw():
    answer = RENAMED.look_up(DnsQuestion("s1.away.example.com", "TXT"))
    assert (answer.outcome, answer.aliases) == (Outcome.REFUSED, ("s1.mail.example.net",))


@pytest.mark.parametrize("name", ["a.loop.example.com", "a." * 110 + "loop.example.com"])
def test_a_dname_into_itself_is_cut(name):
    assert RENAMED.look_up(DnsQuestion(name, "TXT")).outcome is Outcome.TEMPFAIL
