"""Replies and bounces that others collected: the codes they hold, what they mean, and who is to be suppressed.

`python -m tests.conformance.test_replies` prints the agreement with the labels of the bounce corpus, and the confusion.
The labels are Sisimai's. Two of its reasons are not compared in suppression: `filtered` (it keeps addresses that were
unknown only after DATA) and `suspend` (it calls a closed mailbox soft; we suppress it).
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.replies.explain import explain
from checks.replies.explanation import Explanation
from checks.replies.parse import parse_reply
from healthcheck.cli.explain_mail import explained_mail
from healthcheck.intake.mails.bounce import read_bounce
from tests.conformance import absent, corpus

LABELS = "bounces/labels.tsv"
CASES = Path(corpus(".") or ".").parent / "facts" / "parse_cases.tsv"

SAME = {
    "bad-recipient": {"recipient_unknown", "recipient_domain", "recipient_disabled"},
    "timeout-network": {"network", "routing", "expired"},
    "reputation-or-policy": {
        "reputation",
        "blocklisted",
        "policy",
        "malformed",
        "sender_rate",
        "recipient_refused",
        "bad_request",
    },
    "mailbox-full": {"mailbox_full"},
    "sender-rejected": {"sender_invalid", "sender_dns", "recipient_refused", "reputation", "policy"},
    "recipient-filtered": {"recipient_unknown", "recipient_refused", "recipient_disabled"},
    "authentication": {"auth_failed"},
    "remote-system": {"remote_failure", "mailbox_full"},
    "dns-ptr": {"sender_dns"},
    "content-spam": {"spam_content"},
    "mailbox-unavailable": {"recipient_disabled"},
    "security-tls-auth": {"tls", "credentials", "policy"},
    "relay-denied": {"relay_denied", "account"},
    "size": {"message_limits"},
    "rate-limit": {"sender_rate", "recipient_rate", "message_limits"},
    "protocol": {"bad_request", "malformed"},
    "not-a-bounce": {"accepted"},
    "content": {"malformed"},
}
"""Which of our categories say the same as a coarse label. Complaints and what was not classified are not compared."""
ALSO = {"blocked": {"sender_dns"}, "policyviolation": {"harmful_content"}}
"""By reason, where its coarse label is too coarse: Sisimai's `blocked` holds refused HELO and host names as well, and its
`policyviolation` forbidden attachments (facts/taxonomy.tsv)."""
NOT_COMPARED = {"filtered", "suspend"}
LEAST = {"of_mails": (0.975, 0.985), "of_texts": (0.97, 0.985)}
"""The shares of category and suppression that must agree: what we reach, so that it does not fall. What differs is printed.

Where the labels and we disagree, and we stay:
- Microsoft's 550 5.4.1 "recipient addresses rejected: access denied" (lhost-mfilter-04) is a mailbox that its directory lacks;
  the label says the sender was rejected.
- NXDOMAIN for the recipient's domain (rfc3464-53 and -64) is the domain's fault; the label says network, as Google's status is 4.0.0.
- "Malformed or unexpected name server reply" is labelled a domain that takes no mail in rhost-aol-06, and a network error in
  lhost-postfix-17: the same words, so one of them is always wrong.
- "421 Service not available, closing transmission channel" (lhost-postfix-50) says that the server is busy; the label says blocked.
- A duplicate Message-ID (lhost-fml-03) is the mail's; the label says that the list manager broke.
- [TSS04], and then "this message has been in the queue too long" (lhost-qmail-19, as one text): the contract says expired.
- A bare 421 (lhost-sendmail-29, text alone) says no more than that the server is not available; the label says expired.
- "450 busy ... 551 not our user" (lhost-sendmail-17, text alone): of several replies the first one counts.
- A report that says it is temporary (lhost-opensmtpd-12) suppresses nobody at once.
"""


def labelled() -> list[dict[str, str]]:
    """The rows that may be scored, as shared/README.md says."""
    path = corpus(LABELS)
    if path is None:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        row
        for row in rows
        if not row["p5_label_agrees"].startswith("no") and row["p5_run_consistent"] == "1" and row["coarse"] in SAME
    ]


def of_mails() -> Iterator[tuple[dict[str, str], Explanation]]:
    """Every row with what is said of its recipient in the bounce mail."""
    for row in labelled():
        path = corpus(f"bounces/emails/{row['file']}")
        assert path is not None
        found = explained_mail(path.read_bytes())
        own = [one for one in found if one.recipient and one.recipient.lower() == row["recipient"].lower()]
        place = min(int(row["index"]), len(found)) - 1
        yield row, own[0] if own else found[place]


def of_texts() -> Iterator[tuple[dict[str, str], Explanation]]:
    """Every row with what is said of its diagnostic text alone."""
    for row in labelled():
        yield row, explain(row["diagnostic_text"], host=row["rhost"] or None)


def meant_by(row: dict[str, str]) -> set[str]:
    """Our categories that say the same as a row's label."""
    return SAME[row["coarse"]] | ALSO.get(row["reason"], set())


def agreement(pairs: list[tuple[dict[str, str], Explanation]]) -> tuple[float, float, float]:
    """The shares whose category, suppression and basic code agree."""
    categories = sum(found.category in meant_by(row) for row, found in pairs)
    compared = [(row, found) for row, found in pairs if row["reason"] not in NOT_COMPARED]
    hard = sum((found.suppress in ("yes", "domain")) == (row["hardbounce"] == "1") for row, found in compared)
    coded = [(row, found) for row, found in pairs if row["replycode"]]
    basic = sum(found.basic == row["replycode"] for row, found in coded)
    return categories / len(pairs), hard / len(compared), basic / len(coded)


@absent("../facts/parse_cases.tsv")
def test_every_parser_case_gives_its_codes():
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) >= 31
    for row in rows:
        reply = parse_reply(row["input"].replace("\\n", "\n"))
        assert (reply.basic or "", reply.enhanced or "") == (row["basic"], row["enhanced"]), row["input"]


@absent(LABELS)
@pytest.mark.parametrize("source", [of_mails, of_texts])
def test_the_bounces_mean_what_their_labels_say(source):
    categories, hard, _ = agreement(list(source()))
    least_category, least_suppression = LEAST[source.__name__]
    assert categories >= least_category
    assert hard >= least_suppression


@absent("dsn/expected.jsonl")
def test_the_reports_of_the_rfc_give_their_recipients():
    path = corpus("dsn/expected.jsonl")
    assert path is not None
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for name in sorted({row["file"] for row in rows if row["file"].startswith("rfc3464")}):
        mail = corpus(f"dsn/{name}")
        assert mail is not None
        wanted = [row for row in rows if row["file"] == name and (row["final_recipient"] or row["action"])]
        found = read_bounce(mail.read_bytes()).told
        assert len(found) == len(wanted), name
        assert [one.action for one in found] == [(row["action"] or "").lower() for row in wanted], name


def main() -> None:
    """Print the agreement and what differs."""
    for source in (of_mails, of_texts):
        pairs = list(source())
        categories, hard, basic = agreement(pairs)
        print(
            f"{source.__name__}: {len(pairs)} rows, category {categories:.1%}, suppression {hard:.1%}, basic code {basic:.1%}"
        )
        confusion = Counter(
            (row["coarse"], found.category) for row, found in pairs if found.category not in meant_by(row)
        )
        for (label, category), count in confusion.most_common():
            print(f"  {count:3} {label} read as {category}")


if __name__ == "__main__":
    main()
