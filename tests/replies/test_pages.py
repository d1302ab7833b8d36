"""The pages of docs/replies tell what the catalogue holds."""

import pytest

from tests.replies import pages

PAGES = pages.generated()


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: path.name)
def test_a_page_is_what_the_catalogue_holds(path):
    head, mark, rest = path.read_text(encoding="utf-8").partition(pages.MARK)
    assert mark
    assert rest == "\n" + PAGES[path], "run: python -m tests.replies.pages"
    assert head.startswith("# ")


def test_no_page_is_left_of_a_category_that_is_gone():
    assert {path.name for path in pages.DOCS.glob("*.md")} == {path.name for path in PAGES}
