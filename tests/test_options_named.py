"""Whoever is told to use an option finds it: every --word in a message, a page, the README or the code exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from checks.registry import CHECKS
from healthcheck.cli import application, habits

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
"""They tell of what was, of other programs too, and are not rewritten."""
PAGES = [
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent != DECISIONS),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]
SOURCES = [
    path
    for room in ("checks", "healthcheck")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path != ROOT / "checks" / "replies" / "clean.py"  # knows the options of other programs, whose passwords it masks
]

OPTION = re.compile(r"(?<![-\w])--[a-z][a-z-]*\b")
COMMAND_LINE = re.compile(r"(?<![-\w./])healthcheck ((?:[a-z][a-z-]* )*[a-z][a-z-]*)([^`|\n]*)")
OTHERS = re.compile(
    r"\b(?:python|mypy|pip|ruff|dig|systemctl|unbound|chromium|swaks|openssl)\b[^`|\n]*|"
    + r"`python tests/benchmarks[^`]*`"
)
"""Command lines of other programs, as they stand in our pages."""


def commands() -> dict[str, frozenset[str]]:
    """The options of every command by its words: `domain`, `lab serve`; "" is healthcheck itself."""
    found: dict[str, frozenset[str]] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        options = (name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts))
        found[" ".join(words)] = frozenset((*options, "--help"))
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(typer.main.get_command(application()), ())
    return found


COMMANDS = commands()
HABITS = frozenset({*habits.SAME, *habits.INSTEAD, habits.NO_COLOUR})
"""Words of other tools, which are understood, or answered with ours."""
ALL = frozenset().union(*COMMANDS.values(), HABITS)


def named(text: str) -> set[str]:
    return set(OPTION.findall(OTHERS.sub("", text)))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_message_names_options_of_the_command_that_says_it(check):
    for message in check.messages:
        text = f"{message.text} {message.remedy}"
        # A remedy may show the command line of another command, whose options are proven below.
        others = (COMMANDS.get(words.split()[0], frozenset()) for words, _ in COMMAND_LINE.findall(text))
        assert named(text) <= COMMANDS["domain"].union(*others), message.code


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_an_option_that_is_named_exists(path):
    assert named(path.read_text(encoding="utf-8")) <= ALL


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_line_that_is_shown_can_be_typed(path):
    for words, rest in COMMAND_LINE.findall(path.read_text(encoding="utf-8")):
        known = [" ".join(words.split()[:count]) for count in (2, 1)]
        command = next((each for each in known if each in COMMANDS), None)
        if command is not None:
            assert named(rest) <= COMMANDS[command], f"healthcheck {words}{rest}"
        else:
            assert not named(rest), f"there is no command healthcheck {words}"


def test_an_option_that_does_not_exist_is_noticed():
    assert named("give it with --selectors, or --ip") - ALL == {"--selectors"}
    assert COMMAND_LINE.findall("run `healthcheck ip 192.0.2.1 --selector s1`") == [("ip", " 192.0.2.1 --selector s1")]
    assert "--selector" not in COMMANDS["ip"]
