"""healthcheck.toml: reading it, what it changes, and the commands about it."""

import pytest

from healthcheck.config.find import BadConfig
from healthcheck.config.read import parse

DOMAIN = '[[domain]]\nname = "shop.example"\n'
SLACK = '[[alert]]\nname = "ops"\nkind = "slack"\n'


def said_of(text: str, private: bool = False) -> str:
    """What is said of a text that is wrong, without the name of the file."""
    with pytest.raises(BadConfig) as caught:
        parse(text, "healthcheck.toml", private)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 1000
    return sentence.removeprefix("healthcheck.toml")
