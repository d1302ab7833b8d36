"""pyspf (a dev extra) on the worlds of our tests, for the differential test and the benchmark."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from checks import records
from checks.inquiry import Answer, DnsQuestion, Outcome

LookUp = Callable[[DnsQuestion], Answer]


def pyspf() -> ModuleType:
    """The module `spf`; the test is skipped where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it compiles with warnings of its own
        module: ModuleType = pytest.importorskip("spf", reason="pyspf is a dev extra")
    return module


@contextmanager
def asking(module: ModuleType, look_up: LookUp) -> Iterator[None]:
    """pyspf asks `look_up` instead of the network."""

    def answer(name: str, rdtype: str, strict: bool = True, timeout: float = 0) -> list[tuple[tuple[str, str], Any]]:
        answer = look_up(DnsQuestion(name.lower().replace("\\", "\\\\").replace(" ", "\\032"), rdtype))
        if answer.unknown:
            raise module.TempError(f"{name} {rdtype}: {answer.why_unknown}")
        return [((name, rdtype), value) for value in values(answer)]

    before = module.DNSLookup
    module.DNSLookup = answer
    try:
        yield
    finally:
        module.DNSLookup = before


def values(answer: Answer) -> list[Any]:
    """The records of an answer in the shapes in which py3dns gives them."""
    if answer.outcome is not Outcome.ANSWERED:
        return []
    match answer.question.rdtype:
        case "TXT" | "SPF":
            return [
                tuple(part.encode("latin-1") for part in records.character_strings(text)) for text in answer.records
            ]
        case "MX":
            return [tuple(exchange) for exchange in records.mail_exchanges(answer)]
        case "PTR":
            return list(records.names(answer))
        case _:
            return list(answer.records)


def verdict(module: ModuleType, look_up: LookUp, ip: str, sender: str, helo: str) -> tuple[str, str]:
    """The result of pyspf, by the letter of the RFC as it understands it, and its words."""
    with asking(module, look_up):
        result, words = module.check2(i=ip, s=sender, h=helo, querytime=0)
    return result, words
