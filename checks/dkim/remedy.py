"""Records to publish, as far as they can be told: the remedies of the DKIM checks."""

import re
from collections.abc import Iterable

from checks.dkim.keys import Key, Keys
from checks.dkim.record import VERSION, KeyRecord, Problem, parse_record
from checks.dkim.selectors import Known, target_of
from checks.records import as_published
from checks.tags import parse_tags, write_tags

THE_KEY = "<the key your signer prints>"
LONGEST = 4096
"""Characters of a record that are mended at most: a key of 16,384 bits takes fewer."""

# `v=DKIM1 k=rsa`: a semicolon is missing behind the version.
_VERSION_RUNS_ON = re.compile(r"\A(\s{0,20}v\s{0,20}=\s{0,20}DKIM1)[\s\\]{1,20}(?=[a-z]{1,20}\s{0,20}=)", re.IGNORECASE)


def to_publish(keys: Keys, key: Key) -> tuple[str, ...]:
    """What should stand at a selector that has no key: the CNAMEs of the provider it belongs to, or a TXT record."""
    own = [known for known in keys.known if known.name == key.selector and known.target]
    if own:
        return delegations((known for known in keys.known if known.provider == own[0].provider), keys.domain)
    return (as_published(key.name, write_tags((("v", VERSION), ("k", "rsa"), ("p", THE_KEY)))),)


def delegations(known: Iterable[Known], domain: str) -> tuple[str, ...]:
    """The CNAMEs by which a domain hands its keys to a provider."""
    return tuple(
        f"{one.name}._domainkey.{domain}. CNAME {target}." for one in known if (target := target_of(one, domain))
    )


def mended(record: KeyRecord, **changed: str | None) -> str:
    """The record that was meant: version first, each tag once, no faults, no g=. `changed`: tags to set, or None to drop.

    Where the key cannot be read, a placeholder stands for it.
    """
    text = _VERSION_RUNS_ON.sub(r"\1; ", record.text[:LONGEST]).replace("\\;", ";").strip("\"' ")
    tags: dict[str, str] = {}
    for tag in parse_tags(text).tags:
        value = " ".join(tag.value.split())
        if value.isascii() and value.isprintable():
            tags.setdefault(tag.name, value)
    key = "".join(tags.get("p", "").split())
    tags |= {name: value for name, value in changed.items() if value is not None}
    dropped = {"v", "p", "g", *(name for name, value in changed.items() if value is None)}
    kept = [(name, value) for name, value in tags.items() if name not in dropped]
    again = parse_record(write_tags([("v", VERSION), *kept, ("p", key)]))
    if again.fault(Problem.SYNTAX, Problem.KEY) or (not key and not record.revoked):
        key = THE_KEY
    return write_tags([("v", VERSION), *kept, ("p", changed.get("p") or key)])
