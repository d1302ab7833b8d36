"""What a person may type wrongly: one clear sentence that says what to do, exit code 2, nothing else."""

import os

import pytest

from tests.cli import QUICK, complains, run

NAMES = {
    "": "empty",
    "   ": "empty",
    "com": "single label",
    "localhost": "single label",
    f"{'a' * 64}.example": "not a domain name",
    f"{'a.' * 130}example": "at most 253",
    "192.0.2.1": "--ip",
    "2001:db8::1": "--ip",
    "[2001:db8::1]": "--ip",
    "https://": "empty",
    "a..example": "not a domain name",
    "-a.example": "--help",
    "a b.example": "not a domain name",
    "a\x1b[31m.example": "not a domain name",
    "a\r\n.example": "not a domain name",
    "ex\u202eample.example": "not a valid international domain name",
    "\udcff.example": "not a valid international domain name",
    "*.example.com": "not a domain name",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_what_is_no_domain_name_is_refused_in_one_sentence(capsys, name):
    said = run(capsys, "domain", name, *QUICK)
    assert complains(said), said
    assert NAMES[name] in said.err


LONGEST_WITH_DMARC = "a" * 38 + "." + ("b" * 49 + ".") * 4 + "example"


@pytest.mark.parametrize("command", ["domain", "dmarc"])
def test_a_domain_too_long_to_have_a_dmarc_record_is_refused_in_one_sentence(capsys, command):
    name = LONGEST_WITH_DMARC
    assert len(name) == 246
    assert run(capsys, command, name, "--lab").code != 2
    said = run(capsys, command, f"x{name}", "--lab")
    assert complains(said), said
    assert "_dmarc.<name>" in said.err


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_nothing_of_a_hostile_name_reaches_the_terminal(capsys, name):
    said = run(capsys, "domain", name, *QUICK)
    assert said.err.removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    "typed",
    [
        "SHOP.example",
        "shop.example.",
        " shop.example ",
        "https://shop.example/cart?x=1",
        "kim@shop.example",
        "shop.example:443",
    ],
)
def test_what_surrounds_a_domain_is_forgiven(capsys, typed):
    said = run(capsys, "domain", typed, *QUICK)
    assert said.code == 1
    assert said.out.startswith("shop.example: FAIL")


def test_an_international_name_is_asked_as_a_label_and_both_are_shown(capsys, tmp_path):
    zone = tmp_path / "zone"
    zone.write_text('$ORIGIN xn--mnchen-3ya.example.\n@ 60 SOA ns h 1 1 1 1 1\n@ TXT "v=spf1 -all"\n')
    said = run(capsys, "domain", "München.example", "--zone", zone, "--only", "spf.lookup-limit", "-v")
    assert said.code == 0
    assert said.out.startswith("münchen.example (xn--mnchen-3ya.example): PASS")
    assert "xn--mnchen-3ya.example TXT" in said.out


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--lab", "--zone", "x"], "choose one"),
        (["--lab", "--resolver", "192.0.2.53"], "--resolver"),
        (["--zone", "x", "--resolver", "192.0.2.53"], "--resolver"),
        (["--lab", "--only", "spf", "--skip", "spf"], "leave no check"),
        (["--lab", "--only", "nope"], "healthcheck checks"),
        (["--lab", "--only", "spf.nope"], "healthcheck checks"),
        (["--lab", "--only", ""], "healthcheck checks"),
        (["--lab", "--skip", "\x1b[2J"], "healthcheck checks"),
        (["--lab", "--timeout", "0"], "seconds"),
        (["--lab", "--timeout", "-1"], "seconds"),
        (["--lab", "--timeout", "nan"], "seconds"),
        (["--lab", "--timeout", "inf"], "seconds"),
        (["--lab", "--timeout", "1e9"], "seconds"),
        (["--lab", "--timeout", "soon"], "healthcheck domain --help"),
        (["--lab", "--format", "pdf"], "'markdown'"),
        (["--lab", "--fail-on", "maybe"], "'never'"),
        (["--lab", "--nope"], "healthcheck domain --help"),
        (["--lab", "--ip"], "healthcheck domain --help"),
        (["--lab", "--ip", "shop.example"], "192.0.2.10"),
        (["--lab", "--ip", "10.1.2.3"], "private"),
        (["--lab", "--ip", "::ffff:127.0.0.1"], "loopback"),
        (["--lab", "--ip", "fe80::1%eth0"], "zone of this machine"),
        (["--lab", "--selector", "a b"], "s="),
        (["--lab", "--mail-from", "com"], "--mail-from"),
        (["--resolver", "ns.example.com"], "address"),
        (["--resolver", "192.0.2.53:99999"], "port"),
    ],
    ids=lambda value: ascii(" ".join(value)) if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(capsys, options, hint):
    said = run(capsys, "domain", "shop.example", *options)
    assert complains(said), said
    assert hint in said.err


