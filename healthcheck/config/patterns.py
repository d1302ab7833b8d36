"""Which domains a pattern means: a name, or one with * for any characters, dots among them. `*.example` is not `example`."""

from functools import cache


def matches(domain: str, pattern: str) -> bool:
    """True for a domain that a pattern means. It takes time by the length of both, however many stars there are."""
    if pattern == "*":
        return True
    first, *rest = _pieces(pattern)
    if not rest:
        return bool(first) and domain == first
    *middle, last = rest
    at, end = len(first), len(domain) - len(last)
    if end < at or not domain.startswith(first) or not domain.endswith(last):
        return False
    # The first place where a piece fits is as good as any: what a star passes over, the next one would.
    for piece in middle:
        at = domain.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


@cache
def _pieces(text: str) -> tuple[str, ...]:
    """What stands between the stars, in lower case; a name without one as the DNS has it, ("",) where it is none."""
    name = text.strip().lower().removesuffix(".")
    if "*" in name:
        return tuple(name.split("*"))
    from checks.names import BadName, domain_from_input  # beside its use: names outside ASCII

    try:
        return (domain_from_input(name)[0],)
    except BadName:
        return ("",)  # no domain at all, such as the mail of `healthcheck errors`
