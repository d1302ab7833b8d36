"""The README's commands and its run: `python -m tests.readme` writes the run's output anew, test_readme.py compares it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
SHOWN = re.compile(r"(?<=<!-- run -->\n```text\n).*?(?=```\n<!-- end -->)", re.DOTALL)
UNTOLD = re.compile(r"(?<=\n)  2  .*?(?=\nChecklist\n)", re.DOTALL)
"""The smaller causes, and what was not told on the command line: most of the page, and always alike."""
TIME = re.compile(r"(?<=lab world, )\d{4}-\d\d-\d\d \d\d:\d\d UTC")
SOME_TIME = "2026-11-22 14:03 UTC"


def command(heading: str) -> str:
    """The one command under a heading: the first fenced block behind it."""
    _, _, section = README.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    found = re.search(r"```sh\n(.*?)\n```", section, re.DOTALL)
    assert found, f"README.md has no command under {heading}"
    return found[1]


def run() -> str:
    """What the quick start prints, the time of the run always the same, and shortened where the README says so: [...]."""
    _, _, arguments = command("Quick start").partition(".venv/bin/healthcheck ")
    done = subprocess.run(
        [sys.executable, "-m", "healthcheck", *arguments.split()], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1, done.stderr
    return UNTOLD.sub("  [...]\n", TIME.sub(SOME_TIME, done.stdout))


def shown() -> str:
    """What the README says that it prints."""
    found = SHOWN.search(README.read_text(encoding="utf-8"))
    assert found, "README.md has no <!-- run --> block"
    return found[0]


def main() -> None:
    """`python -m tests.readme` rewrites the run; `python -m tests.readme HEADING` prints the command under a heading."""
    if len(sys.argv) > 1:
        print(command(sys.argv[1]))
        return
    text = README.read_text(encoding="utf-8")
    README.write_text(SHOWN.sub(lambda _: run(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
