"""The selectors that are tried where none was given, and what is known of those that cannot be guessed.

A selector is any name a signer likes, and the DNS has no question for "which are there". Most services use the same one
or two for all their customers, so asking for 44 names finds the key of most domains; finding none proves nothing.

`TIER_1` is asked in every run; more_selectors.py holds the rest, for --deep and for a provider that was recognised.
Written from public documentation, setup guides and DNS tools, read in autumn 2026; `confidence` says how far they agree.
"""

from typing import NamedTuple


class Known(NamedTuple):
    """One selector in use. `provider` "" where it belongs to nobody in particular; `shared` where others use it as well.

    `target` is what the provider has its CNAME point to, "" for a TXT record or where that is not known: {domain} is the
    customer's domain, {dashed} the same with hyphens for dots, and <...> what only the provider can tell.
    """

    name: str
    provider: str
    target: str = ""
    shared: bool = False
    confidence: str = "high"


TIER_1: tuple[Known, ...] = (
    Known("default", ""),
    Known("dkim", ""),
    Known("mail", ""),
    Known("google", "Google Workspace"),
    Known(
        "selector1", "Microsoft 365", target="selector1-{dashed}._domainkey.<tenant>.<letter>-v1.dkim.mail.microsoft"
    ),
    Known(
        "selector2", "Microsoft 365", target="selector2-{dashed}._domainkey.<tenant>.<letter>-v1.dkim.mail.microsoft"
    ),
    Known("s1", "Twilio SendGrid", target="s1.domainkey.u<account>.wl<number>.sendgrid.net", shared=True),
    Known("s2", "Twilio SendGrid", target="s2.domainkey.u<account>.wl<number>.sendgrid.net", shared=True),
    Known("m1", "Twilio SendGrid", shared=True),
    Known("k1", "Mailchimp", shared=True),
    Known("k2", "Mailchimp", target="dkim2.mcsv.net"),
    Known("k3", "Mailchimp", target="dkim3.mcsv.net"),
    Known("mte1", "Mailchimp Transactional", target="dkim1.mandrillapp.com"),
    Known("mte2", "Mailchimp Transactional", target="dkim2.mandrillapp.com"),
    Known("mandrill", "Mailchimp Transactional"),
    Known("pm", "Postmark"),
    Known("mailjet", "Mailjet"),
    Known("brevo1", "Brevo", target="b1.{dashed}.dkim.brevo.com"),
    Known("brevo2", "Brevo", target="b2.{dashed}.dkim.brevo.com"),
    Known("resend", "Resend"),
    Known("hs1", "HubSpot"),
    Known("hs2", "HubSpot"),
    Known("kl", "Klaviyo"),
    Known("kl2", "Klaviyo"),
    Known("cm", "Campaign Monitor"),
    Known("ctct1", "Constant Contact", target="100._domainkey.dkim1.ccsend.com"),
    Known("ctct2", "Constant Contact", target="200._domainkey.dkim2.ccsend.com"),
    Known("litesrv", "MailerLite"),
    Known("acdkim1", "ActiveCampaign"),
    Known("acdkim2", "ActiveCampaign"),
    Known("zendesk1", "Zendesk", target="zendesk1._domainkey.zendesk.com"),
    Known("zendesk2", "Zendesk", target="zendesk2._domainkey.zendesk.com"),
    Known("intercom", "Intercom", target="<id>.dkim.intercom.io"),
    Known("fm1", "Fastmail", target="fm1.{domain}.dkim.fmhosted.com"),
    Known("fm2", "Fastmail", target="fm2.{domain}.dkim.fmhosted.com"),
    Known("fm3", "Fastmail", target="fm3.{domain}.dkim.fmhosted.com"),
    Known("protonmail", "Proton Mail", target="protonmail.domainkey.<id>.domains.proton.ch"),
    Known("protonmail2", "Proton Mail", target="protonmail2.domainkey.<id>.domains.proton.ch"),
    Known("protonmail3", "Proton Mail", target="protonmail3.domainkey.<id>.domains.proton.ch"),
    Known("sig1", "Apple iCloud+", target="sig1.dkim.{domain}.at.icloudmailadmin.com"),
    Known("zmail", "Zoho Mail"),
    Known("key1", "Migadu", target="key1.{domain}._domainkey.migadu.com", shared=True),
    Known("key2", "Migadu", target="key2.{domain}._domainkey.migadu.com", shared=True),
    Known("key3", "Migadu", target="key3.{domain}._domainkey.migadu.com", shared=True),
)

UNGUESSABLE: tuple[Known, ...] = (
    Known("<token of 32 characters>", "Amazon SES", target="<token of 32 characters>.dkim.amazonses.com"),
    Known("fe-<hash>", "Forward Email"),
    Known("hs1-<portal number>", "HubSpot", target="<...>.dkim.hubspotemail.net"),
    Known("hs2-<portal number>", "HubSpot", target="<...>.dkim.hubspotemail.net"),
    Known("ovhmo<number>-selector1", "OVHcloud", target="<...>.dkim.mail.ovh.net"),
    Known("ovhmo<number>-selector2", "OVHcloud", target="<...>.dkim.mail.ovh.net"),
    Known("<year, month, day and time>pm", "Postmark"),
    Known("postal-<6 characters>", "Postal"),
    Known("s<number>", "SMTP2GO", target="dkim.smtp2go.net"),
    Known("<project id>", "Scaleway TEM"),
    Known("scph<month and year>", "SparkPost/Bird"),
)
"""Selectors that hold something of the customer's: nobody can try them, and it helps to know what they look like."""


def target_of(known: Known, domain: str) -> str:
    """What the CNAME of a known selector must point to for this domain; "" where that is not known."""
    return known.target.format(domain=domain, dashed=domain.replace(".", "-"))
