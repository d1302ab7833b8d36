"""Alerts to deliver, channels to receivers on loopback, and a clock that passes when somebody waits."""

import json

import msgspec

from healthcheck.config.model import AlertTable
from healthcheck.config.secrets import Secret
from healthcheck.monitor.alert import Alert, Kind, key_of
from healthcheck.monitor.channels import Channel
from healthcheck.monitor.times import after

START = "2026-11-22T14:00:00Z"
OK, DOWN, GONE = (200, {}, b"ok"), (503, {}, b""), (404, {}, b"no_service")


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self, now=START):
        self.time = now
        self.waited = []
        self.is_over = False

    def now(self):
        return self.time

    def wait(self, seconds):
        self.waited.append(seconds)
        self.time = after(self.time, seconds)

    def chance(self):
        return 0.5

    def over(self):
        return self.is_over


def alert(number=1, **more):
    given = {
        "since": START,
        "at": START,
        "domains": (f"d{number}.example",),
        "count": 1,
        "checks": ("spf.lookup-limit",),
        **more,
    }
    return Alert(Kind.PROBLEM, key_of("problem", str(number)), "error", f"problem {number}", **given)


def over(one, at):
    return msgspec.structs.replace(one, kind=Kind.RECOVERY, severity="info", over=True, at=at)


def channel(name, url, kind="webhook", **more):
    return Channel(AlertTable(name=name, kind=kind, url=Secret("literal", "", url), **more), {})


def put(store, *alerts, to=("ops",), now=START):
    store.outbox.put(alerts, lambda _: to, now)


def titles(told):
    return [json.loads(body).get("title") for _, _, body in told.got]
