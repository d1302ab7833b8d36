"""Codes that stand for several: a class as people write it (`5xx`), a code of the registry without its class (`X.7.26`), and
codes that no registry has (`5.9.9`). A reply never holds the first two; a person who asks what they mean does."""

import re

import msgspec

from checks.replies.catalogue import Lazily, catalogue
from checks.replies.classify import classify
from checks.replies.explanation import Explanation, explanation_of
from checks.replies.parse import Reply

LONGEST = 12
"""Characters of the longest of them, with white space around."""
_CLASS = Lazily(r"([2-5])(?:xx|\.x\.x|\*\*|yz)", re.IGNORECASE)
_ANY_CLASS = Lazily(r"x\.(\d)\.(\d{1,3})", re.IGNORECASE)
_ENHANCED = Lazily(r"[245]\.\d{1,3}\.\d{1,3}")


def explain_bare(text: str) -> Explanation | None:
    """Explain such a code; None for every other text."""
    if len(text) > LONGEST:
        return None
    word = text.strip().strip("\"'`")
    if (match := _CLASS().fullmatch(word)) is not None:
        return _of_class(text, match[1])
    if (match := _ANY_CLASS().fullmatch(word)) is not None:
        return _of_any_class(text, f"{match[1]}.{match[2]}")
    if _ENHANCED().fullmatch(word) is not None and int(word.split(".")[1]) > 7:  # others are read as any reply is
        reply = Reply(enhanced=word)
        return explanation_of(text, reply, classify(reply), None, None)
    return None


def _of_class(text: str, digit: str) -> Explanation:
    """What a first digit says, RFC 5321 section 4.2.1."""
    reply = Reply(f"{digit}xx")
    found = explanation_of(text, reply, classify(reply), None, None)
    kind = catalogue().classes[digit]
    return msgspec.structs.replace(
        found, form="code", basic=None, title=kind.title, meaning=kind.meaning, ambiguous=digit in "45", notes=()
    )


def _of_any_class(text: str, code: str) -> Explanation:
    """What a subject and a detail say; read with the class in which they mean a failure, as far as they have one."""
    entry = catalogue().enhanced.get(code)
    digit = max(entry.classes) if entry is not None else 5
    reply = Reply(enhanced=f"{digit}.{code}")
    found = explanation_of(text, reply, classify(reply), None, None)
    others = [str(one) for one in (entry.classes if entry is not None else (4,)) if one != digit]
    as_well = (
        f"; {' and '.join(f'{one}.{code}' for one in others)} says the same of a {_says(others)}" if others else ""
    )
    note = f"X stands for the class: it is read as {digit}.{code}{as_well}."
    return msgspec.structs.replace(found, notes=(note, *found.notes))


def _says(digits: list[str]) -> str:
    return " or a ".join({"2": "success", "4": "temporary failure", "5": "permanent one"}[one] for one in digits)
