"""Mail addresses in other dress than `local@domain`: what strangers write in replies and headers, and redaction looks for as well.

`kim at example.net` and `kim (at) example (dot) net`, bang paths (`host!example.net!kim`, RFC 976), the tail of a return path that
holds the recipient (`bounces-kim=example.net`), and the encoded-words of a header (RFC 2047). The first three are
guesses: they are looked for in the words of others alone, where a word too many that is hidden does no harm.
"""

import re
from base64 import b64decode
from collections.abc import Callable

Instead = Callable[[str, str], tuple[str, str]]
"""What stands for a local part and its domain."""

_NAME = r"(?:[^\W_][\w-]{0,62}\.){1,10}[^\W\d_]{2,63}(?![\w-])"
_LOCAL = r"[^\s<>()\[\]{}:;,|@\\!=\"']{1,64}"
_DOT = r"(?:\s{1,4}dot\s{1,4}|\s{0,4}[(\[{]\s?dot\s?[)\]}]\s{0,4})"
_AT = re.compile(
    rf"(?<![\w.+-])({_LOCAL})((?:\s{{1,4}}at\s{{1,4}}|\s{{0,4}}[(\[{{]\s?at\s?[)\]}}]\s{{0,4}}))"
    rf"({_NAME}|[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,5}})",
    re.IGNORECASE,
)
_BANGS = re.compile(rf"(?<![\w.!-])((?:[\w.-]{{1,100}}!){{0,9}})({_NAME})!({_LOCAL})(?![\w!])")
_TAIL = re.compile(
    rf"(?<![\w.+=-])((?:SRS[01]=[\w=+-]{{1,60}}?=({_NAME})=|[\w.]{{1,40}}[+-])({_LOCAL})(?:=({_NAME}))?)(?!@)"
)
_ENCODED = re.compile(r"(?:=\?[\w*-]{1,40}\?[bq]\?[^?\s]{0,1000}\?=[ \t\r\n]{0,4}){1,20}", re.IGNORECASE)
_ONE = re.compile(r"=\?([\w-]{1,40})[*\w-]{0,20}\?([bq])\?([^?\s]{0,1000})\?=", re.IGNORECASE)
_OCTET = re.compile(r"=([0-9a-f]{2})", re.IGNORECASE)
_WORDS = (
    "us look see is are was it visit available found information details page pages support help out located hosted mail mailbox "
    "user account address server host website site url online more instructions form reached listed rejected refused error "
    "policy postmaster arrive arrived delivered blocked here and or from to helo header mailfrom domain"
)
_NOBODY = frozenset(_WORDS.split())
"""Words that are no local part: `see us at example.net`, `mail-from=example.net`."""


def people_in_disguise(text: str, instead: Instead) -> str:
    """A stranger's text with something else for the people in it; `instead` gets local part and domain."""
    lower = text.lower()

    def at(match: re.Match[str]) -> str:
        local, sign, domain = match.groups()
        if local.lower() in _NOBODY:
            return match.group()
        name = re.sub(_DOT, ".", domain, flags=re.IGNORECASE)
        shown, named = instead(local, name)
        return f"{shown}{sign}{domain if named == name else named}"

    def bangs(match: re.Match[str]) -> str:
        hops, domain, local = match.groups()
        shown, named = instead(local, domain)
        return f"{hops}{named}!{shown}"

    if "at" in lower:
        text = _AT.sub(at, text)
    if "!" in text:
        text = _BANGS.sub(bangs, text)
    return _TAIL.sub(lambda match: _tail(match, instead), text) if "=" in text else text


def _tail(match: re.Match[str], instead: Instead) -> str:
    """`bounces-kim=example.net` and `SRS0=…=example.net=kim`; other words with a hyphen or an equals sign stay."""
    whole, rewritten, local, domain = match.groups()
    if not (rewritten or domain) or local.lower() in _NOBODY:
        return whole
    shown, named = instead(local, rewritten or domain)
    head = whole[: match.start(3) - match.start()]
    return f"{head}{shown}" + (f"={named}" if domain else "")


def plain_where_encoded(text: str, redacted: Callable[[str], str]) -> str:
    """The text with the plain, redacted words in the place of encoded ones in which something was redacted."""
    if "=?" not in text:
        return text

    def told(match: re.Match[str]) -> str:
        words = "".join(_decoded(*one.groups()) for one in _ONE.finditer(match.group()))
        shown = redacted(words)
        end = match.group()[len(match.group().rstrip()) :]
        return match.group() if shown == words else f"{shown}{end}"

    return _ENCODED.sub(told, text)


def _decoded(charset: str, form: str, words: str) -> str:
    """One encoded-word. RFC 2047 section 4"""
    if form in "bB":
        try:
            octets = b64decode(words + "=" * (-len(words) % 4))
        except ValueError:
            return words
    else:
        plain = words.replace("_", " ").encode("utf-8", "replace").decode("latin-1")
        octets = _OCTET.sub(lambda match: chr(int(match[1], 16)), plain).encode("latin-1")
    try:
        return octets.decode(charset, "replace")
    except LookupError:
        return octets.decode("utf-8", "replace")
