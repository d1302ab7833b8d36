"""The text of a configuration while it is read: what is wrong is said with its file, line and key."""

from checks.text import inert
from healthcheck.config import places
from healthcheck.config.find import BadConfig

LONGEST_SHOWN = 80


class Source:
    """A text that is being read: it says of a place in it what is wrong there."""

    def __init__(self, text: str, name: str, private: bool) -> None:
        self.text = text
        self.name = name
        self.private = private
        """True where nobody but its owner can read the file."""

    def bad(self, path: places.Path, why: str) -> BadConfig:
        """The error about one place; `why` goes on where the key ends."""
        line = places.line_of(places.lines_of(self.text), path)
        where = self.name if line is None else f"{self.name}:{line}"
        return BadConfig(f"{where}: {' '.join((spoken(path), why)).strip()}")


def spoken(path: places.Path) -> str:
    """A place as people call it: `domain.ips`."""
    return ".".join(str(inert(step))[:LONGEST_SHOWN] for step in path if isinstance(step, str))


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant; "" where none is near."""
    import difflib  # start-up time: for what is wrong only

    plain = word[:LONGEST_SHOWN].lower().replace("-", "_")
    by_plain = {each.lower().replace("-", "_"): each for each in known}
    also = {"domains": "domain", "ip": "ips", "selector": "selectors", "helo_name": "helo", "from": "sender"}
    if also.get(plain) in known:
        return also[plain]
    found = difflib.get_close_matches(plain, by_plain, 1, 0.6)
    return by_plain[found[0]] if found else ""
