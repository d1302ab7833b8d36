"""Golden tickets: what a bundle holds, kept beside the code. `python -m tests.ticket.golden` writes them anew.

They rest on a made-up report, so a new check does not change them; the page for a browser has tests of its own.
"""

import json
import zipfile
from io import BytesIO
from pathlib import Path

from healthcheck import __version__
from healthcheck.redact import Mode
from healthcheck.ticket.bundle import zipped
from tests.ticket import case, seen_report

FOLDER = Path(__file__).parent
KEPT = ("summary.md", "commands.txt", "run.json")


def goldens() -> dict[str, str]:
    """Every golden file by name, with what it must hold."""
    word = '"v=spf1 -all" 550 <kim@example.net> from [198.51.100.7]'
    told = {"plain": case(seen_report(word)), "lab": case(seen_report(word, world="lab"), Mode.STRICT, "gmail")}
    found = {}
    for name, one in told.items():
        with zipfile.ZipFile(BytesIO(zipped(one))) as bundle:
            found |= {f"{name}-{kept}": bundle.read(kept).decode().replace(__version__, "VERSION") for kept in KEPT}
            manifest = json.loads(bundle.read("MANIFEST.json"))
        del manifest["files"], manifest["tool"]
        found[f"{name}-manifest.json"] = json.dumps(manifest, indent=2) + "\n"
    return found
