"""The fact behind `dmarc.published`: the policy, with the names where a record stands by mistake, and a wildcard control.

The names are asked only where no record applies, the control only where one does: one more round trip, two questions.
"""

import msgspec

from checks import records
from checks.dmarc.policy import DmarcPolicy, dmarc_policy
from checks.dmarc.record import is_dmarc
from checks.dmarc.walk import question_name
from checks.inquiry import Answer, ask_dns, together
from checks.model import Target

CONTROL_LABEL = "_healthcheck-no-such-name"
"""A label that nobody publishes: what stands there comes from a wildcard. RFC 4592"""


class Publication(msgspec.Struct, frozen=True):
    """`elsewhere` are the TXT answers of names where a record stands by mistake, the domain itself first.

    `control` is the TXT answer of a name beside the record that nobody has.
    """

    policy: DmarcPolicy
    elsewhere: tuple[Answer, ...]
    control: Answer

    @property
    def by_wildcard(self) -> bool:
        """True if a name that nobody has carries a DMARC record too."""
        return any(map(is_dmarc, records.texts(self.control)))

    def is_wildcard_text(self, text: str) -> bool:
        """True if a name that nobody has carries this very text."""
        return text in records.texts(self.control)


async def publication_of(target: Target) -> Publication:
    """Where the domain's DMARC record stands, or stands by mistake."""
    policy = await dmarc_policy(target.domain)
    home = policy.domain.source or policy.name
    control = f"{CONTROL_LABEL}.{home}"
    wrong = () if policy.record else wrong_names(policy.name)
    answers = await together(*(ask_dns(name, "TXT") for name in (control, *wrong)))
    return Publication(policy, (policy.texts, *answers[1:]), answers[0])


def wrong_names(domain: str) -> tuple[str, ...]:
    """Where a record ends up that was meant for `_dmarc.<domain>`: the control panel added the domain once more, or the
    underscore was left out."""
    doubled = f"{question_name(domain)}.{domain}"
    return (doubled, f"dmarc.{domain}")
