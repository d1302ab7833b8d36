"""A mail as header fields and parts, by one walk without recursion. RFC 5322, RFC 2045 to 2047

What reports mails write is often broken: boundaries that never come, charsets that nobody knows, parts of parts of parts. So
nothing here raises, and everything is bounded: bytes, fields, parts, levels, characters. The parts of a message that is
attached (message/rfc822) are not looked into; who wants them reads that part as a mail of its own.
"""

import binascii
import re
from typing import NamedTuple

LARGEST_MAIL = 4 * 1024 * 1024
"""Bytes of one mail that are read; the returned message, which comes last, may be longer."""
MOST_FIELDS = 500
MOST_PARTS = 200
DEEPEST = 20
"""Parts inside parts."""
LONGEST_TEXT = 64 * 1024
"""Characters of one part."""
LONGEST_VALUE = 8 * 1024

_FIELD = re.compile(
    rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*(?:\n(?:[ \t]+\S|(?:boundary|charset|report-type)=).*)*)\n?", re.IGNORECASE
)
_BLANK = re.compile(rb"[ \t]*\n")
_POSTMARK = re.compile(rb">?From [^\n]{0,1000}\n")
_PARAMETER = re.compile(
    r";\s*([A-Za-z-]{1,40})(?:\*\d{1,2})?\*?\s*=\s*(?:\"((?:[^\"\\]|\\.){0,300})\"?|([^;\s]{0,300}))"
)
_ENCODED = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\s]{0,4000})\?=")
_BETWEEN_ENCODED = re.compile(r"(\?=)\s+(?==\?)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CHARSETS = re.compile(
    r"(?:us-)?ascii|utf-?(?:7|8|16(?:-?[lb]e)?)|iso-?8859-?\d{1,2}|(?:windows|cp|ibm)-?\d{3,4}|iso-?2022-?[a-z]{2}(?:-\d)?|"
    r"euc-?(?:jp|kr|cn)|shift_?-?jis|gb-?(?:2312|k|18030)|big5(?:-?hkscs)?|koi8-?[rut]|ks_c_5601-1987|hz|tis-?620"
)
"""The encodings of text that are taken as they are named: some of the others that Python knows cost much, or are none."""


class Part(NamedTuple):
    """One part without parts of its own: its type in lower case, and its body as it was sent."""

    kind: str
    charset: str
    encoding: str
    body: bytes

    @property
    def content(self) -> bytes:
        """The body decoded, as much of it as is read."""
        return self.decoded(4 * LONGEST_TEXT)

    def decoded(self, longest: int) -> bytes:
        """At most so many bytes of the body, decoded."""
        return _unpacked(self.body[:longest], self.encoding)

    @property
    def text(self) -> str:
        """The body as text with plain line ends."""
        return self.read(LONGEST_TEXT)

    def read(self, longest: int) -> str:
        """At most so many characters of it."""
        text = as_text(self.decoded(4 * longest), self.charset)
        return text.replace("\r\n", "\n").replace("\r", "\n")[:longest]


