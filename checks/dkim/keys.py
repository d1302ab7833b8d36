"""The fact behind the DKIM checks: the key records of a domain, as far as anybody can find them.

The DNS cannot list selectors. Those that were given are asked for, and beside them the names that most services use,
with a control: a label that nobody publishes. What the control answers is a wildcard's, and proves nothing about the
name that was asked. All this takes one round trip. Only where nothing was given and nothing found, the domain's MX and
SPF records are read for the providers they give away, and a second round trip asks for the selectors of these.

RFC 6376 sections 3.6.1 and 3.6.2
"""

from collections.abc import Iterable, Sequence

import msgspec

from checks import records
from checks.dkim.record import KeyRecord, is_key_record, parse_record
from checks.dkim.selectors import TIER_1, Known
from checks.inquiry import Answer, Inquiry, Outcome, ask_dns, once, together
from checks.model import Signature, Target
from checks.names import normalised
from checks.parked import is_parked
from checks.spf.policy import spf_texts
from checks.spf.record import SpfRecord, has_macros
from checks.spf.record import parse_record as parse_spf

CONTROL = "no-such-selector-healthcheck-control"
"""The label that nobody publishes. Always the same: two runs over the same world ask the same."""
MOST_GIVEN = 200
"""Our bound on the selectors given that are asked for."""


class Key(msgspec.Struct, frozen=True):
    """What stands at one selector's name.

    `name` is `<selector>._domainkey.<domain>`; `given` says that mail is said to be signed with it, else it was found by
    probing. `texts` are all TXT records there; `record` the key where there is exactly one text and it is one.
    `wildcard`: the control got the same answer. `provider` is who uses this selector or hosts the key, "" if unknown.
    """

    selector: str
    name: str
    given: bool
    answer: Answer
    texts: tuple[str, ...] = ()
    record: KeyRecord | None = None
    wildcard: bool = False
    provider: str = ""

    @property
    def revoked(self) -> bool:
        """True where the record says that there is no key any more."""
        return self.record is not None and self.record.revoked

    @property
    def dangling(self) -> bool:
        """True where a CNAME is there and what it leads to is not."""
        lost = self.answer.outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA)
        return self.answer.loops or (lost and bool(self.answer.aliases))


class Keys(msgspec.Struct, frozen=True):
    """The keys of a domain: `given` in the order given, `found` by selector.

    `probed` are the answers to the selectors that were tried. `base` is the answer at `_domainkey.<domain>` itself.
    `parked`: the domain says that it sends and receives no mail. `providers` are those that its MX and SPF records give
    away, looked for only where a key is missing; `known` what is known of their selectors.
    """

    domain: str
    given: tuple[Key, ...]
    found: tuple[Key, ...]
    probed: tuple[Answer, ...]
    control: Answer
    base: Answer
    mx: Answer
    txt: Answer
    parked: bool = False
    providers: tuple[str, ...] = ()
    known: tuple[Known, ...] = ()

    @property
    def all(self) -> tuple[Key, ...]:
        return (*self.given, *self.found)

    @property
    def judged(self) -> tuple[Key, ...]:
        """The keys that matter: of a parked domain only those given, since a revoked wildcard is good custom there."""
        return self.given if self.parked else self.all

    @property
    def wildcard(self) -> bool:
        """True where every name under `_domainkey` has an answer, published or not."""
        return self.control.outcome is Outcome.ANSWERED or bool(self.control.aliases)


def keys_of(target: Target) -> Inquiry[Keys]:
    """The fact of the DKIM checks: the keys of the Author Domain."""
    return dkim_keys(target.domain, target.signing_selectors, target.deep, target.seen_selectors)


def dkim_keys(
    domain: str, selectors: Sequence[str] = (), deep: bool = False, seen: Sequence[str] = ()
) -> Inquiry[Keys]:
    """Get the keys of a domain at the selectors given, and at those that are worth a try: what receivers have `seen`, and
    what is usual; `deep` tries all that we know."""
    return once(_keys, domain, tuple(selectors), deep, tuple(seen))


