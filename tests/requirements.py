"""The table of docs/providers.md: written from the data by `python -m tests.requirements`, compared by a test."""

import re
from pathlib import Path

from checks.providers.requirements import Requirement, conditions, providers, requirements

PAGE = Path(__file__).parent.parent / "docs" / "providers.md"
TABLES = re.compile(r"(?<=<!-- requirements -->\n).*?(?=<!-- end -->)", re.DOTALL)


def tables() -> str:
    """A table a provider."""
    parts = []
    for word, name in providers().items():
        rows = ["| Mail | Requirement | Judged by | Source |", "|---|---|---|---|"]
        rows += [_row(requirement) for requirement in requirements((word,))]
        parts.append(f"### {name}: `--for {word}`\n\n" + "\n".join(rows) + "\n")
    return "\n" + "\n".join(parts) + "\n"


def _row(requirement: Requirement) -> str:
    names = requirement.needs or requirement.either
    between = " or " if requirement.either else ", "
    judged = between.join(", ".join(f"`{check}`" for check in conditions()[name].must) for name in names)
    host = requirement.source.partition("://")[2].partition("/")[0]
    return (
        f"| {requirement.scope} | {requirement.text} | {judged or f'not from here: {requirement.to_know}'} "
        f"| [{host}]({requirement.source}), {requirement.date} |"
    )


def main() -> None:
    """Rewrite the tables."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLES.sub(lambda _: tables(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
