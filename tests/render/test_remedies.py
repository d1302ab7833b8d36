"""Every remedy of the catalogue can be carried out from every format: records stand apart and prose is prose."""

import pytest

from checks.model import AnyCheck
from checks.registry import CHECKS
from checks.text import Part, spelled_out
from healthcheck.render.words import Block, blocks


def remedies(check: AnyCheck) -> list[tuple[str, Block]]:
    """The paragraphs and records of all remedies of a check, unfilled."""
    return [
        (message.code, block)
        for message in check.messages
        for block in blocks((Part(spelled_out(message.remedy), is_value=False),))
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_line_that_stands_as_it_is_is_a_record(check):
    for code, block in remedies(check):
        if block.verbatim:
            # An empty line leads back to prose: "Publish:\n{record}\n\nAnd wait."
            assert block.text.startswith(("{", "_", "mail.{")), f"{code} shows {block.text!r} as a record"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_what_is_said_before_a_record_leads_to_it(check):
    for message in check.messages:
        first, _, rest = spelled_out(message.remedy).partition("\n")
        if rest:
            assert first.rstrip().endswith((":", ".", "?")), message.code
