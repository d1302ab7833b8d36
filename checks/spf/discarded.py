"""Records that look like SPF and are none: a receiver passes over them without a word.

Only a TXT record that begins with `v=spf1` and then a space or its end is an SPF record; everything else is discarded
before anybody looks for faults in it (RFC 7208 section 4.5). So the domain has no SPF, and nothing says why.
"""

import re

import msgspec

from checks.spf.correct import LONGEST, corrected, plain
from checks.spf.record import VERSION, is_spf

_LOOKS_LIKE = re.compile(
    r"(?P<before>[\s\"'`\\(<\[]{0,16})(?P<v>v?[ ]{0,4})(?P<equals>[=:]?)(?P<gap>[\s\"'`]{0,4})"
    r"spf(?:[ ]{0,2}(?P<version>\d[\d.]{0,8}))?(?P<rest>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_JUNK = " \t\r\n\"'`\\,;:()<>[]"


class Discarded(msgspec.Struct, frozen=True):
    """A TXT text that was meant as SPF: why it does not count, and the record that would ("" where none can be told)."""

    text: str
    reason: str
    meant: str


def discarded(text: str, first_string: int = 0) -> Discarded | None:
    """What is wrong with a TXT text that looks like SPF; None for SPF records and for everything else.

    `first_string` is the length of the text's first character-string: strings are joined with nothing between them.
    """
    if is_spf(text):
        return None
    cut = plain(text[: LONGEST + 1])
    found = _LOOKS_LIKE.match(cut)
    if found is None or not _meant_as_spf(found):
        return None
    body = found["rest"].strip(_JUNK)
    meant = corrected(f"{VERSION} {body}").text if len(text) <= LONGEST else ""
    return Discarded(text, _reason(text, found, first_string), meant)


def _meant_as_spf(found: re.Match[str]) -> bool:
    version, rest = found["version"], found["rest"]
    if found["v"].strip():
        return bool(found["equals"]) and (bool(version) or rest[:1] in ("", " "))
    # Without "v=", only "spf1" and a blank: "spf2.0/pra" is Sender ID, and "spf-verification=" anything at all.
    return version == "1" and rest[:1] in ("", " ")


def _reason(text: str, found: re.Match[str], first_string: int) -> str:
    rest = found["rest"]
    if found["before"].strip():
        return f"it begins with {_shown(found['before'][:1])}: quotation marks in the record itself, not only around it"
    if found["before"]:
        return "it begins with a blank"
    if text[:1].lower() not in ("v", "s"):
        return "it begins with a character that cannot be seen"
    if not found["v"].strip():
        return 'it begins with "spf1" instead of "v=spf1"'
    if found["equals"] != "=" or found["v"] != found["v"].strip() or found["gap"]:
        return (
            f'it begins with {_shown(text[: found.end("gap")] + "spf" + (found["version"] or ""))} instead of "v=spf1"'
        )
    if found["version"] != "1":
        return (
            f'its version is {_shown("spf" + (found["version"] or ""))}, and only "v=spf1" followed by a space counts'
        )
    if first_string == len(VERSION) and rest[:1] not in (" ", ""):
        return 'its first string is "v=spf1" and strings are joined without a space: it reads ' + _shown(text[:16])
    if rest[:1] == " ":
        return '"v=spf1" is followed by a blank that is no plain space (a tab, a no-break space)'
    return f'"v=spf1" is followed by {_shown(rest[:1])} instead of a space'


def _shown(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
