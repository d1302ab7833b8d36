"""What `healthcheck monitor` does with alerts: whom they are for, their delivery, and `healthcheck monitor test-alert`."""

import os
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from checks.bad_input import BadInput
from healthcheck.cli import configured
from healthcheck.cli.say import say

if TYPE_CHECKING:
    from healthcheck.config.model import Loaded  # start-up time: not for --help, as the next
    from healthcheck.monitor.channels import Channel
    from healthcheck.monitor.outbox import Outbox, Route


class BadChannelName(BadInput):
    """A channel that is not there; the message is one sentence."""


class Courier:
    """The channels of a configuration, and what was last said of them."""

    def __init__(self, loaded: "Loaded") -> None:
        from healthcheck.monitor.channels import channels_of, warnings_of  # start-up time: as above

        self.channels: Sequence[Channel] = channels_of(loaded.config.alert, os.environ, loaded.folder)
        self.tags = {domain.name: domain.tags for domain in loaded.config.domain}
        self.warnings = warnings_of(loaded.config.alert, self.tags)
        self._said: tuple[str, ...] = ()

    def route(self, always: str) -> "Route":
        """Which channels an alert is for: `always`, and those of the configuration that want it."""
        from healthcheck.monitor.channels import route  # start-up time: as above

        if any(channel.name == always for channel in self.channels):
            raise BadChannelName(f"a channel cannot be named {always!a}: that is what the monitor prints to")
        wanted = route(self.channels, self.tags)
        return lambda alert: (always, *wanted(alert))

    def deliver(self, outbox: "Outbox", others: Collection[str], over: Callable[[], bool], *, once: bool) -> bool:
        """Send what is due, and say what is not delivered; True where all is. It blocks: call it in a thread.

        `once`: for a single pass, which waits for second tries; a loop comes back to them, and says only what is new.
        `over`: whether the monitor is to end; what is not sent then is sent by the next pass.
        """
        from healthcheck.monitor.alerts import BUDGET, SystemClock, deliver  # start-up time: as above

        done = deliver(outbox, self.channels, SystemClock(over), BUDGET if once else 0.0, others)
        say(*(sentence for sentence in done.sentences if sentence not in self._said))
        self._said = done.sentences
        return done.complete


def add_to(group: typer.Typer) -> None:
    """Add the command to `healthcheck monitor`."""
    group.command("test-alert", short_help="Send a test to every channel, and say what came back.")(send_test)


def send_test(
    channel: Annotated[
        list[str] | None, typer.Option("--channel", metavar="NAME", help="Only this channel; repeatable.")
    ] = None,
    config: configured.ConfigFile = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Where the test arrives, send what was given up before, too.")
    ] = False,
    store: configured.StoreUrl = None,
) -> int:
    """Send a message that says it is a test to every channel, and say plainly what came back.

    Exit code: 0 every channel took it, 4 one did not (as for a pass: somebody could not be told), 2 there is none.
    """
    # start-up time: none of it is wanted for --help
    from healthcheck.cli.output import must_be_writable, write
    from healthcheck.config.read import load
    from healthcheck.monitor.alerts import UNDELIVERED, tried
    from healthcheck.monitor.channels import Told, Untold, line
    from healthcheck.run import utc_now

    must_be_writable(None)
    loaded = load(config)
    courier = Courier(loaded)
    chosen = _chosen(courier.channels, channel)
    say(*courier.warnings)
    lost = 0
    for one, fate in tried(chosen, utc_now()):
        came = isinstance(fate, Told) and not fate.partly
        words = fate.note if isinstance(fate, Told) else fate.why
        done = "sent" if came else "NOT SENT" if isinstance(fate, Untold) else "NOT SENT to all"
        write(f"{one.name} ({one.table.kind}): {done}: it {line(words or 'took it', 400)}\n")
        lost += not came
        if came and resend:
            _resent(courier, loaded, one, store)
    return UNDELIVERED if lost else 0


def _chosen(channels: "Sequence[Channel]", names: Sequence[str] | None) -> "Sequence[Channel]":
    known = {channel.name: channel for channel in channels}
    if not known:
        raise BadChannelName("there is no channel to test: write an [[alert]] table in healthcheck.toml")
    for name in names or ():
        if name not in known:
            raise BadChannelName(f"--channel {name!a} is not configured: there are {', '.join(sorted(known))}")
    return [known[name] for name in dict.fromkeys(names)] if names else channels


def _resent(courier: Courier, loaded: "Loaded", channel: "Channel", store: str | None) -> None:
    """Put back what was given up on a channel that works again, and send it."""
    # start-up time: for --resend alone
    from healthcheck.cli.monitor_run import opened, store_url
    from healthcheck.cli.output import write
    from healthcheck.monitor.alerts import SystemClock, deliver
    from healthcheck.run import utc_now

    kept = opened(store_url(loaded, store), to_read=True)
    try:
        count = kept.outbox.again(channel.name, utc_now())
        known = [one.name for one in courier.channels]
        done = deliver(kept.outbox, [channel], SystemClock(), 0.0, [*known, *_OTHERS])
    finally:
        kept.close()
    write(f"{channel.name}: {count} given up before, {done.sent} sent now\n")
    say(*done.sentences)


_OTHERS = ("output",)
"""What the monitor prints is no channel of the configuration."""
