"""DMARC reports summed up, beside parsedmarc reading the same files offline, taking turns.

    python tests/benchmarks/report_reading.py FOLDER --parsedmarc PYTHON [--rounds 3]

FOLDER holds reports (`.xml.gz`), such as a generator writes; PYTHON is an interpreter that has parsedmarc. Each round runs both in a
process of its own; times are those of the processor while reading, the imports left out. What counts is the ratio within a
round. The most memory of each is that of its process. Asserts nothing but that both count the same messages.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEASURED = """
import json, resource, sys, time
from pathlib import Path
{imports}
paths = sorted(Path(sys.argv[1]).iterdir())
begun = time.process_time()
messages = 0
{work}
print(json.dumps([time.process_time() - begun, messages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""
OURS = MEASURED.format(
    imports="from healthcheck.intake.reports.report_files import pieces_of\nfrom healthcheck.intake.reports.reported import Reports",
    work="reports = Reports()\nfor path in paths:\n    with path.open('rb') as file:\n        reports.read(pieces_of(file), path.name)\n"
    "messages = sum(one.messages for one in reports.found)",
)
THEIRS = MEASURED.format(
    imports="import logging, parsedmarc\nlogging.disable(logging.CRITICAL)",
    work="for path in paths:\n    report = parsedmarc.parse_aggregate_report_file(path.read_bytes(), offline=True, always_use_local_files=True)\n"
    "    messages += sum(record['count'] for record in report['records'])",
)


def run(python: str, code: str, folder: str) -> tuple[float, int, int]:
    done = subprocess.run([python, "-c", code, folder], capture_output=True, text=True, cwd=ROOT, check=True)
    seconds, messages, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, messages, memory


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--parsedmarc", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    folder = str(Path(chosen.folder).resolve())
    ratios = []
    for number in range(chosen.rounds):
        ours, theirs = run(sys.executable, OURS, folder), run(chosen.parsedmarc, THEIRS, folder)
        assert ours[1] == theirs[1], (ours, theirs)
        ratios.append(theirs[0] / ours[0])
        print(
            f"round {number + 1}: {ours[0]:.2f} s against {theirs[0]:.2f} s, {ratios[-1]:.1f} times;"
            f" {ours[2]} MiB against {theirs[2]} MiB; {ours[1]:,} messages"
        )
    print(f"median {statistics.median(ratios):.1f} times")


if __name__ == "__main__":
    main()
