"""Configured secrets, found wherever they appear and however they are written.

What a person configured is known to the letter, so it is looked for to the letter: in any case, split into the strings of a TXT
record, percent-encoded, as octets that a zone file escapes, in hexadecimal, and inside base64. This is the first layer of
redaction; the second goes by the shape of credentials (checks.replies.clean.masked) and finds those that nobody configured.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checks.inquiry import ACCOUNT_KEY

if TYPE_CHECKING:
    from checks.model import Target

SHORTEST = 4
"""Characters of a secret that is looked for: fewer would be found in every text."""
_SHORTEST_PIECE = 6
"""Characters of base64 that are no coincidence."""
_LARGEST_FILE = 4096
_VARIABLE = re.compile(
    r"HEALTHCHECK_(?:[A-Z0-9_-]*_)?(?:KEY|TOKEN|SECRET|PASSWORD|WEBHOOK|CREDENTIALS?)(?:_.*)?", re.IGNORECASE
)
_SEAM = (
    r'(?:\\?"\s{0,8}\\?"|=?\r?\n[ \t]{0,8}|(?:\\x0d)?\\x0a[ \t]{0,8}|[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]{1,3})?'
)
"""What may stand between two characters: the seam of two strings of a TXT record, the end of a line, what is not seen."""
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Every secret that the environment holds for healthcheck: HEALTHCHECK_KEY_* and its like, and what their files hold."""
    found: set[str] = set()
    for name, value in environment.items():
        if _VARIABLE.fullmatch(name):
            found.add(_content(value) if name.upper().endswith("_FILE") else value.strip())
            found.add(value.strip())  # who takes the one variable for the other has put the key there
    return tuple(sorted(one for one in found if len(one) >= SHORTEST))


def _content(file: str) -> str:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_FILE).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""  # whoever wanted the key has said so


def unseen_in(targets: "tuple[Target, ...]", secrets: "SecretValues") -> "tuple[Target, ...]":
    """The targets without these secrets in the words of failed replies, and in the names of what was read. Nothing else that was
    observed is a stranger's sentence."""
    from msgspec.structs import replace  # start-up time: as everywhere

    shown = []
    for target in targets:
        seen = target.observed
        if seen is not None:
            failures = tuple(replace(one, reply=secrets.hidden(one.reply)[0]) for one in seen.failures)
            sources = tuple(secrets.hidden(source)[0] for source in seen.sources)
            target = replace(target, observed=replace(seen, failures=failures, sources=sources))  # noqa: PLW2901
        shown.append(target)
    return tuple(shown)


class SecretValues:
    """Some secrets, and the one thing that can be done with them: taking them out of a text."""

    __slots__ = ("__pattern",)

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted({one for one in secrets if len(one) >= SHORTEST}, key=lambda one: (-len(one), one))
        spellings = [spelling for secret in longest_first for spelling in _spellings(secret)]
        self.__pattern = re.compile("|".join(spellings), re.IGNORECASE) if spellings else None

    def hidden(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with a label for every secret, and what was found in it, as it was written."""
        if self.__pattern is None or not text:
            return text, ()
        found: list[str] = []

        def noted(match: re.Match[str]) -> str:
            found.append(match.group())
            return ACCOUNT_KEY

        hidden = self.__pattern.sub(noted, text)
        if not found and not text.isascii():
            import unicodedata  # start-up time: most texts are ASCII

            normal = unicodedata.normalize("NFKC", text)  # full-width letters spell a secret, too
            hidden = self.__pattern.sub(noted, normal)
        return (hidden, tuple(found)) if found else (text, ())


def _spellings(secret: str) -> Iterator[str]:
    yield _SEAM.join(map(_one_character, secret))
    for text in dict.fromkeys((secret, secret.lower(), secret.upper())):
        yield from _in_base64(text.encode())
    yield f"(?:{_SEAM}|[: -]|0x|, ?0x)".join(f"{octet:02x}" for octet in secret.encode())


def _one_character(char: str) -> str:
    """A character as it is, percent-encoded (twice, too), as `\\DDD` of a zone file or of C, as in quoted-printable and in xtext
    (RFC 3461), as an escape of JSON and of ours, as an entity."""
    octets = char.encode("utf-8", "surrogatepass")
    forms = [
        re.escape(char),
        "".join(f"%(?:25){{0,3}}{octet:02x}" for octet in octets),
        "".join(rf"\\(?:{octet:03d}|{octet:03o})" for octet in octets),
        "".join(f"[=+]{octet:02x}" for octet in octets),
        "".join(rf"\\x{octet:02x}" for octet in octets),
        rf"\\[xu]0{{0,2}}{ord(char):02x}",
        rf"&\#(?:0{{0,6}}{ord(char)}|x0{{0,6}}{ord(char):x});",
    ]
    if char in _ENTITIES:
        forms.append(f"&{_ENTITIES[char]};")
    if char in '"\\;@$.()/':
        forms.append(rf"\\{re.escape(char)}")  # as a zone file and JSON write it
    return f"(?:{'|'.join(forms)})"


def _in_base64(octets: bytes) -> Iterator[str]:
    """The characters of base64 that are the secret's alone, wherever in a group of three octets it begins."""
    for offset in range(3):
        encoded = b64encode(bytes(offset) + octets).decode()
        piece = encoded[-(-offset * 4 // 3) : (offset + len(octets)) * 4 // 3]
        if len(piece) >= _SHORTEST_PIECE:
            spelled = (("(?:[+-]|%2B)" if x == "+" else "(?:[/_]|%2F)" if x == "/" else x) for x in piece)
            yield f"(?-i:{_SEAM.join(spelled)})[A-Za-z0-9+/_=-]{{0,3}}"
