"""What monitoring plugins have to keep to: the grammar of figures and of ranges, the width of a pager, limits that a person gives."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Status
from healthcheck.render import nagios
from healthcheck.render.measures import Measure
from healthcheck.render.nagios import Limits
from healthcheck.render.ranges import BadRange, parse_limits, parse_range
from tests.cli import run
from tests.render import report, report_with_rates
from tests.render.test_machines import only

FIGURE = re.compile(r"'([^'=]{1,19})[^'=]*'=(-?[0-9]+(?:\.[0-9]+)?)(s|us|ms|%|B|KB|MB|TB|c)?;[^; ]*;[^; ]*;[-0-9.]*")


def figures(told: str) -> dict[str, str]:
    """The figures by the part of their labels that round-robin databases know."""
    parts = told.splitlines()[0].partition(" | ")[2].split(" '")
    found = [FIGURE.fullmatch(part if part.startswith("'") else f"'{part}") for part in parts]
    assert all(found), parts
    assert len({one[1] for one in found}) == len(found)
    return {one[1]: one[2] for one in found}


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("10", (0, 10, 5.5), (-0.1, 10.1)),
        ("10:", (10, 1e9), (9.9, -1)),
        ("~:10", (-1e9, 10), (10.1,)),
        ("10:20", (10, 20), (9, 21)),
        ("@10:20", (9.99, 20.01), (10, 15, 20)),
        ("@10", (-1, 11), (0, 10)),
        (":7", (0, 7), (-1, 8)),
        ("-5:-1.5", (-5, -2), (0, -6)),
        ("0", (0,), (1, -1)),
        ("~:", (-1e9, 1e9), ()),
    ],
)
def test_a_range_is_that_of_the_guidelines(text, good, bad):
    found = parse_range(text)
    assert [found.is_bad(value) for value in good] == [False] * len(good)
    assert [found.is_bad(value) for value in bad] == [True] * len(bad)


@pytest.mark.parametrize(
    "text", ["", "@", " ", "a", "1:2:3", "~", "~10", "20:10", "10:~", "1e3", "1,5", "9" * 5000, "٣", "nan:inf"]
)
def test_what_is_no_range_is_said(text):
    with pytest.raises(BadRange):
        parse_range(text)


@given(st.text("@~:-.019 ", max_size=12))
def test_no_text_breaks_the_reader_of_ranges(text):
    try:
        found = parse_range(text)
    except BadRange:
        return
    assert found.low <= found.high


def test_limits_name_a_metric_once():
    assert parse_limits(["failed=0"], "--critical", ["failed"])["failed"].text == "0"
    for texts in (["failed"], ["nothing=1"], ["failed=1", "failed=2"], ["=1"]):
        with pytest.raises(BadRange, match="--critical"):
            parse_limits(texts, "--critical", ["failed"])


def test_the_first_line_fits_a_pager():
    crowd = [report(name=f"domain-number-{number}.example") for number in range(30)]
    for reports in ([report()], crowd, [only(report(), Status.UNKNOWN)]):
        first = nagios.render(reports).partition(" | ")[0]
        assert len(first) <= nagios.WANTED_FIRST, first
    assert nagios.render(crowd).startswith("HEALTHCHECK CRITICAL: 30 of 30: domain-number-0.example +29 | ")


def test_labels_differ_in_what_old_databases_see_and_figures_are_never_cut():
    long = "a" * 60 + ".example"
    crowd = [report(name=f"{number}.{long}") for number in range(1000)]
    told = nagios.render(crowd)
    assert figures(told)["domains"] == "1000"
    assert figures(told)["failed"] == str(1000 * report().summary[Status.FAIL])
    assert len(told.encode()) <= nagios.LARGEST


@given(st.floats(min_value=0, max_value=1e15))
def test_a_figure_is_digits_and_a_point(value):
    written = nagios._figure(Measure("n", value), nagios.NO_LIMITS)
    assert FIGURE.fullmatch(written), written


def test_a_figure_out_of_its_range_makes_the_state():
    well = only(report(), Status.PASS)
    warning = Limits(parse_limits(["not_known=@0"], "--warning", ["not_known"]))
    critical = Limits({}, parse_limits(["failed=1:"], "--critical", ["failed"]))
    assert [nagios.state([well], one) for one in (nagios.NO_LIMITS, warning, critical)] == [0, 1, 2]
    assert "not_known out of range" in nagios.render([well], warning).splitlines()[0]
    assert "'failed'=0;;1:;0" in nagios.render([well], critical)


def test_a_limit_for_what_is_not_known_is_unknown_and_not_well():
    well = only(report(), Status.PASS)
    limits = Limits({}, parse_limits(["bounce_ratio=0.05"], "--critical", ["bounce_ratio"]))
    assert nagios.state([well], limits) == nagios.UNKNOWN
    assert "bounce_ratio not known" in nagios.render([well], limits).splitlines()[0]
    failing = msgspec.structs.replace(well, checks=report().checks)
    assert nagios.state([failing], limits) == nagios.CRITICAL


def test_the_limits_are_given_on_the_command_line(capsys):
    asked = ("domain", "example.com", "--lab", "--format", "nagios")
    assert run(capsys, *asked).code == 0
    assert run(capsys, *asked, "--warning", "spf_dns_lookups=0").code == 1
    assert run(capsys, *asked, "--critical", "spf_dns_lookups=0").code == 2
    assert run(capsys, *asked, "--critical", "spf_dns_lookups=zero").code == 3
    assert run(capsys, "ip", "192.0.2.66", "--lab", "--format", "nagios", "--warning", "listings=5").code == 2
    said = run(capsys, "domain", "example.com", "--lab", "--warning", "failed=0")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "--format nagios" in said.err


def test_rates_are_figures_where_enough_mail_was_seen():
    told = figures(nagios.render([report_with_rates()]))
    assert (told["bounce_ratio"], told["complaint_ratio"]) == ("0.0015", "0.0015")
    assert "bounce_ratio" not in figures(nagios.render([report()]))
