"""Public suites, read from where they lie: `HEALTHCHECK_CORPORA`, or `../shared/corpora` beside the repository.

None of their data is part of this project. Where a suite is absent its tests are skipped, with the reason.
"""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"


def corpus(path: str) -> Path | None:
    """A file or folder of the corpora, or None where it is absent."""
    found = Path(os.environ.get("HEALTHCHECK_CORPORA") or _BESIDE) / path
    return found if found.exists() else None


def absent(path: str) -> pytest.MarkDecorator:
    """Skips a test where a file or folder of the corpora is absent."""
    return pytest.mark.skipif(corpus(path) is None, reason=f"no {path} in HEALTHCHECK_CORPORA or ../shared/corpora")
