"""The catalogue: every check, one explicit line each, in the order of the report."""

from checks.delivery import (
    bounced_addresses_dropped,
    every_provider_accepts,
    fate_known,
    few_bounces,
    few_complaints,
    few_deferrals,
    few_hard_bounces,
    gradual_ramp,
    mail_authenticated,
    no_bursts,
    no_unknown_user_bursts,
    queue_drains,
    rates_steady,
    suppressed_left_alone,
    volume_steady,
    within_limits,
)
from checks.dkim import key_published, key_strong, key_valid
from checks.dmarc import alignment, enforced, one_organizational_domain, reports_arrive, valid_record
from checks.dmarc import published as dmarc_published
from checks.dnsbl import domain_not_listed, lists_answer, not_listed
from checks.iprev import forward_confirmed, helo_resolves, not_generic
from checks.model import AnyCheck
from checks.mx import exchanges_valid
from checks.mx import published as mx_published
from checks.mx import servers_agree as mx_servers_agree
from checks.spf import (
    ends_in_all,
    expected_senders,
    helo_authorised,
    includes_exist,
    lookup_limit,
    mx_term_names,
    no_cname_beside,
    no_ptr,
    not_everyone,
    published_once,
    record_size,
    senders_authorised,
    servers_agree,
    servers_take_tcp,
    valid_syntax,
    void_lookups,
)
from checks.vantage import nxdomain_honest, resolver_answers, resolver_private, tcp_works

CHECKS: tuple[AnyCheck, ...] = (
    resolver_answers.CHECK,
    nxdomain_honest.CHECK,
    tcp_works.CHECK,
    resolver_private.CHECK,
    published_once.CHECK,
    valid_syntax.CHECK,
    lookup_limit.CHECK,
    void_lookups.CHECK,
    includes_exist.CHECK,
    not_everyone.CHECK,
    ends_in_all.CHECK,
    mx_term_names.CHECK,
    no_ptr.CHECK,
    record_size.CHECK,
    senders_authorised.CHECK,
    helo_authorised.CHECK,
    expected_senders.CHECK,
    no_cname_beside.CHECK,
    servers_agree.CHECK,
    servers_take_tcp.CHECK,
    key_published.CHECK,
    key_valid.CHECK,
    key_strong.CHECK,
    dmarc_published.CHECK,
    valid_record.CHECK,
    enforced.CHECK,
    alignment.CHECK,
    one_organizational_domain.CHECK,
    reports_arrive.CHECK,
    mx_published.CHECK,
    exchanges_valid.CHECK,
    mx_servers_agree.CHECK,
    forward_confirmed.CHECK,
    not_generic.CHECK,
    helo_resolves.CHECK,
    not_listed.CHECK,
    domain_not_listed.CHECK,
    lists_answer.CHECK,
    fate_known.CHECK,
    few_hard_bounces.CHECK,
    few_bounces.CHECK,
    few_deferrals.CHECK,
    few_complaints.CHECK,
    rates_steady.CHECK,
    mail_authenticated.CHECK,
    every_provider_accepts.CHECK,
    within_limits.CHECK,
    queue_drains.CHECK,
    bounced_addresses_dropped.CHECK,
    suppressed_left_alone.CHECK,
    no_unknown_user_bursts.CHECK,
    no_bursts.CHECK,
    volume_steady.CHECK,
    gradual_ramp.CHECK,
)


def usual(observed: bool) -> tuple[AnyCheck, ...]:
    """The checks of a run in which nobody names any. Where nothing was observed of the mail, those that would judge it are
    left out, but for the one that says so."""
    return CHECKS if observed else _WITHOUT_A_LOG


_WITHOUT_A_LOG = tuple(
    check for check in CHECKS if check.fact is not fate_known.CHECK.fact or check is fate_known.CHECK
)
