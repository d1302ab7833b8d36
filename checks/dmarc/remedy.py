"""Records to publish, as far as they can be told: the remedies of `dmarc.alignment`."""

from checks import records
from checks.dkim.remedy import THE_KEY, delegations
from checks.dkim.selectors import TIER_1, UNGUESSABLE
from checks.dmarc.record import DmarcRecord
from checks.dmarc.streams import Leg, Proof, Route
from checks.dmarc.walk import question_name
from checks.providers.return_path import return_path
from checks.records import as_published
from checks.spf.correct import corrected
from checks.spf.policy import spf_texts
from checks.spf.record import VERSION
from checks.tags import parse_tags, with_tag

MOST_RECORDS = 8


def loosened(source: str, record: DmarcRecord, tags: tuple[str, ...]) -> str:
    """The DMARC record with the strict modes taken out that stand in the way."""
    tag_list = record.tags
    text = record.text
    for tag in tags:
        text = with_tag(tag_list, tag.partition("=")[0], None)
        tag_list = parse_tags(text, fold=True)
    return as_published(question_name(source), text)


def speak_for(domain: str, provider: str) -> tuple[str, ...]:
    """What makes a service sign or bounce with a domain: its own records where they are known, else their kind."""
    known = [one for one in (*TIER_1, *UNGUESSABLE) if one.provider == provider and provider]
    found = (*delegations(known, domain), *return_path(provider, domain))
    selector = known[0].name if known else "<selector>"
    return found[:MOST_RECORDS] or (as_published(f"{selector}._domainkey.{domain}", f"v=DKIM1; k=rsa; p={THE_KEY}"),)


def authenticate(domain: str, route: Route) -> tuple[str, ...]:
    """What makes the aligned legs of a stream pass; where none is aligned, what aligns one."""
    wanted = [leg for leg in route.legs if leg.alignment.holds and leg.authenticates is Proof.NO]
    found = [record for leg in wanted for record in (_spf(leg) if leg.method == "spf" else _key(leg))]
    return tuple(found[:MOST_RECORDS]) or speak_for(domain, route.stream.provider)


def _spf(leg: Leg) -> tuple[str, ...]:
    """The SPF record of the return path with the addresses added that send."""
    published = spf_texts(leg.answers[0]) if leg.answers else ()
    if len(published) > 1:
        return ()
    terms = [f"ip{6 if ':' in address else 4}:{address}" for address in leg.addresses] or ["ip4:<sending address>"]
    now = corrected(published[0]).text if published else f"{VERSION} ~all"
    rest = now[len(VERSION) :].strip()
    return (as_published(leg.domain, " ".join([VERSION, *terms, *([rest] if rest else [])])),)


def _key(leg: Leg) -> tuple[str, ...]:
    if leg.answers and leg.answers[0].aliases and not records.texts(leg.answers[0]):
        return ()  # the CNAME is right; what it leads to is the service's to publish
    return (as_published(f"{leg.selector}._domainkey.{leg.domain}", f"v=DKIM1; k=rsa; p={THE_KEY}"),)
