"""What is said where somebody asked and got no answer: how it can be known after all, in the same words in every room.

Could not look is never good and never bad. Receivers that ask the same servers meet the same failure, though, so one that stays
is a fault of its own.
"""

from collections.abc import Iterable

from checks.inquiry import Answer
from checks.model import Finding, Message

AGAIN = "Run again, or ask another resolver with --resolver ADDRESS."


def again(servers_of: str, meanwhile: str) -> str:
    """The remedy of a message for want of an answer: `servers_of` is whose servers to look at if it stays so, `meanwhile` what
    others do who meet the same failure."""
    return f"{AGAIN} If it stays so, the name servers of {servers_of} need mending: {meanwhile}"


def unanswered(message: Message, about: object, answer: Answer, beside: Iterable[Answer] = ()) -> Finding:
    """A message with {name}, {rdtype} and {why} said for want of an answer; `beside` are answers that show it was wanted."""
    question = answer.question
    evidence = tuple(dict.fromkeys((*beside, answer)))
    return message(about, name=question.name, rdtype=question.rdtype, why=answer.why_unknown, evidence=evidence)
