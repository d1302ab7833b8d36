"""The pages of docs/ lead somewhere, and name every dependency and every severity."""

import re
import tomllib
from pathlib import Path

import pytest

from checks.model import Basis, Severity, Status, Verdict

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_dependency_has_its_line():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(x for extra in project["optional-dependencies"].values() for x in extra)]
    names = {re.match(r"[A-Za-z0-9_-]+", text)[0] for text in wanted} - {"mail-healthcheck"}
    rows = [
        line for line in (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    first_cells = {name for row in rows for name in re.split(r", *", row.split("|")[1].strip())}
    assert names <= first_cells


def test_every_extra_that_a_sentence_proposes_can_be_installed():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    sources = [path for room in ("checks", "healthcheck") for path in (ROOT / room).rglob("*.py")]
    proposed = {
        extra
        for path in (*sources, *PAGES)
        for pair in re.findall(
            r'MissingExtra\("[^"]+", "(\w+)"\)|mail-healthcheck\[(\w+)\]', path.read_text(encoding="utf-8")
        )
        for extra in pair
    } - {""}
    assert proposed <= set(extras)
    rows = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    assert not [extra for extra in set(extras) - {"test", "dev"} if f"`{extra}`" not in rows]


@pytest.mark.parametrize("word", [*(x.name.lower() for x in Severity), *Basis, *Status, *Verdict])
def test_every_word_of_a_judgement_is_explained(word):
    assert f"| {word} |" in (ROOT / "docs/severities.md").read_text(encoding="utf-8")


def test_the_index_names_every_page_and_decision():
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/decisions").glob("*.md")]
    missing = [page.name for page in pages if f"{page.name})" not in index and page.name != "README.md"]
    assert not missing, "give it a line in docs/README.md"
