"""What a person can do where a run learned nothing, or not all: said on standard error, beside the result."""

from collections.abc import Iterable

from checks.inquiry import Answer
from healthcheck.cli.say import say
from healthcheck.run import Run


def hint(evidence: Iterable[Answer], run: Run) -> None:
    """Where nobody answered at all, or the time was too short: say what one can do."""
    answers = list(evidence)
    if answers and all(answer.unknown for answer in answers) and run.world.name == "live":
        servers = sorted({answer.server for answer in answers if answer.server}) or ["any resolver"]
        say(
            f"no DNS answer from {', '.join(servers)}; try --lab for the built-in examples, --zone FILE for "
            "a zone file, or --resolver HOST for another resolver"
        )
    if run.late:
        questions = "1 question was" if run.late == 1 else f"{run.late} questions were"
        say(f"after {run.deadline:g} s {questions} without an answer; --timeout SECONDS gives more time")
