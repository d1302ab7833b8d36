"""What a reply itself says of the sender: the addresses and the domains that it names as the sender's.

    554 5.7.1 Client host [192.0.2.66] blocked using zen.spamhaus.org        192.0.2.66
    550-5.7.26 ... SPF [shop.example] with ip: [192.0.2.40] = did not pass   192.0.2.40, shop.example

Only replies about the sender are read so: in a reply about a mailbox a name is the recipient's. The server that spoke stands
in the wrapper (`host mx.example.net[...] said:`), and the providers' own pages and lists are no senders.
"""

import ipaddress
import re
from functools import cache, lru_cache

from checks.names import Address
from checks.replies.catalogue import Lazily, catalogue

MOST = 16
"""Addresses and domains that are kept of one reply."""
LONGEST = 8_000
"""Characters of a reply that are read."""
OF_SENDERS = frozenset(
    (
        *("blocklisted", "reputation", "auth_failed", "sender_dns", "sender_rate", "sender_invalid"),
        *("spam_content", "policy"),
    )
)
"""Categories of replies in which an address or a name is the sender's."""

_ADDRESSES = Lazily(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:]*\w)")
_NAME = r"((?:[a-z0-9_-]{1,63}\.){1,6}[a-z][a-z0-9-]{1,23})(?![\w@-]|\.\w)"
_DOMAINS = Lazily(rf"\b(?:domain|from|for|of|by|spf)\b[\s=:]{{0,3}}[\[<'\"(]{{0,2}}\s?{_NAME}", re.IGNORECASE)
_SENDERS = Lazily(
    rf"\b(?:from|sender|mailfrom)\b[\s=:]{{0,3}}[\[<'\"(]{{0,2}}[^\s@<>]{{1,64}}@{_NAME}"
    rf"|[^\s@<>]{{1,64}}@{_NAME}>?:? ?sender",
    re.IGNORECASE,
)
_LISTED = Lazily(rf"(?<![\w@.-]){_NAME} (?:is |was )?(?:listed|blocked|blacklisted)\b", re.IGNORECASE)
_WRAPPER = Lazily(
    r"\bhost \S+ ?\[[^\]]*\]|relay=\S+|H=\S+ \[[^\]]*\]|127\.\d+\.\d+\.\d+|https?://\S+"
    r"|(?<=\w) - \d+\.\d+\.\d+\.\d+(?=; see )"  # Yahoo's number of the case: "user complaints - 4.16.55.1; see https://..."
)
_NAMED_LISTS = Lazily(rf"\b(?:using|by|at|on|listed in|list)\b[\s=:'\"(]{{1,4}}{_NAME}", re.IGNORECASE)


def stated(text: str, category: str) -> tuple[str, ...]:
    """The addresses, then the domains, that a reply of some category states as the sender's; bounded, in order."""
    return (*map(str, stated_addresses(text, category)), *stated_domains(text, category))[:MOST]


def stated_addresses(text: str, category: str) -> tuple[Address, ...]:
    """The addresses that a reply states as the sender's, also those that nobody could look up."""
    if category not in OF_SENDERS:
        return ()
    found: dict[Address, None] = {}
    for word in _ADDRESSES().findall(own_words(text)):
        if (address := address_in(word)) is not None:
            found[address] = None
        if len(found) == MOST:
            break
    return tuple(found)


def stated_domains(text: str, category: str) -> tuple[str, ...]:
    """The domains that a reply states as the sender's, lower-case; those of mailbox providers and lists left out."""
    if category not in OF_SENDERS:
        return ()
    words = own_words(text)
    matches = [*_SENDERS().findall(words), *_LISTED().findall(words), *_DOMAINS().findall(words)]
    names = (name.lower() for match in matches for name in ((match,) if isinstance(match, str) else match) if name)
    lists = frozenset(named_lists(text))
    found = (name for name in names if not _of_provider(name) and name not in lists)
    return tuple(dict.fromkeys(found))[:MOST]


def named_lists(text: str) -> tuple[str, ...]:
    """The zones that a reply names as the list it asked: `blocked using zen.spamhaus.org`."""
    found = (name.lower() for name in _NAMED_LISTS().findall(own_words(text)))
    return tuple(dict.fromkeys(name for name in found if any(word in name for word in _LIST_WORDS)))[:MOST]


_LIST_WORDS = (
    *("bl.", "dnsbl", "rbl", "surbl", "uribl"),
    *("spam", "zen.", "barracuda", "sorbs", "mailspike", "invaluement"),
)


@lru_cache(maxsize=1)  # each part of a reply is looked for in them
def own_words(text: str) -> str:
    """The reply without the wrapper's `host name[address] said:` and without links."""
    return str(_WRAPPER().sub(" ", text[:LONGEST]))


def address_in(word: str) -> Address | None:
    """The address that a word is, None for any other."""
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


def addresses_in(text: str) -> tuple[Address, ...]:
    """Every address in a text of ours, each once."""
    found = (address_in(word) for word in _ADDRESSES().findall(text[:LONGEST]))
    return tuple(dict.fromkeys(address for address in found if address is not None))


def _of_provider(name: str) -> bool:
    """True for the names of mailbox providers and of lists."""
    labels, known = name.split("."), _names_of_providers()
    return any(".".join(labels[at:]) in known for at in range(len(labels)))


@cache
def _names_of_providers() -> frozenset[str]:
    known = catalogue()
    return frozenset(own for signs in (known.hosts, known.signs) for own in signs if "." in own)