class Mail(NamedTuple):
    """The fields of the header in order, names in lower case, values on one line; `kind`: the type of the whole."""

    fields: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    kind: str
    subtype: str
    """The report-type parameter in lower case. RFC 6522 section 3"""

    def get(self, name: str) -> str:
        """The first field of that name, "" where there is none."""
        return next((value for field, value in self.fields if field == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for field, value in self.fields if field == name)


def read_mime(data: bytes) -> Mail:
    """Take a mail apart. Any bytes give a Mail."""
    data = data[:LARGEST_MAIL].removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.lstrip(b"\n\t \0")
    if (postmark := _POSTMARK.match(data)) is not None:
        data = data[postmark.end() :]
    fields, body = split(data)
    kind, parameters = content_type(fields)
    decoded = tuple((name, decoded_words(value)) for name, value in fields)
    return Mail(decoded, tuple(_parts(fields, body)), kind, parameters.get("report-type", "").lower())


def split(data: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The header fields of a mail or a part, and what follows them. A line that is no field ends the header."""
    fields: list[tuple[str, str]] = []
    at = 0
    while (found := _FIELD.match(data, at)) is not None:
        if len(fields) < MOST_FIELDS:
            value = " ".join(as_text(found[2][:LONGEST_VALUE], "").split())
            fields.append((found[1].decode("ascii").lower(), value))
        at = found.end()
    blank = _BLANK.match(data, at)
    return fields, data[blank.end() if blank else at :]


def content_type(fields: list[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """The type in lower case, text/plain where none is given, and its parameters. RFC 2045 section 5"""
    value = next((value for name, value in fields if name == "content-type"), "")
    kind = value.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(value):
        parameters[name.lower()] = parameters.get(name.lower(), "") + re.sub(r"\\(.)", r"\1", quoted or plain)
    return kind if "/" in kind else "text/plain", parameters


def _parts(fields: list[tuple[str, str]], body: bytes) -> list[Part]:
    found: list[Part] = []
    waiting = [(fields, body, 0)]
    seen = 0
    while waiting and seen < 2 * MOST_PARTS and len(found) < MOST_PARTS:
        seen += 1
        fields, body, depth = waiting.pop()
        kind, parameters = content_type(fields)
        if kind.startswith("multipart/"):
            pieces = _pieces(body, parameters.get("boundary", "")) if depth < DEEPEST else []
            if pieces:
                waiting += [(*split(piece), depth + 1) for piece in reversed(pieces)]
                continue
            kind = "text/plain"  # a boundary that never comes: the text is there all the same
        encoding = next((value for name, value in fields if name == "content-transfer-encoding"), "")
        found.append(Part(kind, parameters.get("charset", ""), encoding.strip().lower(), body))
    return found


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundaries. RFC 2046 section 5.1"""
    if not boundary or len(boundary) > 200:
        return []
    line = re.compile(
        rb"^--" + re.escape(boundary.rstrip().encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.MULTILINE
    )
    pieces: list[bytes] = []
    begin = None
    for mark in line.finditer(body):
        if begin is not None:
            pieces.append(body[begin : max(begin, mark.start() - 1)])
        begin = None if mark[1] else mark.end() + 1
        if begin is None or len(pieces) >= MOST_PARTS:
            return pieces
    if begin is not None:
        pieces.append(body[begin:])
    return pieces


def _unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding. RFC 2045 section 6"""
    if encoding == "base64":
        packed = _NOT_BASE64.sub(b"", body)
        try:
            return binascii.a2b_base64(packed[: len(packed) // 4 * 4] + (packed[len(packed) // 4 * 4 :] + b"==")[:4])
        except binascii.Error:
            return binascii.a2b_base64(packed[: len(packed) // 4 * 4])
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def as_text(content: bytes, charset: str) -> str:
    """The text of some bytes: as declared, where that is an encoding of text, or else as it looks."""
    name = charset.strip().lower().removeprefix("x-").replace("unicode-1-1-", "")
    if name not in ("", "us-ascii", "ascii", "utf-8", "utf8") and _CHARSETS.fullmatch(name):
        # The word for gb2312 is used for all that GBK has.
        name = {"gb2312": "gb18030", "sjis": "cp932", "shift_jis": "cp932", "iso-2022-jp": "iso2022_jp_ext"}.get(
            name, name
        )
        try:
            return content.decode(name, "replace")
        except (LookupError, ValueError):
            pass
    if b"\x1b$" in content:
        return content.decode("iso2022_jp_ext", "replace")
    try:
        return content.decode()
    except UnicodeDecodeError as fault:
        # A character that was cut in two by the bound is no other encoding.
        cut = fault.start >= len(content) - 3 or name in ("utf-8", "utf8")
        return content.decode("utf-8" if cut else "cp1252", "replace")


def decoded_words(value: str) -> str:
    """A header field with its encoded words read. RFC 2047"""
    if "=?" not in value:
        return value
    return _ENCODED.sub(_word, _BETWEEN_ENCODED.sub(r"\1", value))


def _word(found: "re.Match[str]") -> str:
    packed = found[3].encode("ascii", "replace")
    content = _unpacked(packed, "base64") if found[2] in "bB" else binascii.a2b_qp(packed, header=True)
    return " ".join(as_text(content, found[1]).split())
