"""What a ticket tells of: a redacted report, the run it rests on, and where and how it was made."""

import platform

import msgspec

from healthcheck import __version__
from healthcheck.redact import ToldReport
from healthcheck.ticket.recipients import Recipient
from healthcheck.world.transcript import Transcript

MARKS = {
    "lab": "LAB DATA: the answers are those of the built-in example domains, and no real mail is concerned",
    "zone": "ZONE FILE DATA: the answers are those of zone files that were given, and the network was not asked",
    "overlay": "WHAT-IF DATA: records that were given stand in the place of the published ones",
}
"""What stands first in everything that does not tell of the world as it is."""


_ONE = {
    "addresses of other machines": "address of another machine",
    "configured secrets": "configured secret",
    "credentials by their shape": "credential by its shape",
    "domains of recipients": "domain of a recipient",
    "mail addresses": "mail address",
    "message ids": "message id",
    "paths of files": "path of a file",
    "subject lines": "subject line",
}
"""The kinds of what redaction takes out (healthcheck.redact), where there is one of them."""


class Environment(msgspec.Struct, frozen=True):
    """Where the ticket was made. Nothing in it tells one machine from another of its kind."""

    healthcheck: str
    python: str
    dnspython: str
    system: str


def environment_here() -> Environment:
    """That of this machine."""
    from importlib.metadata import PackageNotFoundError, version  # start-up time: 20 ms, for tickets only

    try:
        dnspython = version("dnspython")
    except PackageNotFoundError:
        dnspython = "not installed"
    return Environment(__version__, platform.python_version(), dnspython, platform.system() or "unknown")


class Case(msgspec.Struct, frozen=True):
    """One ticket. `report` and `transcript` are redacted; `transcript` is None where there is no run that can be judged again,
    `recorded_by` the version that asked the questions. `taken`: what was redacted, by kind."""

    report: ToldReport
    transcript: Transcript | None
    recorded_by: str
    environment: Environment
    redaction: str
    taken: dict[str, int]
    recipient: Recipient | None = None

    @property
    def taken_in_words(self) -> str:
        """What was redacted, how many of each kind."""
        told = (f"{count} {_ONE.get(kind, kind) if count == 1 else kind}" for kind, count in self.taken.items())
        return ", ".join(told) or "nothing had to be taken out"

    @property
    def mark(self) -> str:
        """What must stand in the first line of everything, or the first member; "" where the answers are the network's."""
        return MARKS.get(self.report.world, "")
