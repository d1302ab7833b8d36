"""The fact behind the SPF checks: a domain's record with everything it includes, as a tree with its costs.

Without a message at hand no term can match, so the tree is the worst case: every term is come to. The walk goes level
by level, all questions of a level at once; a chain of d includes takes d + 1 round trips. The tree is then built from
the answers alone, in the order in which a receiver evaluates, so counts do not depend on who answered first.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

from checks import records
from checks.inquiry import Answer, DnsQuestion, Inquiry, Outcome, once
from checks.model import Target
from checks.spf.macros import expand, target_name
from checks.spf.record import Mechanism, SpfRecord, Term, has_macros, is_spf, parse_record
from checks.vantage.control import Believing

MOST_LOOKUPS = 10
"""Terms that query the DNS in one evaluation; one more is a permerror. RFC 7208 section 4.6.4"""
MOST_MX_NAMES = 10
"""Address lookups under one mx term. RFC 7208 section 4.6.4"""
MOST_QUESTIONS = 150
"""Our bound on what one tree may ask. A receiver stops at ten terms; three times that shows a person where to cut."""
MOST_STEPS = 2000
"""Our bound on the tree: `a` including `b` twice, `b` including `c` twice ... doubles at every level."""
MOST_LEVELS = 20
"""Our bound on the round trips: each level of includes costs a receiver a lookup, so it has long given up by then."""
MOST_BYTES = 128 * 1024
"""Our bound on the text of all records of one tree; a TXT answer holds 64 KiB at most."""
_LEADING = frozenset({"include", "redirect"})
"""Terms behind which there is another record."""


class Step(msgspec.Struct, frozen=True):
    """One term of a record, as an evaluation that nothing stops earlier comes to it.

    `target` is the name it asks about, or "" where that hangs on the message (macros) or nothing is asked. `nth` is
    the number of this lookup within the whole evaluation, from 1, or 0 for a term that costs none; `lookups` its cost
    with all that lies below. `node` is what an include or redirect leads to.
    """

    term: Term
    target: str = ""
    nth: int = 0
    lookups: int = 0
    answers: tuple[Answer, ...] = ()
    node: "Node | None" = None


class Node(msgspec.Struct, frozen=True):
    """The SPF of one name. `published` are the texts that count as SPF records: none and several are both faults.

    `loops` is set where the name is one of its own ancestors; nothing below is followed then.
    """

    name: str
    answer: Answer
    published: tuple[str, ...] = ()
    record: SpfRecord | None = None
    steps: tuple[Step, ...] = ()
    loops: bool = False

    @property
    def joints(self) -> tuple[int, ...]:
        """Where the record's character-strings meet, as offsets into its text; () for a record in one string."""
        for record in self.answer.records if self.record else ():
            strings = records.character_strings(record)
            if self.record and "".join(strings) == self.record.text:
                return tuple(accumulate(len(string) for string in strings[:-1]))
        return ()


class SpfPolicy(msgspec.Struct, frozen=True):
    """What a domain publishes. `cut` says that the tree went on beyond our bounds and `lookups` is a lower bound."""

    root: Node
    lookups: int
    cut: bool

    def nodes(self) -> Iterable[Node]:
        """Every node, in the order of evaluation."""
        return _nodes(self.root)

    def ways(self) -> Iterable[tuple[str, Node]]:
        """Every node with the term of the root's record that leads to it, "" for the root, in the order of evaluation."""
        yield "", self.root
        for step in self.root.steps:
            if step.node is not None:
                yield from ((step.term.text, node) for node in _nodes(step.node))

    @property
    def records_cut(self) -> bool:
        """True where records lie beyond our bounds, and not addresses alone: terms that nobody has seen."""
        return self.cut and (
            any(node.record is None and len(node.published) == 1 for node in self.nodes())
            or any(step.target and step.node is None and step.term.name in _LEADING for _, step in self.steps())
            or sum(1 for _ in self.steps()) >= MOST_STEPS
        )

    def unread(self) -> Node | None:
        """The first record that could not be asked for."""
        return next((node for node in self.nodes() if node.answer.unknown), None)

    def steps(self) -> Iterable[tuple[Node, Step]]:
        """Every step with the node whose record it stands in, in the order of evaluation."""
        return ((node, step) for node in self.nodes() for step in node.steps)


def policy_of(target: Target) -> Inquiry[SpfPolicy]:
    """The fact of the SPF checks: the policy of the domain that receivers evaluate."""
    return spf_policy(target.envelope_domain)


def spf_policy(domain: str) -> Inquiry[SpfPolicy]:
    """Get a domain's SPF record and all that it needs, in as many round trips as the includes are deep, plus one."""
    return once(_policy, domain)


async def _policy(domain: str) -> SpfPolicy:
    found, world = _Found(), Believing(domain)
    wanted: Sequence[DnsQuestion] = [DnsQuestion(domain, "TXT")]
    for _ in range(MOST_LEVELS):
        level = await world.answers(wanted)
        for question, answer in zip(wanted, level, strict=True):
            found.add(question, answer)
        fresh = dict.fromkeys(following for question in wanted for following in found.following(question))
        wanted = [question for question in fresh if question not in found.answers]
        wanted = wanted[: MOST_QUESTIONS - len(found.answers)]
        if not wanted:
            break
    return _Tree(found).policy(domain)


