"""Keys of accounts: put into a name just before it is asked, and taken out of all that comes back.

Questions name the account only (`DnsQuestion.account`), so that no report, record or message can hold the key. A server
may still repeat it: in an alias, in the reason it gives. Every occurrence becomes the label that stood for it.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from checks.bad_input import BadInput
from checks.dnsbl.inventory import variable_of
from checks.inquiry import ACCOUNT_KEY, Answer, DnsQuestion

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{6,61})[a-z0-9]")
"""One label of a host name. Nobody gives out shorter keys, and one letter could not be hidden in a text."""
_LARGEST_FILE = 4096

# Between two characters of a key in a TXT record one string may end and the next begin: `"https://x/?k=ab" "cdef"`.
_SEAM = r'(?:"\s*")?'


class BadKey(BadInput):
    """A key that cannot be used; the message is one sentence and never repeats it, nor what may be it by mistake."""


class Keys:
    """The keys of some accounts, by the account. Nothing prints them: there is no way to ask for one."""

    __slots__ = ("__keys", "__pattern")

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.__keys = dict(keys)
        longest_first = sorted(keys.values(), key=len, reverse=True)
        pattern = "|".join(_SEAM.join(map(re.escape, key)) for key in longest_first)
        self.__pattern = re.compile(pattern, re.IGNORECASE) if pattern else None

    def spoken(self, question: DnsQuestion) -> str | None:
        """The name as it is to be sent; None where it takes a key that is not here."""
        if not question.account:
            return question.name
        key = self.__keys.get(question.account)
        labels = question.name.split(".")
        if key is None or ACCOUNT_KEY not in labels:
            return None
        # The last one: a domain that is asked about may have such a label, too.
        place = len(labels) - 1 - labels[::-1].index(ACCOUNT_KEY)
        return ".".join((*labels[:place], key, *labels[place + 1 :]))

    def hidden(self, answer: Answer) -> Answer:
        """The same answer with every occurrence of every key replaced, in any case."""
        if self.__pattern is None:
            return answer
        return msgspec.structs.replace(
            answer,
            records=tuple(sorted(self._without(record) for record in answer.records)),
            aliases=tuple(self._without(alias) for alias in answer.aliases),
            detail=self._without(answer.detail),
        )

    def _without(self, text: str) -> str:
        return self.__pattern.sub(ACCOUNT_KEY, text) if self.__pattern else text


def is_given(account: str, environment: Mapping[str, str]) -> bool:
    """True if the environment has a key for this account, good or bad; an empty variable is as good as none."""
    variable = variable_of(account)
    return bool(environment.get(variable, "").strip() or environment.get(f"{variable}_FILE", "").strip())


def keys_of(accounts: Iterable[str], environment: Mapping[str, str]) -> Keys:
    """The keys of these accounts, of those that have one. BadKey for one that cannot be used."""
    given = [account for account in accounts if is_given(account, environment)]
    return Keys({account: _key(variable_of(account), environment) for account in given})


def _key(variable: str, environment: Mapping[str, str]) -> str:
    text = environment.get(variable, "").strip()
    file = environment.get(f"{variable}_FILE", "").strip()
    if text and file:
        raise BadKey(f"{variable} and {variable}_FILE are both set: unset one of them")
    source = variable if text else f"the file that {variable}_FILE names"
    key = (text or _content(file, source)).lower()
    if not _KEY.fullmatch(key):
        raise BadKey(f"{source} does not hold a key: it is one word of 8 to 63 letters, digits and hyphens")
    return key


def _content(file: str, source: str) -> str:
    # Its name is not told: who mistakes the one variable for the other has put the key there.
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_FILE).decode("ascii", "replace").strip()
    except (OSError, ValueError) as fault:
        told = fault.strerror if isinstance(fault, OSError) else "its name is none"
        raise BadKey(f"{source} cannot be read: {told}") from None