@pytest.mark.parametrize(
    "arguments", [["nope"], ["domain"], ["replay"], ["--nope"], ["checks", "a", "b"], ["checks", "no.such"]]
)
def test_a_command_that_is_none_is_refused_in_one_sentence(capsys, arguments):
    assert complains(run(capsys, *arguments))


def test_no_command_shows_the_help_and_is_no_success(capsys):
    said = run(capsys)
    assert said.code == 2
    assert "Commands:" in said.out


ZONES = {
    "no zone at all": (b"what is this\n", "@example.com"),
    "an unknown type": (b"$ORIGIN example.com.\n@ 60 SOA ns h 1 1 1 1 1\n@ NOPE 1\n", "line 3, column 3"),
    "an address that is none": (
        b"$ORIGIN example.com.\n@ 60 SOA ns h 1 1 1 1 1\n\nw  A  192.0.2.\n",
        "line 4, column 7",
    ),
    "a string without end": (b'$ORIGIN example.com.\n@ 60 TXT "v=spf1\n', "line 2"),
    "an include of a file": (b"$ORIGIN example.com.\n$INCLUDE /etc/passwd\n", "line 2"),
    "a name outside": (b"$ORIGIN example.com.\n@ 60 SOA ns h 1 1 1 1 1\nexample.net. A 192.0.2.1\n", "outside"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20, "zone"),
    "nothing": (b"", "@example.com"),
    "escapes": (b"$ORIGIN example.com.\n@ 60 \x1b[31mNOPE\x1b[0m 1\n", "line 2"),
}


@pytest.mark.parametrize("kind", ZONES)
def test_a_zone_file_that_cannot_be_read_is_refused_with_the_place(capsys, tmp_path, kind):
    content, hint = ZONES[kind]
    zone = tmp_path / "broken.zone"
    zone.write_bytes(content)
    said = run(capsys, "domain", "example.com", "--zone", zone)
    assert complains(said), said
    assert hint in said.err
    assert said.err.removesuffix("\n").isprintable()


def test_a_zone_file_that_is_a_folder_is_refused(capsys, tmp_path):
    assert complains(run(capsys, "domain", "example.com", "--zone", tmp_path))
    assert complains(run(capsys, "domain", "example.com", "--overlay", tmp_path))


def test_a_zone_file_that_is_missing_is_refused(capsys, tmp_path):
    said = run(capsys, "domain", "example.com", "--zone", tmp_path / "missing.zone")
    assert complains(said)
    assert "missing.zone" in said.err


def test_a_huge_zone_file_is_refused_unread(capsys, tmp_path):
    zone = tmp_path / "huge.zone"
    with zone.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    said = run(capsys, "domain", "example.com", "--zone", zone)
    assert complains(said)
    assert "64 MiB" in said.err


@pytest.mark.parametrize("option", ["--output", "--record"])
def test_a_folder_that_is_missing_is_said_before_the_work(capsys, tmp_path, option):
    said = run(capsys, "domain", "shop.example", *QUICK, option, tmp_path / "none" / "file")
    assert complains(said)
    assert "no folder" in said.err


@pytest.mark.parametrize("option", ["--output", "--record"])
def test_a_folder_in_the_place_of_a_file_is_said(capsys, tmp_path, option):
    assert complains(run(capsys, "domain", "shop.example", *QUICK, option, tmp_path))


@pytest.mark.parametrize("option", ["--output", "--record"])
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder in which even root can write nothing")
def test_a_folder_in_which_nothing_can_be_written_is_said(capsys, option):
    assert complains(run(capsys, "domain", "shop.example", *QUICK, option, "/proc/healthcheck.out"))


@pytest.mark.parametrize("option", ["--output", "--record"])
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_said_before_the_work(capsys, tmp_path, option):
    tmp_path.chmod(0o500)
    said = run(capsys, "domain", "shop.example", *QUICK, option, tmp_path / "file")
    assert complains(said)
    assert "permission" in said.err


def test_one_file_cannot_be_the_report_and_the_recording(capsys, tmp_path):
    said = run(capsys, "domain", "shop.example", *QUICK, "--output", tmp_path / "x", "--record", tmp_path / "." / "x")
    assert complains(said)
