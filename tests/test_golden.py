"""The formats look as they did; where they shall not, `python -m tests.golden` writes them anew."""

import pytest

from tests.golden import FOLDER, goldens

TOLD = goldens()


@pytest.mark.parametrize("name", TOLD)
def test_a_format_looks_as_it_did(name):
    assert TOLD[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over():
    assert {file.name for file in FOLDER.iterdir() if file.suffix in (".txt", ".md", ".json")} == set(TOLD)
