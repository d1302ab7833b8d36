"""A reply's text made fit to be read: bounded, without control characters, markup and entities, in one normal form."""

import re

from checks.replies.catalogue import Lazily

LONGEST = 16_000
"""Characters that are read of one reply; of a longer one the beginning and the end, where the real reason may stand."""
_HEAD = 12_000

_TAG = Lazily(
    r"</?(?:a|b|body|br|div|em|font|html|i|li|p|pre|span|strong|table|td|tr|u|ul)(?:[\s/][^<>]{0,300})?>", re.IGNORECASE
)
_CONTROL = Lazily(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LABEL = Lazily(
    r"(?:diagnostic-code|remote-response|smtp-response|last error|error|reply|response|reason)\s*:\s*", re.IGNORECASE
)
_SCHEME = Lazily(r"(?:smtp|lmtp|x-[a-z0-9.-]{1,40})\s*;\s*", re.IGNORECASE)
_QUOTES = " \t\n\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"


def any_in(signs: tuple[str, ...], text: str) -> bool:
    """True where one of the signs stands in the text: for short texts that is quicker than any pattern."""
    for sign in signs:  # noqa: SIM110 - a generator takes twice the time
        if sign in text:
            return True
    return False


def cleaned(raw: str) -> str:
    """The text of a reply, its lines kept: at most LONGEST characters, NFKC, no controls, tags or entities."""
    text = raw if len(raw) <= LONGEST else f"{raw[:_HEAD]} {raw[_HEAD - LONGEST :]}"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\\n" in text:  # logs write the ends of lines so
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n")
    if not text.isascii():
        import unicodedata  # start-up time: most replies are ASCII

        text = unicodedata.normalize("NFKC", text)
    if "<" in text:
        text = _TAG().sub(" ", text)
    if "&" in text and ";" in text:
        import html  # start-up time: a table of two thousand names

        text = html.unescape(text)
    if not text.isprintable():  # every control is unprintable, and most replies hold none
        text = _CONTROL().sub(" ", text)
    return text[: LONGEST + 1].strip()


def unlabelled(text: str) -> str:
    """The text without quotes around it and without `Diagnostic-Code: smtp;` and the like before it."""
    for _ in range(6):
        stripped = text.strip(_QUOTES)
        if stripped[:1].isdigit():  # no label begins so
            return stripped
        for prefix in (_LABEL, _SCHEME):
            if (match := prefix().match(stripped)) is not None:
                stripped = stripped[match.end() :]
        if stripped == text:
            break
        text = stripped
    return text


_WORDS_OF_KEYS = (
    "key",
    "secret",
    "token",
    "password",
    "passwd",
    "pwd",
    "pass=",
    "pass:",
    "pass ",
    "passphrase",
    "credential",
    "sig",
)
_SECRETS = (
    (
        ("authorization",),
        Lazily(
            r"\b((?:proxy-)?authorization\\?[\"']?\s{0,4}[:=]\s{0,4}\\?[\"']?(?:(?:bearer|basic|token|apikey|api-key|key|oauth|negotiate|ntlm)\s{1,4})?)"
            r"(?!(?:bearer|basic|token|apikey|api-key|key|oauth|negotiate|ntlm|digest)\s)[^\s\"'\\,;]{4,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        ("authorization",),  # its parts name the user, and prove the password
        Lazily(r"\b((?:proxy-)?authorization\s{0,4}[:=]\s{0,4}digest\s)[^\r\n]{4,800}", re.IGNORECASE),
        r"\1***",
    ),
    (
        ("hook",),  # the path of a webhook is its password: hooks.slack.com/services/..., /api/webhooks/...
        Lazily(
            r"(https?:(?://|\\/\\/)[^\s\"'<>?#]{0,200}?hooks?[\w.-]{0,60}\\?/)[^\s\"'<>*][^\s\"'<>]{3,}", re.IGNORECASE
        ),
        r"\1***",
    ),
    (("bot",), Lazily(r"(/bot)\d{3,20}(?::|%3A)[\w-]{6,}", re.IGNORECASE), r"\1***"),
    (
        ("gram://", "slack://", "discord://", "msteams://", "ntfys://", "pover://"),
        Lazily(r"\b((?:tgram|slack|discord|msteams|ntfys|pover)://)[^\s\"'<>*][^\s\"'<>]{3,}", re.IGNORECASE),
        r"\1***",
    ),
    (("bearer",), Lazily(r"\b(bearer(?:\s*:\s*|\s+))[\w.~+/=-]{6,}", re.IGNORECASE), r"\1***"),
    (
        ("auth",),
        Lazily(
            r"\b(auth\s+(?:plain|login|xoauth2|oauthbearer|cram-md5|digest-md5|ntlm|gssapi|scram-[\w-]{1,20})\s+)[A-Za-z0-9+/=]{4,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        _WORDS_OF_KEYS,
        Lazily(
            r"((?<![A-Za-z0-9])(?:api[_-]?key|apikey|client[_-]secret|(?<=[?&])(?:key|sig)|passphrase|credentials?(?=\s?=)|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?(?:key|access[_-]?key))?|password|passwd|pwd|pass|"
            r"(?:server|account|api|access|auth|security)[_-]?token|token|x-postmark-(?:server|account)-token|x-api-key|signature)"
            r"\\?[\"']?\s*(?:[:=]|%3D)\s*\\?[\"']?)[^\s\"'\\,;&}*]{3,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        ("auth",),  # auth=c2VjcmV0, but not the results auth=pass and the methods AUTH=PLAIN LOGIN
        Lazily(
            r"\b(auth(?:[_-]?(?:key|code|data|string|token))?\s?=\s?\\?[\"']?)"
            r"(?!(?:pass|fail|failed|none|neutral|required|requested|yes|no|on|off|true|false|plain|login|ntlm|gssapi|cram-md5|digest-md5|"
            r"external|anonymous|xoauth2?|oauthbearer|scram-[\w-]{1,20}|error|ok|unknown|\*{3})(?![\w+/=-]))[^\s\"'\\,;&}*]{3,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        (" -", "\n-"),  # -p hunter2, --password hunter2, of a command that a person pasted; not the port of -p 587
        Lazily(
            r"((?<!\S)--?(?:p|ap|pw|pass|passwd|password|auth-password|authpassword|token|secret|api-?key)(?:\s{1,4}|=)[\"']?)"
            r"(?!\d{1,5}(?!\S)|-)[^\s\"']{3,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        (" -u", " --user", "\n-u"),
        Lazily(r"((?<!\S)(?:-u|--user)(?:\s{1,4}|=)[\"']?[^\s:\"']{1,64}:)[^\s\"']{2,}", re.IGNORECASE),
        r"\1***",
    ),
    (
        ("334 ",),  # what follows the server's challenge is a name or a password
        Lazily(r"((?<!\d)334 [A-Za-z0-9+/=]{4,200}\s+)[A-Za-z0-9+/=]{4,}"),
        r"\1***",
    ),
    (
        ("basic ",),
        Lazily(r"\b(basic\s+)(?=[A-Za-z+/]{0,200}[0-9=])[A-Za-z0-9+/]{8,}={0,2}", re.IGNORECASE),
        r"\1***",
    ),
    (
        ("api key", "apikey", "token", "password"),
        Lazily(
            r"\b((?:api key|apikey|token|password)(?:\s+is|\s+was)?\s+[\"']?)"
            r"(?=[\w.+/-]{0,200}\d)(?=[\d.,]{0,200}[A-Za-z_])[\w.+/=-]{6,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        ("private key",),
        Lazily(r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-]{1,8000}"),
        r"\1 ***",
    ),
    (("sg.",), Lazily(r"(?i:\bSG)\.[\w-]{16,}(?:\.[\w-]{16,})?"), "SG.***"),
    (
        tuple(
            f"{word}{dash}"
            for word in ("re", "sib", "sk", "pk", "rk", "key", "mlsn", "md", "lp", "em", "pm", "secret")
            for dash in "_-"
        ),
        Lazily(r"\b(?:re|xkeysib|xsmtpsib|sk|pk|rk|key|mlsn|md|lp|em|pm|secret)[_-][A-Za-z0-9_-]{16,}"),
        "***",
    ),
    (
        ("xkeysib-", "xsmtpsib-", "re_", "key-"),
        Lazily(r"\b(?:xkeysib-|xsmtpsib-|(?:re_|key-)(?=[A-Za-z_-]{0,60}\d))[A-Za-z0-9_-]{6,}"),
        "***",
    ),
    (
        ("key=", "key%3d"),  # not key=rsa, nor the name of a DKIM key
        Lazily(
            r"((?<![\w-])key(?:=|%3D)[\"']?)(?=[\w+/=-]{0,100}\d)(?=[\d_-]{0,100}[A-Za-z])[\w+/=-]{8,}(?![\w.])",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (
        ("gh", "glpat-", "xox", "hf_", "npm_"),
        Lazily(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|hf_|npm_)[A-Za-z0-9_-]{16,}", re.IGNORECASE),
        "***",
    ),
    (("aiza",), Lazily(r"\bAIza[\w-]{20,}"), "***"),
    (("akia", "asia"), Lazily(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), "AKIA***"),
    (("eyj",), Lazily(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), "***"),
    (
        ("@",),  # user:pass@host, not mailto:kim@ nor <to:kim@
        Lazily(
            r"(?<![\w.:/-])(?!(?:mailto|smtp|rfc822|to|from|sender|recipient|address|for|by|error|lmtp|cc|bcc|sip)\W)"
            r"([A-Za-z][\w.+-]{0,63}):(?=[^\s:/@]{0,100}\d)[^\s:/@<>]{3,100}@(?=[A-Za-z0-9])",
            re.IGNORECASE,
        ),
        r"\1:***@",
    ),
    (("://",), Lazily(r"(?<=//)[^/\s:@]{1,100}:[^/\s@]{1,200}@"), "***@"),
)
"""What credentials look like, behind words without one of which there is none."""


_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((sign, ()) for sign in ("key", "token", "secret", "pass", "bearer", "authorization", "334 ", "basic ", "sg.")),
    *(
        (sign, ())
        for sign in ("pwd", "re_", "sib-", "hook", "/bot", "credential", "aiza", "akia", "asia", "eyj", "\n-")
    ),
    ("://", ("gram://", "slack://", "discord://", "msteams://", "ntfys://", "pover://")),
    ("sig", ("sig=", "signature")),
    (" -", (" -p", " -ap", " --p", " -u", " --u", " --auth")),
)
"""What stands in front of a credential; where there is more than one of a kind, what is looked for first, and then each."""
_AUTH = Lazily(r"auth[a-z_-]{0,7}[\s=]")
_KEYS = r"(?:re|sib|sk|pk|rk|key|mlsn|md|lp|em|pm|secret|gh[pousr]|pat|xox[abeprs]|hf|npm)[_-][a-z0-9_-]{16}"
_LONG_KEY = Lazily(_KEYS)
_PASS = Lazily(r":[^\s:/@<>]{3,100}@")
_LOGIN = Lazily(r"//[^/\s:@]{1,100}:[^/\s@]{1,200}@")


def may_hold_a_secret(lower: str) -> bool:
    """False for a text that none of _SECRETS can fit: one look instead of sixteen, for nearly all replies."""
    for sign, several in _SIGNS:
        if sign in lower and (not several or any_in(several, lower)):
            return True
    if "auth" in lower and _AUTH().search(lower) is not None:
        return True
    if ("-" in lower or "_" in lower) and _LONG_KEY().search(lower) is not None:
        return True
    return (
        "@" in lower
        and ":" in lower
        and (_PASS().search(lower) is not None or ("//" in lower and _LOGIN().search(lower) is not None))
    )


_IN_A_WORD = Lazily(
    "|".join(
        ("^" if sign[0] == " " else "") + re.escape(sign.strip(" ")) + ("$" if sign[-1] == " " else "")
        for first, several in _SIGNS
        for sign in several or (first,)
    )
    + rf"|auth[a-z_-]{{0,7}}(?:[\s=]|$)|{_KEYS}|:[^\s:/@<>]{{3,100}}@|//[^/\s:@]{{1,100}}:"
)


def word_may_hold_a_secret(lower: str) -> bool:
    """False for a word, what stands between two spaces, that makes no text one of which `may_hold_a_secret` is true."""
    return _IN_A_WORD().search(lower) is not None


def masked(text: str) -> str:
    """The text with every credential in it replaced: API keys, bearer tokens, passwords, what follows AUTH PLAIN.

    Full-width letters spell a credential, too: where the normal form (NFKC) holds one, that form is given back, masked.
    """
    if text.isascii():
        return _masked(text)
    import unicodedata  # start-up time: most replies are ASCII

    normal = unicodedata.normalize("NFKC", text)
    hidden = _masked(normal)
    return _masked(text) if hidden == normal else hidden


def _masked(text: str) -> str:
    lower = text.lower()
    if not may_hold_a_secret(lower):
        return text
    for words, pattern, instead in _SECRETS:
        if any(word in lower for word in words):
            text = pattern().sub(instead, text)
    return text
