"""Domain names: normal form, parents, reverse names.

Inside healthcheck a name is a `str` in A-labels (RFC 5890), lower-case, without the final dot; "" is the root.
What a person typed becomes one through `domain_from_input`, what stands in a record through `normalised`.
"""

import ipaddress
import re

from checks.bad_input import BadInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_NAME = 253
"""Characters of a name written without its final dot: 255 octets on the wire. RFC 1035 section 2.3.4"""
MAX_LABEL = 63

# LDH labels, with the underscore that _dmarc, _domainkey and friends need (RFC 8552).
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\Z")


class BadName(BadInput):
    """A name that nobody can look up; the message is one sentence for the person who typed it."""


def normalised(name: str) -> str:
    """A name out of a record, in normal form: ASCII letters in lower case, no final dot. Never fails."""
    return name.lower().removesuffix(".")


def is_hostname(name: str) -> bool:
    """True for a name in normal form whose labels are letters, digits, hyphens and underscores, each at most 63 long."""
    return 0 < len(name) <= MAX_NAME and all(len(x) <= MAX_LABEL and _LABEL.match(x) for x in name.split("."))


def parents(name: str) -> tuple[str, ...]:
    """The names above, nearest first, down to the single label: `parents("a.b.example")` is `("b.example", "example")`."""
    labels = name.split(".")
    return tuple(".".join(labels[i:]) for i in range(1, len(labels)))


def is_below(name: str, ancestor: str) -> bool:
    """True if `name` is `ancestor` or lies under it; everything lies under the root."""
    return not ancestor or name == ancestor or name.endswith("." + ancestor)


def reverse_name(address: Address) -> str:
    """The name under in-addr.arpa or ip6.arpa whose PTR record names this address. RFC 1035 section 3.5, RFC 3596 section 2.5"""
    return address.reverse_pointer


def reversed_labels(address: Address) -> str:
    """The address as the leading labels of a DNSBL query: `2.0.0.127`, or 32 nibbles. RFC 5782 sections 2.1, 2.4"""
    return address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


def domain_from_input(text: str) -> tuple[str, str]:
    """What a person typed as a domain -> (A-label name, the same in Unicode).

    Forgives case, spaces around, a final dot, `https://…/path` and `user@`. Raises BadName, with one sentence,
    for anything that is not a domain name of at least two labels.
    """
    host = text.strip()
    if "://" in host:
        host = host.split("://", 1)[1]
    host = host.split("/", 1)[0].split("?", 1)[0].rsplit("@", 1)[-1].strip().removesuffix(".")
    if not host:
        raise BadName("the domain is empty: give a name such as example.com")
    _refuse_address(host)
    if re.search(r":\d{1,5}\Z", host):
        host = host.rsplit(":", 1)[0]
    ascii_name = _to_ascii(host)
    if len(ascii_name) > MAX_NAME:
        raise BadName(f"the name is {len(ascii_name)} characters long; a domain name has at most {MAX_NAME}")
    if "." not in ascii_name:
        raise BadName(f"{ascii_name!r} is a single label: give the whole domain, such as {ascii_name}.com")
    if not is_hostname(ascii_name):
        raise BadName(f"{host!a} is not a domain name: labels are letters, digits and hyphens, 1 to {MAX_LABEL} long")
    return ascii_name, to_unicode(ascii_name)


def _refuse_address(host: str) -> None:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return
    raise BadName(f"{address} is an address, not a domain: use --ip {address} beside the domain")


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    import idna  # 20 ms, and needed for names outside ASCII only

    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").lower().removesuffix(".")
    except idna.IDNAError as fault:
        raise BadName(f"{host!a} is not a valid international domain name: {ascii(str(fault))[1:-1]}") from None


def to_unicode(name: str) -> str:
    """The U-label form of an A-label name, for display beside it; the name itself where it has none."""
    if "xn--" not in name:
        return name
    import idna  # as above

    try:
        return str(idna.decode(name))
    except (idna.IDNAError, UnicodeError):
        return name
