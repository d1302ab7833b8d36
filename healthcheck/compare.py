"""Two reports of one domain, side by side: what appeared, what cleared, what got worse, which records changed.

What is not known takes no part in "better" and "worse": a finding that is not in the later report because its check could
not look has not cleared, and a check that could not look before has not got worse. Such checks are told apart
(`lost`, `regained`).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from checks.model import Status, Verdict

GRAVE = frozenset({"warning", "error", "critical"})
"""Severities that a comparison looks at; the rest is no reason to do anything."""
_RANK = {Status.SKIPPED: 0, Status.PASS: 0, Status.WARN: 1, Status.FAIL: 2}
_KNOWN_OUTCOMES = frozenset({"answered", "no-data", "nxdomain"})


class ReadIgnored(msgspec.Struct, frozen=True):
    """Why a finding counts for nothing."""

    by: str = ""
    reason: str = ""
    expires: str | None = None


class ReadFinding(msgspec.Struct, frozen=True):
    """A finding as a report in JSON tells it; what an older report did not tell is empty."""

    code: str
    severity: str
    basis: str
    about: str = ""
    text: str = ""
    remedy: str = ""
    ignored: ReadIgnored | None = None
    """Something where a waiver of the configuration matches it: then it counts for nothing."""

    @property
    def is_bad(self) -> bool:
        return self.basis == "observed" and self.severity in GRAVE and self.ignored is None

    @property
    def check(self) -> str:
        """The id of the check that says it: a code is that and one word more."""
        return self.code.rpartition(".")[0]


class ReadCheck(msgspec.Struct, frozen=True):
    """A check's result."""

    id: str
    status: Status
    findings: tuple[ReadFinding, ...] = ()

    @property
    def saw_all(self) -> bool:
        """False where part of what could be bad was not seen: a check that fails may be blind in one eye, too."""
        return not any(one.basis == "undetermined" and one.severity in GRAVE for one in self.findings)


class ReadQuestion(msgspec.Struct, frozen=True):
    """A DNS question; other kinds have neither name nor type."""

    name: str = ""
    type: str = ""
    server: str = ""


class ReadEvidence(msgspec.Struct, frozen=True):
    """An answer."""

    question: ReadQuestion
    outcome: str
    records: tuple[str, ...] = ()


class ReadCause(msgspec.Struct, frozen=True):
    """A cause of failures. `providers` says how often which mailbox provider said so."""

    id: str
    title: str = ""
    state: str = ""
    replies: int = 0
    category: str = ""
    suspect: str = ""
    seen: bool = True
    providers: dict[str, int] = {}


class ReadTarget(msgspec.Struct, frozen=True):
    """What was examined."""

    domain: str


class ReadReport(msgspec.Struct, frozen=True):
    """As much of schema healthcheck.report/1 as a comparison needs; unknown fields are passed over, as the contract says."""

    target: ReadTarget
    verdict: Verdict
    checks: tuple[ReadCheck, ...]
    generated_at: str = ""
    world: str = ""
    causes: tuple[ReadCause, ...] = ()
    evidence: tuple[ReadEvidence, ...] = ()

    @property
    def contradiction(self) -> str:
        """What its verdict says against its checks, as a clause; "" where they agree. A report that was written by this program
        never contradicts itself: its verdict follows from the checks (checks.model.verdict_of)."""
        failed = [one.id for one in self.checks if one.status is Status.FAIL]
        if failed and self.verdict is not Verdict.FAIL:
            return f"its verdict is {self.verdict.value}, and {failed[0]} fails"
        if self.verdict is Verdict.FAIL and not failed:
            return "its verdict is fail, and none of its checks fails"
        seen = any(one.status in (Status.PASS, Status.WARN) for one in self.checks)
        if self.verdict is Verdict.PASS and not seen:
            return "its verdict is pass, and none of its checks passes"
        return ""


class StatusChange(msgspec.Struct, frozen=True):
    """A check whose status is another now."""

    check: str
    old: Status
    new: Status


