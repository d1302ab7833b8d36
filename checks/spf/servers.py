"""The fact behind spf.servers-agree: what each authoritative server of the zone says is a domain's SPF record."""

from checks.authorities import Served, served
from checks.inquiry import Inquiry
from checks.model import Target


def served_of(target: Target) -> Inquiry[Served]:
    """Ask the servers of the zone in which the record of the return path's domain lives."""
    return served(target.envelope_domain, "TXT")
