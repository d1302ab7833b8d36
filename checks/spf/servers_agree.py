"""All name servers of the zone give the same SPF record.

Receivers ask whichever server their resolver chose. Where one of them has an old record, or none, mail passes at some
receivers and fails at others, and every check through a resolver says that all is well.
"""

from collections.abc import Iterable

from checks.authorities import Served, compared, words
from checks.model import Check, Finding
from checks.spf.policy import spf_texts
from checks.spf.refusals import NOT_PASSED
from checks.spf.servers import served_of

ID = "spf.servers-agree"
WORDS = words(ID, "the SPF record", "TXT")


def judge(served: Served) -> Iterable[Finding]:
    """Compare the SPF records alone: other texts at the name are nobody's concern here."""
    return compared(served, WORDS, spf_texts, NOT_PASSED)


CHECK = Check(ID, "All name servers of the zone give the same SPF record", served_of, judge, WORDS)
