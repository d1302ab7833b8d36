"""The records by which a sending service bounces through a name of its customer, so that its SPF is aligned.

Without them a service bounces through a domain of its own: its SPF passes, and speaks for the service. Nothing of this has
to stand in the SPF record of the customer's own domain.

Written from the services' setup pages and DNS tools that agree, read in autumn 2026; <...> is what only the service can tell.
"""

from collections.abc import Iterable

from checks.names import parents

RETURN_PATHS: dict[str, tuple[str, ...]] = {
    "Amazon SES": (
        "<mail>.{domain}. MX 10 feedback-smtp.<region>.amazonses.com.",
        '<mail>.{domain}. TXT "v=spf1 include:amazonses.com ~all"',
    ),
    "Intercom": ("<name it shows>.{domain}. CNAME rp.intercom.io.",),
    "Mailjet": ("bnc3.{domain}. CNAME bnc3.mailjet.com.",),
    "Postmark": ("pm-bounces.{domain}. CNAME pm.mtasv.net.",),
    "Resend": (
        "send.{domain}. MX 10 feedback-smtp.<region>.amazonses.com.",
        'send.{domain}. TXT "v=spf1 include:amazonses.com ~all"',
    ),
    "SMTP2GO": ("<name it shows>.{domain}. CNAME return.smtp2go.net.",),
    "SparkPost/Bird": ("<bounce>.{domain}. CNAME sparkpostmail.com.",),
    "Twilio SendGrid": ("em<number>.{domain}. CNAME u<account>.wl<number>.sendgrid.net.",),
}


def return_path(provider: str, domain: str) -> tuple[str, ...]:
    """The records of one provider for a domain; () where they are not known."""
    return tuple(record.format(domain=domain) for record in RETURN_PATHS.get(provider, ()))


def provider_of(domains: Iterable[str]) -> str:
    """The provider that the domains of return paths and signatures belong to; "" where they give nobody away."""
    # start-up time: the patterns are read where a stream speaks for somebody else
    from checks.providers.fingerprint import Place, recognised

    for domain in domains:
        names = (domain, *(name for name in parents(domain) if "." in name))
        for place in (Place.SPF, Place.CNAME, Place.DKIM_CNAME, Place.PTR):
            if found := recognised(place, names):
                return found[0]
    return ""
