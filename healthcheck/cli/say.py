"""Words on standard error: complaints, hints, where a replay comes from. Standard output belongs to the result."""

import sys


def say(*sentences: str) -> None:
    """Say something on standard error, a line each, with everything in it that does not print made visible.

    Nothing is said where standard error is closed: `print` would fall back to standard output.
    """
    if sys.stderr is None:
        return
    from checks.text import inert  # start-up time: most runs say nothing

    for sentence in sentences:
        for line in sentence.rstrip("\n").split("\n"):
            sys.stderr.write(f"healthcheck: {inert(line)}\n")
    sys.stderr.flush()
