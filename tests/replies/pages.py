"""The pages of docs/replies that are made of the catalogue: written by `python -m tests.replies.pages`, kept by a test.

A category's page has a part for people to write, above the mark, which is kept as it is.
"""

from pathlib import Path

from checks.replies.catalogue import Category, Rule, catalogue
from healthcheck.render.explain import ADDRESS, RETRY, WHO, WILL_PASS, waiting

DOCS = Path(__file__).parents[2] / "docs" / "replies"
MARK = "<!-- made of the catalogue by python -m tests.replies.pages -->\n"
MOST_RULES = 400


def page_of(category: str) -> Path:
    return DOCS / f"{category}.md"


def generated() -> dict[Path, str]:
    """What stands behind the mark of every page."""
    known = catalogue()
    pages = {page_of(name): _category(name, one) for name, one in known.categories.items() if name != "accepted"}
    pages[DOCS / "registry.md"] = _registry()
    pages[DOCS / "api-errors.md"] = _api_errors()
    pages[DOCS / "README.md"] = _index()
    return pages


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _category(name: str, one: Category) -> str:
    known = catalogue()
    lines = [
        "## In short\n",
        "| | |",
        "|---|---|",
        f"| what it is | {_cell(one.meaning)} |",
        f"| do this | {_cell(one.action)} |",
        f"| does it pass by itself? | {WILL_PASS[one.permanence]} |",
        f"| again? | {' '.join(part for part in (RETRY[one.retry], waiting(one.wait_s)) if part)} |",
        f"| the address | {ADDRESS[one.suppress]} |",
        f"| who acts | {WHO[one.who_acts]} |",
        f"| what `--domain` looks at | {', '.join(f'`{word}`' for word in one.suspects) or 'nothing: no check can see it'} |",
        "",
        "## Numbers\n",
    ]
    codes = [f"`X.{code}` {entry.title}" for code, entry in known.enhanced.items() if entry.category == name]
    also = [f"`X.{code}`" for code, entry in known.enhanced.items() if name in entry.also]
    lines.append(
        f"By the book: {'; '.join(codes) or 'none'}." + (f" In use as well: {', '.join(also)}." if also else "")
    )
    rules = [rule for rule in known.rules if rule.category == name]
    errors = [error for error in known.api if error.category == name]
    lines += ["", "## Who says it\n", "| Rule | Codes | What it means there | Source |", "|---|---|---|---|"]
    lines += [_rule(rule, one) for rule in rules[:MOST_RULES]]
    if errors:
        lines += ["", "## API errors\n", "| Service | Error | HTTP | What it means |", "|---|---|---|---|"]
        lines += [
            f"| {error.provider} | {_cell(', '.join(f'`{x}`' for x in error.names) or error.text or '-')} | "
            f"{', '.join(map(str, error.http)) or '-'} | {_cell(error.meaning)} |"
            for error in errors
        ]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule, category: Category) -> str:
    known = catalogue()
    codes = " ".join(f"`{part}`" for part in (rule.basic, rule.enhanced) if part).replace("|", "\\|")
    source = known.sources[rule.sources[0]]
    return f"| `{rule.id}` | {codes or 'any'} | {_cell(rule.meaning or category.meaning)} | [{_cell(source.title)}]({source.url}), {source.seen} |"


def _registry() -> str:
    known = catalogue()
    lines = ["## Basic codes\n", "| Code | Meaning | Reference |", "|---|---|---|"]
    lines += [f"| {code} | {_cell(one.meaning)} | {one.reference} |" for code, one in known.basic.items()]
    lines += [
        "",
        "## Enhanced codes\n",
        "| Code | Title | Meaning | Alone it is read as | Reference |",
        "|---|---|---|---|---|",
    ]
    for code, one in known.enhanced.items():
        alone = one.category if one.firm else f"{one.category}, a guess"
        lines.append(f"| X.{code} | {_cell(one.title)} | {_cell(one.meaning)} | {alone} | {one.reference} |")
    return "\n".join(lines) + "\n"


def _api_errors() -> str:
    known = catalogue()
    lines = ["| Service | Error | HTTP | Category | What it means | Source |", "|---|---|---|---|---|---|"]
    for error in known.api:
        name = ", ".join(f"`{x}`" for x in error.names) or _cell(error.text) or "any other"
        source = known.sources[error.sources[0]]
        lines.append(
            f"| {error.provider} | {name} | {', '.join(map(str, error.http)) or '-'} | {error.category} | {_cell(error.meaning)} | "
            f"[{_cell(source.title)}]({source.url}), {source.seen} |"
        )
    return "\n".join(lines) + "\n"


def _index() -> str:
    known = catalogue()
    lines = ["## The categories\n", "| Category | What | The address |", "|---|---|---|"]
    lines += [
        f"| [{name}]({page_of(name).name}) | {one.title} | {ADDRESS[one.suppress]} |"
        for name, one in known.categories.items()
        if name != "accepted"
    ]
    lines += [
        "",
        "## The usual advice\n",
        "| Code or error | What it is called | Advice | In practice |",
        "|---|---|---|---|",
    ]
    for advice in (*known.guide_codes, *known.guide_errors):
        code = " ".join(part for part in (advice.basic, advice.enhanced, advice.name) if part)
        lines.append(f"| `{code}` | {_cell(advice.title)} | {_cell(advice.action)} | {_cell(advice.practice)} |")
    lines += ["", "## The classes\n", "| First digit | Meaning |", "|---|---|"]
    lines += [f"| {digit}xx | {_cell(one.meaning)} |" for digit, one in known.classes.items()]
    providers = sorted({rule.provider for rule in known.rules if rule.provider})
    lines += ["", f"## Whose words are known\n\n{len(providers)} providers and products: {', '.join(providers)}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Rewrite what stands behind the mark; a page that is not there begins with its title."""
    known = catalogue()
    for path, text in generated().items():
        name = path.stem
        title = known.categories[name].title if name in known.categories else path.stem
        head = path.read_text(encoding="utf-8").split(MARK)[0] if path.exists() else f"# {title}\n\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + MARK + "\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main()
