"""The report as people read it: what stands first, what is whole, what survives copying."""

from checks.model import Basis, Message, Severity, Target
from healthcheck.render import text
from healthcheck.render.words import blocks
from healthcheck.report import CheckResult, Report, Shown
from tests.render import evidence, report

LONG = "v=spf1 " + " ".join(f"include:_{number}.spf.shop.example" for number in range(20)) + " -all"


def test_the_first_line_is_the_answer():
    first = text.render([report()], 150).splitlines()[0]
    assert first.startswith(
        "münchen.example (xn--mnchen-3ya.example): FAIL   1 failed, 1 warning, 1 passed, 2 not known"
    )
    assert first.endswith("lab world, 2026-11-22 14:03 UTC")


def test_a_record_to_publish_stands_on_one_line_however_narrow_the_terminal():
    for width in (60, 110):
        lines = text.render([report(LONG)], width).splitlines()
        (line,) = [line for line in lines if line.strip() == f"{LONG}. TXT {LONG}"]
        assert len(line) > width


def test_prose_is_wrapped_to_the_width():
    prose = [
        line for line in text.render([report()], 60).splitlines() if "TXT" not in line and "applicable" not in line
    ]
    assert max(map(len, prose)) <= 60


def test_an_empty_line_in_a_remedy_leads_back_to_prose():
    message = Message("spf.x.y", Severity.ERROR, "", "Publish\n{a}\n{b}\n\nand wait for {a}.\nRecord", ("x",))
    found = [(block.text, block.verbatim) for block in blocks(message("x", a="A", b="B").remedy_parts)]
    assert found == [("Publish", False), ("A", True), ("B", True), ("and wait for A.", False), ("Record", True)]


def test_findings_with_one_remedy_have_it_said_once():
    assert text.render([report()]).count("Ask v=spf1 -all elsewhere.") == 1


def test_what_passed_is_short_and_what_was_noted_is_told():
    checklist = text.render([report()]).split("Checklist")[1]
    assert "v=spf1 -all says v=spf1 -all" in checklist
    assert "is fine" not in checklist


def test_all_checks_are_listed_with_v():
    told = text.render([report()], verbose=True)
    assert "Evidence" in told
    assert told.count("v=spf1 -all TXT -> v=spf1 -all  v=spf1 -all  v=spf1 -all   [v=spf1 -all]") >= 2


def test_several_reports_begin_with_an_overview():
    lines = text.render([report(), report(name="shop.example")]).splitlines()
    assert lines[0] == "2 domains"
    assert [line.split()[-1] for line in lines[1:3]] == ["applicable", "applicable"]
    assert "FAIL" in lines[1]


def test_where_nobody_answered_it_is_said_once_and_not_by_every_check():
    from tests.render import UNKNOWN, finding

    silent = tuple(answer for answer in evidence("x", 9) if answer.unknown)
    shown = Shown(finding(UNKNOWN, "x"), (1,))
    results = tuple(CheckResult(f"dnsbl.n{number}", "Nobody lists it", (shown,)) for number in range(20))
    told = text.render([Report(Target("a.example"), "a.example", "live", "2026-11-22T14:03:00Z", results, silent)])
    assert told.splitlines()[1].startswith("nobody answered: x.")
    assert "Ask x elsewhere" not in told


def test_no_line_ends_in_spaces():
    assert all(line == line.rstrip() for line in text.render([report()], verbose=True).splitlines())


def test_of_many_checks_that_lack_the_same_answer_one_tells_and_the_others_are_named():
    def unseen(name: str) -> CheckResult:
        message = Message(
            f"spf.{name}.unknown", Severity.WARNING, f"{name} is not known", "Ask again.", ("x",), Basis.UNDETERMINED
        )
        return CheckResult(f"spf.{name}", name, (Shown(message("a.example"), (1,)),))

    results = tuple(unseen(name) for name in ("one", "two", "three", "four"))
    told = text.render(
        [Report(Target("a.example"), "a.example", "lab", "2026-11-22T14:03:00Z", results, evidence("x", 2))]
    )
    assert "one is not known" in told
    assert "two is not known" not in told
    assert "not known for the same reason: spf.two, spf.three, spf.four" in told
    assert told.count("Ask again.") == 1


def test_a_check_that_failed_is_on_a_line_of_its_own_and_those_that_passed_share_one():
    from tests.render import FAILED, FINE, finding

    failed = CheckResult("spf.b", "B is well", (Shown(finding(FAILED, "x", listed=(), how_many=1), (1,)),))
    passed = tuple(CheckResult(f"spf.{name}", "", (Shown(finding(FINE, "x"), (1,)),)) for name in "acdefgh")
    one = Report(Target("a.example"), "a.example", "lab", "2026-11-22T14:03:00Z", (*passed, failed), evidence("x", 1))
    assert text.render([one]).split("Checklist\n")[1] == "  SPF  FAIL  b: B is well\n       pass  a, c, d, e, f, g, h\n"
