"""What people type by the habit of other tools: the same in our words, or one sentence that says how it is done here."""

import os
from collections.abc import Sequence

SAME = {"--json": ("--format", "json"), "--exit-zero": ("--fail-on", "never")}
"""Options that are another way of saying one of ours."""
NO_COLOUR = "--no-color"
FORMATS = {"md": "markdown"}
INSTEAD = {
    "--strict": "exit code 3 says inconclusive, apart from a fail: take every code but 0 for a failure",
    "--domains": "healthcheck domain - reads domains from standard input, one a line, or [[domain]] tables name them",
    "--baseline": "keep a report (--format json --output FILE); healthcheck diff then exits with 1 where it got worse",
    "--select": "--only ID selects checks, by id or its first words",
    "--ignore": "--skip ID leaves checks out, and [[ignore]] in healthcheck.toml ignores findings with a reason",
    "--flavor": "--format markdown is GitHub's, and healthcheck ticket writes bundles",
    "schema": "healthcheck checks --schema prints the JSON Schema of the report",
}
"""What is not there under that name, and what is meant by it."""


def in_our_words(arguments: Sequence[str]) -> list[str]:
    """The same command line in our words. What stands behind `--` is nobody's option."""
    said: list[str] = []
    for at, word in enumerate(arguments):
        if word == "--":
            return [*said, *arguments[at:]]
        if word == NO_COLOUR:
            os.environ["NO_COLOR"] = "1"
        elif word in SAME:
            said += SAME[word]
        elif said[-1:] == ["--format"]:
            said.append(FORMATS.get(word, word))
        elif word.startswith("--format="):
            form = word.removeprefix("--format=")
            said.append(f"--format={FORMATS.get(form, form)}")
        else:
            said.append(word)
    return said


def in_their_words(option: str, typed: Sequence[str]) -> str:
    """An option of ours as it was typed: by another name, perhaps."""
    return next((word for word, same in SAME.items() if same[0] == option and word in typed), option)


def instead(complaint: str, arguments: Sequence[str]) -> str:
    """What to do instead of what the complaint says is not there; "" where that is no habit that we know."""
    named = (word.partition("=")[0] for word in arguments)
    return next((f"there is no {word}: {INSTEAD[word]}" for word in named if word in INSTEAD and word in complaint), "")
