"""The public suffix list, by which receivers of the RFC 7489 days find the organizational domain.

RFC 9989 does without it. It serves the comparison of the two, and to tell a registry's name from its customers'.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@cache
def _list() -> "PublicSuffixList":
    # 15 ms to import, 50 to 70 to read its 16,000 rules: only where a name of three labels or more wants it.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def registrable_domain(name: str) -> str | None:
    """One label below the longest public suffix of a name in A-labels, None for a suffix itself. RFC 7489 section 3.2

    A top-level domain that the list does not know counts as a public suffix.
    """
    found: str | None = _list().privatesuffix(name)
    return found


def is_registry(name: str) -> bool:
    """True for a top-level domain and for every name on the list: names below it belong to somebody else."""
    return "." not in name or registrable_domain(name) is None
