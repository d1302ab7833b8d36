"""Where the references of messages can be read."""

import re

_RFC = re.compile(r"RFC (\d{3,5})(?: (section|appendix) ([A-Z\d](?:[.\d]{0,12}\d)?))?")


def rfc_link(text: str) -> str:
    """The address of an RFC and its section; "" for what is none."""
    match = _RFC.fullmatch(text)
    if match is None:
        return ""
    number, kind, section = match.groups()
    return f"https://www.rfc-editor.org/rfc/rfc{number}" + (f"#{kind}-{section}" if section else "")
