"""The table of limits in docs/delivery.md: written by `python -m tests.delivery.limits`, compared by test_rates.py."""

import re
from pathlib import Path

from checks.delivery.thresholds import thresholds

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
TABLE = re.compile(r"(?<=<!-- limits -->\n).*?(?=<!-- end -->)", re.DOTALL)


def table() -> str:
    """The table as Markdown."""
    rows = ["| Name | Default | What is compared with it | Whose it is |", "|---|---|---|---|"]
    for one in thresholds().values():
        value = f"{one.value * 100:g} %" if one.unit == "share" else f"{one.value:,.0f}"
        source = f"[{one.source}]({one.url}), {one.date}" if one.url else one.source
        rows.append(f"| `{one.name}` | {value} | {one.meaning} | {source} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Rewrite the table."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
