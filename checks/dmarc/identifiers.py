"""Identifier alignment: does an authenticated domain speak for the RFC5322.From domain? RFC 9989 section 4.4.

*Strict* wants the same name. *Relaxed*, which is the default, wants the same organizational domain, as the tree walk
finds it; which of the two domains lies above the other does not matter.
"""

from collections.abc import Callable

import msgspec

from checks.dmarc.record import Mode
from checks.dmarc.suffixes import is_registry
from checks.dmarc.walk import Walk
from checks.names import parents


class Alignment(msgspec.Struct, frozen=True):
    """How an identifier stands to the Author Domain: `strict` for the same name, `relaxed` for the same organizational
    domain, None where that could not be found out; `wanted` is the mode that the policy asks for."""

    strict: bool
    relaxed: bool | None
    wanted: Mode

    @property
    def holds(self) -> bool | None:
        """True if the identifier is aligned; None where nobody could tell."""
        return self.relaxed if self.wanted is Mode.RELAXED else self.strict

    @property
    def too_strict(self) -> bool:
        """True where only the mode stands in the way."""
        return self.wanted is Mode.STRICT and self.relaxed is True and not self.strict


def aligned(a: str, b: str, mode: Mode, org_domain_of: Callable[[str], str]) -> bool:
    """True if two domains (in normal form) are aligned. `org_domain_of` tells the organizational domain of a name."""
    if a == b:
        return True
    return mode is Mode.RELAXED and org_domain_of(a) == org_domain_of(b)


def relaxed(a: Walk, b: Walk) -> bool | None:
    """True if the domains where two walks begin have the same organizational domain; None where that is not known.

    A registry's name that could not be asked changes nothing: a record there would say psd=y (RFC 9989 section 5.2).
    """
    if a.domain == b.domain:
        return True
    unknown = {rung.name for walk in (a, b) for rung in walk.unknown}
    if not any(not is_registry(name) for name in sorted(unknown)):
        return aligned(
            a.domain, b.domain, Mode.RELAXED, {w.domain: w.organizational_domain for w in (a, b)}.__getitem__
        )
    shared = {a.domain, *parents(a.domain)} & {b.domain, *parents(b.domain)}
    # Names that have nothing above them in common but a registry have none that could be the organizational domain of both.
    return None if any(not is_registry(name) for name in sorted(shared)) else False