class RecordChange(msgspec.Struct, frozen=True):
    """Records of one name and type that are others now; () where there were or are none."""

    name: str
    type: str
    old: tuple[str, ...]
    new: tuple[str, ...]


class CauseChange(msgspec.Struct, frozen=True):
    """A cause whose state or weight is another now; the states are "" where it is not there at all."""

    id: str
    title: str
    old: str
    new: str
    old_replies: int
    new_replies: int


class Explained(msgspec.Struct, frozen=True):
    """Failed replies of one kind that are explained by something else now, or by nothing any more.

    `by` and `now_by` are the confirmed suspects, before and now, the category itself where it has none; `open` those that are
    not ruled out now. `replies` is how many were explained, or newly are, and `providers` at whom, most first.
    """

    category: str
    title: str
    replies: int
    by: tuple[str, ...] = ()
    now_by: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    providers: dict[str, int] = {}

    @property
    def is_no_more(self) -> bool:
        """True where nothing that was found explains the replies any more."""
        return bool(self.by) and not self.now_by


class Difference(msgspec.Struct, frozen=True):
    """What differs between two reports of a domain, in the order of the later one's checks.

    `worse` and `better` are checks; `lost` are those that could be judged and cannot any more, `regained` the other way
    round. `applying` are checks that had nothing to look at, and now warn: a first record that could say more makes nothing
    worse. `appeared` and `cleared` are findings of warning or worse. `explained` are the kinds of failed replies for which
    other suspects are confirmed.
    """

    domain: str
    old_verdict: Verdict
    new_verdict: Verdict
    worse: tuple[StatusChange, ...] = ()
    better: tuple[StatusChange, ...] = ()
    lost: tuple[StatusChange, ...] = ()
    regained: tuple[StatusChange, ...] = ()
    appeared: tuple[ReadFinding, ...] = ()
    cleared: tuple[ReadFinding, ...] = ()
    records: tuple[RecordChange, ...] = ()
    causes: tuple[CauseChange, ...] = ()
    explained: tuple[Explained, ...] = ()
    applying: tuple[StatusChange, ...] = ()

    @property
    def is_worse(self) -> bool:
        """True where something is bad that was not: a check, or a finding of one that got no better."""
        aside = {change.check for change in (*self.better, *self.applying)}
        return bool(self.worse) or any(one.check not in aside for one in self.appeared)

    @property
    def is_lost(self) -> bool:
        """True where the domain could be judged, and cannot any more."""
        return self.new_verdict is Verdict.INCONCLUSIVE is not self.old_verdict

    @property
    def is_empty(self) -> bool:
        return self == Difference(self.domain, self.new_verdict, self.new_verdict)


def read_report(raw: bytes) -> tuple[ReadReport, ...]:
    """One report, or several under `reports`, or one a line. msgspec.DecodeError for anything else."""
    for kind in (ReadReport, _Several):
        try:
            read = msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError:
            continue
        except msgspec.DecodeError:
            break
        return (read,) if isinstance(read, ReadReport) else read.reports  # type: ignore[attr-defined]
    return tuple(msgspec.json.Decoder(ReadReport).decode_lines(raw))


class _Several(msgspec.Struct, frozen=True):
    reports: tuple[ReadReport, ...]


def compare(old: ReadReport, new: ReadReport) -> Difference:
    """What differs. Checks that only one of the reports has are compared by nothing: another version asked other things."""
    before = {check.id: check for check in old.checks}
    both = [(before[check.id], check) for check in new.checks if check.id in before]
    changes = [StatusChange(now.id, was.status, now.status) for was, now in both if was.status is not now.status]
    appeared, cleared = _findings(both)
    return Difference(
        domain=new.target.domain,
        old_verdict=old.verdict,
        new_verdict=new.verdict,
        worse=tuple(one for one in changes if _step(one) > 0 and not _applies(one)),
        better=tuple(one for one in changes if _step(one) < 0),
        lost=tuple(one for one in changes if one.new is Status.UNKNOWN),
        regained=tuple(one for one in changes if one.old is Status.UNKNOWN),
        appeared=appeared,
        cleared=cleared,
        records=_records(old.evidence, new.evidence),
        causes=_causes(old.causes, new.causes),
        explained=_explained(old.causes, new.causes),
        applying=tuple(one for one in changes if _applies(one)),
    )