class _Found:
    """All answers of a walk, each SPF record among them read once, however often it is included."""

    def __init__(self) -> None:
        self.answers: dict[DnsQuestion, Answer] = {}
        self.published: dict[DnsQuestion, tuple[str, ...]] = {}
        self.records: dict[DnsQuestion, SpfRecord] = {}
        self.left = MOST_BYTES

    def add(self, question: DnsQuestion, answer: Answer) -> None:
        """Keep an answer. A TXT answer is asked for its SPF record; beyond our bound a record stays unread."""
        self.answers[question] = answer
        if question.rdtype != "TXT":
            return
        published = self.published[question] = spf_texts(answer)
        if len(published) == 1 and len(published[0]) <= self.left:
            self.left -= len(published[0])
            self.records[question] = parse_record(published[0])

    def following(self, question: DnsQuestion) -> Iterable[DnsQuestion]:
        """What an answer makes us ask next. TXT answers are SPF records here, MX answers those of mx terms."""
        match question.rdtype:
            case "TXT":
                record = self.records.get(question)
                for term in record.evaluated[:MOST_STEPS] if record else ():
                    yield from _questions(term, question.name)
            case "MX":
                for _, exchange in records.mail_exchanges(self.answers[question])[:MOST_MX_NAMES]:
                    if exchange:
                        yield DnsQuestion(exchange, "A")
                        yield DnsQuestion(exchange, "AAAA")


def _questions(term: Term, domain: str) -> tuple[DnsQuestion, ...]:
    name = target_of(term, domain)
    if not name:
        return ()
    match term.name:
        case "include" | "redirect":
            return (DnsQuestion(name, "TXT"),)
        case "a":
            # A receiver asks one of the two, by the family of the sender. RFC 7208 section 5
            return (DnsQuestion(name, "A"), DnsQuestion(name, "AAAA"))
        case "mx":
            return (DnsQuestion(name, "MX"),)
        case "exists":
            # Always A, whatever the sender's family. RFC 7208 section 5.7
            return (DnsQuestion(name, "A"),)
        case _:
            return ()


def target_of(term: Term, domain: str) -> str:
    """The name a term asks about, seen from the domain whose record it stands in; "" where nobody can say yet."""
    if not term.counted or term.name == "ptr" or has_macros(term.spec):
        return ""
    return target_name(expand(term.spec, {})) if term.spec else domain


def spf_texts(answer: Answer) -> tuple[str, ...]:
    """The TXT records of an answer that count as SPF records. RFC 7208 section 4.5"""
    return tuple(text for text in records.texts(answer) if is_spf(text))


def _nodes(node: Node) -> Iterable[Node]:
    yield node
    for step in node.steps:
        if step.node is not None:
            yield from _nodes(step.node)


class _Tree:
    """Builds the tree from the answers, counting lookups in the order of evaluation."""

    def __init__(self, found: _Found) -> None:
        self.found = found
        self.lookups = 0
        self.steps = 0
        self.cut = False

    def policy(self, domain: str) -> SpfPolicy:
        root = self.node(DnsQuestion(domain, "TXT"), ())
        return SpfPolicy(root, self.lookups, self.cut)

    def node(self, question: DnsQuestion, ancestors: tuple[str, ...]) -> Node:
        name = question.name
        answer, published = self.found.answers[question], self.found.published[question]
        record = self.found.records.get(question)
        if name in ancestors:
            return Node(name, answer, published, record, loops=True)
        self.cut = self.cut or (record is None and len(published) == 1)
        steps: list[Step] = []
        for term in record.evaluated if record else ():
            if self.steps >= MOST_STEPS:
                self.cut = True
                break
            self.steps += 1
            steps.append(self.step(term, name, (*ancestors, name)))
        return Node(name, answer, published, record, tuple(steps))

    def step(self, term: Term, domain: str, ancestors: tuple[str, ...]) -> Step:
        if not term.counted:
            return Step(term)
        self.lookups += 1
        nth = self.lookups
        asked = _questions(term, domain)
        answers = self.got(asked)
        node = None
        if term.name in ("include", "redirect") and answers:
            node = self.node(asked[0], ancestors)
        elif term.name == "mx" and answers:
            answers += self.got(tuple(self.found.following(asked[0])))
        return Step(term, target_of(term, domain), nth, self.lookups - nth + 1, answers, node)

    def got(self, asked: Sequence[DnsQuestion]) -> tuple[Answer, ...]:
        """The answers to some questions; one that our bounds left unasked cuts the tree."""
        answers = tuple(self.found.answers[question] for question in asked if question in self.found.answers)
        self.cut = self.cut or len(answers) < len(asked)
        return answers


def is_void(answer: Answer) -> bool:
    """True for a "void lookup": the name is not there, or has no such record. RFC 7208 section 4.6.4"""
    return answer.outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA)


def is_mechanism(term: Term, *names: str) -> bool:
    """True for a mechanism with one of these names."""
    return isinstance(term, Mechanism) and term.name in names
