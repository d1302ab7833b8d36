"""What to do about the result of an SPF evaluation: the record that would let the address send."""

from checks.names import Address
from checks.records import as_published
from checks.spf.record import VERSION
from checks.spf.trace import Evaluation, Result
from checks.unseen import again


def remedy_of(evaluation: Evaluation) -> str:
    """What the owner of the domain can do, "" where nothing is wrong. A line after a line end is a record to publish."""
    ip, domain = evaluation.ip, evaluation.domain
    match evaluation.result:
        case Result.PASS:
            return ""
        case Result.FAIL | Result.SOFTFAIL | Result.NEUTRAL:
            return (
                f"If {ip} sends mail for {domain}, let its record say so; for an address of a supplier, "
                f"add the include that the supplier names instead.\n{record_with(evaluation)}"
            )
        case Result.NONE if evaluation.trace.answer is None:
            return ""
        case Result.NONE:
            return (
                f"Publish one record that names every sender of {domain}. With this one alone it would be:\n"
                f"{record_with(evaluation)}"
            )
        case Result.TEMPERROR:
            return again("the names asked", "receivers meet the same failure and put the mail off.")
        case Result.PERMERROR:
            return f"Mend the record: healthcheck domain {domain} --only spf says what is to be published."


def record_with(evaluation: Evaluation) -> str:
    """The record of the evaluated domain with the address in it, as it is published; a first record where there is none."""
    text = evaluation.trace.text or f"{VERSION} ~all"
    return as_published(evaluation.domain, allowing(text, evaluation.ip))


def host_record(evaluation: Evaluation) -> str:
    """A record for the name of a server, which sends from its own address and nowhere else. RFC 7208 section 10.1.3"""
    return as_published(evaluation.domain, allowing(f"{VERSION} -all", evaluation.ip))


def allowing(record: str, ip: Address) -> str:
    """A valid record with one more address, in front of all other terms."""
    return f"{record[: len(VERSION)]} {'ip4' if ip.version == 4 else 'ip6'}:{ip}{record[len(VERSION) :]}"
