"""What makes a finding the same finding from run to run: its code, what it is about, and the names and addresses in it.

Words and numbers are no part of it: a count that goes up and down, or a text that a new version says better, is the same finding.
"""

from checks.model import Finding
from checks.names import is_hostname
from healthcheck.world.streams import is_address

MOST_LISTED = 12
"""Names of one list in a finding that are looked at."""


def instance(finding: Finding) -> tuple[str, ...]:
    """Its code, what it is about, and the names that stand in it by themselves."""
    named = [text for text in finding.args.values() if isinstance(text, str) and is_named(text)]
    return (finding.message.code, finding.about, *named)


def listed(finding: Finding) -> tuple[str, ...]:
    """The names in its lists. Addresses there are left out: those of a large provider take turns."""
    return tuple(
        text
        for value in finding.args.values()
        if isinstance(value, tuple)
        for text in value[:MOST_LISTED]
        if isinstance(text, str) and is_named(text) and not is_address(text)
    )


def is_named(text: str) -> bool:
    """True for a name or an address that stands alone."""
    if len(text) > 255 or not ("." in text.rstrip(".") or ":" in text):
        return False
    name = text.lower().removesuffix(".")
    return is_address(name) or is_hostname(name)
