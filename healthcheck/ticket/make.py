"""From a run to a case: what was seen, redacted, with everything that belongs to it."""

from collections.abc import Mapping, Sequence

from healthcheck.redact import Mode, Redactor, ToldReport
from healthcheck.report import Report
from healthcheck.secret_values import secrets_of
from healthcheck.ticket.case import Case, Environment
from healthcheck.ticket.recipients import Recipient
from healthcheck.world.transcript import Transcript

KEY_VARIABLE = "HEALTHCHECK_REDACT_KEY"
"""The environment variable that holds the key of the hashes, for those who want the same ones in every bundle."""
LAB_KEY = b"the lab"
"""Nobody is hidden behind the hashes of the lab, whose bundles are examples and always the same."""


def case_of(  # noqa: PLR0913, PLR0917 - what a ticket is made of, each thing once
    report: Report,
    transcript: Transcript | None,
    recorded_by: str,
    environment: Environment,
    mode: Mode,
    recipient: Recipient | None,
    variables: Mapping[str, str],
    secrets: Sequence[str] = (),
) -> Case:
    """The case of one report, and of the run that it rests on, if there is one. `variables`: those of the environment."""
    told = (*secrets_of(variables), *secrets)
    redactor = Redactor(mode, _key(report, variables), (report,), told)
    shown: ToldReport = redactor.report(report)
    run = redactor.transcript(transcript) if transcript is not None else None
    return Case(shown, run, recorded_by, environment, mode.value, redactor.taken, recipient)


def _key(report: Report, variables: Mapping[str, str]) -> bytes:
    """A key for this bundle alone, unless one is given. It is kept nowhere: who lost it cannot undo a hash, and nobody else can."""
    if given := variables.get(KEY_VARIABLE, "").strip():
        return given.encode()
    if report.world == "lab":
        return LAB_KEY
    import secrets  # start-up time: where it is wanted

    return secrets.token_bytes(32)
