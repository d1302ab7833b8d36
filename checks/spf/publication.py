"""The fact behind spf.published-once: what stands at a domain's name, and whether the domain seems to send at all."""

import msgspec

from checks import records
from checks.authorities import Served
from checks.dmarc.publication import CONTROL_LABEL
from checks.inquiry import Answer, ask_dns, together
from checks.model import Origin, Target
from checks.names import Address, parents
from checks.spf.policy import spf_texts
from checks.spf.servers import served_of


class Publication(msgspec.Struct, frozen=True):
    """The TXT records of a name, its records of the dead type SPF (99), its MX records, and who is said to send.

    `told` is set where mail is known to be sent: an address, a selector, a return path was given or read from a message.
    """

    name: str
    txt: Answer
    type99: Answer
    mx: Answer
    ips: tuple[Address, ...]
    told: bool
    served: Served | None = None
    """What the zone's own servers say, where the resolver knows of no record: it may not have heard of it yet."""
    control: Answer | None = None
    """The TXT answer of a name beside this one that nobody has; None where no wildcard of the owner's can stand above."""

    @property
    def has_mail_hosts(self) -> bool:
        """True where the domain receives mail: a null MX says that it does not. RFC 7505"""
        return any(exchange for _, exchange in records.mail_exchanges(self.mx))

    @property
    def by_wildcard(self) -> bool:
        """True if a name that nobody has carries the very same SPF records."""
        published = spf_texts(self.txt)
        return self.control is not None and bool(published) and spf_texts(self.control) == published

    @property
    def fresh(self) -> str:
        """The record that all of the zone's servers have and the resolver has not; "" where there is none."""
        said = [server.said for server in self.served.servers if server.said] if self.served else []
        contents = {spf_texts(answer) for answer in said}
        only = contents.pop() if len(contents) == 1 else ()
        return only[0] if len(only) == 1 else ""


async def publication_of(target: Target) -> Publication:
    """Ask what the domain of the return path publishes. RFC 7208 sections 3.1 and 4.4"""
    name = target.envelope_domain
    txt, type99, mx, control = await together(
        ask_dns(name, "TXT"), ask_dns(name, "SPF"), ask_dns(name, "MX"), _wildcard_control(name)
    )
    told = any(stream.origin in (Origin.GIVEN, Origin.MESSAGE) for stream in target.streams)
    served = None if txt.unknown or spf_texts(txt) else await served_of(target)
    return Publication(name, txt, type99, mx, target.sending_ips, told, served, control)


async def _wildcard_control(name: str) -> Answer | None:
    """Ask for a sibling that nobody has. A name right below a top-level domain gets nothing from a wildcard: its own zone's
    stands below it, and above it only a registry's could."""
    parent = next(iter(parents(name)), "")
    return await ask_dns(f"{CONTROL_LABEL}.{parent}", "TXT") if "." in parent else None
