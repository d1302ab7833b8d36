"""Extras: libraries that a plain installation does without, imported only where they are used. docs/dependencies.md lists them."""

from checks.bad_input import BadInput


class MissingExtra(BadInput):
    """Something was asked for that an extra brings, and it is not installed; the message says how to get it."""

    def __init__(self, what: str, extra: str) -> None:
        """`what` needs it, such as `--format html`; `extra` is its name in pyproject.toml."""
        super().__init__(f"{what} needs the extra `{extra}`: pip install 'mail-healthcheck[{extra}]'")
