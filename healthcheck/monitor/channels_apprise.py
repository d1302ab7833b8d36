"""Alerts by everything else: Apprise knows some hundred services by one kind of URL (extra `notify`).

It tells success and failure and nothing more, and logs addresses: its logger is silenced. It escapes HTML where a service wants
that. Some services look for mentions and links in any text, so that @everyone in a stranger's record would call everyone: it is
spelled (at)everyone.
"""

import logging
import re
import warnings

from checks.bad_input import BadInput
from healthcheck.config.model import AlertTable
from healthcheck.extras import MissingExtra
from healthcheck.monitor.alert import Alert
from healthcheck.monitor.channels import Fate, Reveal, Told, Untold, line
from healthcheck.monitor.channels_mail import text_of

_LIMIT = 1800
"""Characters: Discord takes 2,000, most others more."""
_MENTION = re.compile(
    r"@(?=everyone|here|channel|all|room|group|online)|(?<![\w.+-])@(?=\w)|<(?=[@!#&])", re.IGNORECASE
)
_LINK = re.compile(r"\](?=\()|`")
_KINDS = {"critical": "failure", "error": "failure", "warning": "warning", "info": "info"}


class UnknownAddress(BadInput):
    """An address that Apprise does not know; the message is one sentence without it."""


def send(table: AlertTable, reveal: Reveal, alert: Alert) -> Fate:
    """Send an alert to one Apprise URL."""
    try:
        import apprise  # an extra, 142 ms
    except ModuleNotFoundError:
        raise MissingExtra("Apprise", "notify") from None
    for name in ("apprise", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(app_id="healthcheck", app_desc="healthcheck", async_mode=False, secure_logging=True)
    service = apprise.Apprise(asset=asset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # here it loads its services, one of which needs a module that Python gives up
        known = service.add(reveal(table.url))
    if not known:
        raise UnknownAddress("Apprise does not know such an address: see its list of services")
    kind = "success" if alert.over else _KINDS.get(alert.severity, "warning")
    done = service.notify(
        title=harmless(f"healthcheck {'over' if alert.over else alert.severity}: {line(alert.title, 200)}"),
        body=harmless(text_of(alert))[:_LIMIT],
        notify_type=apprise.NotifyType(kind),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return Told("took it, as far as Apprise tells") if done else Untold("did not take it; Apprise does not tell why")


def harmless(text: str) -> str:
    """The text without mentions, links behind words and code; what is an address of mail stays one."""
    plain = _LINK.sub(lambda found: "'" if found[0] == "`" else "] ", text)
    return _MENTION.sub(lambda found: "(at)" if found[0] == "@" else "(", plain)
