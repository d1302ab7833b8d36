"""What a person gives of a domain and its mail, on the command line or in a configuration: text -> value.

`where` is how the place is called in which it was given: `--ip`, or the key of a configuration.
"""

import ipaddress

from checks.addresses import special_kind
from checks.bad_input import BadInput
from checks.names import MAX_NAME, Address, BadName, domain_from_input, is_hostname

NULL_PATH = "<>"


class BadOption(BadInput):
    """Something given that cannot be used; the message is one sentence."""


def sending_address(text: str, where: str = "--ip") -> Address:
    """An address that sends. BadOption for text that is none, and for one that nobody can send from."""
    try:
        address = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        raise BadOption(f"{where} {text!a} is not an address: give one such as 192.0.2.10 or 2001:db8::10") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            raise BadOption(f"{where} {text!a} names a zone of this machine; give the address alone")
        address = address.ipv4_mapped or address
    if kind := special_kind(address):
        article = "an" if kind[0] in "aeiou" else "a"
        raise BadOption(f"{where} {address} is {article} {kind} address: no receiver ever sees it; give the public one")
    return address


def selector_name(text: str, where: str = "--selector") -> str:
    """A DKIM selector, in lower case. BadOption for what cannot be one."""
    name = text.strip().lower().removesuffix(".").removesuffix("._domainkey")
    if not is_hostname(name):
        raise BadOption(f"{where} {text!a} is not a selector: it is the s= of a DKIM-Signature, such as s1")
    return name


def helo_name(text: str | None, where: str = "--helo") -> str | None:
    """The name of EHLO, lower-case; a bare label is let through, to be judged. BadOption for what no server says."""
    if text is None:
        return None
    name = text.strip().lower().removesuffix(".")
    if not is_hostname(name):
        raise BadOption(f"{where} {text!a} is not a name: give what your server says in EHLO, such as mail.example.com")
    return name


def author_domain(text: str) -> str:
    """A domain whose DMARC is asked for, as it was typed. BadName for no domain, and for one too long to have a record."""
    name = domain_from_input(text)[0]
    longest = MAX_NAME - len("_dmarc.")
    if len(name) > longest:
        raise BadName(
            f"the name is {len(name)} characters long: its DMARC record at _dmarc.<name> would be longer than the {MAX_NAME} "
            f"that DNS holds; a domain that sends mail has at most {longest}"
        )
    return name


def mail_from_domain(text: str | None, where: str = "--mail-from") -> str | None:
    """The domain of the return path, given as an address or a domain. BadOption for neither."""
    if text is None:
        return None
    try:
        return domain_from_input(text)[0]
    except BadName as fault:
        raise BadOption(f"{where}: {fault}") from None
