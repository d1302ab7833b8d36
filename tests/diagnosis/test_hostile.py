"""Whatever a reply holds, there are causes, they are bounded, and nothing of it gets into the output raw."""

from hypothesis import given
from hypothesis import strategies as st

from checks.delivery.observed import Failure, Observed
from checks.diagnosis.causes import causes
from checks.diagnosis.widened import MOST_ADDRESSES, widened
from checks.model import Target
from checks.replies.catalogue import catalogue
from checks.replies.stated import MOST, named_lists, stated
from healthcheck.render import json, markdown, text
from healthcheck.report import CheckResult, Report
from tests.diagnosis import failure_of
from tests.patience import ends

TARGET = Target("example.com")
SAID = (
    "550 5.7.26 ",
    "421-4.7.0 ",
    "SPF [example.com] ",
    "with ip: [192.0.2.1] ",
    "DKIM = did not pass ",
    "gsmtp ",
    "domain ",
)
NASTY = (
    "blocked using ",
    "zen.spamhaus.org ",
    "from <a@b.test> ",
    "\x1b[31m",
    "\u202e",
    "`|<b>",
    "\n",
    "\x00",
    "DMARC policy ",
)
WORDS = st.sampled_from((*SAID, *NASTY))
REPLIES = st.lists(WORDS | st.text(max_size=20), max_size=12).map("".join)


def report_of(failures):
    target = widened(Target("example.com", observed=Observed(failures)))
    return Report(target, "example.com", "lab", "2026-11-22T14:03:00Z", (CheckResult("spf.x", "SPF is x", ()),), ())


@given(st.lists(REPLIES, min_size=1, max_size=5))
def test_any_replies_give_causes_that_can_be_printed(replies):
    failures = tuple(map(failure_of, replies))
    report = report_of(failures)
    assert report.causes
    for told in (text.render([report]), markdown.render([report]), json.render([report])):
        assert not set(told) & set("\x1b\x00\u202e\r")
    assert [cause.id for cause in report.causes] == [cause.id for cause in report_of(failures).causes]


@given(REPLIES, st.sampled_from(sorted(catalogue().categories)))
def test_what_a_reply_states_is_bounded_and_inert(reply, category):
    found = stated(reply, category)
    assert len(found) <= MOST
    assert all(part.isprintable() and " " not in part for part in found)
    assert len(named_lists(reply)) <= MOST


@given(st.lists(st.ip_addresses().map(str), max_size=60))
def test_a_run_is_widened_by_a_few_addresses_at_the_most(addresses):
    failures = tuple(
        Failure("550 5.7.1 blocked", "550", "5.7.1", "blocklisted", None, None, None, bounced=1, stated=(one,))
        for one in addresses
    )
    assert len(widened(Target("example.com", observed=Observed(failures))).ips) <= MOST_ADDRESSES


def test_a_megabyte_of_anything_is_answered():
    for text_ in (
        "from " + "a." * 500_000,
        "1:2:" * 250_000,
        "dmarc record " * 80_000,
        "blocked using " + "-" * 1_000_000,
    ):
        with ends():
            assert causes(Observed((failure_of("550 5.7.26 " + text_),)), {}, TARGET)


def test_a_category_that_nobody_knows_is_open():
    (cause,) = causes(Observed((Failure("x", None, None, "nonsense", None, None, None, bounced=1),)), {}, TARGET)
    assert (cause.state, cause.who_acts) == ("open", "unknown")
