"""The catalogue: every check, one explicit line each, in the order of the report."""

from checks.model import AnyCheck
from checks.spf import lookup_limit

CHECKS: tuple[AnyCheck, ...] = (lookup_limit.CHECK,)
