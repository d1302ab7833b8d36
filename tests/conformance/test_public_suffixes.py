"""The public suffix list's own test vectors: the registrable domain of a name."""

import idna
import pytest

from checks.dmarc.suffixes import registrable_domain
from checks.names import is_hostname
from tests.conformance import absent, corpus

CASES = "psl/cases.tsv"


def cases() -> list[tuple[str, str]]:
    path = corpus(CASES)
    if path is None:
        return []
    rows = [line.partition("\t")[::2] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(given, wanted) for given, wanted in rows if given]


def a_labels(name: str) -> str:
    return ".".join(label if label.isascii() else idna.encode(label).decode() for label in name.lower().split("."))


@absent(CASES)
@pytest.mark.parametrize(("given", "wanted"), cases())
def test_a_vector_of_the_public_suffix_list(given, wanted):
    name = a_labels(given)
    if is_hostname(name):
        assert (registrable_domain(name) or "") == a_labels(wanted)
    else:
        assert wanted == "", "not a name, and nothing is registrable in it"


@absent(CASES)
def test_all_vectors_are_there():
    assert len(cases()) == 77  # and one, the empty name, that nobody can ask for
