"""The report as JUnit XML, for build servers: a domain is a suite, a check a test case.

A check that fails is a failure, one that could not look an error (the build server tells them apart, as we do), one that
does not apply is skipped, and warnings stand in a passed case's output.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from checks.model import Status
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
        "skipped": summary[Status.SKIPPED],
    }
    name = report.target.called or report.target.domain
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
    match result.status:
        case Status.FAIL:
            ET.SubElement(case, "failure", message=_first(result), type=codes).text = told
        case Status.UNKNOWN:
            ET.SubElement(case, "error", message=_first(result), type=codes).text = told
        case Status.SKIPPED:
            ET.SubElement(case, "skipped", message=_first(result))
        case Status.WARN:
            ET.SubElement(case, "system-out").text = told
        case Status.PASS:
            pass


def _first(result: CheckResult) -> str:
    return result.worst.text if result.worst is not None else result.title


def _told(result: CheckResult) -> list[str]:
    return [
        "\n".join(text for text in (f"{finding.message.code}: {finding.text}", finding.remedy) if text)
        for finding in result.findings
    ]
