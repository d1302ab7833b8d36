"""Who is written to: where, and what they want to be told. The data, with a source each, is in recipients.toml."""

from functools import cache
from typing import Any, Literal

import msgspec

from checks.bad_input import BadInput
from checks.data import read_toml


class BadRecipient(BadInput):
    """A name that is nobody's; the message is one sentence."""


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider or list. `wants` are ids of healthcheck.ticket.wanted.FACTS, in the order in which they are asked for.

    `sure`: `published` where the page named says so itself, `practice` where those who wrote there say so. `first` is what is to
    be done before anybody is written to; `says` words of checks.replies that call it.
    """

    id: str
    name: str
    link: str
    wants: tuple[str, ...]
    source: str
    date: str
    sure: Literal["published", "practice"]
    first: str = ""
    says: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


@cache
def recipients() -> tuple[Recipient, ...]:
    """All, in the order of the data."""
    tables: dict[str, Any] = read_toml("healthcheck.ticket", "recipients.toml")
    return msgspec.convert(tables["recipient"], tuple[Recipient, ...])


def recipient_named(name: str) -> Recipient:
    """The one that is called so. BadRecipient, with all names, for anybody else."""
    wanted = name.strip().lower()
    for one in recipients():
        if wanted in (one.id, one.name.lower(), *one.says):
            return one
    known = ", ".join(one.id for one in recipients())
    raise BadRecipient(f"--to {name[:60]!a} is nobody whose wishes are known here: give one of {known}")
