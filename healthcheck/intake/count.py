"""From paths to sums: every event of some files counted, the failures grouped, the traffic told by stream and provider.

`count` is what `errors` and `domain --log` call. The sums are those of walking over `Reading.events()` and adding every
event to each accumulator, whatever way is taken to them.
"""

from collections.abc import Sequence
from datetime import tzinfo

import msgspec

from checks.delivery.failures import Failures
from checks.delivery.observed import Observed
from checks.delivery.tally import Tally
from checks.delivery.traffic import TrafficTally
from healthcheck.intake.chosen import Chosen
from healthcheck.intake.counting import Counting
from healthcheck.intake.fast import Sums
from healthcheck.intake.read import Sample, Source, said_nothing
from healthcheck.intake.reports.reported import Reports
from healthcheck.intake.shares import Shares


class Counted(msgspec.Struct):
    """All sums of a run, and what was read.

    `sources`: the files, in order, at most 1,000 of them; `more_sources` counts the rest. `unread_lines` and
    `unread_bytes`: what is of no known format, at most five `samples` of it. `repeated`: events that were there before,
    by the id of their service. `nothing_read`: True where nothing at all could be read.
    """

    tally: Tally
    failures: Failures
    traffic: TrafficTally | None
    sources: list[Source]
    more_sources: int
    unread_lines: int
    unread_bytes: int
    samples: list[Sample]
    repeated: int
    nothing_read: bool
    reports: Reports
    """What receivers told in DMARC and TLS reports; no events, and in no sum."""

    def observed(self) -> Observed:
        """What the checks of delivery and the diagnosis are given."""
        listed, unlisted = self.failures.listed()
        return Observed(
            failures=listed,
            unlisted=unlisted,
            traffic=self.traffic.traffic() if self.traffic is not None else None,
            first=self.tally.first,
            last=self.tally.last,
            sources=tuple(source.file for source in self.sources),
        )


def count(  # noqa: PLR0913 - each has a default that is right
    paths: Sequence[str],
    zone: tzinfo,
    chosen: Chosen | None = None,
    jobs: int | None = None,
    *,
    traffic: bool = True,
    parts: Shares | None = None,
) -> Counted:
    """Read some paths whole and count what `chosen` chooses.

    `zone` is that of stamps which have none. `jobs` processes read side by side at most; None: one for each processor
    where a file is large enough to be worth it. The result is the same whatever their number, as long as nothing outgrows
    its bound. `traffic` False leaves the patterns out; `parts` cuts files otherwise than by their size. NotReadable for a
    path that does not exist; what cannot be read inside one is told in `samples`.
    """
    chosen = chosen or Chosen()
    sums = Sums(traffic)
    reading = Counting(paths, zone, chosen, sums, parts or Shares(jobs))
    for event in chosen.of(reading.events()):
        sums.add(event)
    return Counted(
        sums.tally,
        sums.failures,
        sums.traffic,
        reading.sources,
        reading.more_sources,
        reading.unread_lines,
        reading.unread_bytes,
        reading.samples,
        reading.repeated,
        said_nothing(reading),
        reading.reports,
    )


__all__ = ["Chosen", "Counted", "count"]
