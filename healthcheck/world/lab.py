"""The lab world: a hospital of example domains inside the wheel, one healthy and many sick.

Each `*.zone` file beside `hospital/patients.toml` is named after its zone; a zone is read when the first of its names
is asked for. A name that no zone of the lab holds is answered REFUSED: the lab knows nothing about it.
"""

import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from checks.inquiry import Answer, DnsQuestion, Question
from checks.names import parents
from healthcheck.world.master_file import Zones, read_zones
from healthcheck.world.zone import ZoneWorld

LISTS = "lists.zone"
"""The one file that holds several zones: the blocklists of the lab."""


class Patient(msgspec.Struct, frozen=True):
    """A domain of the lab. `options` make the illness visible, beside --lab; `codes` are what is then found.

    `also` are findings of warning or worse that cannot be parted from the illness.
    """

    domain: str
    illness: str
    options: tuple[str, ...]
    codes: tuple[str, ...]
    also: tuple[str, ...] = ()


class _Hospital(msgspec.Struct, frozen=True):
    patient: tuple[Patient, ...]
    faults: dict[str, str]
    servers: dict[str, str] = {}
    """Which file one server answers from, by its address, where it says something else than the others."""


@cache
def _hospital() -> _Hospital:
    text = (_folder() / "patients.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Hospital)


def _folder() -> Traversable:
    return files("healthcheck.world").joinpath("hospital")


def patients() -> tuple[Patient, ...]:
    """All patients, the healthy one first."""
    return _hospital().patient


def log_of(domain: str) -> Traversable | None:
    """The mail log of a patient, which stands in where no other is given; None where there is none."""
    if all(patient.domain != domain for patient in patients()):
        return None
    log = _folder().joinpath(f"{domain}.log")
    return log if log.is_file() else None


def options_of(domain: str) -> tuple[tuple[str, str], ...]:
    """What its patient is shown with beside --lab, option by option; () for a domain that is no patient."""
    options = next((patient.options for patient in patients() if patient.domain == domain), ())
    return tuple(zip(options[::2], options[1::2], strict=True))


def _read(file_name: str) -> Zones:
    text = (_folder() / file_name).read_text(encoding="utf-8")
    return read_zones(text, None, file_name)


class Lab(ZoneWorld):
    """Answers from the hospital."""

    def __init__(self) -> None:
        super().__init__([], "lab", _hospital().faults, "not in the lab: healthcheck lab lists its domains")
        self._waiting = {file.name for file in _folder().iterdir() if file.name.endswith(".zone")}

    async def answer(self, question: Question) -> Answer:
        """As an authoritative server of the lab answers."""
        return self.look_up(question)

    def look_up(self, question: DnsQuestion) -> Answer:
        """As `answer`, without an event loop."""
        file_name = _hospital().servers.get(question.server)
        if file_name is not None and question.server not in self.servers:
            self.servers[question.server] = ZoneWorld([_read(file_name)], "lab")
        return super().look_up(question)

    def zones_of(self, name: str) -> Zones | None:
        """The zones in which a name lies; their file is read on first use."""
        for origin in (name, *parents(name)):
            self._admit(f"{origin}.zone")
        found = super().zones_of(name)
        if found is None:
            self._admit(LISTS)
            found = super().zones_of(name)
        return found

    def _admit(self, file_name: str) -> None:
        if file_name in self._waiting:
            self._waiting.remove(file_name)
            self.zones.append(_read(file_name))


def open_lab() -> Lab:
    """The lab, ready to answer."""
    return Lab()
