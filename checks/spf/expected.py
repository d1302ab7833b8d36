"""The fact behind spf.expected-senders: which mailbox providers the MX records give away, and what their SPF authorises.

Whoever receives through Google Workspace or Microsoft 365 nearly always sends through it too, so one expects its include. That
is a guess from a fingerprint. Round trips: the MX records, then the provider's SPF beside the rest of the domain's own.
"""

from functools import cache

import msgspec

from checks import records
from checks.data import read_toml
from checks.inquiry import Answer, ask_dns, together
from checks.model import Target
from checks.spf.policy import SpfPolicy, spf_policy

MOST_PROVIDERS = 2
"""Our bound on the providers of one domain: where there are more, the MX records tell nothing."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider asks for: one entry of checks/providers/spf_includes.toml."""

    include: str
    source: str
    confidence: str


class Expected(msgspec.Struct, frozen=True):
    """A provider that the MX records give away, the include it asks for, and the SPF that stands there."""

    provider: str
    include: str
    policy: SpfPolicy


class Expectations(msgspec.Struct, frozen=True):
    """The SPF and MX records of the Author Domain, and the providers to be expected in its SPF."""

    policy: SpfPolicy
    exchanges: Answer
    providers: tuple[Expected, ...]


@cache
def asked_includes() -> dict[str, Asked]:
    """The data, by provider."""
    return msgspec.convert(read_toml("checks.providers", "spf_includes.toml"), dict[str, Asked])


async def expectations_of(target: Target) -> Expectations:
    """Of the Author Domain: people who write from a mailbox bounce to the address they write from."""
    policy, (exchanges, providers) = await together(spf_policy(target.domain), _providers(target.domain))
    return Expectations(policy, exchanges, providers)


async def _providers(domain: str) -> tuple[Answer, tuple[Expected, ...]]:
    answer = await ask_dns(domain, "MX")
    hosts = [exchange for _, exchange in records.mail_exchanges(answer) if exchange]
    if not hosts:
        return answer, ()
    # start-up time: the patterns are read where a domain has mail hosts
    from checks.providers.fingerprint import Place, recognised

    data = asked_includes()
    known = [name for name in recognised(Place.MX, hosts) if name in data]
    if len(known) > MOST_PROVIDERS:
        return answer, ()
    policies = await together(*(spf_policy(data[name].include) for name in known))
    found = (Expected(name, data[name].include, each) for name, each in zip(known, policies, strict=True))
    return answer, tuple(found)