async def _keys(domain: str, selectors: tuple[str, ...], deep: bool, seen: tuple[str, ...]) -> Keys:
    given = tuple(dict.fromkeys(normalised(selector) for selector in selectors[:MOST_GIVEN]))
    known = _everything_known() if deep else TIER_1
    worth = dict.fromkeys((*seen[:MOST_GIVEN], *(one.name for one in known)))
    tried = tuple(name for name in worth if name not in given)
    control, base, mx, txt, *answers = await together(
        _key_answer(CONTROL, domain),
        ask_dns(f"_domainkey.{domain}", "TXT"),
        ask_dns(domain, "MX"),
        ask_dns(domain, "TXT"),
        *(_key_answer(selector, domain) for selector in (*given, *tried)),
    )
    at_given = tuple(_key(name, True, answer, control) for name, answer in zip(given, answers, strict=False))
    probed = dict(zip(tried, answers[len(given) :], strict=True))
    found = _found(probed, control)
    spf = _only_spf(txt)
    providers = _providers(mx, spf) if _wanting(at_given, found) else ()
    if providers:
        known = _everything_known()
    if providers and not given and not deep:
        more = list(dict.fromkeys(x.name for x in known if x.provider in providers and x.name not in probed))
        probed |= zip(more, await together(*(_key_answer(name, domain) for name in more)), strict=True)
        found = _found(probed, control)
    return Keys(
        domain,
        tuple(_owned(key, known, providers) for key in at_given),
        tuple(_owned(key, known, providers) for key in found),
        tuple(probed.values()),
        control,
        base,
        mx,
        txt,
        parked=is_parked(txt, mx),
        providers=providers,
        known=tuple(one for one in known if one.provider in providers),
    )


async def _key_answer(selector: str, domain: str) -> Answer:
    return await ask_dns(Signature(domain, selector).key_name, "TXT")


def _everything_known() -> tuple[Known, ...]:
    # start-up time: wanted with --deep, and where a provider was recognised
    from checks.dkim.more_selectors import TIER_2, TIER_3

    return (*TIER_1, *TIER_2, *TIER_3)


def _key(selector: str, given: bool, answer: Answer, control: Answer) -> Key:
    texts = records.texts(answer)
    record = parse_record(texts[0]) if len(texts) == 1 and is_key_record(texts[0]) else None
    wildcard = bool(answer.aliases or texts) and (answer.outcome, answer.aliases, answer.records) == (
        control.outcome,
        control.aliases,
        control.records,
    )
    return Key(selector, answer.question.name, given, answer, texts, record, wildcard)


def _found(probed: dict[str, Answer], control: Answer) -> tuple[Key, ...]:
    """The keys among the answers to probes, by selector: what reads as one, and CNAMEs that lead nowhere.

    What a wildcard answers is no find; nor is anything, while nobody knows whether there is a wildcard.
    """
    if control.unknown:
        return ()
    keys = (_key(selector, False, probed[selector], control) for selector in sorted(probed))
    return tuple(key for key in keys if not key.wildcard and (any(map(is_key_record, key.texts)) or key.dangling))


def _owned(key: Key, known: Iterable[Known], providers: Sequence[str]) -> Key:
    """The key with its provider: what the CNAME leads to says it best, then a selector of a provider that was recognised
    (`providers`), or one that only one provider uses."""
    if key.answer.aliases:
        # start-up time: the patterns are read for domains that delegate their keys
        from checks.providers.fingerprint import Place, recognised

        names = list(recognised(Place.DKIM_CNAME, key.answer.aliases))
    else:
        own = [one for one in known if one.name == key.selector and one.provider]
        names = [one.provider for one in own if one.provider in providers]
        names += [one.provider for one in own if not one.shared and not one.target and one.confidence == "high"]
    return msgspec.structs.replace(key, provider=names[0]) if names else key


def _wanting(given: Sequence[Key], found: Sequence[Key]) -> bool:
    """True where a key is missing that is wanted, so that it helps to know who should have it."""
    if given:
        return any(key.record is None and not key.answer.unknown for key in given)
    return not any(key.record and not key.revoked for key in found)


def _providers(mx: Answer, spf: SpfRecord | None) -> tuple[str, ...]:
    # start-up time: as above
    from checks.providers.fingerprint import Place, recognised

    exchanges = [exchange.exchange for exchange in records.mail_exchanges(mx)]
    specs = [term.spec for term in spf.terms if term.name in ("include", "redirect")] if spf else []
    included = [normalised(spec) for spec in specs if not has_macros(spec)]
    return tuple(sorted({*recognised(Place.MX, exchanges), *recognised(Place.SPF, included)}))


def _only_spf(txt: Answer) -> SpfRecord | None:
    published = spf_texts(txt)
    return parse_spf(published[0]) if len(published) == 1 else None
