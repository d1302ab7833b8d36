"""Golden renders: what the formats look like, kept beside the code so that a change of looks is seen in review.

`python -m tests.golden` writes them anew. They rest on one check and a made-up report with every status, so a new check
does not change them. Times and the version are masked.
"""

import asyncio
import re
from pathlib import Path

from checks.model import Target
from checks.registry import CHECKS
from healthcheck import __version__
from healthcheck.engine import examine, selected
from healthcheck.render import errors_json, errors_markdown, errors_text, json, markdown, text
from healthcheck.report import Report
from healthcheck.run import Run
from healthcheck.world.lab import open_lab
from tests.render import report
from tests.render.seen import mixed, seen

FOLDER = Path(__file__).parent
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "2026-01-01T00:00:00Z"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2026-01-01 00:00 UTC"),
    (re.compile(r'("elapsed_ms": )[\d.e-]+'), r"\g<1>0.0"),
    (re.compile(re.escape(__version__)), "VERSION"),
)


def goldens() -> dict[str, str]:
    """Every golden file by name, with what it must hold."""
    shop, every = _examined("shop.example"), report()
    seen_mail = seen(mixed(), report=every)
    return {
        "shop.txt": masked(text.render([shop])),
        "shop.md": masked(markdown.render([shop])),
        "shop.json": masked(json.render([shop])),
        "every-status.txt": masked(text.render([every])),
        "every-status-verbose.txt": masked(text.render([every], verbose=True)),
        "every-status.md": masked(markdown.render([every])),
        "every-status.json": masked(json.render([every])),
        "errors.txt": masked(errors_text.render(seen_mail, 100)),
        "errors-ascii.txt": masked(errors_text.render(seen_mail, 70, plain=True)),
        "errors.md": masked(errors_markdown.render(seen_mail)),
        "errors.json": masked(errors_json.render(seen_mail)),
        "two.txt": masked(text.render([shop, every])),
        "two.md": masked(markdown.render([shop, every])),
    }


def masked(told: str) -> str:
    """A rendering without what changes from run to run."""
    for pattern, constant in _MASKS:
        told = pattern.sub(constant, told)
    return told


def _examined(domain: str) -> Report:
    checks = selected(CHECKS, ("spf.lookup-limit",), ())
    return asyncio.run(_one(domain, Run(open_lab(), 30), checks))


async def _one(domain: str, run: Run, checks: tuple) -> Report:
    return await examine(Target(domain), checks, run)
