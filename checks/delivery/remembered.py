"""What traffic remembers of single messages and addresses, and what is made of it in the end.

A message that is put off ten times waits once, and an address that is gone may be met again: for that they are known by a
hash, in samples (checks.delivery.sample).
"""

import msgspec

from checks.delivery.flow import Addresses, Flow, Reason
from checks.delivery.minutes import minute_number
from checks.delivery.sample import Sample
from checks.delivery.tables import Flows

AGAIN = 1440
"""Minutes after its first hard bounce from which a further one counts as a retry: what was queued by then is excused."""

Wait = tuple[int, int, str, str]
"""First and last minute (0 for unknown), stream, provider."""
Gone = tuple[int, int, str]
"""First and last minute, and the stream of the last."""


class Bounce(msgspec.Struct, frozen=True, order=True):
    """The last word on a message that was given up."""

    hard: bool
    minute: str
    stream: str
    place: str
    category: str
    code: str


def frozen_flows(flows: Flows, waits: Sample[Wait], bounces: Sample[Bounce]) -> tuple[Flow, ...]:
    """The flows, with how long messages waited; of those that were given up until then."""
    times: dict[tuple[str, str], list[int]] = {}
    for key, (first, last, stream, place) in waits.items.items():
        bounce = bounces.items.get(key)
        end = max(last, minute_number(bounce.minute)) if bounce is not None else last
        times.setdefault(flows.named(stream, place), []).append(end - first if first else 0)
    rate = waits.rate
    found = []
    for stream, places in flows.table.items():
        for place, counts in places.items():
            waited = times.get((stream, place), [])
            found.append(
                Flow(
                    stream,
                    place,
                    counts.delivered,
                    counts.deferred,
                    counts.bounced,
                    counts.hard,
                    counts.complained,
                    counts.suppressed,
                    counts.refused,
                    min(len(waited) * rate, counts.deferred),
                    (_at_least(waited, 60) * rate, _at_least(waited, 240) * rate, _at_least(waited, 1440) * rate),
                    max(waited, default=0),
                    tuple(sorted(Reason(*why, *row) for why, row in counts.reasons.items())),
                )
            )
    return tuple(sorted(found))


def frozen_addresses(flows: Flows, gone: Sample[Gone]) -> tuple[Addresses, ...]:
    """The addresses that were found to be gone, by stream."""
    spans: dict[str, list[int]] = {}
    for first, last, stream in gone.items.values():
        spans.setdefault(flows.named(stream, "")[0], []).append(last - first if first else 0)
    rate = gone.rate
    return tuple(
        Addresses(stream, len(found) * rate, sum(x >= AGAIN for x in found) * rate, max(found) // 1440)
        for stream, found in sorted(spans.items())
    )


def _at_least(numbers: list[int], least: int) -> int:
    return sum(number >= least for number in numbers)
