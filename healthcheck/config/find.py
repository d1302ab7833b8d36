"""Which file is the configuration.

Looked for, the first that there is: --config FILE, $HEALTHCHECK_CONFIG, ./healthcheck.toml,
$XDG_CONFIG_HOME/healthcheck/config.toml (~/.config without it), /etc/healthcheck/healthcheck.toml. One file counts, and
nothing is merged. A file that was named must be there; HEALTHCHECK_CONFIG=/dev/null means none.
"""

from collections.abc import Mapping
from pathlib import Path

from checks.bad_input import BadInput

SYSTEM_WIDE = Path("/etc/healthcheck/healthcheck.toml")
HERE = "healthcheck.toml"
VARIABLE = "HEALTHCHECK_CONFIG"


class BadConfig(BadInput):
    """A configuration that cannot be used; the message is one sentence."""


def find(given: str | None, environment: Mapping[str, str]) -> Path | None:
    """The file that counts; None where there is none. BadConfig where one was named and is not there."""
    for name, how in ((given, "--config"), (environment.get(VARIABLE) or None, f"${VARIABLE}")):
        if name is not None:
            path = Path(name)
            if not name or "\0" in name or not _is_there(path):
                raise BadConfig(f"{how} {name[:80]!a}: there is no such file")
            return path
    return next((path for path in usual_places(environment) if _is_there(path)), None)


def usual_places(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where a configuration is looked for, in order, where none was named."""
    home = environment.get("XDG_CONFIG_HOME") or ""
    if not home.startswith("/"):  # relative ones are to be ignored, says the XDG base directory specification
        user = environment.get("HOME") or ""
        home = f"{user}/.config" if user.startswith("/") else ""
    own = (Path(home) / "healthcheck" / "config.toml",) if home else ()
    return (Path(HERE), *own, SYSTEM_WIDE)


def _is_there(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False
