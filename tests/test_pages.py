"""Every check has its page, and the page says what the code says."""

import pytest

from checks.registry import CHECKS
from tests.pages import TABLE, page_of, pages, table


@pytest.mark.parametrize("path", pages(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_table_of_a_page_equals_the_messages_of_its_check(path):
    assert path.exists(), f"write {path}"
    found = TABLE.search(path.read_text(encoding="utf-8"))
    assert found, f"{path} has no <!-- messages --> table"
    assert found[0] == table(pages()[path]), "run: python -m tests.pages"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_page_begins_with_the_id_and_the_healthy_condition(check):
    lines = page_of(check.id).read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {check.id}"
    assert f"**{check.title}**" in lines


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_page_tells_what_why_how_the_remedy_and_the_references(check):
    text = page_of(check.id).read_text(encoding="utf-8")
    for heading in ("What is checked", "Why it matters", "Messages", "How it is judged", "Remedy", "References"):
        assert f"\n## {heading}\n" in text, heading
