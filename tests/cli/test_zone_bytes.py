"""Any octets whatever as a zone file: a report, or one sentence with the place of the fault."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from healthcheck import cli
from tests.cli.test_any_arguments import ended

LINES = (
    *(
        b"$ORIGIN example.com.\n",
        b"@ 60 SOA ns h 1 1 1 1 1\n",
        b'@ TXT "v=spf1 -all"\n',
        b"$TTL 1w\n",
        b"$GENERATE 1-9 a A 192.0.2.$\n",
    ),
    *(
        b"$INCLUDE /etc/passwd\n",
        b"* CNAME @\n",
        b"a CNAME a\n",
        b"@ MX 10 .\n",
        b"( \n",
        b") \n",
        b'"',
        b";",
        b"\\",
        b"\\256 A 1\n",
    ),
    *(
        b"\xff\xfe\x00\n",
        "münchen A 192.0.2.1\n".encode(),
        b"@ TYPE65280 \\# 4 00\n",
        b"@ TYPE0 \\# 0\n",
        b"a" * 300 + b" A 192.0.2.1\n",
    ),
    *(
        b"@ 99999999999 A 192.0.2.1\n",
        b"@ -1 A 192.0.2.1\n",
        b"@ CH A 192.0.2.1\n",
        b"@ ANY\n",
        b"\x00" * 50,
        b"@ A 192.0.2.1 \x1b[31m\n",
    ),
)
zones = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(LINES), max_size=12).map(b"".join))


@settings(deadline=None, max_examples=150)
@given(content=zones)
@example(content=b"$ORIGIN example.com.\n" + b"( " * 20_000)
@example(content=b"$ORIGIN example.com.\n@ 60 TXT " + b'"' * 20_001)
@example(content=b"$ORIGIN example.com.\n" + b"a." * 5_000 + b" A 192.0.2.1\n")
@example(content=b"$ORIGIN " + b"a" * 5_000 + b"\n")
@example(content=b"$ORIGIN \xff.\n@ A 192.0.2.1\n")
def test_any_octets_are_a_report_or_one_sentence(tmp_path_factory, content):
    zone = tmp_path_factory.getbasetemp() / "any.zone"
    zone.write_bytes(content)
    code, out, err = ended(["domain", "example.com", "--zone", str(zone), "-q", "--only", "spf", "--only", "mx"])
    assert code in (0, 1, 2, 3), err
    assert all(line.isprintable() for line in (out + err).split("\n"))
    if code == 2:
        assert err.count("\n") == 1
        assert len(err) < 3_000


def test_the_first_fault_is_told_with_line_and_column(capsys, tmp_path):
    zone = tmp_path / "x.zone"
    zone.write_bytes(b"$ORIGIN example.com.\n@ 60 SOA ns h 1 1 1 1 1\nwww   60  A   192.0.2.999\n")
    assert cli.run(["domain", "example.com", "--zone", str(zone)]) == 2
    assert "x.zone, line 3, column 15" in capsys.readouterr().err
