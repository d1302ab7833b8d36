"""The core's own data files: TOML beside the room that needs it, or what was compiled of it, read here and nowhere else.

Reading costs milliseconds, so it happens when the data is wanted, never at import; whoever reads keeps the result.
"""

from typing import Any


def read_toml(room: str, path: str) -> dict[str, Any]:
    """The tables of a data file: `read_toml("checks.dnsbl", "inventory/default.toml")`."""
    # start-up time: a run that needs no such data pays for neither; importlib.resources takes 13 ms where this takes 1
    import pkgutil
    import tomllib

    data = pkgutil.get_data(room, path)
    assert data is not None  # the loaders of a wheel and of a source tree can read data; a file that is missing raises
    return tomllib.loads(data.decode())


def read_bytes(room: str, path: str) -> bytes:
    """A data file as it is, for whoever decodes it faster than TOML can be read."""
    import pkgutil  # start-up time: as above

    data = pkgutil.get_data(room, path)
    assert data is not None  # as above
    return data