def _step(change: StatusChange) -> int:
    """Above zero where it got worse, below where it got better; zero where one of the two is not known."""
    if Status.UNKNOWN in (change.old, change.new):
        return 0
    return _RANK[change.new] - _RANK[change.old]


def _applies(change: StatusChange) -> bool:
    return change.old is Status.SKIPPED and change.new is Status.WARN


def _findings(
    both: Sequence[tuple[ReadCheck, ReadCheck]],
) -> tuple[tuple[ReadFinding, ...], tuple[ReadFinding, ...]]:
    """The bad findings that came and went. What one report could not look at neither came nor went."""
    appeared: list[ReadFinding] = []
    cleared: list[ReadFinding] = []
    for was, now in both:
        old = {(one.code, one.about): one for one in was.findings if one.is_bad}
        new = {(one.code, one.about): one for one in now.findings if one.is_bad}
        if was.saw_all:
            appeared += [new[key] for key in new if key not in old]
        if now.saw_all:
            cleared += [old[key] for key in old if key not in new]
    return tuple(appeared), tuple(cleared)


def _records(old: Iterable[ReadEvidence], new: Iterable[ReadEvidence]) -> tuple[RecordChange, ...]:
    """Names and types that both reports have an answer for, with other records; lists and controls answer anew each time."""
    before, after = _published(old), _published(new)
    return tuple(
        RecordChange(*key, before[key], after[key])
        for key in sorted(before.keys() & after)
        if before[key] != after[key]
    )


def _published(evidence: Iterable[ReadEvidence]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """What the names of the report hold, as far as it was answered; what blocklists say of addresses is no record of theirs."""
    told = [one for one in evidence if one.question.name and not one.question.server]
    lists = {one.question.name for one in told if any(record.startswith("127.") for record in one.records)}
    return {
        (one.question.name, one.question.type): tuple(sorted(one.records))
        for one in told
        if one.outcome in _KNOWN_OUTCOMES and one.question.name not in lists
    }


def _causes(old: Iterable[ReadCause], new: Iterable[ReadCause]) -> tuple[CauseChange, ...]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    nothing = ReadCause("")
    changes = []
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key, nothing), after.get(key, nothing)
        if (was.state, was.replies) != (now.state, now.replies):
            title = now.title or was.title
            changes.append(CauseChange(key, title, was.state, now.state, was.replies, now.replies))
    return tuple(changes)


def _explained(old: Sequence[ReadCause], new: Sequence[ReadCause]) -> tuple[Explained, ...]:
    """The kinds of failed replies whose confirmed suspects are others now, those that most replies speak of first."""
    found = []
    for category in dict.fromkeys(one.category for one in (*old, *new) if one.seen and one.category):
        before = [one for one in old if one.category == category]
        after = [one for one in new if one.category == category]
        by, now_by = _suspects(before, "confirmed"), _suspects(after, "confirmed")
        if by == now_by:
            continue
        most = max((one for one in (*before, *after) if one.state == "confirmed"), key=lambda one: one.replies)
        providers = dict(sorted(most.providers.items(), key=lambda one: (-one[1], one[0])))
        title = most.title.partition(":")[0]
        found.append(Explained(category, title, most.replies, by, now_by, _suspects(after, "open"), providers))
    return tuple(sorted(found, key=lambda one: -one.replies))


def _suspects(causes: Iterable[ReadCause], state: str) -> tuple[str, ...]:
    return tuple(sorted(one.suspect or one.category for one in causes if one.state == state))
