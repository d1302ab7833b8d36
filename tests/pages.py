"""The message tables of docs/checks: written from the code by `python -m tests.pages`, compared by test_pages.py."""

import re
from collections.abc import Iterable
from pathlib import Path

from checks.model import Message
from checks.registry import CHECKS
from checks.text import spelled_out
from healthcheck.engine import CRASHED

DOCS = Path(__file__).parent.parent / "docs"
TABLE = re.compile(r"(?<=<!-- messages -->\n).*?(?=<!-- end -->)", re.DOTALL)


def page_of(check_id: str) -> Path:
    """The page of a check: `spf.lookup-limit` is docs/checks/spf/lookup-limit.md."""
    return DOCS / "checks" / f"{check_id.replace('.', '/', 1)}.md"


def pages() -> dict[Path, tuple[Message, ...]]:
    """Every page with the messages that its table must show."""
    return {page_of(check.id): check.messages for check in CHECKS} | {page_of(CRASHED.code): (CRASHED,)}


def table(messages: Iterable[Message]) -> str:
    """The table as Markdown."""
    rows = ["| Code | Severity | Basis | Text |", "|---|---|---|---|"]
    rows += [
        f"| `{m.code}` | {m.severity.name.lower()} | {m.basis.value} | {_cell(spelled_out(m.text))} |" for m in messages
    ]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Rewrite the table of every page."""
    for path, messages in pages().items():
        if path.exists():
            text = path.read_text(encoding="utf-8")
            path.write_text(TABLE.sub(lambda _, m=messages: table(m), text), encoding="utf-8")


if __name__ == "__main__":
    main()
