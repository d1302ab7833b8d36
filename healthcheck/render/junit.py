"""The report as JUnit XML, for build servers: a domain is a suite, a check a test case.

A check that fails is a failure, one that could not look an error (the build server tells them apart, as we do), one that
does not apply, or of which all that is amiss is ignored, is skipped, and warnings stand in a passed case's output.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from checks.model import Status
from healthcheck.render.words import plain_name, spoken_ignored
from healthcheck.report import CheckResult, Report


def render(reports: Sequence[Report]) -> str:
    """All reports as one document."""
    suites = ET.Element("testsuites", name="healthcheck")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for report in reports:
        for name, number in _suite(suites, report).items():
            totals[name] += number
    suites.attrib.update({name: str(number) for name, number in totals.items()})
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _suite(suites: ET.Element, report: Report) -> dict[str, int]:
    summary = report.summary
    counts = {
        "tests": len(report.checks),
        "failures": summary[Status.FAIL],
        "errors": summary[Status.UNKNOWN],
        "skipped": summary[Status.SKIPPED] + sum(map(_is_ignored, report.checks)),
    }
    name = plain_name(report)
    suite = ET.SubElement(
        suites,
        "testsuite",
        {"name": name, **{key: str(number) for key, number in counts.items()}},
        time=f"{report.elapsed:.3f}",
        timestamp=report.generated_at,
    )
    for result in report.checks:
        _case(suite, name, result)
    return counts


def _case(suite: ET.Element, name: str, result: CheckResult) -> None:
    protocol = result.id.partition(".")[0]
    case = ET.SubElement(
        suite, "testcase", classname=f"{name}.{protocol}", name=f"{result.id} {result.title}", time="0"
    )
    told = "\n\n".join(_told(result))
    codes = ", ".join(dict.fromkeys(finding.message.code for finding in result.findings))
    beside = [
        f"{one.shown.finding.message.code}: {one.shown.finding.text}\n{spoken_ignored(one)}" for one in result.ignored
    ]
    match result.status:
        case Status.FAIL:
            ET.SubElement(case, "failure", message=_first(result), type=codes).text = told
        case Status.UNKNOWN:
            ET.SubElement(case, "error", message=_first(result), type=codes).text = told
        case Status.SKIPPED:
            ET.SubElement(case, "skipped", message=_first(result))
        case Status.WARN:
            beside.insert(0, told)
        case Status.PASS if _is_ignored(result):
            ET.SubElement(case, "skipped", message="; ".join(dict.fromkeys(map(spoken_ignored, result.ignored))))
        case Status.PASS:
            pass
    if beside:
        ET.SubElement(case, "system-out").text = "\n\n".join(beside)


def _is_ignored(result: CheckResult) -> bool:
    """True for a check that passes only because what was found is ignored."""
    return result.status is Status.PASS and bool(result.ignored)


def _first(result: CheckResult) -> str:
    return result.worst.text if result.worst is not None else result.title


def _told(result: CheckResult) -> list[str]:
    return [
        "\n".join(text for text in (f"{finding.message.code}: {finding.text}", finding.remedy) if text)
        for finding in result.findings
    ]
